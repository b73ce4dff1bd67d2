//! What imports have flagged: a rule of the region that something does not meet, not a faulty record.
//!
//! A flag is shown to those who may read what it stands on.

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use entity::{import_flag, person};

use super::{Key, Page, Position, Reader, Stored, Window, windowed};
use crate::StoreError;
use crate::column::row;
use crate::filter::{Moment, column, condition, never};
use domain::action::List;
use domain::{EntityRef, Instant, id};
use gate::Permit;

row! {
    /// Something that is flagged.
    #[derive(Debug, Clone)]
    pub struct FlagRecord {
        /// What the flag stands on.
        pub entity_id: EntityRef,
        /// What makes it true; `None`: the flag says it all.
        pub detail: Option<String>,
    }
}

impl FlagRecord {
    /// Where it stands in the list.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            value: None,
            key: Key::Id(self.entity_id.to_string()),
        }
    }
}

impl Reader {
    /// What carries the flag, of the things of a kind that the permit allows to list.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn flagged<K: Stored>(
        &self,
        permit: Permit<List<K>>,
        now: Instant,
        flag: &str,
        window: &Window,
    ) -> Result<Page<FlagRecord>, StoreError> {
        let carriers = self.carriers(&permit, now, column(K::ID));
        self.carrying(flag, carriers, window).await
    }

    /// What carries the flag, of the human beings behind the people that the permit allows to list.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn flagged_individuals(
        &self,
        permit: Permit<List<id::Person>>,
        now: Instant,
        flag: &str,
        window: &Window,
    ) -> Result<Page<FlagRecord>, StoreError> {
        let individual = column(person::Column::IndividualId);
        let carriers = self.carriers(&permit, now, individual);
        self.carrying(flag, carriers, window).await
    }

    fn carriers<K: Stored>(
        &self,
        permit: &Permit<List<K>>,
        now: Instant,
        selected: Expr,
    ) -> SelectStatement {
        let moment = Moment::of(now, self.calendar);
        let visible = permit
            .filter()
            .map_or_else(never, |filter| condition::<K>(filter, moment));
        Query::select()
            .expr(selected)
            .from(K::Entity::default())
            .cond_where(visible)
            .to_owned()
    }

    async fn carrying(
        &self,
        flag: &str,
        carriers: SelectStatement,
        window: &Window,
    ) -> Result<Page<FlagRecord>, StoreError> {
        let wanted = import_flag::Entity::find()
            .filter(import_flag::Column::Flag.eq(flag))
            .filter(import_flag::Column::EntityId.in_subquery(carriers));
        let total = self.total(&wanted, window).await?;
        let rows = windowed(wanted, None, import_flag::Column::EntityId, window)
            .into_model::<FlagRecord>()
            .all(self.connection())
            .await?;
        Ok(Page::cut(rows, total, window))
    }
}
