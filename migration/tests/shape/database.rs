//! Freshly migrated databases to try the constraints on, one of each kind.

use migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use test_support::{Backend, TestDatabase};

use crate::region;

/// One database of a test, gone when it is closed.
pub(crate) struct Fresh {
    pub(crate) db: DatabaseConnection,
    _database: TestDatabase,
}

impl Fresh {
    async fn of(database: TestDatabase) -> Self {
        Self {
            db: database.connection().await,
            _database: database,
        }
    }

    pub(crate) async fn close(self) {
        self.db.close().await.unwrap();
    }
}

/// An empty database of each kind.
pub(crate) async fn empty() -> Vec<Fresh> {
    vec![
        Fresh::of(TestDatabase::empty(Backend::Sqlite)).await,
        Fresh::of(TestDatabase::empty(Backend::Postgres)).await,
    ]
}

/// A migrated database of each kind.
pub(crate) async fn migrated() -> Vec<Fresh> {
    vec![
        Fresh::of(TestDatabase::migrated::<Migrator>(Backend::Sqlite)).await,
        Fresh::of(TestDatabase::migrated::<Migrator>(Backend::Postgres)).await,
    ]
}

/// A migrated database of each kind that holds the region.
pub(crate) async fn peopled() -> Vec<Fresh> {
    let all = migrated().await;
    for fresh in &all {
        run(&fresh.db, region::REGISTER).await;
        run(&fresh.db, region::REST).await;
    }
    all
}

/// Runs the statements, which must all be accepted.
pub(crate) async fn run(db: &DatabaseConnection, sql: &str) {
    if let Err(error) = execute(db, sql).await {
        panic!("{:?} refused `{sql}`: {error}", db.get_database_backend());
    }
}

/// Runs the statement, which must be refused for the reason given.
pub(crate) async fn refused(db: &DatabaseConnection, sql: &str, because: &str) {
    let backend = db.get_database_backend();
    let error = match execute(db, sql).await {
        Ok(()) => panic!("{backend:?} accepted `{sql}`"),
        Err(error) => error.to_string(),
    };
    let reason = match (because, backend) {
        ("check", DbBackend::Sqlite) => "CHECK constraint failed",
        ("check", _) => "violates check constraint",
        ("reference", DbBackend::Sqlite) => "FOREIGN KEY constraint failed",
        ("reference", _) => "violates foreign key constraint",
        ("unique", DbBackend::Sqlite) => "UNIQUE constraint failed",
        ("unique", _) => "violates unique constraint",
        (other, _) => other,
    };
    assert!(
        error.contains(reason),
        "{backend:?}: `{sql}` was refused for another reason: {error}"
    );
}

async fn execute(db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    let bytes = |count: u32| {
        if db.get_database_backend() == DbBackend::Sqlite {
            format!("zeroblob({count})")
        } else {
            format!("decode(repeat('00', {count}), 'hex')")
        }
    };
    let sql = sql.replace("X256", &bytes(256)).replace("X32", &bytes(32));
    db.execute_unprepared(&sql).await?;
    Ok(())
}

/// The first column of the rows as text.
pub(crate) async fn texts(db: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
