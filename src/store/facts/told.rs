//! Facts of the register as the log tells it, all as of one moment.
//!
//! They are there already, so nothing is read for them; of the log itself is read what a decision goes on from, and where
//! an event lies.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use audit::Snapshot;
use domain::edit::Edit;
use domain::facts::{Asked, GrantFacts, Landscape, PrincipalFacts, SystemFacts, TargetFacts};
use domain::id::{EditProposalId, EventId, GrantId, IndividualId, OrganisationId, SystemId};
use domain::target::{PrincipalKey, TargetKey};
use domain::verdict::{DecidedStage, StagedAt, Stages};
use domain::{Calendar, EntityKind, EntityRef, Instant, PermissionName};
use gate::{
    EarlierAnswer, FactError, FactSource, Facts, PolicyTexts, PrincipalRecord, RolesOf,
    TargetRecord,
};
use region::{Ambiguous, At, Region};

use super::earlier;
use crate::policies::{Released, policies_of};
use crate::rows::{Row, row_of, unavailable};

/// The facts of one moment, for one instant.
#[derive(Debug)]
pub struct ToldFacts {
    region: Arc<Region>,
    snapshot: Arc<Snapshot>,
    calendar: Calendar,
    now: Instant,
}

impl ToldFacts {
    /// What the region is at `now`, as of the moment of the snapshot.
    #[must_use]
    pub const fn new(
        region: Arc<Region>,
        snapshot: Arc<Snapshot>,
        calendar: Calendar,
        now: Instant,
    ) -> Self {
        Self {
            region,
            snapshot,
            calendar,
            now,
        }
    }

    fn at(&self) -> At<'_> {
        self.region.at(self.calendar, self.now)
    }

    async fn target(&self, key: TargetKey) -> Result<Facts<TargetRecord>, FactError> {
        let found = match &key {
            TargetKey::Entity(id) if id.kind() == EntityKind::Event => self.event(*id).await?,
            TargetKey::Entity(_)
            | TargetKey::External(_)
            | TargetKey::Draft(_)
            | TargetKey::Record(_) => self.at().target(&key).map_err(ambiguous)?,
        };
        Ok(told(found))
    }

    /// An event lies where it lay, which its row says.
    async fn event(
        &self,
        id: EntityRef,
    ) -> Result<(Option<TargetRecord>, BTreeSet<String>), FactError> {
        let sql =
            "SELECT event_id AS id, path, system, individual FROM audit_event WHERE event_id = $1";
        let Some(row) = row_of(self.snapshot.connection(), sql, &id).await? else {
            return Ok((None, [id.to_string()].into()));
        };
        let row = Row::of("audit_event", &row);
        let path: Option<String> = row.get("path")?;
        let path = path.unwrap_or_default();
        let units = path.split('/').filter_map(|text| text.parse().ok());
        let (system, individual) = (row.id_if("system")?, row.id_if("individual")?);
        Ok(self.at().event(id, units.collect(), system, individual))
    }
}

fn ambiguous(name: Ambiguous) -> FactError {
    FactError::Ambiguous { kind: name.kind }
}

fn told<T>((found, depends): (Option<T>, BTreeSet<String>)) -> Facts<T> {
    match found {
        Some(found) => Facts::found(found, depends),
        None => Facts::missing(depends),
    }
}

/// What is there at once.
fn ready<'a, T: Send + 'a>(found: T) -> BoxFuture<'a, Result<T, FactError>> {
    Box::pin(std::future::ready(Ok(found)))
}

impl FactSource for ToldFacts {
    fn facts_at(&self) -> u64 {
        self.snapshot.facts_at()
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn principal(
        &self,
        key: PrincipalKey,
    ) -> BoxFuture<'_, Result<Facts<PrincipalRecord>, FactError>> {
        let found = self.at().principal(&key).map_err(ambiguous);
        Box::pin(std::future::ready(found.map(told)))
    }

    fn grants(
        &self,
        holder: EntityRef,
        permissions: Vec<PermissionName>,
    ) -> BoxFuture<'_, Result<Facts<Vec<GrantFacts>>, FactError>> {
        let (grants, depends) = self.at().grants(holder, &permissions);
        ready(Facts::found(grants, depends))
    }

    fn holders(
        &self,
        permission: PermissionName,
        of: RolesOf,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        let after = after.as_deref();
        ready(self.at().holders(&permission, of, after, limit))
    }

    fn holdings(
        &self,
        holders: Vec<EntityRef>,
        permissions: Option<Vec<PermissionName>>,
    ) -> BoxFuture<'_, Result<Vec<PrincipalFacts>, FactError>> {
        ready(self.at().holdings(&holders, permissions.as_deref()))
    }

    fn concerned(
        &self,
        edit: &Edit,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        ready(self.at().concerned(edit, after.as_deref(), limit))
    }

    fn proposers(
        &self,
        proposal: EditProposalId,
    ) -> BoxFuture<'_, Result<BTreeSet<IndividualId>, FactError>> {
        ready(self.at().proposers(proposal))
    }

    fn guises(
        &self,
        individuals: BTreeSet<IndividualId>,
    ) -> BoxFuture<'_, Result<BTreeSet<EntityRef>, FactError>> {
        ready(self.at().guises(&individuals))
    }

    fn kept_in(&self, thing: EntityRef) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        ready(self.at().kept_in(thing))
    }

    fn is_permission(&self, name: PermissionName) -> BoxFuture<'_, Result<bool, FactError>> {
        ready(self.at().is_permission(&name))
    }

    fn keepers(
        &self,
        within: Option<OrganisationId>,
    ) -> BoxFuture<'_, Result<Vec<TargetFacts>, FactError>> {
        ready(self.at().keepers(within))
    }

    fn systems(&self) -> BoxFuture<'_, Result<Vec<SystemFacts>, FactError>> {
        ready(self.at().systems())
    }

    fn landscape(&self) -> BoxFuture<'_, Result<Landscape, FactError>> {
        ready(self.at().landscape())
    }

    fn targets(
        &self,
        keys: Vec<TargetKey>,
    ) -> BoxFuture<'_, Result<Vec<Facts<TargetRecord>>, FactError>> {
        Box::pin(async move {
            let mut targets = Vec::with_capacity(keys.len());
            for key in keys {
                targets.push(self.target(key).await?);
            }
            Ok(targets)
        })
    }

    fn grants_by_id(&self, ids: Vec<GrantId>) -> BoxFuture<'_, Result<Vec<GrantFacts>, FactError>> {
        ready(self.at().grants_by_id(&ids))
    }

    fn level(&self, _: TargetKey, _: bool) -> BoxFuture<'_, Result<(), FactError>> {
        // What is there and what is not are found by the same look at the same value.
        ready(())
    }

    fn asked(
        &self,
        wanted: Vec<(PermissionName, Option<SystemId>)>,
    ) -> BoxFuture<'_, Result<Vec<Facts<Asked>>, FactError>> {
        let asked = wanted.into_iter();
        ready(
            asked
                .map(|(name, system)| told(self.at().asked(name, system)))
                .collect(),
        )
    }

    fn earlier(&self, id: EventId) -> BoxFuture<'_, Result<Option<EarlierAnswer>, FactError>> {
        Box::pin(earlier::earlier(self.snapshot.connection(), id))
    }

    fn generation(&self) -> BoxFuture<'_, Result<Option<u64>, FactError>> {
        ready(self.at().generation())
    }

    fn policies(&self, generation: u64) -> BoxFuture<'_, Result<Option<PolicyTexts>, FactError>> {
        Box::pin(async move {
            let kept = policies_of(self.snapshot.connection(), generation).await;
            let kept: Option<Released> = kept.map_err(|error| unavailable(error.into()))?;
            // What was released is what the log says, whatever stands beside the texts.
            let digest = self.at().digest(generation);
            Ok(kept.zip(digest).map(|(kept, digest)| PolicyTexts {
                digest,
                files: kept.files,
            }))
        })
    }

    fn stages(&self, at: StagedAt) -> BoxFuture<'_, Result<Stages, FactError>> {
        ready(self.at().stages(at))
    }

    fn decided_stages(&self) -> BoxFuture<'_, Result<Vec<DecidedStage>, FactError>> {
        ready(self.at().decided_stages())
    }

    fn authorities_within(
        &self,
        organisation: OrganisationId,
    ) -> BoxFuture<'_, Result<BTreeSet<OrganisationId>, FactError>> {
        ready(self.at().authorities_within(organisation))
    }
}
