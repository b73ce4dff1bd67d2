//! What is hidden takes the same reads as what is not there.
//!
//! A look-up that finds nothing is over after one statement, and one that finds something goes on to what stands
//! above it: whoever may see neither could tell them apart by the clock. So each is followed by what the other
//! would have read: of something of the same kind that stands in, or of nothing. For that to come out even, a kind
//! takes the same number of statements whatever stands in its rows; where a row has less to read about, nothing is
//! read about in its place ([`SnapshotFacts::system_if`], [`SnapshotFacts::nothing`]).

use sea_orm::Value;
use uuid::Uuid;

use crate::rows::{Row, rows};
use domain::EntityRef;
use domain::facts::Scope;
use domain::id::{EntityKind, SystemId};
use domain::target::{ExternalKey, TargetKey};
use gate::FactError;

use super::place::lineage;
use super::system::SystemRow;
use super::{SnapshotFacts, lookup};

/// No thing has it.
const NOBODYS: Uuid = Uuid::nil();

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
                let other = self.stand_in(entity.kind()).await?;
                let nobodys = EntityRef::new(entity.kind(), NOBODYS);
                self.look_at(other.filter(|_| !found).or(Some(nobodys)))
                    .await
            }
            TargetKey::External(name) => {
                let other = self.stand_in(name.kind()).await?;
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
                let system = self.stand_in(EntityKind::System).await?;
                let keeper = self.stand_in(EntityKind::Organisation).await?;
                self.system_if(system.and_then(|id| id.to_id().ok()))
                    .await?;
                let units: Vec<_> = keeper.and_then(|id| id.to_id().ok()).into_iter().collect();
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
    async fn stand_in(&self, kind: EntityKind) -> Result<Option<EntityRef>, FactError> {
        if kind.listed().is_none() {
            return Ok(None);
        }
        let (id, order) = if kind == EntityKind::Event {
            ("event_id", "seq")
        } else {
            ("id", "id")
        };
        let table = kind.table();
        let sql = format!("SELECT {id} AS id FROM \"{table}\" ORDER BY {order} DESC LIMIT 1");
        let found = rows(self.snapshot.connection(), &sql, []).await?;
        let table = "register";
        let found = found.first().map(|row| Row::of(table, row).entity("id"));
        found.transpose()
    }

    /// The system, if there is one; without one as much is read.
    pub(super) async fn system_if(
        &self,
        id: Option<SystemId>,
    ) -> Result<Option<SystemRow>, FactError> {
        let id = id.unwrap_or(SystemId::from_uuid(NOBODYS));
        self.system(id).await
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
