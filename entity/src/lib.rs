//! Rows of tables; not the domain.
