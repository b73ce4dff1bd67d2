//! What is hidden takes the same reads as what is not there.
//!
//! A look-up that finds nothing is over after one statement, and one that finds something goes on to what stands
//! above it: whoever may see neither could tell them apart by the clock. So each is followed by what the other
//! would have read: of something of the same kind that stands in, or of nothing. For that to come out even, a kind
//! takes the same number of statements whatever stands in its rows; where a row has less to read about, nothing is
//! read about in its place ([`SnapshotFacts::system_if`], [`SnapshotFacts::nothing`]).

use sea_orm::Value;

use crate::domain::EntityRef;
use crate::domain::facts::Scope;
use crate::domain::id::SystemId;
use crate::domain::target::{ExternalKey, PrincipalKey, TargetKey};
use crate::gate::FactError;
use crate::store::rows::{Row, rows};

use super::place::lineage;
use super::system::SystemRow;
use super::{SnapshotFacts, lookup};

/// No thing has it.
const NOBODYS: &str = "00000000000000000000000000";

/// What is read about a segment of no id.
const NOTHING: &str = "SELECT id, system_id, organisation_id FROM segment WHERE id = $1";

/// The most statements that the place of a scope takes, which is a database's.
const SCOPE: usize = 4;

impl SnapshotFacts {
    /// Reads what the look-up would have read besides, had it come out the other way.
    pub(super) async fn levelled(&self, key: &TargetKey, found: bool) -> Result<(), FactError> {
        let connection = self.snapshot.connection();
        match key {
            TargetKey::Entity(entity) => {
                let prefix = entity.prefix();
                let other = self.stand_in(prefix).await?;
                let other = other.filter(|_| !found).or_else(|| nobodys(prefix));
                self.look_at(other).await
            }
            TargetKey::External(name) => {
                let other = self.stand_in(prefix_of(name)).await?;
                lookup::id_of(connection, name).await?;
                self.look_at(other.filter(|_| !found)).await
            }
            TargetKey::Record(record) => {
                let system = ExternalKey::System(record.system.clone());
                let keeper = ExternalKey::Organisation(record.organisation.clone());
                if found {
                    lookup::id_of(connection, &system).await?;
                    lookup::id_of(connection, &keeper).await?;
                    return Ok(());
                }
                let system = self.stand_in("sys").await?;
                let keeper = self.stand_in("org").await?;
                self.system_if(system.and_then(|id| id.as_str().parse().ok()))
                    .await?;
                let units: Vec<_> = keeper
                    .and_then(|id| id.as_str().parse().ok())
                    .into_iter()
                    .collect();
                lineage(connection, &units).await.map(drop)
            }
            // Whoever describes a grant that is about to be made knows what it is made of.
            TargetKey::Draft(_) => Ok(()),
        }
    }

    async fn look_at(&self, other: Option<EntityRef>) -> Result<(), FactError> {
        match other {
            Some(other) => self.target(TargetKey::Entity(other)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Something of that kind; `None`: there is nothing of it, so nothing of it is hidden.
    async fn stand_in(&self, prefix: &str) -> Result<Option<EntityRef>, FactError> {
        let sql = match prefix {
            "evt" => "SELECT event_id AS id FROM audit_event ORDER BY seq DESC LIMIT 1".to_owned(),
            prefix => match table(prefix) {
                Some(table) => format!("SELECT id FROM \"{table}\" ORDER BY id DESC LIMIT 1"),
                None => return Ok(None),
            },
        };
        let found = rows(self.snapshot.connection(), &sql, []).await?;
        let table = "register";
        let found = found.first().map(|row| Row { table, row }.entity("id"));
        found.transpose()
    }

    /// The system, if there is one; without one as much is read.
    pub(super) async fn system_if(
        &self,
        id: Option<SystemId>,
    ) -> Result<Option<SystemRow>, FactError> {
        let nobodys = SystemId::from_uuid(uuid::Uuid::nil());
        self.system(id.unwrap_or(nobodys)).await
    }

    /// As many statements that find nothing.
    pub(super) async fn nothing(&self, statements: usize) -> Result<(), FactError> {
        for _ in 0..statements {
            rows(self.snapshot.connection(), NOTHING, [Value::from("")]).await?;
        }
        Ok(())
    }

    /// What the place of a scope takes less than that of others.
    pub(super) async fn level_scope(&self, scope: Scope) -> Result<(), FactError> {
        let taken = match scope {
            Scope::Installation | Scope::Organisation(_) => 0,
            Scope::System(_) => 1,
            Scope::Segment(_) => 2,
            Scope::Database(_) => SCOPE,
        };
        self.nothing(SCOPE - taken).await
    }
}

fn nobodys(prefix: &str) -> Option<EntityRef> {
    EntityRef::parse(&format!("{prefix}_{NOBODYS}"))
}

fn table(prefix: &str) -> Option<&'static str> {
    const TABLES: &[(&str, &str)] = &[
        ("org", "organisation"),
        ("per", "person"),
        ("eng", "engagement"),
        ("svc", "service"),
        ("acc", "account"),
        ("sys", "system"),
        ("asm", "supplier_assessment"),
        ("seg", "segment"),
        ("srv", "server"),
        ("dbs", "database"),
        ("rol", "role"),
        ("grt", "role_grant"),
        ("prp", "edit_proposal"),
    ];
    let known = TABLES.iter().find(|(known, _)| *known == prefix);
    known.map(|(_, table)| *table)
}

const fn prefix_of(name: &ExternalKey) -> &'static str {
    match name {
        ExternalKey::Organisation(_) => "org",
        ExternalKey::Principal(PrincipalKey::Person(_)) => "per",
        ExternalKey::Principal(PrincipalKey::Service(_)) => "svc",
        ExternalKey::System(_) => "sys",
        ExternalKey::Segment(_) => "seg",
        ExternalKey::Server(_) => "srv",
        ExternalKey::Database(_) => "dbs",
        ExternalKey::Role(_) => "rol",
        ExternalKey::Engagement(_) => "eng",
    }
}
