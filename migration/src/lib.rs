//! The database's history: every change to its shape, in the order in which they were made.
//!
//! A change that has been released is never edited; what follows from it is a new file. To add one:
//! write `mYYYYMMDD_NNNNNN_<what>.rs` with a [`Change`], name it below, and put it last in
//! [`Migrator`]'s list. A change beside which builds that do not know it cannot go on has a name that ends
//! in [`BREAKING`]: they end by themselves when they see it. The same text runs on `SQLite` and `PostgreSQL`, see [`change`].

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};
use sea_orm_migration::seaql_migrations;

pub mod change;
mod m20261122_000001_dialect;
mod m20261122_000002_organisations;
mod m20261122_000003_people;
mod m20261122_000004_systems;
mod m20261122_000005_services;
mod m20261122_000006_roles_and_grants;
mod m20261122_000007_log;
mod m20261122_000008_policy;
mod m20261122_000009_imports;
mod m20261122_000010_idempotency;
mod m20261126_000011_log_questions;
mod m20261127_000012_retention;
mod m20261127_000013_guardrail_facts;
mod m20261127_000014_policy_proposals;
mod m20261127_000015_reach;
mod m20261127_000016_edit_proposals;
mod m20261127_000017_reviews;
mod m20261129_000018_texts;
mod m20261129_000019_look_alikes;
mod m20261129_000022_second_individual;
mod m20261129_000028_erased;
mod m20261129_000029_probe;
mod m20261129_000030_search_words;
mod m20261130_000031_register_breaking;
mod m20261130_000032_facts_breaking;
mod m20261130_000033_provisioning;
mod m20261201_000034_halted_calls;
mod m20261201_000035_runs_of_calls;

pub use change::Change;
pub use sea_orm_migration::MigratorTrait;

const CHANGES: &[Change] = &[
    m20261122_000001_dialect::CHANGE,
    m20261122_000002_organisations::CHANGE,
    m20261122_000003_people::CHANGE,
    m20261122_000004_systems::CHANGE,
    m20261122_000005_services::CHANGE,
    m20261122_000006_roles_and_grants::CHANGE,
    m20261122_000007_log::CHANGE,
    m20261122_000008_policy::CHANGE,
    m20261122_000009_imports::CHANGE,
    m20261122_000010_idempotency::CHANGE,
    m20261126_000011_log_questions::CHANGE,
    m20261127_000012_retention::CHANGE,
    m20261127_000013_guardrail_facts::CHANGE,
    m20261127_000014_policy_proposals::CHANGE,
    m20261127_000015_reach::CHANGE,
    m20261127_000016_edit_proposals::CHANGE,
    m20261127_000017_reviews::CHANGE,
    m20261129_000018_texts::CHANGE,
    m20261129_000019_look_alikes::CHANGE,
    m20261129_000022_second_individual::CHANGE,
    m20261129_000028_erased::CHANGE,
    m20261129_000029_probe::CHANGE,
    m20261129_000030_search_words::CHANGE,
    m20261130_000031_register_breaking::CHANGE,
    m20261130_000032_facts_breaking::CHANGE,
    m20261130_000033_provisioning::CHANGE,
    m20261201_000034_halted_calls::CHANGE,
    m20261201_000035_runs_of_calls::CHANGE,
];

/// How the name of a change ends beside which an older build cannot go on.
pub const BREAKING: &str = "_breaking";

/// The change from which on logs are of this format: a log from before is not gone on from.
pub const LOG_FORMAT: &str = m20261130_000032_facts_breaking::CHANGE.name;

/// Brings a database to the shape this build expects.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        CHANGES
            .iter()
            .map(|change| Box::new(*change) as Box<dyn MigrationTrait>)
            .collect()
    }
}

/// The name of the last change that this build knows.
#[must_use]
pub fn latest() -> String {
    CHANGES
        .last()
        .map(|change| change.name.to_owned())
        .unwrap_or_default()
}

/// Makes every change in a place where there is nothing, to see what comes of them.
///
/// # Errors
/// When one of them fails.
pub async fn lay<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    for change in CHANGES {
        db.execute_unprepared(&change.text_for(db.get_database_backend())?)
            .await?;
    }
    Ok(())
}

/// How a database's shape relates to the one this build expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Changes this build knows and the database lacks, in the order they would be applied.
    pub pending: Vec<String>,
    /// Changes the database has and this build does not know: it was migrated by a newer build.
    pub unknown: Vec<String>,
}

impl Standing {
    /// Whether the database has exactly the shape this build expects.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

/// Compares the database with this build; reads only, so that a user without the right to alter
/// tables can ask.
///
/// # Errors
/// The database cannot be read.
pub async fn standing(db: &DatabaseConnection) -> Result<Standing, DbErr> {
    let applied: Vec<String> = if SchemaManager::new(db).has_table("seaql_migrations").await? {
        let rows = seaql_migrations::Entity::find().all(db).await?;
        rows.into_iter().map(|row| row.version).collect()
    } else {
        Vec::new()
    };
    let known: Vec<&str> = CHANGES.iter().map(|change| change.name).collect();
    let mut unknown: Vec<String> = applied
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
        .cloned()
        .collect();
    unknown.sort();
    let pending = known
        .into_iter()
        .filter(|name| !applied.iter().any(|applied| applied == name))
        .map(str::to_owned)
        .collect();
    Ok(Standing { pending, unknown })
}
