//! Receiving records of a run: only their form is looked at.
//!
//! A record that cannot be read is told of and counts all the same: the source has the thing, so a snapshot does not end
//! it. Of such a record nothing is kept but what it is called, and where that cannot be read nothing but that there is one.

use domain::Words;
use domain::id::RunId;
use domain::problem::ProvisionProblem;
use feed::draft::Draft;
use store::import::{self as staging, OpenRun, Received, Reception};

use super::super::outcome::{Became, Provisioned, RecordOutcome, RecordProblem};
use super::super::{Outcome, Provisioning, against, permits, plan};
use super::{MOST_OF_RUN, committed, own, show};
use crate::error::ServiceError;
use crate::idempotency::Mutation;
use crate::session::Session;

/// Keeps the records until the run is completed.
pub(in super::super) async fn receive(
    session: &Session,
    run: RunId,
    input: Provisioning,
) -> Result<Outcome, ServiceError> {
    if input.place.is_some() || input.idempotency_key.is_some() {
        return Ok(against(ProvisionProblem::SaidByTheRun));
    }
    let open = own(session, run).await?;
    let Some(open) = open.filter(|open| open.closed.is_none()) else {
        return Ok(against(ProvisionProblem::NoSuchRun));
    };
    let (mut records, mut kept) = (Vec::new(), Vec::new());
    for (index, draft) in input.records.into_iter().enumerate() {
        let (outcome, received) = looked_at(index, draft, &open);
        records.push(outcome);
        kept.extend(received.map(|received| (index, received)));
    }
    let kinds = kept.iter().map(|(_, received)| received.kind).collect();
    let leave = permits(session, kinds, open.place.as_ref()).await?;
    let mut provisioned = Provisioned {
        run: Some(run),
        records,
        decisions: leave.decisions.clone(),
        ..Provisioned::default()
    };
    if input.dry_run || kept.is_empty() {
        leave.recorded(session);
        return Ok((Some(provisioned), Vec::new()));
    }
    let (reception, _) = committed(session, leave, move |tx, leave| {
        Box::pin(async move {
            staging::forget_received(tx, leave).await?;
            staging::receive(tx, leave, run, &kept, MOST_OF_RUN).await
        })
    })
    .await?;
    match reception {
        Reception::Closed => return Ok(against(ProvisionProblem::NoSuchRun)),
        Reception::TooMany => return Ok(against(ProvisionProblem::RunFull)),
        Reception::Kept(others) => {
            for (index, record) in provisioned.records.iter_mut().enumerate() {
                if others.contains(&index) {
                    reject(index, record, "externalId", another());
                }
            }
        }
    }
    show(session, Mutation::Provision, run, provisioned).await
}

/// What is told of the record, and what is kept of it; `None`: nobody knows what it is about.
fn looked_at(index: usize, draft: Draft, open: &OpenRun) -> (RecordOutcome, Option<Received>) {
    let kind = draft.kind;
    let mut outcome = RecordOutcome::of(kind, Became::Received);
    if !open.kinds.contains(&kind) {
        reject(index, &mut outcome, "", other_kind());
        return (outcome, None);
    }
    let line = plan::line(index);
    let (external_id, missing) = match draft.completed(line, None).record {
        Ok(record) => (Some(record.external_id().to_owned()), Vec::new()),
        Err(bad) => {
            let is_unnamed = bad.problems.iter().any(|one| one.field == "externalId");
            (bad.external_id.filter(|_| !is_unnamed), bad.problems)
        }
    };
    outcome.external_id.clone_from(&external_id);
    let unnamed = missing
        .into_iter()
        .filter(|problem| external_id.is_none() && problem.field == "externalId");
    let mut problems = draft.misread(line);
    problems.retain(|problem| external_id.is_some() || problem.field != "externalId");
    problems.extend(unnamed);
    outcome.problems = (problems.into_iter())
        .map(|problem| RecordProblem::of_form(index, kind, problem))
        .collect();
    let readable = outcome.problems.is_empty();
    if !readable {
        outcome.became = Became::Rejected;
    }
    let received = match external_id {
        Some(external_id) => Received {
            kind,
            external_id,
            draft: readable.then_some(draft),
        },
        None => Received::unnamed(&draft),
    };
    (outcome, Some(received))
}

fn reject(index: usize, record: &mut RecordOutcome, field: &str, said: (Words, Words)) {
    let kind = feed::Kind::named(&record.kind);
    record.became = Became::Rejected;
    let problem = kind.map(|kind| RecordProblem::at(index, kind, field, said));
    record.problems.extend(problem);
}

fn another() -> (Words, Words) {
    (
        Words::part(
            "is another record of something that the run has a record of",
            "är en annan post om något som körningen redan har en post om",
        ),
        Words::part("one record of each thing", "en post om varje sak"),
    )
}

fn other_kind() -> (Words, Words) {
    (
        Words::part(
            "is of a kind that the run does not have",
            "är av ett slag som körningen inte har",
        ),
        Words::part(
            "one of the kinds that it was begun with",
            "något av de slag som den började med",
        ),
    )
}
