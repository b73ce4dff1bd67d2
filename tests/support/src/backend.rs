//! The two databases that every promise has to hold on.

use std::fmt;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of the embedded database.
    Sqlite,
    /// A database of the private PostgreSQL.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// Runs a test's future to its end, on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Makes two tests of each listed function: `name::on_sqlite` and `name::on_postgres`.
///
/// A function takes the [`Backend`]; say `async` before the name of one that is.
#[macro_export]
macro_rules! both_backends {
    () => {};
    (async $test:ident; $($rest:tt)*) => {
        mod $test {
            #[test]
            fn on_sqlite() {
                $crate::block_on(super::$test($crate::Backend::Sqlite));
            }

            #[test]
            fn on_postgres() {
                $crate::block_on(super::$test($crate::Backend::Postgres));
            }
        }
        $crate::both_backends! { $($rest)* }
    };
    ($test:ident; $($rest:tt)*) => {
        mod $test {
            #[test]
            fn on_sqlite() {
                super::$test($crate::Backend::Sqlite);
            }

            #[test]
            fn on_postgres() {
                super::$test($crate::Backend::Postgres);
            }
        }
        $crate::both_backends! { $($rest)* }
    };
}
