//! Questions turned around, as fields of the root.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, OneofObject};

use crate::mutation::{AuthorizeInput, AuthorizePayload, PrincipalInput};
use crate::object::guardrail::Guardrail;
use crate::object::held::HeldGrant;
use crate::object::impact::PolicyImpact;
use crate::object::turned::{EntitledPrincipal, Reach, SegmentAdministrator, UnderstaffedSegment};
use crate::page::{Connection, Count, Cursor, report};
use crate::reach::Reach as _;
use crate::scalar::HsaId;
use domain::PermissionName;
use domain::Words;
use domain::target::{ExternalKey, PrincipalKey, RecordDescription};
use domain::text::Identifier;
use service::authorize;
use service::error::{InputPath, ServiceError};
use service::register::Window;
use service::session::Session;
use service::{guardrails, policy_impact, turned};

/// Reports of who can reach what.
#[derive(Debug, Default)]
pub struct Turned;

/// How a principal is spelled in what a cursor is bound to.
fn spelled(principal: &PrincipalKey) -> String {
    principal.dependency()
}

/// What a permission is exercised on: something in the register by its name outside, or records described.
#[derive(Debug, Clone, OneofObject)]
pub enum ReachTargetInput {
    /// An organisation, by HSA-id; of what is done to records also those that it and those below it keep, in
    /// whatever system.
    Organisation(HsaId),
    /// A system, by external id; of what is done to records also those in it, whoever keeps them.
    System(String),
    /// A segment, by external id.
    Segment(String),
    /// A server, by host name.
    Server(String),
    /// A database, by external id.
    Database(String),
    /// A record that an organisation keeps in a system.
    Record(ReachRecordInput),
}

/// A record that an organisation keeps in a system: none in particular.
#[derive(Debug, Clone, InputObject)]
pub struct ReachRecordInput {
    /// The external id of the system that holds it.
    system: String,
    /// The organisation that owns it; `reach:read` is needed over that.
    organisation: HsaId,
    /// The word for its kind; null: `record`.
    kind: Option<String>,
    /// Whether it is blocked (spärr); null: no.
    blocked: Option<bool>,
}

impl ReachRecordInput {
    fn described(self, path: &InputPath) -> Result<RecordDescription, ServiceError> {
        Ok(RecordDescription {
            system: path.text("system", &self.system)?,
            organisation: self.organisation.0,
            kind: path.text("kind", self.kind.as_deref().unwrap_or("record"))?,
            // Nothing is decided by it.
            id: path.text("id", "any")?,
            blocked: self.blocked.unwrap_or(false),
            active_choice: None,
            consent: false,
        })
    }
}

impl ReachTargetInput {
    fn into_about(self, path: &InputPath) -> Result<turned::About, ServiceError> {
        Ok(turned::About::Registered(match self {
            Self::Organisation(hsa_id) => ExternalKey::Organisation(hsa_id.0),
            Self::System(name) => ExternalKey::System(path.text("system", &name)?),
            Self::Segment(name) => ExternalKey::Segment(path.text("segment", &name)?),
            Self::Server(host) => ExternalKey::Server(path.text("server", &host)?),
            Self::Database(name) => ExternalKey::Database(path.text("database", &name)?),
            Self::Record(record) => {
                return Ok(turned::About::Described(
                    record.described(&path.at("record"))?,
                ));
            }
        }))
    }
}

#[Object]
impl Turned {
    /// Who could do a thing: every person and service that `authorize` would allow the permission on the target
    /// now, or on a record that lies there, with the strongest sign-in, in the order of their ids. Needs
    /// `reach:read` over the target; null: nothing of that name, or not to be seen.
    #[expect(clippy::too_many_arguments, reason = "what every list takes")]
    async fn who_can(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, as `noun:verb`: one that the register knows.")] permission: String,
        #[graphql(desc = "To what.")] target: ReachTargetInput,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<EntitledPrincipal>> {
        let parsed = PermissionName::given(&permission).map_err(|error| {
            let path = InputPath::argument("permission");
            let problem = error.words();
            ServiceError::Input { path, problem }
        });
        let permission: PermissionName = ctx.shown(parsed)?;
        let about = ctx.shown(target.into_about(&InputPath::argument("target")))?;
        let of = format!("{permission} {}", about.spelled());
        let rows = async |session: &Session, window: &Window| {
            turned::who_can(session, &permission, about, window).await
        };
        let position = |one: &turned::Entitled| turned::position(&one.id);
        let object = |one| EntitledPrincipal(Arc::new(one));
        report(
            ctx,
            (first, after, last, before),
            ("WhoCan", &of),
            rows,
            position,
            object,
        )
        .await
    }

    /// What `authorize` would answer, and why, as a dry run: the same answer by the same policies, on record as one
    /// that opened nothing (`dryRun`), and nothing goes on from it. Needs `decision:ask` over the target: whoever
    /// lacks it is refused; null: refused, or it could not be decided.
    async fn explain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: AuthorizeInput,
    ) -> Option<AuthorizePayload> {
        let path = InputPath::input();
        let question = match ctx.shown(input.into_question(&path))? {
            Ok(question) => question,
            Err(problem) => return Some(AuthorizePayload::from(Err(problem))),
        };
        let answer = authorize::explain(ctx.session(), ctx.asking(), question, &path).await;
        ctx.shown(answer).map(AuthorizePayload::from)
    }

    /// What somebody holds: every grant that is not revoked, in the order of their ids, with what it confers and
    /// whether that counts now. Needs `reach:read` over the person or service; null: nobody of that name, or not
    /// to be seen.
    async fn what_can(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] principal: PrincipalInput,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<HeldGrant>> {
        let principal = ctx.shown(principal.into_key(&InputPath::argument("principal")))?;
        let of = spelled(&principal);
        let rows = async |session: &Session, window: &Window| {
            turned::what_can(session, principal, window).await
        };
        let position = |held: &turned::HeldGrant| turned::position(&held.grant.id);
        report(
            ctx,
            (first, after, last, before),
            ("WhatCan", &of),
            rows,
            position,
            HeldGrant,
        )
        .await
    }

    /// What somebody can administer, directly and by taking over what that controls. Needs `reach:read` over the
    /// person or service; null: nobody of that name, or not to be seen.
    async fn reach(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] principal: PrincipalInput,
    ) -> Option<Reach> {
        let principal = ctx.shown(principal.into_key(&InputPath::argument("principal")))?;
        let found = turned::reach(ctx.session(), principal).await;
        ctx.shown(found)
            .flatten()
            .map(|reached| Reach(Arc::new(reached)))
    }

    /// Who administers the servers of which segments, by grants that count now, in the order of the people's and
    /// services' ids. A segment is there for those who have `reach:read` over it; null: the caller has it over
    /// none, or the list could not be made.
    async fn segmentation_matrix(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<SegmentAdministrator>> {
        let rows = async |session: &Session, window: &Window| {
            Ok(Some(turned::administrators(session, window).await?))
        };
        let position = |one: &turned::Administrator| turned::position(&one.id);
        let object = |one| SegmentAdministrator(Arc::new(one));
        let of = ("SegmentationMatrix", "");
        report(
            ctx,
            (first, after, last, before),
            of,
            rows,
            position,
            object,
        )
        .await
    }

    /// The guardrails of the policies in force, in the order of their ids, with the stages that were decided.
    /// Needs `policy:read`; null: refused.
    async fn guardrails(&self, ctx: &Context<'_>) -> Option<Vec<Guardrail>> {
        let found = guardrails::guardrails(ctx.session()).await;
        let found = ctx.shown(found)?;
        Some(found.into_iter().map(Guardrail::of).collect())
    }

    /// Whom a guardrail stops, or would stop once it is enforced: by what they hold now, and by what was decided in
    /// the last days (LL-04). Needs `reach:read` over the system, or the installation; null: nothing of that name,
    /// or not to be seen.
    async fn policy_impact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the guardrail.")] guardrail: String,
        #[graphql(desc = "Only in this system, by external id; null: everywhere.")] system: Option<
            String,
        >,
        #[graphql(desc = "Decisions of the last so many days, 1 to 3,660.", default = 30)]
        days: i32,
    ) -> Option<PolicyImpact> {
        let days = u16::try_from(days).ok();
        let days = days.filter(|days| (1..=3_660).contains(days));
        let days = ctx.shown(days.ok_or_else(|| ServiceError::Input {
            path: InputPath::argument("days"),
            problem: Words::new("expected 1 to 3660 days", "Ange 1 till 3660 dagar."),
        }))?;
        let of: Identifier = ctx.argument("guardrail", &guardrail)?;
        let system = match system {
            Some(system) => Some(ctx.argument("system", &system)?),
            None => None,
        };
        let found = policy_impact::policy_impact(ctx.session(), &of, system, days);
        let found = Box::pin(found).await;
        let report = ctx.shown(found).flatten()?;
        Some(PolicyImpact::of(guardrail, report))
    }

    /// The segments that fewer than two human beings administer by grants that count now, in the order of their
    /// ids. A segment is there for those who have `reach:read` over it; null: the caller has it over none, or the
    /// list could not be made.
    async fn understaffed_segments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<UnderstaffedSegment>> {
        let rows = async |session: &Session, window: &Window| {
            Ok(Some(turned::understaffed(session, window).await?))
        };
        let position = |one: &turned::Understaffed| turned::position(&one.segment);
        let of = ("UnderstaffedSegments", "");
        report(
            ctx,
            (first, after, last, before),
            of,
            rows,
            position,
            UnderstaffedSegment,
        )
        .await
    }
}
