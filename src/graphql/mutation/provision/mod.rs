//! The words of `provision`, of runs, and of `confirmRun`.

use async_graphql::{Enum, ID, InputObject, SimpleObject};

use crate::object::thing::Decision;
use crate::scalar::HsaId;
use crate::spoken::Told;
use domain::problem::{ConfirmProblem, ProvisionProblem};
use service::error::InputPath;
use service::provision::{
    self, Became, Confirmed, Confirming, Outcome, Provisioned, Provisioning, RecordOutcome,
    RecordProblem,
};

use super::form::{Form, WrongForm};
use super::problem::FormError;
use super::seen::shown;

mod records;
mod runs;

use records::ProvisionRecordInput;
pub use runs::{
    AbandonRunInput, AbandonRunPayload, BeginRunInput, BeginRunPayload, CompleteRunInput,
    CompleteRunPayload,
};

/// Records to provision.
#[derive(Debug, Clone, InputObject)]
pub struct ProvisionInput {
    /// The run that the records are part of, as `beginRun` has answered it: they are received, and applied when it is
    /// completed. Place, key and mode are the run's then. Null: they are applied at once.
    run: Option<ID>,
    /// The organisation at or below which all the records lie, by HSA-id; null: anywhere. What the caller may do is
    /// decided for this place.
    place: Option<HsaId>,
    /// The records, from 1 to 1,000, in any order: what they refer to may be among them, or in the register.
    records: Vec<ProvisionRecordInput>,
    /// What becomes of all where some cannot be used.
    #[graphql(default_with = "ProvisionMode::AllOrNothing")]
    mode: ProvisionMode,
    /// Whether it is only looked what they would come to, and nothing is applied.
    #[graphql(default)]
    dry_run: bool,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

/// What becomes of all records where some cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum ProvisionMode {
    /// Nothing is applied.
    AllOrNothing,
    /// The others are applied, without those that refer to what cannot be used.
    Each,
}

impl ProvisionInput {
    pub(super) fn into_order(self) -> Result<Provisioning, WrongForm> {
        let mut form = Form::default();
        let key = form.text_if(
            &InputPath::input(),
            "idempotencyKey",
            self.idempotency_key.as_deref(),
        );
        let run = (self.run.as_ref())
            .map(|run| form.id(&InputPath::input(), "run", run))
            .transpose();
        let order = || {
            Ok(Provisioning {
                run: run?,
                place: self.place.map(|place| place.0),
                records: self.records.into_iter().map(Into::into).collect(),
                mode: match self.mode {
                    ProvisionMode::AllOrNothing => provision::Mode::AllOrNothing,
                    ProvisionMode::Each => provision::Mode::Each,
                },
                dry_run: self.dry_run,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

/// What came of what was provisioned.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProvisionPayload {
    /// What stood against all of it.
    errors: Vec<FormError<ProvisionProblem>>,
    #[graphql(flatten)]
    report: ProvisionReport,
}

/// What came of confirming what was halted.
#[derive(Debug, Clone, SimpleObject)]
pub struct ConfirmRunPayload {
    /// What stood against it.
    errors: Vec<FormError<ConfirmProblem>>,
    #[graphql(flatten)]
    report: ProvisionReport,
}

/// What came of records.
#[derive(Debug, Clone, Default, SimpleObject)]
struct ProvisionReport {
    /// The decisions, one a kind of record; none where nothing could be decided on.
    decisions: Vec<Decision>,
    /// The run, by which what waits of it is confirmed; null: there was none.
    run: Option<ID>,
    /// Whether the records that are not held or rejected were applied.
    applied: bool,
    /// What came of each record, in the order in which they were given.
    records: Vec<ProvisionedRecord>,
    /// What of them waits for somebody to confirm it with `confirmRun`; null: nothing does.
    waiting: Option<WaitingRecords>,
}

/// Records that wait for somebody to confirm them, because together they would take from many.
#[derive(Debug, Clone, SimpleObject)]
struct WaitingRecords {
    /// How many.
    records: i64,
    /// The digest of them, by which it is confirmed what was seen.
    plan_digest: String,
}

impl From<Option<Provisioned>> for ProvisionReport {
    fn from(provisioned: Option<Provisioned>) -> Self {
        let Some(it) = provisioned else {
            return Self::default();
        };
        Self {
            decisions: it.decisions.into_iter().map(shown).collect(),
            run: it.run.map(|run| run.to_string().into()),
            applied: it.applied,
            records: it.records.into_iter().map(ProvisionedRecord).collect(),
            waiting: it.waiting.map(|waiting| WaitingRecords {
                records: i64::try_from(waiting.records).unwrap_or(i64::MAX),
                plan_digest: waiting.digest,
            }),
        }
    }
}

impl From<Outcome> for ProvisionPayload {
    fn from((provisioned, problems): Outcome) -> Self {
        Self {
            errors: problems.into_iter().map(Into::into).collect(),
            report: provisioned.into(),
        }
    }
}

impl From<Confirmed> for ConfirmRunPayload {
    fn from((provisioned, problems): Confirmed) -> Self {
        Self {
            errors: problems.into_iter().map(Into::into).collect(),
            report: provisioned.into(),
        }
    }
}

/// What is confirmed.
#[derive(Debug, Clone, InputObject)]
pub struct ConfirmRunInput {
    /// The run of which something waits.
    run: ID,
    /// The digest of what waits, as it was shown; null: nothing was seen yet, and it is only looked.
    plan_digest: Option<String>,
    /// Whether it is only looked what it would come to, and nothing is applied.
    #[graphql(default)]
    dry_run: bool,
}

impl ConfirmRunInput {
    pub(super) fn into_order(self) -> Result<Confirming, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let run = form.id(&path, "run", &self.run);
        let seen = form.text_if(&path, "planDigest", self.plan_digest.as_deref());
        let order = || {
            Ok(Confirming {
                run: run?,
                seen: seen?,
                dry_run: self.dry_run,
            })
        };
        form.finish(order())
    }
}

/// What came of a record.
#[derive(Debug, Clone)]
pub(super) struct ProvisionedRecord(RecordOutcome);

/// What came of a record.
#[async_graphql::Object]
impl ProvisionedRecord {
    /// The kind of record, as the input names it.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What the source calls the thing; null: the record could not be read.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// What became of it, or would.
    async fn outcome(&self) -> ProvisionOutcome {
        self.0.became.into()
    }

    /// The fields that changed, or would; none of what is new.
    async fn fields(&self) -> &[String] {
        &self.0.fields
    }

    /// What is wrong with it, or what holds it.
    async fn problems(&self) -> Vec<ProvisionedRecordProblem> {
        let problems = self.0.problems.iter().cloned();
        problems.map(Into::into).collect()
    }
}

/// What became of a record, or would. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Became")]
pub(super) enum ProvisionOutcome {
    /// The thing is new.
    Created,
    /// The thing was there, and something of it is changed.
    Changed,
    /// The thing is as the record says.
    Unchanged,
    /// It would widen what somebody reaches, which takes a human being: nothing of the record is applied, and its problems
    /// say what to do instead.
    Held,
    /// It cannot be used: nothing of the record is applied, and its problems say why.
    Rejected,
    /// It was not looked at, because others are of a form that cannot be used, and so nothing is applied.
    NotExamined,
    /// It is kept until its run is completed.
    Received,
    /// The source no longer has the thing, which has ended, or would.
    Ended,
    /// The source no longer has the thing, and nothing of it ends: its problems say what to do.
    Absent,
    /// Something was said of the thing after the instant that the run tells of, and stands: nothing of the record is applied.
    Superseded,
}

/// Something that is wrong with a record, or holds it.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct ProvisionedRecordProblem {
    /// What.
    message: Told,
    /// What would be right, or does it instead.
    expected: Told,
    /// Where: in the input, or of a run from the kind of the record on.
    path: Vec<String>,
}

impl From<RecordProblem> for ProvisionedRecordProblem {
    fn from(problem: RecordProblem) -> Self {
        Self {
            message: problem.wrong.0.into(),
            expected: problem.right.0.into(),
            path: problem.path,
        }
    }
}
