//! The answer that is kept of a run, so that whoever asks again is told of what stands.
//!
//! Apart from carrying the run out because it is written twice: with the step by which applying begins, and again where a
//! record is found wrong only when it is applied.

use std::collections::BTreeSet;

use domain::id::RunId;
use domain::{EntityRef, Instant, Named as _};
use feed::Kind;
use gate::RunAuthority;
use store::import::{self as staging, ApplyError};
use store::write;

use super::carry::{Errand, unreadable};
use super::outcome::{Became, Provisioned, Waiting};
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
    completed: Option<(RunId, u64, String)>,
    /// Whose records they are, and of what something is said: what waits of these is moot.
    source: String,
    said: BTreeSet<(Kind, String)>,
}

impl Kept {
    pub(super) fn of(errand: &Errand) -> Result<Self, ImportError> {
        let keyed = errand.key.clone().map(|key| {
            let answer = serde_json::to_string(&errand.effect)?;
            Ok::<_, serde_json::Error>((key, answer))
        });
        let completed = errand.completes.map(|(run, records)| {
            let mut effect = errand.effect.clone();
            effect.provisioned = effect.provisioned.map(Provisioned::kept);
            Ok::<_, serde_json::Error>((run, records, serde_json::to_string(&effect)?))
        });
        let records = errand.effect.provisioned.iter().flat_map(|it| &it.records);
        let said = records.filter(|record| is_said(record.became));
        let said = said.filter_map(|one| Some((Kind::named(&one.kind)?, one.external_id.clone()?)));
        Ok(Self {
            by: errand.by,
            now: errand.clock.now(),
            keyed: keyed.transpose().map_err(|error| unreadable(&error))?,
            completed: completed.transpose().map_err(|error| unreadable(&error))?,
            source: errand.source.to_string(),
            said: said.collect(),
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
        if let Some((run, records, answer)) = &self.completed {
            let answer = Some((answer.as_str(), *records));
            if !staging::close(tx, by, *run, answer, self.now).await? {
                return Ok(false);
            }
        }
        staging::moot(tx, by, &self.source, &self.said, Waiting::digest).await?;
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
        if let Some((run, _, answer)) = &self.completed {
            staging::change_outcome(tx, by, *run, answer).await?;
        }
        Ok(())
    }
}

/// Whether the source says something of the thing that stands, or waits anew.
const fn is_said(became: Became) -> bool {
    match became {
        Became::Created
        | Became::Changed
        | Became::Unchanged
        | Became::Held
        | Became::Ended
        | Became::Superseded => true,
        Became::Rejected | Became::NotExamined | Became::Received | Became::Absent => false,
    }
}
