//! The answer that is kept of a run, so that whoever asks again is told of what stands.
//!
//! Apart from carrying the run out because it is written twice: with the step by which applying begins, and again where a
//! record is found wrong only when it is applied.

use domain::id::RunId;
use domain::{EntityRef, Instant, Named as _};
use gate::RunAuthority;
use store::import::{self as staging, ApplyError};
use store::write;

use super::carry::{Errand, unreadable};
use crate::idempotency::{Key, Mutation};
use crate::import::ImportError;

/// What is kept of a run.
#[derive(Clone)]
pub(super) struct Kept {
    by: EntityRef,
    now: Instant,
    /// The caller's key, with the answer to it.
    keyed: Option<(Key, String)>,
    /// The run of several calls that is completed, with the answer to it.
    completed: Option<(RunId, String)>,
}

impl Kept {
    pub(super) fn of(errand: &Errand) -> Result<Self, ImportError> {
        let keyed = errand.key.clone().map(|key| {
            let answer = serde_json::to_string(&errand.effect)?;
            Ok::<_, serde_json::Error>((key, answer))
        });
        let completed = errand.completes.map(|run| {
            let mut effect = errand.effect.clone();
            effect.provisioned = effect.provisioned.map(|all| all.shown(None, 0));
            Ok::<_, serde_json::Error>((run, serde_json::to_string(&effect)?))
        });
        Ok(Self {
            by: errand.by,
            now: errand.clock.now(),
            keyed: keyed.transpose().map_err(|error| unreadable(&error))?,
            completed: completed.transpose().map_err(|error| unreadable(&error))?,
        })
    }

    /// Keeps it; `false`: somebody else has used the key, or closed the run.
    pub(super) async fn keep(&self, tx: &audit::Tx, by: &RunAuthority) -> Result<bool, ApplyError> {
        if let Some((key, answer)) = &self.keyed {
            let used = (Mutation::Provision.name(), key.key.as_str());
            let kept = write::keep_answer(tx, by, &self.by, used, &key.digest, answer, self.now);
            if !kept.await? {
                return Ok(false);
            }
        }
        if let Some((run, answer)) = &self.completed {
            staging::forget_halted(tx, by, *run).await?;
            return staging::close(tx, by, *run, Some(answer), self.now).await;
        }
        Ok(true)
    }

    /// Keeps it in the place of what was kept.
    pub(super) async fn keep_again(
        &self,
        tx: &audit::Tx,
        by: &RunAuthority,
    ) -> Result<(), ApplyError> {
        if let Some((key, answer)) = &self.keyed {
            let used = (Mutation::Provision.name(), key.key.as_str());
            write::change_answer(tx, by, &self.by, used, answer).await?;
        }
        if let Some((run, answer)) = &self.completed {
            staging::change_outcome(tx, by, *run, answer).await?;
        }
        Ok(())
    }
}
