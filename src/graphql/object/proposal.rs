//! Proposed edits of the register, with who gains what.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::kinds::EditProposalState;
use crate::page::{Connection, Count, Cursor, report};
use crate::reach::Reach;
use crate::scalar::DateTime;
use domain::edit::{Gain, Gained};
use service::register::{Page, ProposalRecord, Window};
use service::session::Session;
use service::{decisions, turned};

use super::node::{Node, find};
use super::thing::{Decision, EditProposal};

/// What can be edited so that somebody may gain by it. More kinds may come.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum EditKind {
    /// An organisation is moved, with all that is below it.
    MoveOrganisation,
    /// A server is moved into a segment.
    MoveServer,
    /// A role is given a permission, or loses one.
    SetRolePermission,
    /// It is said whether a role is privileged.
    SetRolePrivileged,
    /// It is said whether a permission is privileged.
    SetPermissionPrivileged,
    /// A system is classified.
    ClassifySystem,
    /// It is said whether servers of a segment can be taken over from another.
    SetControl,
    /// A service's word about how people signed in is taken.
    SetTrustedToAssert,
}

impl EditKind {
    fn of(proposal: &ProposalRecord) -> Self {
        use domain::edit::Edit;
        match &proposal.edit {
            Edit::MoveOrganisation { .. } => Self::MoveOrganisation,
            Edit::MoveServer { .. } => Self::MoveServer,
            Edit::SetRolePermission { .. } => Self::SetRolePermission,
            Edit::SetRolePrivileged { .. } => Self::SetRolePrivileged,
            Edit::SetPermissionPrivileged { .. } => Self::SetPermissionPrivileged,
            Edit::ClassifySystem { .. } => Self::ClassifySystem,
            Edit::SetControl { .. } => Self::SetControl,
            Edit::SetTrustedToAssert { .. } => Self::SetTrustedToAssert,
        }
    }
}

/// By what way something is gained.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::edit::GainedBy")]
pub enum GainedBy {
    /// It was refused before, however strong the sign-in.
    Reach,
    /// It took a stronger or more recent sign-in before.
    WeakerSignIn,
    /// It can be taken over from what the holder administers.
    TakeOver,
    /// It is not to be had now, but once nothing stands in its way any more: a date, an absence, a missing
    /// analysis, a guardrail that does not stay as it is, or another grant that ends.
    Later,
}

/// An edit of the register that takes two, because somebody gains something privileged or access to patient data
/// by it, now or later, or a protection falls: it waits for another human being to accept it, with `grant:approve`
/// over what it changes.
#[Object]
impl EditProposal {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What kind of edit it is.
    async fn kind(&self) -> EditKind {
        EditKind::of(&self.0)
    }

    /// What has become of it.
    async fn state(&self) -> EditProposalState {
        self.0.state.into()
    }

    /// The id of what it changes; for a permission that no system has, the installation's.
    async fn thing_id(&self) -> ID {
        ID(self.0.thing_id.to_string())
    }

    /// What it changes; null: the caller may not see it.
    async fn thing(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.0.thing_id).await
    }

    /// What it makes of that, field by field.
    async fn changes(&self) -> Vec<EditedField> {
        let fields = self.0.edit.fields().into_iter();
        fields
            .map(|(name, value)| EditedField {
                name: name.to_owned(),
                value,
            })
            .collect()
    }

    /// Who gains what by it, as it was when it was proposed.
    async fn gain(&self) -> EditGain {
        EditGain {
            gain: self.0.gain.clone(),
            digest: self.0.gain_digest.clone(),
        }
    }

    /// Whether whoever proposed it gains by it, under any of their HSA-ids or through a service that they answer
    /// for: asked by itself, however many others gain.
    async fn proposer_gains(&self) -> bool {
        self.0.proposers_gain
    }

    /// The id of the person or service that proposed it.
    async fn proposed_by_id(&self) -> ID {
        ID(self.0.proposed_by.to_string())
    }

    /// Who proposed it; null: the caller may not see them.
    async fn proposed_by(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.0.proposed_by).await
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.0.proposed_at)
    }

    /// The decision by which it was proposed; null: the caller may not see it.
    async fn decision(&self, ctx: &Context<'_>) -> Option<Decision> {
        let found = decisions::decision(ctx.session(), self.0.decision_id).await;
        ctx.shown(found).flatten().map(Decision::from)
    }

    /// The id of the person or service that decided on it; null: nobody has.
    async fn decided_by_id(&self) -> Option<ID> {
        let by = self.0.decided_by.as_ref();
        by.map(|by| ID(by.to_string()))
    }

    /// Who decided on it; null: nobody has, or the caller may not see them.
    async fn decided_by(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.0.decided_by?).await
    }

    /// When it was decided on; null: it has not been.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }
}

/// A field of what an edit changes.
#[derive(Debug, Clone, SimpleObject)]
pub struct EditedField {
    /// Its name, as in the edit's input.
    name: String,
    /// What it becomes: an id, a name, a number, a date, `true` or `false`.
    value: String,
}

/// Who gains what by an edit.
#[derive(Debug, Clone)]
pub struct EditGain {
    gain: Gain,
    digest: String,
}

/// Who gains what by an edit: what the policies would refuse before and allow after, with the same sign-in.
#[Object]
impl EditGain {
    /// SHA-256 of all of it, in hexadecimal: whoever accepts the edit says so what they have seen.
    async fn digest(&self) -> &str {
        &self.digest
    }

    /// How many people gain.
    async fn people(&self) -> usize {
        self.gain.people()
    }

    /// How many services gain.
    async fn services(&self) -> usize {
        self.gain.services()
    }

    /// Whether there is more than was counted: at most 1,000 rows are. Whoever gains cannot accept the edit,
    /// counted or not.
    async fn more(&self) -> bool {
        self.gain.more
    }

    /// What is gained, in the order of the holders' ids; null: the list could not be made.
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<GainedAccess>> {
        let all = self.gain.rows.iter().cloned().enumerate();
        let all: Vec<(String, Gained)> = all.map(|(n, row)| (format!("{n:06}"), row)).collect();
        let rows = async |_: &Session, window: &Window| {
            Ok(Some(Page::of_whole(all, |(at, _)| at.clone(), window)))
        };
        let position = |(at, _): &(String, Gained)| turned::position(at);
        let object = |(_, row)| GainedAccess(row);
        let of = ("EditGain", self.digest.as_str());
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
}

/// Something that somebody has only after an edit.
#[derive(Debug, Clone)]
pub struct GainedAccess(Gained);

/// Something that somebody has only after an edit.
#[Object]
impl GainedAccess {
    /// The id of the person or service.
    async fn holder_id(&self) -> ID {
        ID(self.0.holder.to_string())
    }

    /// The person or service; null: the caller may not see them.
    async fn holder(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.0.holder).await
    }

    /// What can be done.
    async fn permission(&self) -> &str {
        self.0.permission.as_str()
    }

    /// The id of what it can be done to; for records the organisation that keeps them.
    async fn over_id(&self) -> ID {
        ID(self.0.over.to_string())
    }

    /// What it can be done to; null: the caller may not see it.
    async fn over(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.0.over).await
    }

    /// The id of the system, where it is about the records kept in one; null: it is not.
    async fn records_in_id(&self) -> Option<ID> {
        self.0.records_in.map(|system| ID(system.to_string()))
    }

    /// By what way it is gained.
    async fn by(&self) -> GainedBy {
        self.0.by.into()
    }

    /// Whether it is privileged, or was before the edit.
    async fn privileged(&self) -> bool {
        self.0.privileged
    }

    /// Whether it gives access to patient data.
    async fn patient_data(&self) -> bool {
        self.0.patient_data
    }

    /// The ids of the grants that it rests on.
    async fn grant_ids(&self) -> Vec<ID> {
        let grants = self.0.grants.iter();
        grants.map(|grant| ID(grant.to_string())).collect()
    }
}
