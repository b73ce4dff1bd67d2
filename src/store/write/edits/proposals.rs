//! Edits that somebody gains by: kept until another human being has decided on them, once.

use sea_orm::{DatabaseTransaction, Value};

use crate::write::{Made, Making, Seen, Unmade, WriteError, execute, found, locked};
use domain::action::{AcceptEdit, DeclineEdit, EditRegister};
use domain::edit::{Edit, Gain};
use domain::id::{EditProposalId, INSTALLATION, IndividualId};
use domain::problem::{EditProblem, ProposalProblem};
use domain::{ChangeKind, EntityRef, Named as _};
use gate::{Leave, Weighed};
use transparency::canonical;
use transparency::event::Change;

use super::carry_out::carry_out;
use super::{changed, told};

/// Says in the commit why a proposal whose edit could not even be tried is not accepted.
///
/// # Errors
/// Always: what stands against it now.
#[must_use]
pub fn fail_acceptance<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<AcceptEdit>,
    making: &'a Making,
) -> Made<'a, ProposalProblem> {
    Box::pin(async move {
        let row = open(tx, leave.action().proposal).await?;
        let made = carry_out(tx, &row.edit, None, making.now.date()).await;
        made.map_err(in_proposal)?;
        let what = EditProblem::VersionConflict;
        Err(Unmade::Conflict(ProposalProblem::NotPossible(what)))
    })
}

fn in_proposal(unmade: Unmade<EditProblem>) -> Unmade<ProposalProblem> {
    match unmade {
        Unmade::Conflict(what) => Unmade::Conflict(ProposalProblem::NotPossible(what)),
        Unmade::Failed(error) => Unmade::Failed(error),
    }
}

/// Accepts a proposal, and makes the edit.
///
/// # Errors
/// [`Unmade::Conflict`] where that human being may not, or the register as it is now does not admit it.
#[must_use]
pub fn accept_edit<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<Weighed<AcceptEdit>>,
    making: &'a Making,
) -> Made<'a, ProposalProblem> {
    Box::pin(async move {
        let (weighed, conflict) = (leave.action(), |what| Err(Unmade::Conflict(what)));
        let accepting = weighed.ordered();
        let row = open(tx, accepting.proposal).await?;
        let Some(individual) = leave.individual() else {
            return conflict(ProposalProblem::SecondIndividual);
        };
        // Nobody knows who is behind a service that nobody answers for.
        let proposers = weighed.proposers();
        if proposers.is_empty() || proposers.contains(&individual) {
            return conflict(ProposalProblem::SecondIndividual);
        }
        if accepting.seen != row.digest || accepting.edit != row.edit {
            return conflict(ProposalProblem::NotSeen);
        }
        let proposers_gain = weighed.proposers_gain() && !row.proposers_gain;
        if !weighed.gain().is_within(&row.gain) || proposers_gain {
            return conflict(ProposalProblem::GainGrew);
        }
        if weighed.acting_gains() {
            return conflict(ProposalProblem::OwnGain);
        }
        let done = carry_out(tx, &row.edit, None, making.now.date()).await;
        let done = done.map_err(in_proposal)?;
        close(tx, &row.seen, "accepted", Some(individual), making).await?;
        let (thing, other) = changed(&row.edit, done, leave, making);
        let thing = thing
            .about("proposal", Some(accepting.proposal.to_string()))
            .about("proposedBy", Some(row.proposed_by.to_string()))
            .about("acceptedBy", Some(making.by.to_string()))
            .about("gainDigest", Some(row.digest));
        let proposal = making.change(leave, accepting.proposal.into(), ChangeKind::Accepted);
        Ok([thing, proposal].into_iter().chain(other).collect())
    })
}

/// Turns a proposal down, or takes it back.
///
/// # Errors
/// [`Unmade::Conflict`] where it has been decided on.
#[must_use]
pub fn decline_edit<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<DeclineEdit>,
    making: &'a Making,
) -> Made<'a, ProposalProblem> {
    Box::pin(async move {
        let action = leave.action();
        let row = open(tx, action.proposal).await?;
        let withdrawn = action.withdrawn.is_some();
        if withdrawn && row.proposed_by != making.by {
            return Err(Unmade::Conflict(ProposalProblem::NotOwn));
        }
        let kind = if withdrawn {
            ChangeKind::Withdrawn
        } else {
            ChangeKind::Declined
        };
        close(tx, &row.seen, kind.name(), leave.individual(), making).await?;
        let change = making.change(leave, action.proposal.into(), kind);
        Ok(vec![change.with(making.reason_slot("reason"))])
    })
}

const INSERT: &str = "\
    INSERT INTO edit_proposal (id, kind, thing_id, organisation_id, system_id, edit, gain, gain_digest, \
    proposed_by, proposed_individual, proposed_at, decision_id, proposers_gain) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

const INSERT_PROPOSER: &str =
    "INSERT INTO edit_proposer (proposal_id, individual_id) VALUES ($1, $2)";

pub(super) async fn propose(
    tx: &DatabaseTransaction,
    leave: &Leave<Weighed<EditRegister>>,
    making: &Making,
) -> Result<Change, Unmade<EditProblem>> {
    let weighed = leave.action();
    let (edit, gain, id) = (weighed.edit(), weighed.gain(), weighed.ordered().proposal);
    let corrupt = |_| WriteError::Corrupt {
        table: "edit_proposal",
        id: id.to_string(),
    };
    let (organisation, system) = place(tx, edit).await?;
    let digest = gain.digest().map_err(corrupt)?;
    let values: [Value; 13] = [
        id.to_string().into(),
        edit.name().into(),
        edit.thing().to_string().into(),
        organisation.into(),
        system.into(),
        serde_json::to_string(edit).map_err(corrupt)?.into(),
        serde_json::to_string(gain).map_err(corrupt)?.into(),
        digest.clone().into(),
        making.by.to_string().into(),
        leave.individual().map(|human| human.to_string()).into(),
        making.now.as_micros().into(),
        leave.decision().to_string().into(),
        weighed.proposers_gain().into(),
    ];
    execute(tx, INSERT, values).await?;
    for proposer in weighed.proposers() {
        let pair = [id.to_string(), proposer.to_string()].map(Value::from);
        execute(tx, INSERT_PROPOSER, pair).await?;
    }
    let count = |count: usize| canonical::Value::integer(count).ok();
    let change = making
        .change(leave, id.into(), ChangeKind::Proposed)
        .with(making.reason_slot("justification"))
        .about("people", count(gain.people()))
        .about("services", count(gain.services()));
    Ok(told(change, edit))
}

/// Where the thing lies that an edit changes: its organisation, and the system that it belongs to or is.
async fn place(
    tx: &DatabaseTransaction,
    edit: &Edit,
) -> Result<(String, Option<String>), WriteError> {
    let thing = edit.thing();
    let (table, sql) = match edit {
        Edit::MoveOrganisation { .. } | Edit::SetPermissionPrivileged { system: None, .. } => {
            return Ok((thing.to_string(), None));
        }
        Edit::MoveServer { .. } => (
            "server",
            "SELECT s.organisation_id, s.system_id FROM server v \
             JOIN segment s ON s.id = v.segment_id WHERE v.id = $1",
        ),
        Edit::SetControl { .. } => (
            "segment",
            "SELECT organisation_id, system_id FROM segment WHERE id = $1",
        ),
        Edit::ClassifySystem { .. }
        | Edit::SetPermissionPrivileged {
            system: Some(_), ..
        } => (
            "system",
            "SELECT organisation_id, id AS system_id FROM system WHERE id = $1",
        ),
        Edit::SetTrustedToAssert { .. } => (
            "service",
            "SELECT organisation_id, NULL AS system_id FROM service WHERE id = $1",
        ),
        Edit::SetRolePermission { .. } | Edit::SetRolePrivileged { .. } => (
            "role",
            "SELECT s.organisation_id, r.system_id FROM role r \
             LEFT JOIN system s ON s.id = r.system_id WHERE r.id = $1",
        ),
    };
    let row = found(tx, table, sql, thing).await?;
    let organisation: Option<String> = row.try_get("", "organisation_id")?;
    let organisation = organisation.unwrap_or_else(|| INSTALLATION.to_string());
    Ok((organisation, row.try_get("", "system_id")?))
}

/// A proposal that nobody has decided on.
struct Open {
    edit: Edit,
    gain: Gain,
    digest: String,
    proposed_by: EntityRef,
    proposers_gain: bool,
    seen: Seen,
}

async fn open(
    tx: &DatabaseTransaction,
    id: EditProposalId,
) -> Result<Open, Unmade<ProposalProblem>> {
    let columns = "version, state, edit, gain, gain_digest, proposed_by, proposers_gain";
    let row = locked(tx, "edit_proposal", columns, id).await?;
    let corrupt = || WriteError::Corrupt {
        table: "edit_proposal",
        id: id.to_string(),
    };
    let text = |name| row.try_get::<String>("", name);
    if text("state")? != "open" {
        return Err(Unmade::Conflict(ProposalProblem::AlreadyDecided));
    }
    Ok(Open {
        edit: serde_json::from_str(&text("edit")?).map_err(|_| corrupt())?,
        gain: serde_json::from_str(&text("gain")?).map_err(|_| corrupt())?,
        digest: text("gain_digest")?,
        proposed_by: text("proposed_by")?.parse().map_err(|_| corrupt())?,
        proposers_gain: row.try_get("", "proposers_gain")?,
        seen: Seen::of("edit_proposal", &id.to_string(), &row)?,
    })
}

async fn close(
    tx: &DatabaseTransaction,
    seen: &Seen,
    state: &str,
    individual: Option<IndividualId>,
    making: &Making,
) -> Result<(), WriteError> {
    let set = "state = $3, decided_by = $4, decided_individual = $5, decided_at = $6,";
    let values: [Value; 4] = [
        state.into(),
        making.by.to_string().into(),
        individual.map(|human| human.to_string()).into(),
        making.now.as_micros().into(),
    ];
    seen.change(tx, set, values).await
}
