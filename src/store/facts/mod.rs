//! Facts for the gate.
//!
//! The one part of the store that needs no permit, because what it returns is opaque to everybody but the gate. What
//! decides is what the log tells ([`ToldFacts`], of the [`region`] that [`Regions`] keeps). What a change would lead to
//! that is only tried stands in rows alone, so that is read from rows ([`SnapshotFacts`]), and means the same: tests
//! hold the two against each other.
//!
//! To add a kind of thing: what [`region`] says, and its arm in `target`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use audit::connection::Snapshot;
use domain::edit::Edit;
use domain::facts::{Asked, GrantFacts, Landscape, PrincipalFacts, SystemFacts, TargetFacts};
use domain::id::{EditProposalId, EventId, GrantId, IndividualId, OrganisationId, SystemId};
use domain::target::{PrincipalKey, TargetKey};
use domain::verdict::{DecidedStage, StagedAt, Stages};
use domain::{Calendar, Date, EntityRef, Instant, PermissionName};
use gate::{
    EarlierAnswer, FactError, FactSource, Facts, PolicyTexts, PrincipalRecord, RolesOf,
    TargetRecord,
};

use super::policies::{Released, active_generation, policies_of};
use super::rows::unavailable;

pub(super) use caps::cap_keys;
pub use regions::Regions;
pub use told::ToldFacts;

mod above;
mod answerable;
mod caps;
mod concerned;
mod draft;
mod earlier;
mod grants;
mod guises;
mod holders;
mod holdings;
mod landscape;
mod level;
mod lookup;
mod order;
mod outline;
mod place;
mod principal;
mod regions;
mod stages;
mod system;
mod target;
mod told;

/// The facts of one snapshot, read for one instant.
#[derive(Debug)]
pub struct SnapshotFacts {
    snapshot: Arc<Snapshot>,
    calendar: Calendar,
    now: Instant,
    stages: Mutex<Option<Arc<[DecidedStage]>>>,
}

impl SnapshotFacts {
    /// The facts of `snapshot` as they are at `now`.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, calendar: Calendar, now: Instant) -> Self {
        Self {
            snapshot,
            calendar,
            now,
            stages: Mutex::new(None),
        }
    }

    fn today(&self) -> Date {
        self.now.date()
    }

    async fn stage_rows(&self) -> Result<Arc<[DecidedStage]>, FactError> {
        let read = self
            .stages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = read {
            return Ok(known);
        }
        let known: Arc<[DecidedStage]> = stages::read(self.snapshot.connection(), self.today())
            .await?
            .into();
        *self.stages.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}

impl FactSource for SnapshotFacts {
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
        Box::pin(principal::principal(
            self.snapshot.connection(),
            self.calendar,
            self.now,
            key,
        ))
    }

    fn grants(
        &self,
        holder: EntityRef,
        permissions: Vec<PermissionName>,
    ) -> BoxFuture<'_, Result<Facts<Vec<GrantFacts>>, FactError>> {
        let connection = self.snapshot.connection();
        let today = self.today();
        Box::pin(grants::conferring(
            connection,
            self.calendar,
            today,
            holder,
            permissions,
        ))
    }

    fn holders(
        &self,
        permission: PermissionName,
        of: RolesOf,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        let connection = self.snapshot.connection();
        Box::pin(holdings::holders(connection, permission, of, after, limit))
    }

    fn holdings(
        &self,
        holders: Vec<EntityRef>,
        permissions: Option<Vec<PermissionName>>,
    ) -> BoxFuture<'_, Result<Vec<PrincipalFacts>, FactError>> {
        Box::pin(async move {
            let connection = self.snapshot.connection();
            let today = self.today();
            let permissions = permissions.as_deref();
            holdings::held_by(connection, self.calendar, today, &holders, permissions).await
        })
    }

    fn concerned(
        &self,
        edit: &Edit,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        let edit = edit.clone();
        Box::pin(async move {
            concerned::concerned(self.snapshot.connection(), &edit, after, limit).await
        })
    }

    fn proposers(
        &self,
        proposal: EditProposalId,
    ) -> BoxFuture<'_, Result<BTreeSet<IndividualId>, FactError>> {
        Box::pin(guises::proposers(self.snapshot.connection(), proposal))
    }

    fn guises(
        &self,
        individuals: BTreeSet<IndividualId>,
    ) -> BoxFuture<'_, Result<BTreeSet<EntityRef>, FactError>> {
        Box::pin(guises::guises(self.snapshot.connection(), individuals))
    }

    fn kept_in(&self, thing: EntityRef) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>> {
        Box::pin(concerned::kept_in(self.snapshot.connection(), thing))
    }

    fn is_permission(&self, name: PermissionName) -> BoxFuture<'_, Result<bool, FactError>> {
        Box::pin(system::is_permission(self.snapshot.connection(), name))
    }

    fn keepers(
        &self,
        within: Option<OrganisationId>,
    ) -> BoxFuture<'_, Result<Vec<TargetFacts>, FactError>> {
        Box::pin(place::keepers(self.snapshot.connection(), within))
    }

    fn systems(&self) -> BoxFuture<'_, Result<Vec<SystemFacts>, FactError>> {
        let connection = self.snapshot.connection();
        Box::pin(system::every(connection, self.calendar, self.today()))
    }

    fn landscape(&self) -> BoxFuture<'_, Result<Landscape, FactError>> {
        Box::pin(landscape::landscape(self.snapshot.connection()))
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
        let (calendar, today) = (self.calendar, self.today());
        let connection = self.snapshot.connection();
        Box::pin(async move { grants::by_id(connection, calendar, today, &ids).await })
    }

    fn level(&self, key: TargetKey, found: bool) -> BoxFuture<'_, Result<(), FactError>> {
        Box::pin(async move { self.levelled(&key, found).await })
    }

    fn asked(
        &self,
        wanted: Vec<(PermissionName, Option<SystemId>)>,
    ) -> BoxFuture<'_, Result<Vec<Facts<Asked>>, FactError>> {
        Box::pin(system::asked(self.snapshot.connection(), wanted))
    }

    fn earlier(&self, id: EventId) -> BoxFuture<'_, Result<Option<EarlierAnswer>, FactError>> {
        Box::pin(earlier::earlier(self.snapshot.connection(), id))
    }

    fn generation(&self) -> BoxFuture<'_, Result<Option<u64>, FactError>> {
        Box::pin(async move {
            let generation = active_generation(self.snapshot.connection()).await;
            generation.map_err(unavailable)
        })
    }

    fn policies(&self, generation: u64) -> BoxFuture<'_, Result<Option<PolicyTexts>, FactError>> {
        Box::pin(async move {
            let kept = policies_of(self.snapshot.connection(), generation).await;
            let texts = |kept: Released| PolicyTexts {
                digest: kept.digest,
                files: kept.files,
            };
            Ok(kept.map_err(|error| unavailable(error.into()))?.map(texts))
        })
    }

    fn stages(&self, at: StagedAt) -> BoxFuture<'_, Result<Stages, FactError>> {
        Box::pin(async move { Ok(stages::of(&self.stage_rows().await?, at)) })
    }

    fn decided_stages(&self) -> BoxFuture<'_, Result<Vec<DecidedStage>, FactError>> {
        Box::pin(async move { Ok(self.stage_rows().await?.to_vec()) })
    }

    fn authorities_within(
        &self,
        organisation: OrganisationId,
    ) -> BoxFuture<'_, Result<BTreeSet<OrganisationId>, FactError>> {
        let connection = self.snapshot.connection();
        Box::pin(stages::authorities_within(connection, organisation))
    }
}
