//! What reports say of who can reach what.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::kinds::Obligation;
use crate::page::{Connection, Count, Cursor, selected};
use crate::reach::Reach as _;
use domain::EntityRef;
use domain::facts::GrantFacts;
use domain::id::{self, GrantId, SegmentId, SystemId};
use service::register::{self, By, ServerSelection};
use service::turned::{self, Reached, ReachedSegment, ReachedSystem};

use super::grant::is_more;
use super::reason::Reason;
use super::thing::{Grant, Person, Segment, Server, Service, System};

/// Grants that a row of a report rests on, as far as they are asked about.
async fn resting_on(ctx: &Context<'_>, ids: &[GrantId], known: &[GrantFacts]) -> Vec<Grant> {
    let more = ctx.field().selection_set().any(|field| is_more(&field));
    let mut grants = Vec::with_capacity(ids.len());
    for id in ids {
        let judged = known.iter().find(|grant| grant.id == *id);
        grants.extend(Grant::judged(ctx, *id, judged, more).await);
    }
    grants
}

/// What somebody can administer.
#[derive(Debug, Clone)]
pub struct Reach(pub Arc<Reached>);

/// What somebody can administer: servers by segments, and systems. Nothing for somebody whose identity has
/// ended or is suspended.
#[Object]
impl Reach {
    /// How many servers are in the segments that grants which count reach.
    async fn servers_direct(&self) -> u64 {
        self.0.servers_direct
    }

    /// How many servers are in these segments and in those that can be taken over from there, at any remove.
    async fn servers_total(&self) -> u64 {
        self.0.servers_total
    }

    /// How many servers the grants would reach directly if server administration counted over any scope and
    /// not by segment only: how it was before (JK-1.4).
    async fn servers_unsegmented(&self) -> u64 {
        self.0.servers_unsegmented
    }

    /// The segments, those that grants reach and those that can be taken over, in the order of their ids.
    async fn segments(&self) -> Vec<SegmentInReach> {
        let segments = self.0.segments.keys();
        let told = |id: &SegmentId| SegmentInReach {
            reached: Arc::clone(&self.0),
            id: *id,
        };
        segments.map(told).collect()
    }

    /// The systems that are administered themselves or have one of the segments, in the order of their ids.
    async fn systems(&self) -> Vec<SystemInReach> {
        let systems = self.0.systems.keys();
        let told = |id: &SystemId| SystemInReach {
            reached: Arc::clone(&self.0),
            id: *id,
        };
        systems.map(told).collect()
    }

    /// The servers in all of the segments that the caller may read, by host name; null: the list could not be
    /// made.
    async fn servers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Server>> {
        let wanted = (first, after, last, before);
        let segments: Vec<SegmentId> = self.0.segments.keys().copied().collect();
        let spelled: Vec<String> = segments.iter().map(ToString::to_string).collect();
        let selection = ServerSelection {
            segment: None,
            segments: Some(segments),
        };
        selected::<id::Server, _>(
            ctx,
            wanted,
            By::Name,
            &spelled.join(" "),
            &selection,
            Server,
        )
        .await
    }
}

/// A segment that somebody can reach.
#[derive(Debug, Clone)]
pub struct SegmentInReach {
    reached: Arc<Reached>,
    id: SegmentId,
}

impl SegmentInReach {
    fn how(&self) -> Option<&ReachedSegment> {
        self.reached.segments.get(&self.id)
    }
}

/// A segment that somebody can reach.
#[Object]
impl SegmentInReach {
    /// The segment's id.
    async fn segment_id(&self) -> ID {
        ID(self.id.to_string())
    }

    /// The segment; null: the caller may not see it.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        ctx.read(self.id).await.map(Segment)
    }

    /// How many servers it has.
    async fn servers(&self) -> u64 {
        self.how().map_or(0, |how| how.servers)
    }

    /// The grants that reach it; empty: it can only be taken over.
    async fn grants(&self, ctx: &Context<'_>) -> Vec<Grant> {
        let ids = self.how().map_or(&[][..], |how| &how.grants);
        resting_on(ctx, ids, &self.reached.grants).await
    }

    /// The ids of the segments on the shortest way of taking it over, from one that grants reach to itself;
    /// empty: grants reach it.
    async fn path_ids(&self) -> Vec<ID> {
        let way = self.how().map_or(&[][..], |how| &how.way);
        way.iter().map(|id| ID(id.to_string())).collect()
    }

    /// The segments on that way, as far as the caller may see them.
    async fn path(&self, ctx: &Context<'_>) -> Vec<Segment> {
        let way = self.how().map_or_else(Vec::new, |how| how.way.clone());
        let found = register::several(ctx.session(), way).await;
        let shown = ctx.shown(found).unwrap_or_default();
        shown.into_iter().map(Segment).collect()
    }
}

/// A system that somebody can reach.
#[derive(Debug, Clone)]
pub struct SystemInReach {
    reached: Arc<Reached>,
    id: SystemId,
}

impl SystemInReach {
    fn how(&self) -> Option<&ReachedSystem> {
        self.reached.systems.get(&self.id)
    }
}

/// A system that somebody can reach.
#[Object]
impl SystemInReach {
    /// The system's id.
    async fn system_id(&self) -> ID {
        ID(self.id.to_string())
    }

    /// The system; null: the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.id).await.map(System)
    }

    /// The grants by which it is administered itself; empty: it is reached through its segments only.
    async fn grants(&self, ctx: &Context<'_>) -> Vec<Grant> {
        let ids = self.how().map_or(&[][..], |how| &how.grants);
        resting_on(ctx, ids, &self.reached.grants).await
    }

    /// The ids of its segments that are reached.
    async fn segment_ids(&self) -> Vec<ID> {
        let segments = self.how().map_or(&[][..], |how| &how.segments);
        segments.iter().map(|id| ID(id.to_string())).collect()
    }
}

/// Somebody who administers servers.
#[derive(Debug, Clone)]
pub struct SegmentAdministrator(pub Arc<turned::Administrator>);

/// Somebody who administers servers, with the segments that grants which count now reach.
#[Object]
impl SegmentAdministrator {
    /// The person's or service's id.
    async fn principal_id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The person; null: a service, or the caller may not see the person.
    async fn person(&self, ctx: &Context<'_>) -> Option<Person> {
        person(ctx, &self.0.id).await
    }

    /// The service; null: a person, or the caller may not see the service.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        service(ctx, &self.0.id).await
    }

    /// The segments, of those that the caller may read such reports of, in the order of their ids.
    async fn segments(&self) -> Vec<AdministeredSegment> {
        let segments = self.0.segments.keys();
        let told = |id: &SegmentId| AdministeredSegment {
            by: Arc::clone(&self.0),
            id: *id,
        };
        segments.map(told).collect()
    }
}

/// A segment that somebody administers.
#[derive(Debug, Clone)]
pub struct AdministeredSegment {
    by: Arc<turned::Administrator>,
    id: SegmentId,
}

/// A segment that somebody administers.
#[Object]
impl AdministeredSegment {
    /// The segment's id.
    async fn segment_id(&self) -> ID {
        ID(self.id.to_string())
    }

    /// The segment; null: the caller may not see it.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        ctx.read(self.id).await.map(Segment)
    }

    /// The grants by which.
    async fn grants(&self, ctx: &Context<'_>) -> Vec<Grant> {
        let ids = self
            .by
            .segments
            .get(&self.id)
            .map_or(&[][..], Vec::as_slice);
        resting_on(ctx, ids, &self.by.grants).await
    }
}

/// A segment that too few administer.
#[derive(Debug, Clone, Copy)]
pub struct UnderstaffedSegment(pub turned::Understaffed);

/// A segment that fewer than two human beings administer, by grants that count now.
#[Object]
impl UnderstaffedSegment {
    /// The segment's id.
    async fn segment_id(&self) -> ID {
        ID(self.0.segment.to_string())
    }

    /// The segment; null: the caller may not see it.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        ctx.read(self.0.segment).await.map(Segment)
    }

    /// How many human beings administer it: 0 or 1.
    async fn administrators(&self) -> u64 {
        u64::try_from(self.0.administrators).unwrap_or(u64::MAX)
    }
}

/// Somebody who could do a thing.
#[derive(Debug, Clone)]
pub struct EntitledPrincipal(pub Arc<turned::Entitled>);

/// Somebody who would be allowed a thing now, with the strongest sign-in.
#[Object]
impl EntitledPrincipal {
    /// The person's or service's id.
    async fn principal_id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The person; null: a service, or the caller may not see the person.
    async fn person(&self, ctx: &Context<'_>) -> Option<Person> {
        person(ctx, &self.0.id).await
    }

    /// The service; null: a person, or the caller may not see the service.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        service(ctx, &self.0.id).await
    }

    /// The grants that it would rest on.
    async fn matched_grants(&self, ctx: &Context<'_>) -> Vec<Grant> {
        let ids: Vec<GrantId> = self.0.grants.iter().map(|grant| grant.id).collect();
        resting_on(ctx, &ids, &self.0.grants).await
    }

    /// What the allow would ask of the asker.
    async fn obligations(&self) -> Vec<Obligation> {
        let owed = self.0.obligations.iter().copied();
        owed.map(Obligation::from).collect()
    }

    /// Whether it is allowed only on some of the records that lie in the target, and refused on the target as a
    /// whole. Obligations and grants are then those of the record on which the allow asks least.
    async fn only_records(&self) -> bool {
        self.0.only_records
    }

    /// What guardrails that are not enforced yet would have refused.
    async fn would_refuse(&self, ctx: &Context<'_>) -> Vec<Reason> {
        Reason::several(&self.0.would_refuse, ctx.language())
    }
}

async fn person(ctx: &Context<'_>, id: &EntityRef) -> Option<Person> {
    let id: id::PersonId = id.to_id().ok()?;
    ctx.read(id).await.map(Person)
}

async fn service(ctx: &Context<'_>, id: &EntityRef) -> Option<Service> {
    let id: id::ServiceId = id.to_id().ok()?;
    ctx.read(id).await.map(Service)
}
