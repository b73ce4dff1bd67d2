//! Edits that somebody gains by: kept until another human being has decided on them, once.

use sea_orm::{DatabaseTransaction, Value};

use crate::cell::{Cell, Written, expecting};
use crate::new_row::NewRow;
use crate::rows::execute;
use crate::write::{Made, Making, Seen, Unmade, WriteError, found, locked};
use domain::action::{AcceptEdit, DeclineEdit, EditRegister};
use domain::edit::{Edit, Gain};
use domain::id::{EditProposalId, INSTALLATION, IndividualId};
use domain::problem::{EditProblem, ProposalProblem};
use domain::{ChangeKind, EntityRef, Named as _};
use gate::{Leave, Weighed};
use transparency::canonical;
use transparency::event::{Change, Members};

use super::carry_out::look;
use super::{changed, told};

/// Says in the commit why a proposal whose edit could not be weighed is not accepted.
///
/// # Errors
/// Always: what stands against it now.
#[must_use]
pub fn fail_acceptance<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<AcceptEdit>,
    _: &'a Making,
) -> Made<'a, ProposalProblem> {
    Box::pin(async move {
        let row = open(tx, leave.action().proposal).await?;
        look(tx, &row.edit, None).await.map_err(in_proposal)?;
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
        let ready = look(tx, &row.edit, None).await.map_err(in_proposal)?;
        let done = ready.carry_out(tx, making.now.date()).await?;
        let proposal = making.change(leave, accepting.proposal.into(), ChangeKind::Accepted);
        let proposal = close(tx, &row.seen, proposal, Some(individual), making).await?;
        let (thing, other) = changed(&row.edit, &done, leave, making);
        let thing = thing
            .about("proposal", Some(accepting.proposal.to_string()))
            .about("proposedBy", Some(row.proposed_by.to_string()))
            .about("acceptedBy", Some(making.by.to_string()))
            .about("gainDigest", Some(row.digest));
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
        let change = making.change(leave, action.proposal.into(), kind);
        let change = close(tx, &row.seen, change, leave.individual(), making).await?;
        Ok(vec![change.with(making.reason_slot("reason"))])
    })
}

/// The state of one that nobody has decided on.
const OPEN: &str = "open";

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
    let row = NewRow::new(
        "edit_proposal",
        id,
        [
            ("kind", edit.name().into()),
            ("thing_id", edit.thing().to_string().into()),
            ("organisation_id", organisation.into()),
            ("system_id", Cell::text_or_null(system)),
            ("edit", serde_json::to_string(edit).map_err(corrupt)?.into()),
            ("gain", serde_json::to_string(gain).map_err(corrupt)?.into()),
            ("gain_digest", digest.into()),
            ("proposers_gain", weighed.proposers_gain().into()),
            ("state", OPEN.into()),
            ("proposed_by", making.by.to_string().into()),
            (
                "proposed_individual",
                Cell::text_or_null(leave.individual()),
            ),
            ("proposed_at", making.now.as_micros().into()),
            ("decision_id", leave.decision().to_string().into()),
        ],
    );
    row.insert(tx).await?;
    for proposer in weighed.proposers() {
        let pair = [id.to_string(), proposer.to_string()].map(Value::from);
        execute(tx, INSERT_PROPOSER, pair).await?;
    }
    let count = |count: usize| canonical::Value::integer(count).ok();
    let proposers = weighed.proposers().iter().map(ToString::to_string);
    let change = row
        .told(making.change(leave, id.into(), ChangeKind::Proposed))
        .having("proposers", Members::Exactly(proposers.collect()))
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
    if text("state")? != OPEN {
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

/// Closes it as the change says; the change with what was written.
async fn close(
    tx: &DatabaseTransaction,
    seen: &Seen,
    change: Change,
    individual: Option<IndividualId>,
    making: &Making,
) -> Result<Change, WriteError> {
    let columns: [Written; 4] = [
        ("state", change.kind.name().into()),
        ("decided_by", making.by.to_string().into()),
        ("decided_individual", Cell::text_or_null(individual)),
        ("decided_at", making.now.as_micros().into()),
    ];
    seen.change(tx, &columns).await?;
    Ok(expecting(change, &columns))
}
