//! Grants: who holds which role over what.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query};

use entity::{database, engagement, role_grant, segment};

use super::{Selection, narrowed, stored};
use crate::column::row;
use crate::filter::{Moment, Placed, Places, column, live, never};
use domain::facts::{Origin, Scope};
use domain::id::{
    self, DatabaseId, EngagementId, EventId, GrantId, OrganisationId, PersonId, RoleId, SegmentId,
    ServiceId, SystemId,
};
use domain::{Date, EntityRef, Instant};

row! {
    /// A grant.
    #[derive(Debug, Clone)]
    pub struct GrantRecord {
        /// The id.
        pub id: GrantId,
        /// The id at its source.
        pub external_id: String,
        /// The person who holds it; `None`: a service does.
        pub person_id: Option<PersonId>,
        /// The service that holds it; `None`: a person does.
        pub service_id: Option<ServiceId>,
        /// The engagement it rests on; `None`: none.
        pub engagement_id: Option<EngagementId>,
        /// The role.
        pub role_id: RoleId,
        organisation_id: Option<OrganisationId>,
        system_id: Option<SystemId>,
        segment_id: Option<SegmentId>,
        database_id: Option<DatabaseId>,
        /// First day.
        pub from_date: Date,
        /// Last day; `None`: no end is set.
        pub until_date: Option<Date>,
        /// The needs-and-risk analysis; `None`: none is named.
        pub needs_and_risk_analysis: Option<String>,
        /// The basis for disclosure across authorities; `None`: none is named.
        pub disclosure_basis: Option<String>,
        /// An auditor's assignment; `None`: none.
        pub assignment: Option<String>,
        /// Who ordered it; `None`: not known.
        pub ordered_by_id: Option<PersonId>,
        /// Who validated it; `None`: nobody.
        pub validated_by_id: Option<PersonId>,
        /// Who approved it; `None`: nobody.
        pub approved_by_id: Option<PersonId>,
        /// The person who carried it out; `None`: nobody, or a service.
        pub executed_by_id: Option<PersonId>,
        /// The service that carried it out; `None`: none, or a person.
        pub executed_by_service_id: Option<ServiceId>,
        /// How it came about.
        pub origin: Origin,
        /// Until when somebody has to attest it; `None`: nobody has to.
        pub attest_by: Option<Date>,
        /// When it was revoked; `None`: it is not.
        pub revoked_at: Option<Instant>,
        /// Who revoked it; `None`: nobody.
        pub revoked_by: Option<EntityRef>,
        /// The decision that it was made by; `None`: it was there before.
        pub decision_id: Option<EventId>,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

impl GrantRecord {
    /// How far it reaches.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let narrow = self.database_id.map(Scope::Database);
        narrow
            .or(self.segment_id.map(Scope::Segment))
            .or(self.system_id.map(Scope::System))
            .or(self.organisation_id.map(Scope::Organisation))
            .unwrap_or(Scope::Installation)
    }
}

/// Which grants.
#[derive(Debug, Clone, Default)]
pub struct GrantSelection {
    /// Held by this person.
    pub person: Option<PersonId>,
    /// Held by this service.
    pub service: Option<ServiceId>,
    /// Of this role.
    pub role: Option<RoleId>,
    /// Resting on this engagement.
    pub engagement: Option<EngagementId>,
    /// Over exactly this.
    pub scope: Option<Scope>,
    /// Whether their dates hold, nobody has revoked them, and the engagements they rest on are live.
    pub in_force: Option<bool>,
}

impl Selection for GrantSelection {
    fn condition(&self, moment: Moment) -> Condition {
        narrowed! {
            self.person => |id| role_grant::Column::PersonId.eq(id.to_string()),
            self.service => |id| role_grant::Column::ServiceId.eq(id.to_string()),
            self.role => |id| role_grant::Column::RoleId.eq(id.to_string()),
            self.engagement => |id| role_grant::Column::EngagementId.eq(id.to_string()),
            self.scope => |scope| over(*scope),
            self.in_force => |wanted| match wanted {
                true => in_force(moment),
                false => Condition::all().add(in_force(moment)).not(),
            },
        }
    }
}

fn over(scope: Scope) -> Condition {
    let id = scope.entity().to_string();
    let exactly = match scope {
        Scope::Installation => role_grant::Column::ScopeKind.eq(scope.kind()),
        Scope::Organisation(_) => role_grant::Column::OrganisationId.eq(id),
        Scope::System(_) => role_grant::Column::SystemId.eq(id),
        Scope::Segment(_) => role_grant::Column::SegmentId.eq(id),
        Scope::Database(_) => role_grant::Column::DatabaseId.eq(id),
    };
    Condition::all().add(exactly)
}

fn in_force(moment: Moment) -> Condition {
    let live_engagement = Query::select()
        .expr(column(engagement::Column::Id))
        .from(engagement::Entity)
        .cond_where(live(engagement::Entity, moment))
        .to_owned();
    let rests_on = column(role_grant::Column::EngagementId);
    Condition::all()
        .add(role_grant::Column::RevokedAt.is_null())
        .add(live(role_grant::Entity, moment))
        .add(
            Condition::any()
                .add(rests_on.clone().is_null())
                .add(rests_on.in_subquery(live_engagement)),
        )
}

impl Placed for id::Grant {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        never()
            .add(places.over_organisation(column(role_grant::Column::OrganisationId)))
            .add(places.over_scope_system(column(role_grant::Column::SystemId)))
            .add(places.over_segment(column(role_grant::Column::SegmentId)))
            .add(places.over_database(column(role_grant::Column::DatabaseId)))
    }

    fn system() -> Option<Expr> {
        let of_segment = Query::select()
            .expr(column(segment::Column::SystemId))
            .from(segment::Entity)
            .and_where(column(segment::Column::Id).eq(column(role_grant::Column::SegmentId)))
            .to_owned();
        let of_database = Query::select()
            .expr(column(database::Column::SystemId))
            .from(database::Entity)
            .and_where(column(database::Column::Id).eq(column(role_grant::Column::DatabaseId)))
            .to_owned();
        let known = [
            column(role_grant::Column::SystemId),
            Expr::SubQuery(None, Box::new(of_segment.into())),
            Expr::SubQuery(None, Box::new(of_database.into())),
        ];
        Some(Func::coalesce(known).into())
    }

    fn holder() -> Option<Expr> {
        Some(column(role_grant::Column::PersonId))
    }

    fn about_person() -> Option<Expr> {
        None
    }
}

stored!(Grant in role_grant as GrantRecord by GrantSelection, ExternalId = external_id);
