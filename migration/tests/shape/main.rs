//! The shape of the database holds what it promises, on `SQLite` and on `PostgreSQL`.
//!
//! To add a rule: put a statement that breaks it into the table of its test, beside one that keeps it.

#[cfg(test)]
mod database;
mod derived;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod log;
#[cfg(test)]
mod region;
#[cfg(test)]
mod register;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod tree;
