//! What systems run on: segments, servers, databases.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use entity::{database, segment, segment_control, server};

use super::search::found;
use super::{Reader, Selection, narrowed, stored};
use crate::StoreError;
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column};
use domain::id::{self, DatabaseId, OrganisationId, SegmentId, ServerId, SystemId};
use domain::text::SearchText;

words! {
    /// What a segment is for.
    Environment {
        /// Production.
        Production = "production",
        /// Test.
        Test = "test",
        /// Training.
        Training = "training",
    }
}

row! {
    /// A segment: servers that are administered together.
    #[derive(Debug, Clone)]
    pub struct SegmentRecord {
        /// The id.
        pub id: SegmentId,
        /// The id at its source.
        pub external_id: String,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// The system; `None`: shared infrastructure.
        pub system_id: Option<SystemId>,
        /// The organisation that answers for it.
        pub organisation_id: OrganisationId,
        /// What it is for.
        pub environment: Environment,
        /// Whether it holds patient data.
        pub patient_data: bool,
        /// The segments whose servers can be taken over from here.
        pub controls: Vec<SegmentId> = Vec::new(),
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which segments.
#[derive(Debug, Clone, Default)]
pub struct SegmentSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Of this system.
    pub system: Option<SystemId>,
    /// That this organisation answers for.
    pub organisation: Option<OrganisationId>,
}

impl Selection for SegmentSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<segment::Entity>(segment::Column::Id, name),
            self.system => |id| segment::Column::SystemId.eq(id.to_string()),
            self.organisation => |id| segment::Column::OrganisationId.eq(id.to_string()),
        }
    }
}

impl Placed for id::Segment {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_segment(column(segment::Column::Id))
    }

    fn system() -> Option<Expr> {
        Some(column(segment::Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Segment in segment as SegmentRecord by SegmentSelection, NameSort = name_sort,
    with_controls);

row! {
    struct Control {
        controller_id: SegmentId,
        controlled_id: SegmentId,
    }
}

async fn with_controls(reader: &Reader, segments: &mut [SegmentRecord]) -> Result<(), StoreError> {
    let ids = segments.iter().map(|segment| segment.id.to_string());
    let controls = segment_control::Entity::find()
        .filter(segment_control::Column::ControllerId.is_in(ids))
        .order_by_asc(segment_control::Column::ControlledId)
        .into_model::<Control>()
        .all(reader.connection())
        .await?;
    let mut by_controller: HashMap<SegmentId, Vec<SegmentId>> = HashMap::new();
    for control in controls {
        by_controller
            .entry(control.controller_id)
            .or_default()
            .push(control.controlled_id);
    }
    for segment in segments {
        segment.controls = by_controller.remove(&segment.id).unwrap_or_default();
    }
    Ok(())
}

row! {
    /// A server.
    #[derive(Debug, Clone)]
    pub struct ServerRecord {
        /// The id.
        pub id: ServerId,
        /// The host name.
        pub external_id: String,
        /// The segment.
        pub segment_id: SegmentId,
        /// The operating system.
        pub operating_system: String,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which servers.
#[derive(Debug, Clone, Default)]
pub struct ServerSelection {
    /// In this segment.
    pub segment: Option<SegmentId>,
    /// In one of these segments.
    pub segments: Option<Vec<SegmentId>>,
}

impl Selection for ServerSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.segment => |id| server::Column::SegmentId.eq(id.to_string()),
            self.segments => |ids| server::Column::SegmentId.is_in(ids.iter().map(ToString::to_string)),
        }
    }
}

impl Placed for id::Server {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_server(column(server::Column::Id))
    }

    fn system() -> Option<Expr> {
        let segment = Query::select()
            .expr(column(segment::Column::SystemId))
            .from(segment::Entity)
            .and_where(column(segment::Column::Id).eq(column(server::Column::SegmentId)))
            .to_owned();
        Some(Expr::SubQuery(None, Box::new(segment.into())))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Server in server as ServerRecord by ServerSelection, ExternalId = external_id);

row! {
    /// A database.
    #[derive(Debug, Clone)]
    pub struct DatabaseRecord {
        /// The id.
        pub id: DatabaseId,
        /// The id at its source.
        pub external_id: String,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// The system.
        pub system_id: SystemId,
        /// The server.
        pub server_id: ServerId,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which databases.
#[derive(Debug, Clone, Default)]
pub struct DatabaseSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Of this system.
    pub system: Option<SystemId>,
    /// On this server.
    pub server: Option<ServerId>,
}

impl Selection for DatabaseSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<database::Entity>(database::Column::Id, name),
            self.system => |id| database::Column::SystemId.eq(id.to_string()),
            self.server => |id| database::Column::ServerId.eq(id.to_string()),
        }
    }
}

impl Placed for id::Database {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_database(column(database::Column::Id))
    }

    fn system() -> Option<Expr> {
        Some(column(database::Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Database in database as DatabaseRecord by DatabaseSelection, NameSort = name_sort);
