//! One kind of flag, counted and listed.
//!
//! Apart from the list of flags, which is read as a table.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::check::Scope;
use super::references::{is_global, key_column, table};
use super::sql::Sql;
use domain::{Date, FlagName};
use feed::Kind;

/// How many flagged things are read at once.
const PAGE: usize = 500;

/// One kind of flag.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name.
    pub name: FlagName,
    /// What it stands on; `None`: an individual.
    pub(super) kind: Option<Kind>,
    /// `SELECT external_id, detail …`.
    pub(super) select: &'static str,
}

/// What flags are counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// What the source has brought, as it will be.
    Everything,
    /// The records of the feed, as if there were no others.
    FeedAlone,
}

/// Something that is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// The source's id.
    pub external_id: String,
    /// The register's id; `None` before the record has been applied.
    pub entity_id: Option<String>,
    /// A detail without personal data.
    pub detail: Option<String>,
}

impl Flag {
    /// What it stands on; an individual counts among people.
    #[must_use]
    pub fn on(&self) -> Kind {
        self.kind.unwrap_or(Kind::Person)
    }

    /// How many are flagged, of everything there will be or by the feed's own word alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        today: Date,
        over: Over,
    ) -> Result<u64, ApplyError> {
        let text = format!("SELECT COUNT(*) FROM ({}) q", self.select);
        let values = values(scope, today, "", over);
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let row = db.query_one_raw(statement).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// A page of what is flagged, by external id after `after`; fewer than a page: there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        today: Date,
        after: &str,
    ) -> Result<(Vec<Flagged>, bool), ApplyError> {
        let (table, key, global) = match self.kind {
            Some(kind) => (table(kind), key_column(kind), is_global(kind)),
            // Whichever feed has named them first.
            None => ("individual".to_owned(), "external_key", true),
        };
        let source = if global {
            ""
        } else {
            " AND x.source = :source"
        };
        let text = format!(
            "SELECT q.external_id, (SELECT MIN(x.id) FROM {table} x WHERE x.{key} = q.external_id{source}), \
             q.detail FROM ({select}) q \
             WHERE q.external_id > :after ORDER BY q.external_id LIMIT {PAGE}",
            select = self.select,
        );
        let values = values(scope, today, after, Over::Everything);
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let rows = db.query_all_raw(statement).await?;
        let more = rows.len() == PAGE;
        let flagged = rows.iter().map(|row| {
            Ok(Flagged {
                external_id: row.try_get_by_index(0)?,
                entity_id: row.try_get_by_index(1)?,
                detail: row.try_get_by_index(2)?,
            })
        });
        Ok((flagged.collect::<Result<_, DbErr>>()?, more))
    }
}

fn values(scope: Scope<'_>, today: Date, after: &str, over: Over) -> [(&'static str, Value); 5] {
    let first = match over {
        Over::Everything => i64::MIN,
        Over::FeedAlone => 0,
    };
    [
        ("first", Value::from(first)),
        ("run", Value::from(scope.run)),
        ("source", Value::from(scope.source)),
        ("today", Value::from(today.to_string())),
        ("after", Value::from(after)),
    ]
}
