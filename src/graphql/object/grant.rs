//! Grants and scopes.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SelectionField};

use crate::kinds::{GrantOrigin, ScopeKind};
use crate::reach::Reach;
use crate::scalar::{Date, DateTime};
use domain::facts::{self, GrantFacts};
use domain::id::{EngagementId, GrantId, PersonId, RoleId, ServiceId};
use domain::{self, Calendar, Instant};
use service::register::GrantRecord;
use service::turned::HeldGrant;

use super::reason::Reason;
use super::thing::{
    Database, Decision, Engagement, Grant, GrantView, Organisation, Person, Role, Segment, Service,
    System,
};

/// A grant that the caller may see.
impl From<GrantRecord> for Grant {
    fn from(record: GrantRecord) -> Self {
        Self::of(GrantView::Whole(Box::new(record)))
    }
}

impl Grant {
    fn of(view: GrantView) -> Self {
        Self {
            view,
            standing: Arc::default(),
        }
    }

    /// What a decision rests on: role, scope and dates, and nothing that names anybody.
    #[must_use]
    pub fn extract(grant: GrantFacts, calendar: Calendar) -> Self {
        let until = grant.ends.map(|ends| last_day(ends, calendar));
        Self::of(GrantView::Extract {
            grant: Box::new(grant),
            until,
        })
    }

    /// A grant that was judged, as the caller may see it where `more` is asked for than what was judged.
    pub(crate) async fn known(ctx: &Context<'_>, judged: &GrantFacts, more: bool) -> Self {
        let read = Self::read(ctx, judged.id, more).await;
        read.unwrap_or_else(|| Self::extract(judged.clone(), ctx.session().calendar()))
    }

    async fn read(ctx: &Context<'_>, id: GrantId, more: bool) -> Option<Self> {
        let id = Some(id).filter(|_| more);
        ctx.read::<domain::id::Grant>(id).await.map(Into::into)
    }

    /// How it stands with its holder; `None`: not to be seen.
    async fn standing(&self, ctx: &Context<'_>) -> Option<&HeldGrant> {
        let id = self.record()?.id;
        let found = self
            .standing
            .get_or_init(async || ctx.shown(ctx.session().judged(id).await).flatten());
        found.await.as_ref()
    }

    /// The grant as the caller may see it, where `more` is asked for than what was judged; else that.
    pub(crate) async fn judged(
        ctx: &Context<'_>,
        id: GrantId,
        judged: Option<&GrantFacts>,
        more: bool,
    ) -> Option<Self> {
        match judged {
            Some(judged) => Some(Self::known(ctx, judged, more).await),
            None => Self::read(ctx, id, true).await,
        }
    }

    fn record(&self) -> Option<&GrantRecord> {
        match &self.view {
            GrantView::Whole(record) => Some(record),
            GrantView::Extract { .. } => None,
        }
    }

    fn role_id(&self) -> RoleId {
        match &self.view {
            GrantView::Whole(record) => record.role_id,
            GrantView::Extract { grant, .. } => grant.role.id,
        }
    }

    fn person_id(&self) -> Option<PersonId> {
        self.record()?.person_id
    }

    fn service_id(&self) -> Option<ServiceId> {
        self.record()?.service_id
    }

    fn engagement_id(&self) -> Option<EngagementId> {
        self.record()?.engagement_id
    }
}

/// Whether a field of a grant is more than what was judged tells of it. Only then is the grant read, which
/// is decided on and recorded.
pub(crate) fn is_more(field: &SelectionField<'_>) -> bool {
    let told = [
        "__typename",
        "id",
        "roleId",
        "role",
        "scope",
        "until",
        "inForce",
    ];
    !told.contains(&field.name())
}

/// The last day of what ends at that instant, with or without the hours of grace.
fn last_day(ends: Instant, calendar: Calendar) -> domain::Date {
    let within = ends.plus_seconds(-1).date();
    let before = within
        .plus_days(-1)
        .filter(|day| calendar.ends_with_grace(*day) == ends);
    before.unwrap_or(within)
}

/// A role that somebody holds over a scope for a time. Where a decision names a grant to somebody who
/// may not see it, only its id, role, scope, dates and origin are there, and whether it is in force.
#[Object]
impl Grant {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        match &self.view {
            GrantView::Whole(record) => ID(record.id.to_string()),
            GrantView::Extract { grant, .. } => ID(grant.id.to_string()),
        }
    }

    /// The id at its source; null: not to be seen.
    async fn external_id(&self) -> Option<&str> {
        Some(self.record()?.external_id.as_str())
    }

    /// The id of the role.
    #[graphql(name = "roleId")]
    async fn shown_role_id(&self) -> ID {
        ID(self.role_id().to_string())
    }

    /// The role; null: the caller may not see it.
    async fn role(&self, ctx: &Context<'_>) -> Option<Role> {
        ctx.read(self.role_id()).await.map(Role)
    }

    /// How far it reaches.
    async fn scope(&self) -> Scope {
        match &self.view {
            GrantView::Whole(record) => Scope(record.scope()),
            GrantView::Extract { grant, .. } => Scope(grant.scope),
        }
    }

    /// First day.
    async fn from(&self) -> Date {
        match &self.view {
            GrantView::Whole(record) => Date(record.from_date),
            GrantView::Extract { grant, .. } => Date(grant.starts.date()),
        }
    }

    /// Last day; null: no end is set.
    async fn until(&self) -> Option<Date> {
        match &self.view {
            GrantView::Whole(record) => record.until_date.map(Date),
            GrantView::Extract { until, .. } => until.map(Date),
        }
    }

    /// Whether its dates hold, nobody has revoked it, and the engagement that it rests on is live; null: that could
    /// not be found out.
    async fn in_force(&self, ctx: &Context<'_>) -> Option<bool> {
        let now = ctx.session().operation().now();
        match &self.view {
            GrantView::Whole(_) => Some(self.standing(ctx).await?.grant.is_in_force(now)),
            GrantView::Extract { grant, .. } => Some(grant.is_in_force(now)),
        }
    }

    /// Whether the holder can rely on it now for anything that its role confers, wherever stages that were decided
    /// for a system or an authority do not make it otherwise; null: not to be seen.
    async fn counts(&self, ctx: &Context<'_>) -> Option<bool> {
        Some(self.standing(ctx).await?.counts())
    }

    /// The guardrails by which it does not count for all that its role confers; empty: it does, or not to be seen.
    async fn why_not(&self, ctx: &Context<'_>) -> Vec<Reason> {
        let standing = self.standing(ctx).await;
        let reasons = standing.map(HeldGrant::why_not).unwrap_or_default();
        Reason::several(&reasons, ctx.language())
    }

    /// How it came about.
    async fn origin(&self) -> GrantOrigin {
        match &self.view {
            GrantView::Whole(record) => record.origin.into(),
            GrantView::Extract { grant, .. } => grant.origin.into(),
        }
    }

    /// The person who holds it; null: a service holds it, or the caller may not see the person.
    async fn person(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.person_id()).await.map(Person)
    }

    /// The service that holds it; null: a person holds it, or the caller may not see the service.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        ctx.read(self.service_id()).await.map(Service)
    }

    /// The engagement it rests on; null: none, or the caller may not see it.
    async fn engagement(&self, ctx: &Context<'_>) -> Option<Engagement> {
        ctx.read(self.engagement_id()).await.map(Engagement)
    }

    /// The needs-and-risk analysis behind it; null: none is named, or not to be seen.
    async fn needs_and_risk_analysis(&self) -> Option<&str> {
        self.record()?.needs_and_risk_analysis.as_deref()
    }

    /// The basis for disclosure across authorities; null: none is named, or not to be seen.
    async fn disclosure_basis(&self) -> Option<&str> {
        self.record()?.disclosure_basis.as_deref()
    }

    /// The assignment of an auditor; null: none, or not to be seen.
    async fn assignment(&self) -> Option<&str> {
        self.record()?.assignment.as_deref()
    }

    /// Who ordered it; null: nobody is named, or the caller may not see the person.
    async fn ordered_by(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.record()?.ordered_by_id).await.map(Person)
    }

    /// Who validated it; null: nobody is named, or the caller may not see the person.
    async fn validated_by(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.record()?.validated_by_id).await.map(Person)
    }

    /// Who approved it; null: nobody is named, or the caller may not see the person.
    async fn approved_by(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.record()?.approved_by_id).await.map(Person)
    }

    /// The person who carried it out; null: nobody is named, or the caller may not see the person.
    async fn executed_by(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.record()?.executed_by_id).await.map(Person)
    }

    /// The service that carried it out; null: none, or the caller may not see it.
    async fn executed_by_service(&self, ctx: &Context<'_>) -> Option<Service> {
        ctx.read(self.record()?.executed_by_service_id)
            .await
            .map(Service)
    }

    /// The last day on which somebody can attest what was there before the service; null: nobody has
    /// to, or not to be seen.
    async fn attest_by(&self) -> Option<Date> {
        self.record()?.attest_by.map(Date)
    }

    /// When it was revoked; null: it is not, or not to be seen.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.record()?.revoked_at.map(DateTime)
    }

    /// The decision that it was made by; null: it was there before, or the caller may not see it.
    async fn decision(&self, ctx: &Context<'_>) -> Option<Decision> {
        let id = self.record()?.decision_id?;
        let found = service::decisions::decision(ctx.session(), id).await;
        ctx.shown(found).flatten().map(Decision::from)
    }

    /// How often it has been changed, counted from 1; null: not to be seen.
    async fn version(&self) -> Option<i64> {
        Some(self.record()?.version)
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone)]
pub struct Scope(facts::Scope);

/// How far a grant reaches: exactly one thing, and what is below it.
#[Object]
impl Scope {
    /// What kind of thing.
    async fn kind(&self) -> ScopeKind {
        match self.0 {
            facts::Scope::Installation => ScopeKind::Installation,
            facts::Scope::Organisation(_) => ScopeKind::Organisation,
            facts::Scope::System(_) => ScopeKind::System,
            facts::Scope::Segment(_) => ScopeKind::Segment,
            facts::Scope::Database(_) => ScopeKind::Database,
        }
    }

    /// The id of the thing.
    async fn target_id(&self) -> ID {
        ID(self.0.entity().to_string())
    }

    /// The organisation, the installation included; null: another kind, or the caller may not see it.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Organisation> {
        match self.0 {
            facts::Scope::Installation => ctx.read(domain::id::INSTALLATION).await,
            facts::Scope::Organisation(id) => ctx.read(id).await,
            facts::Scope::System(_) | facts::Scope::Segment(_) | facts::Scope::Database(_) => None,
        }
        .map(Organisation)
    }

    /// The system; null: another kind, or the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        let facts::Scope::System(id) = self.0 else {
            return None;
        };
        ctx.read(id).await.map(System)
    }

    /// The segment; null: another kind, or the caller may not see it.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        let facts::Scope::Segment(id) = self.0 else {
            return None;
        };
        ctx.read(id).await.map(Segment)
    }

    /// The database; null: another kind, or the caller may not see it.
    async fn database(&self, ctx: &Context<'_>) -> Option<Database> {
        let facts::Scope::Database(id) = self.0 else {
            return None;
        };
        ctx.read(id).await.map(Database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_found_again_from_the_instant_that_it_ends_at() {
        let calendar = Calendar::default();
        for day in ["2026-03-28", "2026-06-30", "2026-10-25", "2026-12-31"] {
            let day: domain::Date = day.parse().unwrap();
            assert_eq!(last_day(calendar.ends_with_grace(day), calendar), day);
            assert_eq!(last_day(calendar.ends(day), calendar), day);
        }
    }
}
