//! A database as this version makes it: empty, beside the one that is there, and gone when it has been looked at.

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
};
use sea_orm::{DbErr, TransactionTrait};

use super::Database;
use super::pool::{self, Use};

/// A transaction in which there is one, which nobody commits.
#[derive(Debug)]
pub(crate) struct Fresh {
    transaction: DatabaseTransaction,
    connection: DatabaseConnection,
    schema: String,
}

impl Fresh {
    pub(crate) const fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// The schema that it is in (PostgreSQL).
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    pub(crate) async fn end(self) -> Result<(), DbErr> {
        self.transaction.rollback().await?;
        self.connection.close().await
    }
}

impl Database {
    /// In memory on SQLite, in a schema of its own on PostgreSQL.
    pub(crate) async fn fresh(&self) -> Result<Fresh, DbErr> {
        let sqlite = self.backend() == DbBackend::Sqlite;
        let options = if sqlite {
            let mut options = ConnectOptions::new("sqlite::memory:");
            options.max_connections(1).sqlx_logging(false);
            options
        } else {
            pool::options(&self.0.address, Use::Read, 1)
        };
        let connection = pool::connect(&options).await?;
        let transaction = connection.begin().await?;
        // Two who look at once do not wait for each other.
        let schema = format!("behorig_shape_{}", rand::random::<u32>());
        if !sqlite {
            let made = format!("CREATE SCHEMA {schema}; SET LOCAL search_path TO {schema}");
            transaction.execute_unprepared(&made).await?;
        }
        migration::lay(&transaction).await?;
        Ok(Fresh {
            transaction,
            connection,
            schema,
        })
    }
}
