//! Decisions, read back from the events that record them.
//!
//! The envelope is the evidence; the columns are used to find it and for nothing else.

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use entity::audit_event::Column;
use entity::{audit_event, audit_head};

pub mod evidence;
pub mod past;
#[cfg(test)]
pub(super) mod plans;
mod recorded;
pub mod review;
mod selection;
pub mod stats;

pub use recorded::{Commitment, Evidence, LookedFor, NotCounted, Release, SignIn, Used, What, Who};
pub(crate) use selection::holds;
pub use selection::{DecisionSelection, PartyName};

use recorded::with_facts;
use review::{ReviewRecord, with_reviews};

use super::proofs::whole_log;
use super::{By, Key, Position, Reader, Stored};
use crate::StoreError;
use crate::column::row;
use crate::filter::{Moment, Placed, Places, column};
use domain::action::Read;
use domain::id::{self, EventId};
use domain::{EntityRef, Instant};
use gate::Permit;

row! {
    /// A decision as it is recorded.
    #[derive(Debug, Clone)]
    pub struct DecisionRecord {
        /// Its number in the log.
        pub seq: i64,
        /// Its id.
        pub event_id: EventId,
        /// What it says.
        pub envelope: Evidence,
        /// The leaf of the tree: SHA-256 over 0x00 and the envelope.
        pub leaf: Vec<u8>,
        /// What came of its review; `None`: it owes none, or waits for it.
        pub review: Option<ReviewRecord> = None,
    }
}

impl Placed for id::Event {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_path()
    }

    fn system() -> Option<Expr> {
        Some(column(Column::System))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

impl Stored for id::Event {
    type Entity = audit_event::Entity;
    type Record = DecisionRecord;
    type Selection = DecisionSelection;

    const ID: Column = Column::EventId;
    const KEY: Column = Column::Seq;
    const NAME_KEY: Option<Column> = None;

    fn among() -> Condition {
        Condition::all().add(selection::is_decision())
    }

    fn id(record: &DecisionRecord) -> EntityRef {
        record.event_id.into()
    }

    fn position(record: &DecisionRecord, _: By) -> Position {
        Position {
            value: None,
            key: Key::Seq(record.seq),
        }
    }

    fn complete<'a>(
        reader: &'a Reader,
        records: &'a mut [DecisionRecord],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async {
            with_facts(reader, records).await?;
            with_reviews(reader, records).await
        })
    }
}

row! {
    /// The head of the log, as of the moment that is read.
    #[derive(Debug, Clone)]
    pub struct HeadRecord {
        /// The log's name.
        pub origin: String,
        /// How many events it has.
        pub size: i64,
        /// The root of the tree over them.
        pub root: Vec<u8>,
        /// When the last one was recorded.
        pub last_t: Instant,
    }
}

impl Reader {
    /// The head of the log, for somebody who may read the decisions of the whole installation.
    ///
    /// # Errors
    /// The database does not answer, or the permit is for something less than the log.
    pub async fn head(&self, permit: Permit<Read<id::Event>>) -> Result<HeadRecord, StoreError> {
        whole_log(&permit)?;
        let gone = || StoreError::Gone {
            id: *permit.target(),
        };
        audit_head::Entity::find()
            .filter(audit_head::Column::LogId.eq(1))
            .into_model::<HeadRecord>()
            .one(self.connection())
            .await?
            .ok_or_else(gone)
    }
}
