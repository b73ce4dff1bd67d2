//! The words of runs that take several calls.

use async_graphql::{Enum, ID, InputObject, SimpleObject};

use crate::object::thing::Decision;
use crate::scalar::{DateTime, HsaId};
use domain::problem::{AbandonRunProblem, BeginRunProblem, CompleteRunProblem};
use service::error::InputPath;
use service::provision::{
    AbandonedRun, Beginning, BegunRun, CompletedRun, Completing, RecordCount, RecordKind,
};

use super::super::form::{Form, WrongForm};
use super::super::problem::FormError;
use super::super::seen::shown;
use super::{ProvisionOutcome, ProvisionReport};

/// A run to begin.
#[derive(Debug, Clone, InputObject)]
pub struct BeginRunInput {
    /// The organisation at or below which all the records lie, by HSA-id; null: anywhere.
    place: Option<HsaId>,
    /// The kinds of record that the run will have, at least one.
    kinds: Vec<ProvisionKind>,
    /// Whether the source has nothing of these kinds there but what the run will have. What it does not have, and has been
    /// brought by the source before, ends when the run is completed.
    #[graphql(default)]
    snapshot: bool,
    /// The instant that the records tell of; null, which a snapshot may not have: that at which they are applied. What was
    /// said of a thing after this instant stands.
    as_of: Option<DateTime>,
}

/// The kinds of record that can be provisioned. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum ProvisionKind {
    /// Organisations.
    Organisation,
    /// People.
    Person,
    /// Engagements.
    Engagement,
    /// Systems.
    System,
    /// Server segments.
    Segment,
    /// Servers.
    Server,
    /// Databases.
    Database,
    /// Services.
    Service,
    /// Accounts that were observed.
    Account,
    /// Assessments of suppliers.
    SupplierAssessment,
    /// Roles.
    Role,
}

impl From<ProvisionKind> for RecordKind {
    fn from(kind: ProvisionKind) -> Self {
        match kind {
            ProvisionKind::Organisation => Self::Organisation,
            ProvisionKind::Person => Self::Person,
            ProvisionKind::Engagement => Self::Engagement,
            ProvisionKind::System => Self::System,
            ProvisionKind::Segment => Self::Segment,
            ProvisionKind::Server => Self::Server,
            ProvisionKind::Database => Self::Database,
            ProvisionKind::Service => Self::Service,
            ProvisionKind::Account => Self::Account,
            ProvisionKind::SupplierAssessment => Self::SupplierAssessment,
            ProvisionKind::Role => Self::Role,
        }
    }
}

impl From<BeginRunInput> for Beginning {
    fn from(input: BeginRunInput) -> Self {
        Self {
            place: input.place.map(|place| place.0),
            kinds: input.kinds.into_iter().map(Into::into).collect(),
            snapshot: input.snapshot,
            as_of: input.as_of.map(|at| at.0),
        }
    }
}

/// The run that was begun.
#[derive(Debug, Clone, SimpleObject)]
pub struct BeginRunPayload {
    /// What stood against it.
    errors: Vec<FormError<BeginRunProblem>>,
    /// The decisions, one a kind of record; none where nothing could be decided on.
    decisions: Vec<Decision>,
    /// The run; where the source has another open run, that one.
    run: Option<ID>,
}

impl From<BegunRun> for BeginRunPayload {
    fn from((begun, problems): BegunRun) -> Self {
        let begun = begun.unwrap_or_default();
        Self {
            errors: problems.into_iter().map(Into::into).collect(),
            decisions: begun.decisions.into_iter().map(shown).collect(),
            run: begun.run.map(|run| run.to_string().into()),
        }
    }
}

/// A run to complete.
#[derive(Debug, Clone, InputObject)]
pub struct CompleteRunInput {
    /// The run.
    run: ID,
    /// How many records the source has for it, those that could not be read included: nothing is applied where another
    /// number has been received.
    records: i32,
    /// Whether it is only looked what it would come to, and nothing is applied.
    #[graphql(default)]
    dry_run: bool,
    /// Of what outcomes records are answered; null: those that are held, rejected, ended, absent or superseded.
    show: Option<Vec<ProvisionOutcome>>,
    /// How many of these are passed over.
    #[graphql(default)]
    after: i32,
}

impl CompleteRunInput {
    pub(in super::super) fn into_order(self) -> Result<Completing, WrongForm> {
        let mut form = Form::default();
        let run = form.id(&InputPath::input(), "run", &self.run);
        let order = || {
            Ok(Completing {
                run: run?,
                // No run has fewer than none.
                records: u64::try_from(self.records).unwrap_or(u64::MAX),
                dry_run: self.dry_run,
                show: self
                    .show
                    .map(|show| show.into_iter().map(Into::into).collect()),
                after: usize::try_from(self.after).unwrap_or_default(),
            })
        };
        form.finish(order())
    }
}

/// What came of a run.
#[derive(Debug, Clone, SimpleObject)]
pub struct CompleteRunPayload {
    /// What stood against it.
    errors: Vec<FormError<CompleteRunProblem>>,
    #[graphql(flatten)]
    report: ProvisionReport,
    /// How many records of each kind came to what.
    counts: Vec<ProvisionedRecordCount>,
    /// Whether there are more records of the outcomes that are shown: at most 1,000 are answered at once.
    more_records: bool,
}

/// How many records of a kind came to the same.
#[derive(Debug, Clone, SimpleObject)]
struct ProvisionedRecordCount {
    /// The kind of record, as the input names it.
    kind: String,
    /// What became of them, or would.
    outcome: ProvisionOutcome,
    /// How many.
    records: i64,
}

impl From<RecordCount> for ProvisionedRecordCount {
    fn from(count: RecordCount) -> Self {
        Self {
            kind: count.kind,
            outcome: count.became.into(),
            records: i64::try_from(count.records).unwrap_or(i64::MAX),
        }
    }
}

impl From<CompletedRun> for CompleteRunPayload {
    fn from((provisioned, problems): CompletedRun) -> Self {
        let mut provisioned = provisioned.unwrap_or_default();
        let counts = std::mem::take(&mut provisioned.counts);
        Self {
            errors: problems.into_iter().map(Into::into).collect(),
            counts: counts.into_iter().map(Into::into).collect(),
            more_records: provisioned.more,
            report: Some(provisioned).into(),
        }
    }
}

/// A run to abandon.
#[derive(Debug, Clone, InputObject)]
pub struct AbandonRunInput {
    /// The run.
    run: ID,
}

impl AbandonRunInput {
    pub(in super::super) fn into_order(self) -> Result<domain::id::RunId, WrongForm> {
        let mut form = Form::default();
        let run = form.id(&InputPath::input(), "run", &self.run);
        form.finish(run)
    }
}

/// The run that was abandoned.
#[derive(Debug, Clone, SimpleObject)]
pub struct AbandonRunPayload {
    /// What stood against it.
    errors: Vec<FormError<AbandonRunProblem>>,
    /// The decisions, one a kind of record; none where nothing could be decided on.
    decisions: Vec<Decision>,
    /// The run.
    run: Option<ID>,
}

impl From<AbandonedRun> for AbandonRunPayload {
    fn from((abandoned, problems): AbandonedRun) -> Self {
        let abandoned = abandoned.unwrap_or_default();
        Self {
            errors: problems.into_iter().map(Into::into).collect(),
            decisions: abandoned.decisions.into_iter().map(shown).collect(),
            run: abandoned.run.map(|run| run.to_string().into()),
        }
    }
}
