//! Reading the register: one thing for a permit, or a page of a list for a permit to list.
//!
//! A permit is taken by value and says itself what may be read: a thing by [`Permit::target`], a list
//! by [`Permit::filter`]. Contents come from the snapshot that the decisions were made on, so the two
//! agree. How to let a further kind be read stands with the kinds, in [`domain::kind`].

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Asterisk, Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait, Select,
};

use audit::connection::Snapshot;
use domain::action::{List, Listable, Read};
use domain::{Calendar, EntityRef, Instant, Kind, PermissionName};
use gate::Permit;

use super::StoreError;
use super::filter::{Moment, Placed, column, condition};

pub mod decisions;
pub mod flags;
pub mod grants;
pub mod organisations;
pub mod people;
pub mod proofs;
pub mod proposals;
pub mod roles;
mod search;
pub mod servers;
pub mod services;
pub mod systems;
mod window;

/// What each kind is read as, and what its lists are narrowed down by.
pub mod records {
    pub use super::flags::FlagRecord;
    pub use super::grants::{GrantRecord, GrantSelection};
    pub use super::organisations::{OrganisationKind, OrganisationRecord, OrganisationSelection};
    pub use super::people::{
        Credential, EngagementRecord, EngagementSelection, PersonRecord, PersonSelection,
    };
    pub use super::proposals::{ProposalRecord, ProposalSelection, ProposalState};
    pub use super::roles::{PermissionRecord, RoleRecord, RoleSelection};
    pub use super::servers::{
        DatabaseRecord, DatabaseSelection, Environment, SegmentRecord, SegmentSelection,
        ServerRecord, ServerSelection,
    };
    pub use super::services::{
        AccountKind, AccountRecord, AccountSelection, ServiceRecord, ServiceSelection,
    };
    pub use super::systems::{
        ClassificationRecord, Enforcement, SupplierAssessmentRecord, SupplierAssessmentSelection,
        SystemRecord, SystemSelection,
    };
}

use window::windowed;
pub use window::{By, Key, Order, Page, Position, Window};

/// The most rows that a list counts; one more than it admits to knowing.
pub const COUNT_LIMIT: u64 = 10_001;

/// A kind of thing whose rows are stored.
pub trait Stored: Kind + Listable + Placed {
    /// The table.
    type Entity: EntityTrait;
    /// A row, whole.
    type Record: FromQueryResult + Clone + Send + Sync + std::fmt::Debug + 'static;
    /// What a caller can narrow a list down by.
    type Selection: Selection;

    /// The column of the id.
    const ID: <Self::Entity as EntityTrait>::Column;

    /// The column that ends every order.
    const KEY: <Self::Entity as EntityTrait>::Column;

    /// The column of the names that lists are ordered by; `None`: they are ordered by the key alone.
    const NAME_KEY: Option<<Self::Entity as EntityTrait>::Column>;

    /// Which rows of the table are of this kind.
    #[must_use]
    fn among() -> Condition {
        Condition::all()
    }

    /// The record's id.
    fn id(record: &Self::Record) -> EntityRef;

    /// Where a record stands in an order.
    fn position(record: &Self::Record, by: By) -> Position;

    /// Reads what belongs to the records but has tables of its own.
    fn complete<'a>(
        reader: &'a Reader,
        records: &'a mut [Self::Record],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let _ = (reader, records);
        Box::pin(async { Ok(()) })
    }
}

/// What a caller narrows a list down by; every part is one more condition.
pub trait Selection: Clone + Default + Send + Sync + std::fmt::Debug + 'static {
    /// The conditions, all of which hold.
    fn condition(&self, moment: Moment) -> Condition;

    /// The permission that it names; `None`: none.
    fn permission(&self) -> Option<&PermissionName> {
        None
    }
}

/// Reads what permits allow, all as of one moment.
#[derive(Debug, Clone)]
pub struct Reader {
    snapshot: Arc<Snapshot>,
    calendar: Calendar,
}

impl Reader {
    /// A reader of that snapshot.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, calendar: Calendar) -> Self {
        Self { snapshot, calendar }
    }

    pub(crate) fn connection(&self) -> &impl ConnectionTrait {
        self.snapshot.connection()
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn transaction(&self) -> &DatabaseTransaction {
        self.snapshot.connection()
    }

    /// How many events the log has, as of the moment that is read.
    #[must_use]
    pub fn log_size(&self) -> u64 {
        self.snapshot.log_size()
    }

    /// Whether every event from that seq on is there; there need not be any yet.
    ///
    /// # Errors
    /// Some were pruned, or the log is shorter than that.
    pub fn holds_from(&self, seq: u64) -> Result<(), StoreError> {
        Ok(self.snapshot.holds_from(seq)?)
    }

    /// What the permit is for.
    ///
    /// # Errors
    /// The database does not answer, or the row cannot be right.
    pub async fn one<K: Stored>(&self, permit: Permit<Read<K>>) -> Result<K::Record, StoreError> {
        let id = *permit.target();
        let found = self.several(vec![permit]).await?;
        found
            .into_iter()
            .next()
            .flatten()
            .ok_or(StoreError::Gone { id })
    }

    /// What each permit is for, in their order; `None` for a row that is not there.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn several<K: Stored>(
        &self,
        permits: Vec<Permit<Read<K>>>,
    ) -> Result<Vec<Option<K::Record>>, StoreError> {
        if permits.is_empty() {
            return Ok(Vec::new());
        }
        let ids = permits.iter().map(|permit| permit.target().to_string());
        let wanted = K::Entity::find()
            .filter(column(K::ID).is_in(ids))
            .filter(K::among());
        let rows = self.records::<K>(wanted).await?;
        let mut rows: Vec<K::Record> = rows.into_iter().flatten().collect();
        K::complete(self, &mut rows).await?;
        let by_id: HashMap<EntityRef, K::Record> =
            rows.into_iter().map(|row| (K::id(&row), row)).collect();
        Ok(permits
            .iter()
            .map(|permit| by_id.get(permit.target()).cloned())
            .collect())
    }

    /// Part of the list that the permit is for, at that instant.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn page<K: Stored>(
        &self,
        permit: Permit<List<K>>,
        now: Instant,
        selection: &K::Selection,
        window: &Window,
    ) -> Result<Page<K::Record>, StoreError> {
        let moment = Moment::of(now, self.calendar);
        let visible = permit.filter().map_or_else(super::filter::never, |filter| {
            condition::<K>(filter, moment)
        });
        let wanted = K::Entity::find()
            .filter(visible)
            .filter(selection.condition(moment));
        let total = self.total(&wanted, window).await?;
        let rows = self.records::<K>(windowed(wanted, K::NAME_KEY, K::KEY, window));
        let mut page = Page::cut(rows.await?, total, window).flatten();
        K::complete(self, &mut page.rows).await?;
        Ok(page)
    }

    /// The rows that are found; `None` in the place of one that holds what none of its kind can: nobody but whoever has
    /// the database's password writes such a thing, and it is in nobody else's way.
    async fn records<K: Stored>(
        &self,
        wanted: Select<K::Entity>,
    ) -> Result<Vec<Option<K::Record>>, StoreError> {
        let found = self.connection().query_all(&wanted.into_query()).await?;
        let rows = found.iter().map(|row| {
            let read = K::Record::from_query_result(row, "");
            read.inspect_err(|error| {
                let id = row.try_get::<String>("", "id").unwrap_or_default();
                tracing::error!(%error, id, kind = K::NAME, "a row holds what it cannot, and is left out");
            })
            .ok()
        });
        Ok(rows.collect())
    }

    async fn total<E: EntityTrait>(
        &self,
        wanted: &Select<E>,
        window: &Window,
    ) -> Result<Option<u64>, StoreError> {
        if !window.count {
            return Ok(None);
        }
        let some = wanted
            .clone()
            .select_only()
            .expr(Expr::val(1))
            .limit(COUNT_LIMIT)
            .into_query();
        let count = Query::select()
            .expr_as(Expr::col(Asterisk).count(), "counted")
            .from_subquery(some, "some")
            .to_owned();
        let row = self.connection().query_one(&count).await?;
        let counted: i64 = row.map_or(Ok(0), |row| row.try_get("", "counted"))?;
        Ok(u64::try_from(counted).ok())
    }
}

/// Declares how the rows of a kind are stored: by id, and ordered by a column of names.
macro_rules! stored {
    ($kind:ident in $table:ident as $record:ident by $selection:ident, $name:ident = $field:ident
        $(, $complete:ident)?) => {
        impl crate::read::Stored for domain::id::$kind {
            type Entity = entity::$table::Entity;
            type Record = $record;
            type Selection = $selection;

            const ID: entity::$table::Column = entity::$table::Column::Id;
            const KEY: entity::$table::Column = entity::$table::Column::Id;
            const NAME_KEY: Option<entity::$table::Column> = Some(entity::$table::Column::$name);

            fn id(record: &$record) -> domain::EntityRef {
                record.id.into()
            }

            fn position(
                record: &$record,
                by: crate::read::By,
            ) -> crate::read::Position {
                crate::read::Position {
                    value: match by {
                        crate::read::By::Name => Some(record.$field.clone()),
                        crate::read::By::Created => None,
                    },
                    key: crate::read::Key::Id(record.id.to_string()),
                }
            }

            $(fn complete<'a>(
                reader: &'a crate::read::Reader,
                records: &'a mut [$record],
            ) -> futures_util::future::BoxFuture<'a, Result<(), crate::StoreError>> {
                Box::pin($complete(reader, records))
            })?
        }
    };
}
use stored;

/// Collects the conditions of a selection: a part that is not given adds none.
macro_rules! narrowed {
    ($($given:expr => $condition:expr,)*) => {
        sea_orm::sea_query::Condition::all()
            $(.add_option($given.as_ref().map($condition)))*
    };
}
use narrowed;
