//! Whom a guardrail stops, or would stop once it is enforced: by what the register holds now, and by what has
//! been decided lately (LL-04).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use audit::{DatabaseError, Snapshot};
use domain::Instant;
use domain::Words;
use domain::action::{Reach, Read};
use domain::facts::{BestSignIn, PrincipalFacts};
use domain::id::{GrantId, SystemId};
use domain::speaks::{Speaks, foreign, verbatim, words};
use domain::target::{ExternalKey, TargetKey};
use domain::text::Identifier;
use gate::{FactError, Permit, RegisterAt, SEGMENT_SERVER_ADMIN};
use store::read::decisions::past::HostReader;

use super::error::{InputPath, ServiceError};
use super::session::Session;
use super::turned::REPORTING;

/// How many holders and decisions are read at once.
const AT_ONCE: usize = 200;

/// Which guardrail, where.
#[derive(Debug, Clone)]
pub struct Impacted {
    /// The guardrail.
    pub guardrail: String,
    /// Only grants and decisions of this system; `None`: all.
    pub system: Option<SystemId>,
}

/// Somebody whom it stops.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stopped {
    /// The grants that do not count by it, or that somebody without a card good enough cannot use by it.
    pub grants: BTreeSet<GrantId>,
    /// Decisions that it refused or discounted a grant in.
    pub refused: u64,
    /// Allowed decisions that it would have refused.
    pub would_refuse: u64,
}

/// The guardrails that stop each of somebody's grants.
pub type Stopping = BTreeMap<GrantId, BTreeSet<String>>;

/// Whom it stops, by HSA-id or client id.
pub type Impact = BTreeMap<String, Stopped>;

/// The register could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ImpactError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The register could not be read from the log.
    #[error(transparent)]
    Facts(#[from] FactError),
    /// A policy fails on somebody's grants, or they cannot be put to the policies.
    Unasked {
        /// Whose grants, by HSA-id or client id.
        holder: String,
    },
}

impl Speaks for ImpactError {
    fn words(&self) -> Words {
        match self {
            Self::Database(error) => words!(
                "the register could not be read: {error}",
                "Registret gick inte att läsa. Orsak: {error}",
                error = foreign(error)
            ),
            Self::Facts(error) => error.words(),
            Self::Unasked { holder } => words!(
                "the policies cannot be asked about the grants of `{holder}`: whether it stops them is not known",
                "Reglerna går inte att fråga om vad `{holder}` har. Det är okänt om något stoppas.",
                holder = verbatim(holder)
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Facts(error) => error.cause(),
            Self::Database(_) | Self::Unasked { .. } => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    principal: Party,
    target: Target,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    would_refuse: Vec<String>,
    #[serde(default)]
    discounted: Vec<Discounted>,
}

#[derive(Deserialize)]
struct Party {
    external: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    system: Option<SystemId>,
}

#[derive(Deserialize)]
struct Discounted {
    reasons: Vec<String>,
}

impl Impacted {
    /// Everybody whom it stops or would stop by what they hold, and did or would have by what was decided in the last
    /// days; `stopping` is told the best that somebody has to sign in with.
    ///
    /// # Errors
    /// When the register or the log cannot be read, and when the policies cannot be asked about somebody's grants.
    pub async fn stopped(
        &self,
        reader: &HostReader,
        (register, snapshot): (&RegisterAt, &Snapshot),
        stopping: impl Fn(&PrincipalFacts, BestSignIn) -> Option<Stopping> + Send,
        days: u16,
    ) -> Result<Impact, ImpactError> {
        let mut impact = Impact::new();
        self.by_register(reader, register, stopping, &mut impact)
            .await?;
        let since = register.now().plus_days(-i64::from(days));
        self.by_log(reader, snapshot, since, &mut impact).await?;
        Ok(impact)
    }

    /// Adds everybody who holds a grant that it stops, or would stop.
    async fn by_register(
        &self,
        reader: &HostReader,
        register: &RegisterAt,
        stopping: impl Fn(&PrincipalFacts, BestSignIn) -> Option<Stopping> + Send,
        impact: &mut Impact,
    ) -> Result<(), ImpactError> {
        let without_card = register.without_card(reader.overview());
        let mut after = None;
        loop {
            let holders = register.holders(reader.overview(), after, AT_ONCE);
            let Some(last) = holders.last() else {
                return Ok(());
            };
            after = Some(last.id);
            for holder in holders {
                tokio::task::yield_now().await;
                let of_system: BTreeSet<_> = holder
                    .grants
                    .iter()
                    .filter(|grant| {
                        let mut systems = grant.systems();
                        self.system
                            .is_none_or(|only| systems.any(|system| system.id == only))
                    })
                    .map(|grant| grant.id)
                    .collect();
                let best = without_card.get(&holder.id).copied();
                let best = best.unwrap_or(BestSignIn::Card);
                let stopped = stopping(&holder, best).ok_or_else(|| ImpactError::Unasked {
                    holder: holder.external().to_owned(),
                })?;
                let stopped = stopped.into_iter().filter(|(grant, guardrails)| {
                    of_system.contains(grant) && guardrails.contains(&self.guardrail)
                });
                let grants: BTreeSet<GrantId> = stopped.map(|(grant, _)| grant).collect();
                if !grants.is_empty() {
                    impact
                        .entry(holder.external().to_owned())
                        .or_default()
                        .grants
                        .extend(grants);
                }
            }
        }
    }

    /// Adds everybody about whom it was decided, or would have been, since that event.
    async fn by_log(
        &self,
        reader: &HostReader,
        snapshot: &Snapshot,
        since: Instant,
        impact: &mut Impact,
    ) -> Result<(), ImpactError> {
        let mut from = reader.first_since(snapshot.connection(), since).await?;
        while let Some(at) = from {
            let found = reader
                .decisions(snapshot.connection(), (at, i64::MAX), AT_ONCE as u64)
                .await?;
            from = found.last().map(|past| past.seq.saturating_add(1));
            for past in found {
                if let Ok(envelope) = serde_json::from_slice::<Envelope>(&past.envelope) {
                    self.count(envelope, impact);
                }
            }
        }
        Ok(())
    }

    fn count(&self, envelope: Envelope, impact: &mut Impact) {
        let elsewhere = self.system.is_some() && envelope.target.system != self.system;
        let Some(principal) = envelope.principal.external.filter(|_| !elsewhere) else {
            return;
        };
        let mut discounting = envelope.discounted.iter().flat_map(|one| &one.reasons);
        let refused = envelope.reasons.contains(&self.guardrail)
            || discounting.any(|reason| *reason == self.guardrail);
        let would_refuse = envelope.would_refuse.contains(&self.guardrail);
        if refused || would_refuse {
            let stopped = impact.entry(principal).or_default();
            stopped.refused += u64::from(refused);
            stopped.would_refuse += u64::from(would_refuse);
        }
    }

    /// The segments that enforcing it would leave with fewer than two human beings who may administer them by a
    /// grant over the segment: of segmentation all that have fewer, of another guardrail those that have fewer
    /// only without the grants that it stops.
    #[must_use]
    pub fn unmanned(
        &self,
        reader: &HostReader,
        register: &RegisterAt,
        impact: &Impact,
    ) -> Vec<String> {
        let without =
            |grants: &BTreeSet<GrantId>| register.unmanned(reader.overview(), self.system, grants);
        let before = without(&BTreeSet::new());
        if self.guardrail == SEGMENT_SERVER_ADMIN {
            return before;
        }
        let stopped = impact.values().flat_map(|one| one.grants.iter().copied());
        let mut after = without(&stopped.collect());
        after.retain(|segment| !before.contains(segment));
        after
    }
}

/// Whom a guardrail stops, and what it would leave unmanned.
#[derive(Debug, Clone)]
pub struct ImpactReport {
    /// Whom it stops or would stop.
    pub impact: Impact,
    /// The external ids of the segments that it would leave with fewer than two administrators of their own.
    pub unmanned: Vec<String>,
}

/// Whom a guardrail stops by what they hold, and did or would have by what was decided in the last days, in a
/// system or everywhere; `None`: nothing of that name, or not to be seen.
///
/// # Errors
/// The set in force has no such guardrail, or it could not be decided or read.
pub async fn policy_impact(
    session: &Session,
    guardrail: &Identifier,
    system: Option<Identifier>,
    days: u16,
) -> Result<Option<ImpactReport>, ServiceError> {
    let operation = session.operation();
    if !operation.is_guardrail(guardrail) {
        return Err(ServiceError::Input {
            path: InputPath::argument("guardrail"),
            problem: Words::new(
                "expected the id of a guardrail of the policies in force",
                "Ange id för en skyddsregel som gäller.",
            ),
        });
    }
    let about = system.map_or_else(TargetKey::installation, |name| {
        TargetKey::External(ExternalKey::System(name))
    });
    let path = InputPath::argument("system");
    let Some(permit) = session.leave_to_report(about, &path).await? else {
        return Ok(None);
    };
    let what = format!("impact {guardrail} {} {days}", permit.target());
    let report = session.report(what, report(session, guardrail, permit, days));
    let report = Box::pin(session.taking(REPORTING, report)).await?;
    Ok(Some(report.as_ref().clone()))
}

async fn report(
    session: &Session,
    guardrail: &str,
    permit: Permit<Read<Reach>>,
    days: u16,
) -> Result<ImpactReport, ServiceError> {
    let operation = session.operation();
    let snapshot = session.snapshot().await?;
    let impacted = Impacted {
        guardrail: guardrail.to_owned(),
        system: permit.target().to_id().ok(),
    };
    let reader = HostReader::new(permit);
    let stopping = |holder: &PrincipalFacts, best| operation.stopping(holder, best);
    let moment = (session.register(), snapshot.as_ref());
    let impact = impacted.stopped(&reader, moment, stopping, days);
    let impact = impact.await?;
    let unmanned = impacted.unmanned(&reader, session.register(), &impact);
    Ok(ImpactReport { impact, unmanned })
}

impl From<ImpactError> for ServiceError {
    fn from(error: ImpactError) -> Self {
        match error {
            ImpactError::Database(error) => Self::Unavailable(Box::new(error)),
            ImpactError::Facts(error) => error.into(),
            ImpactError::Unasked { .. } => Self::Broken(Box::new(error)),
        }
    }
}
