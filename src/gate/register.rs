//! The register at one moment, and what is read of the log itself.
//!
//! `gate` needs the log and `store` needs permits: the trait here cuts that knot. What the register says is opaque to
//! everybody else, so no use case can look at it before a decision was made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use domain::edit::Edit;
#[cfg(feature = "testing")]
use domain::facts::TargetFacts;
use domain::facts::{BestSignIn, Circumstances, PrincipalFacts};
use domain::id::{EventId, GrantId, IndividualId, OrganisationId, SystemId};
use domain::target::{PrincipalKey, TargetKey};
use domain::text::Identifier;
use domain::verdict::Verdict;
use domain::{Calendar, EntityKind, EntityRef, Instant, PermissionName};
use region::{At, PrincipalRecord, Region, TargetRecord};

use super::facts::{EarlierAnswer, FactError, Facts};
use super::overview::Overview;
use super::worked::{AskedAgain, Standing, TargetAt, Worked, with_companions};

/// The permission by which somebody has servers.
pub(crate) const ADMINISTER_SERVERS: &str = "server:administer";

/// Reads the log, up to the moment of the register at least.
pub trait LogSource: Send + Sync + std::fmt::Debug {
    /// The number of the last change that the register includes.
    fn facts_at(&self) -> u64;

    /// An answer that the log holds; `None`: it holds none of that id.
    fn earlier(&self, id: EventId) -> BoxFuture<'_, Result<Option<EarlierAnswer>, FactError>>;

    /// Where an event lies; `None`: there is none of that id.
    fn place(&self, event: EntityRef) -> BoxFuture<'_, Result<Option<EventPlace>, FactError>>;

    /// Schema and policies of that generation; `None`: they are not kept.
    fn policies(&self, generation: u64) -> BoxFuture<'_, Result<Option<PolicyFiles>, FactError>>;
}

/// Files of a policy set: path and text.
pub type PolicyFiles = Vec<(String, String)>;

/// Where an event lies: where it lay when it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventPlace {
    /// The organisations at and above what it is about.
    pub path: Vec<OrganisationId>,
    /// The system that it is about.
    pub system: Option<SystemId>,
    /// The human being whom it is about.
    pub individual: Option<IndividualId>,
}

/// The register at one moment, for one instant. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RegisterAt {
    region: Arc<Region>,
    worked: Arc<Worked>,
    log: Arc<dyn LogSource>,
    calendar: Calendar,
    now: Instant,
    /// From when on what the region says is what it says now.
    since: Instant,
}

impl RegisterAt {
    /// What the region is at `now`, with what was worked out of it before.
    #[must_use]
    pub fn new(
        (region, worked): (Arc<Region>, Arc<Worked>),
        log: Arc<dyn LogSource>,
        calendar: Calendar,
        now: Instant,
    ) -> Self {
        Self {
            region,
            worked,
            log,
            calendar,
            now,
            since: calendar.last_turn(now),
        }
    }

    /// The instant that the register is looked at for, and that everything is decided at.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Everybody whose ids come after that one and who holds a grant that is not revoked, at most so many, in the order
    /// of their ids, each with all such grants.
    #[must_use]
    pub fn holders(
        &self,
        _: &Overview,
        after: Option<EntityRef>,
        most: usize,
    ) -> Vec<PrincipalFacts> {
        let at = self.at();
        let all = at.anybody().into_iter();
        let some = all.filter(|id| after.is_none_or(|after| *id > after));
        at.holdings(&some.take(most).collect(), None)
    }

    /// The people who have no card, or anything as good, to sign in with, each with the best that they have.
    #[must_use]
    pub fn without_card(&self, _: &Overview) -> BTreeMap<EntityRef, BestSignIn> {
        self.at().without_card()
    }

    /// The segments (of a system, or all) with fewer than two human beings who may administer them by a grant over the
    /// segment other than those, by external id.
    #[must_use]
    pub fn unmanned(
        &self,
        _: &Overview,
        system: Option<SystemId>,
        without: &BTreeSet<GrantId>,
    ) -> Vec<String> {
        self.at().unmanned(ADMINISTER_SERVERS, system, without)
    }

    /// The system that whoever holds the host names by its external id; `None`: there is none, or several.
    #[must_use]
    pub fn system_named(&self, name: &Identifier) -> Option<SystemId> {
        self.at().system_named(name)
    }

    /// The authority that whoever holds the host names by its HSA-id; `None`: there is none.
    #[must_use]
    pub fn authority_named(&self, hsa_id: &str) -> Option<OrganisationId> {
        self.at().authority_named(hsa_id)
    }

    /// The register itself, for tests that hold something else against it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn looked_into(&self) -> At<'_> {
        self.at()
    }

    /// What policies may ask about a thing, for tests that hold something else against it.
    ///
    /// # Errors
    /// When the log cannot be read.
    #[cfg(feature = "testing")]
    pub async fn thing(&self, thing: EntityRef) -> Result<Option<TargetFacts>, FactError> {
        let found = self.target(&TargetKey::Entity(thing)).await?;
        Ok(found.found.map(|record| record.facts().clone()))
    }

    /// The region itself, for tests that hold another against it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn at(&self) -> At<'_> {
        self.region.at(self.calendar, self.now)
    }

    /// The number of the last change that is in it.
    #[must_use]
    pub fn facts_at(&self) -> u64 {
        self.log.facts_at()
    }

    pub(crate) fn log(&self) -> &dyn LogSource {
        self.log.as_ref()
    }

    /// The same moment with the edit made; `None`: it cannot be, or is so already.
    pub(crate) fn edited(&self, edit: &Edit) -> Option<Self> {
        Some(Self {
            region: Arc::new(self.region.edited(edit)?),
            worked: Arc::default(),
            ..self.clone()
        })
    }

    pub(crate) fn principal(
        &self,
        key: &PrincipalKey,
    ) -> Result<Facts<Arc<PrincipalRecord>>, FactError> {
        self.worked
            .principal(self.since, key, || Ok(self.at().principal(key)?.into()))
    }

    /// Somebody with the grants that confer one of those permissions, the first of which is the one asked for.
    pub(crate) fn standing(
        &self,
        principal: &PrincipalFacts,
        permission: &PermissionName,
    ) -> Arc<Standing> {
        let conferring = (principal.id, permission.clone());
        self.worked.standing(self.since, &conferring, || {
            let permissions = with_companions(permission);
            let (grants, depends) = self.at().grants(principal.id, &permissions);
            let facts = PrincipalFacts {
                grants,
                ..principal.clone()
            };
            Standing::new(facts, depends.into())
        })
    }

    /// The answer to a question that may have been put in the same second.
    pub(crate) fn answer(
        &self,
        question: AskedAgain<'_>,
        decide: impl FnOnce(&Circumstances) -> Verdict,
    ) -> Verdict {
        self.worked.answer(self.since, question, decide)
    }

    pub(crate) async fn target(&self, key: &TargetKey) -> Result<Facts<Arc<TargetAt>>, FactError> {
        let found = match key {
            TargetKey::Entity(id) if id.kind() == EntityKind::Event => {
                let Some(place) = self.log.place(*id).await? else {
                    return Ok(Facts::missing([id.to_string()].into()));
                };
                let EventPlace {
                    path,
                    system,
                    individual,
                } = place;
                let found: Facts<TargetRecord> =
                    self.at().event(*id, path, system, individual).into();
                found.map(|record| Arc::new(TargetAt::from(record)))
            }
            TargetKey::Entity(_)
            | TargetKey::External(_)
            | TargetKey::Draft(_)
            | TargetKey::Record(_) => self.worked.target(self.since, key, || {
                Ok::<_, FactError>(self.at().target(key)?.into())
            })?,
        };
        Ok(found)
    }
}
