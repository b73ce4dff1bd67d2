//! Proposing, releasing and rolling back: each a decision, an effect and an event in one commit.

use std::path::Path;
use std::sync::Arc;

use super::super::opening::Opened;
use super::super::{CommandError, opening, output, unchanged};
use super::{Propose, Release, Rollback, claims, failed, tried};
use domain::action::{Action, ProposePolicies, ReleasePolicies, RollBackPolicies};
use domain::clock::{Clock, fresh};
use domain::id::EventId;
use domain::speaks::{verbatim, words};
use gate::WritePermit;
use policy::PolicySet;
use store::policies::{policies_of, previous_generation};
use store::write::{ReleaseConflict, propose_policies, release_policies, roll_back_policies};
use transparency::event::PolicyEvent;

/// The digest of a generation.
async fn digest_of(opened: &Opened, generation: u64) -> Result<String, CommandError> {
    let snapshot = opening::snapshot(&opened.db).await?;
    let kept = policies_of(snapshot.connection(), generation).await?;
    kept.map(|kept| kept.digest)
        .ok_or_else(|| not_done(ReleaseConflict::Unknown))
}

/// The policies in a folder, or those of this binary, if their cases hold.
fn holding(folder: Option<&Path>) -> Result<PolicySet, CommandError> {
    let (set, report) = tried(folder)?;
    if report.is_good() {
        return Ok(set);
    }
    Err(CommandError::NotRight(words!(
        "the policies do not hold their cases, and nothing was proposed: {report}",
        "Reglerna stämmer inte med sina fall, och inget har föreslagits. {report}",
        report
    )))
}

pub(super) async fn propose(
    config: Option<&Path>,
    asked: Propose,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let set = holding(asked.folder.as_deref())?;
    let opened = Opened::new(config, &asked.on, clock).await?;
    let action = ProposePolicies {
        digest: set.digest().to_owned(),
        files: set.files().into(),
    };
    let desk = claims(&opened).await?;
    let (leave, evidence) = desk.permit(&asked.by.token, action).await?.split();
    let (now, change) = (clock.now(), fresh(clock.as_ref()));
    let effect = opened.log.transact(evidence, Vec::new(), move |tx| {
        Box::pin(async move {
            let (generation, event) = propose_policies(tx, &leave, now, change).await?;
            Ok((generation, vec![event]))
        })
    });
    let (generation, _) = effect.await.map_err(failed)?;
    opened.db.close().await;
    output::print(&words!(
        "Generation {generation} is proposed; digest {digest}.\nSomebody else puts it in force: behorig policy \
         release {generation} --digest {digest} --token FILE",
        "Generation {generation} är föreslagen. Kontrollsumma {digest}.\nNågon annan sätter den i kraft: behorig policy \
         release {generation} --digest {digest} --token FIL",
        generation,
        digest = verbatim(set.digest())
    ))
}

pub(super) async fn release(
    config: Option<&Path>,
    asked: Release,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let digest = digest_of(&opened, asked.generation).await?;
    if asked.digest.len() < 12 || !digest.starts_with(&asked.digest) {
        return Err(CommandError::NotRight(words!(
            "generation {generation} has the digest {digest}, which is not the one that was reviewed; nothing was \
             changed",
            "Generation {generation} har kontrollsumman {digest}, som inte är den som granskades. Inget har ändrats.",
            generation = asked.generation,
            digest = verbatim(digest)
        )));
    }
    let action = ReleasePolicies {
        generation: asked.generation,
        digest: digest.clone(),
    };
    let desk = claims(&opened).await?;
    let permit = desk.permit(&asked.by.token, action).await?;
    let policy = event(clock, "release", asked.generation, &digest, &permit);
    let (leave, evidence) = permit.split();
    let (now, id) = (clock.now(), policy.id);
    let effect = opened.log.release(evidence, &policy, move |tx| {
        Box::pin(async move {
            release_policies(tx, &leave, now, id).await?;
            Ok(((), Vec::new()))
        })
    });
    let ((), receipt) = effect.await.map_err(failed)?;
    in_force(&opened, &policy, receipt.seq(id)).await
}

pub(super) async fn roll_back(
    config: Option<&Path>,
    asked: Rollback,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let snapshot = opening::snapshot(&opened.db).await?;
    let previous = previous_generation(snapshot.connection()).await?;
    drop(snapshot);
    let generation = asked
        .to
        .or(previous)
        .ok_or_else(|| not_done(ReleaseConflict::NeverReleased))?;
    let digest = digest_of(&opened, generation).await?;
    let action = RollBackPolicies {
        generation,
        digest: digest.clone(),
    };
    let desk = claims(&opened).await?;
    let permit = desk.permit(&asked.by.token, action).await?;
    let policy = event(clock, "rollback", generation, &digest, &permit);
    let (leave, evidence) = permit.split();
    let (now, id) = (clock.now(), policy.id);
    let effect = opened.log.release(evidence, &policy, move |tx| {
        Box::pin(async move {
            roll_back_policies(tx, &leave, now, id).await?;
            Ok(((), Vec::new()))
        })
    });
    let ((), receipt) = effect.await.map_err(failed)?;
    in_force(&opened, &policy, receipt.seq(id)).await
}

fn event<A: Action>(
    clock: &Arc<dyn Clock>,
    change: &'static str,
    generation: u64,
    digest: &str,
    permit: &WritePermit<A>,
) -> PolicyEvent {
    let id: EventId = fresh(clock.as_ref());
    PolicyEvent {
        id,
        change,
        generation,
        digest: digest.to_owned(),
        decision: Some(permit.decision()),
    }
}

async fn in_force(
    opened: &Opened,
    policy: &PolicyEvent,
    seq: Option<u64>,
) -> Result<(), CommandError> {
    opened.db.close().await;
    output::print(&words!(
        "Generation {generation} is in force from event {seq} on; digest {digest}.",
        "Generation {generation} gäller från händelse {seq}. Kontrollsumma {digest}.",
        generation = policy.generation,
        seq = seq.unwrap_or_default(),
        digest = verbatim(&policy.digest)
    ))
}

fn not_done(conflict: ReleaseConflict) -> CommandError {
    CommandError::NotRight(unchanged(&conflict))
}
