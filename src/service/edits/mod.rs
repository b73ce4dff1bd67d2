//! Edits of the register that may amount to grants, and what becomes of those that do.
//!
//! An edit is made at once where nobody gains anything privileged or access to patient data by it, now or later, no
//! role is given something privileged, and nothing ceases to be privileged. Else it is kept with the gain, for
//! somebody else to accept: whoever approves grants over what is changed, another human being than those who
//! proposed it or answer for the service that did, and none of those who gain.
//!
//! To add an edit: see [`domain::edit`]; here its names, in `name`.

mod name;

use std::time::Duration;

use domain::EntityRef;
use domain::action::{AcceptEdit, DeclineEdit, EditRegister, Edits, Read};
use domain::clock::fresh;
use domain::edit::Edit;
use domain::id::{self, EditProposalId};
use domain::problem::{EditProblem, ProposalProblem};
use domain::text::{Digest, ErasableText, IdempotencyKey};
use gate::{Weighing, WritePermit};
use store::read::proposals::{ProposalRecord, ProposalState};
use store::write;

use name::Unfound;
pub use name::{Class, EditName};

use super::change::{Changed, Order};
use super::error::{InputPath, Problem, ServiceError};
use super::idempotency::{InputDigest, Key, Mutation};
use super::register;
use super::session::Session;

/// How long it may take to find out who gains: everybody is asked about whom the edit concerns.
const WEIGHING: Duration = Duration::from_mins(1);

/// An order to edit the register.
#[derive(Debug, Clone)]
pub struct NewEdit {
    /// What is to be changed.
    pub edit: EditName,
    /// Why, in free text; kept erasable.
    pub justification: Option<ErasableText>,
    /// The version that the caller saw, if it must not have changed.
    pub expected_version: Option<i64>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// An order to accept a proposal.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The proposal.
    pub proposal: EditProposalId,
    /// The digest of the gain that was seen.
    pub gain_digest: Digest,
    /// Why, in free text; kept erasable.
    pub justification: Option<ErasableText>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// An order to turn a proposal down, or to take one's own back.
#[derive(Debug, Clone)]
pub struct Declining {
    /// The proposal.
    pub proposal: EditProposalId,
    /// Why, in free text; kept erasable.
    pub reason: Option<ErasableText>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Edits the register, or proposes to where somebody gains by it.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; what a form can show is in the answer.
pub async fn edit_register(
    session: &Session,
    input: NewEdit,
) -> Result<Changed<EditProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    input.edit.check()?;
    if let Some(effect) = session.effect(Mutation::EditRegister) {
        return Ok(effect.into());
    }
    let edit = match input.edit.find(session).await {
        Ok(edit) => edit,
        Err(Unfound::At(missing)) => {
            let problems = missing
                .into_iter()
                .map(|(path, missing)| Problem::at(EditProblem::NotFound(missing), path));
            return Ok(Changed::none(problems.collect()));
        }
        Err(Unfound::Failed(error)) => return Err(error),
    };
    let ordered = Ordered {
        mutation: Mutation::EditRegister,
        edit,
        key,
        reason: input.justification,
        expected_version: input.expected_version,
        when_so: WhenSo::Say,
    };
    let path = InputPath::input().at("edit").at(input.edit.field());
    order_edit(session, ordered, |problem| Problem::at(problem, path)).await
}

/// An edit with everything that was found in the order for it.
pub(crate) struct Ordered {
    pub(crate) mutation: Mutation,
    pub(crate) edit: Edit,
    pub(crate) key: Option<Key>,
    pub(crate) reason: Option<ErasableText>,
    pub(crate) expected_version: Option<i64>,
    pub(crate) when_so: WhenSo,
}

/// What to do where the register is as the edit would make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenSo {
    /// To say so.
    Say,
    /// To leave it as it is.
    Leave,
}

/// Makes the edit, or keeps it for another human being to accept where it takes two.
pub(crate) async fn order_edit<P>(
    session: &Session,
    ordered: Ordered,
    problem: impl FnOnce(EditProblem) -> Problem<P>,
) -> Result<Changed<P>, ServiceError> {
    let (thing, also) = (ordered.edit.thing(), ordered.edit.also());
    let proposal = fresh(session.clock());
    let action = EditRegister {
        edit: ordered.edit,
        proposal,
    };
    let permit = session.operation().write(action).await?;
    if let Some(also) = also {
        session.operation().also(permit.permission(), also).await?;
    }
    let version = ordered.expected_version;
    let order = |subject: EntityRef| Order {
        mutation: ordered.mutation,
        subject,
        key: ordered.key,
        reason: ordered.reason,
        expected_version: version,
    };
    match weigh(session, permit).await? {
        Ok(permit) => {
            let proposed = permit.action().takes_two();
            let order = order(if proposed { proposal.into() } else { thing });
            session
                .change(permit, order, write::edit_register, problem)
                .await
        }
        Err(permit) => {
            let apply = match ordered.when_so {
                WhenSo::Say => write::fail_edit,
                WhenSo::Leave => write::leave_as_is,
            };
            session.change(permit, order(thing), apply, problem).await
        }
    }
}

/// Accepts what somebody else proposed, and makes the edit.
///
/// # Errors
/// As [`edit_register`].
pub async fn accept_edit(
    session: &Session,
    input: Acceptance,
) -> Result<Changed<ProposalProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::AcceptEdit) {
        return Ok(effect.into());
    }
    let Some(record) = proposal(session, input.proposal).await? else {
        return Ok(Changed::not(ProposalProblem::NotFound));
    };
    let action = AcceptEdit {
        proposal: record.id,
        edit: record.edit,
        seen: input.gain_digest.into(),
    };
    let permit = session.operation().write(action).await?;
    let order = Order {
        mutation: Mutation::AcceptEdit,
        subject: record.id.into(),
        key,
        reason: input.justification,
        expected_version: None,
    };
    let weighed = if record.state == ProposalState::Open {
        weigh(session, permit).await?
    } else {
        Err(permit)
    };
    match weighed {
        Ok(permit) => {
            session
                .change(permit, order, write::accept_edit, Problem::from)
                .await
        }
        Err(permit) => {
            session
                .change(permit, order, write::fail_acceptance, Problem::from)
                .await
        }
    }
}

/// Turns down what somebody else proposed, or takes one's own proposal back.
///
/// # Errors
/// As [`edit_register`].
pub async fn decline_edit(
    session: &Session,
    input: Declining,
) -> Result<Changed<ProposalProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::DeclineEdit) {
        return Ok(effect.into());
    }
    let Some(record) = proposal(session, input.proposal).await? else {
        return Ok(Changed::not(ProposalProblem::NotFound));
    };
    let own = record.proposed_by == *session.operation().actor().id();
    let action = DeclineEdit {
        proposal: record.id,
        withdrawn: own.then_some(record.edit),
    };
    let permit = session.operation().write(action).await?;
    let order = Order {
        mutation: Mutation::DeclineEdit,
        subject: record.id.into(),
        key,
        reason: input.reason,
        expected_version: None,
    };
    session
        .change(permit, order, write::decline_edit, Problem::from)
        .await
}

async fn proposal(
    session: &Session,
    proposal: EditProposalId,
) -> Result<Option<ProposalRecord>, ServiceError> {
    register::one(session, Read::<id::EditProposal>::by_id(proposal)).await
}

/// Finds out who gains by the edit.
async fn weigh<A: Edits>(
    session: &Session,
    permit: WritePermit<A>,
) -> Result<Weighing<A>, ServiceError> {
    let weighed = async { Ok(session.operation().weigh(permit).await?) };
    session
        .taking(WEIGHING, session.heavy(Box::pin(weighed)))
        .await
}

impl NewEdit {
    fn digest(&self) -> InputDigest {
        self.edit
            .digest(InputDigest::default())
            .with("justification", self.justification.as_ref())
            .with("expectedVersion", self.expected_version)
    }
}

impl Acceptance {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("proposal", Some(self.proposal))
            .with("gainDigest", Some(&self.gain_digest))
            .with("justification", self.justification.as_ref())
    }
}

impl Declining {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("proposal", Some(self.proposal))
            .with("reason", self.reason.as_ref())
    }
}
