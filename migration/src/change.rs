//! One change of the database's shape, as SQL that both databases understand.
//!
//! Tables are written once, in a common dialect with a few words of its own that are spelled out for
//! the database at hand; triggers differ too much for that and are written twice. A table's text is
//! thus what a reviewer reads, and nothing derives it from Rust types.
//!
//! | word | SQLite | PostgreSQL |
//! |---|---|---|
//! | `TEXT` | `TEXT` | `TEXT COLLATE "C"`: byte order, as on `SQLite` |
//! | `BYTES` | `BLOB` | `BYTEA` |
//! | `SEQUENCE_KEY` | `INTEGER PRIMARY KEY` | `BIGINT PRIMARY KEY` |
//! | `x IS_DATE` | a pattern | a pattern |
//! | `JSON_TEXT` | text | a domain over `JSONB`; write `CAST(? AS json_text)`, read `CAST(x AS text)` |

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// One change, applied whole or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// The file's name; the order of names is the order of changes.
    pub name: &'static str,
    /// Tables, indexes and rows, for both databases.
    pub tables: &'static str,
    /// What follows on `SQLite`: triggers.
    pub sqlite: &'static str,
    /// What follows on `PostgreSQL`: functions and triggers.
    pub postgres: &'static str,
}

impl Change {
    pub(crate) fn text_for(&self, backend: DbBackend) -> Result<String, DbErr> {
        let (words, triggers) = match backend {
            DbBackend::Sqlite => (SQLITE_WORDS, self.sqlite),
            DbBackend::Postgres => (POSTGRES_WORDS, self.postgres),
            other @ (DbBackend::MySql | _) => {
                return Err(DbErr::Migration(format!("no migrations for {other:?}")));
            }
        };
        let mut text = self.tables.to_owned();
        for (word, meaning) in words {
            text = text.replace(word, meaning);
        }
        text.push_str(triggers);
        Ok(text)
    }
}

const SQLITE_WORDS: &[(&str, &str)] = &[
    (" BYTES", " BLOB"),
    (" SEQUENCE_KEY", " INTEGER PRIMARY KEY"),
    (
        " IS_DATE",
        " GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'",
    ),
];

const POSTGRES_WORDS: &[(&str, &str)] = &[
    (" TEXT", " TEXT COLLATE \"C\""),
    (" BYTES", " BYTEA"),
    (" SEQUENCE_KEY", " BIGINT PRIMARY KEY"),
    (" IS_DATE", " ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]$'"),
];

impl MigrationName for Change {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = self.text_for(manager.get_database_backend())?;
        manager.get_connection().execute_unprepared(&text).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
