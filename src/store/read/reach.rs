//! What reports of who can reach what may show.

use std::collections::BTreeSet;

use sea_orm::{EntityTrait, QueryFilter, QuerySelect};

use entity::segment;

use super::Reader;
use crate::StoreError;
use crate::column::row;
use crate::filter::{Moment, condition, never};
use domain::Instant;
use domain::action::{List, Reach};
use domain::id::{self, SegmentId};
use gate::Permit;

row! {
    struct Reported {
        id: SegmentId,
    }
}

impl Reader {
    /// The segments that a report may be made of.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn reported_segments(
        &self,
        permit: Permit<List<Reach>>,
        now: Instant,
    ) -> Result<BTreeSet<SegmentId>, StoreError> {
        let moment = Moment::of(now, self.calendar);
        let visible = permit
            .filter()
            .map_or_else(never, |filter| condition::<id::Segment>(filter, moment));
        let segments = segment::Entity::find()
            .select_only()
            .column(segment::Column::Id)
            .filter(visible)
            .into_model::<Reported>()
            .all(self.connection())
            .await?;
        Ok(segments.into_iter().map(|segment| segment.id).collect())
    }
}
