//! Facts as the entities and contexts that the schema describes.
//!
//! Only the slice: principal, target, what they point to and what reaches them. An ancestor is there
//! to be reached; its own facts are not known and stand as the strictest.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Entity, EntityUid};

use super::attributes::{
    Attributes, Built, Misfit, Value, individual, organisation, places, set, system,
};
use super::place::Place;
use super::vocabulary::{self as vocabulary, place_type, target_type, uid};
use domain::Named;
use domain::facts::{
    Answerable, Caps, EngagementFacts, EngagementKind, GrantFacts, OrderFacts, Origin,
    PrincipalFacts, PrincipalKind, RolePermission, Scope, SystemFacts, TargetFacts, TargetKind,
};
use domain::id::{EntityKind, EntityRef, PlaceKind, SystemId};
use domain::time::Instant;

type Ancestors = BTreeMap<EntityRef, BTreeSet<EntityRef>>;

/// Where a permission is held: the value of one tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    scopes: BTreeSet<EntityRef>,
}

impl Reach {
    pub(super) fn add(&mut self, scope: Scope) {
        self.scopes.insert(scope.entity());
    }

    fn value(&self) -> Built<Value> {
        let of = |kind: EntityKind| {
            let ids = self.scopes.iter().filter(|id| id.kind() == kind);
            set(ids.copied())
        };
        Attributes::default()
            .with("organisations", of(EntityKind::Organisation))
            .with("systems", of(EntityKind::System))
            .with("segments", of(EntityKind::Segment))
            .with("databases", of(EntityKind::Database))
            .record()
    }
}

/// The id of a principal, as the schema types it.
pub(super) fn principal_uid(principal: &PrincipalFacts) -> EntityUid {
    let kind = match principal.kind {
        PrincipalKind::Person { .. } => &*vocabulary::PERSON,
        PrincipalKind::Service { .. } => &*vocabulary::SERVICE,
    };
    uid(kind, principal.id.to_string())
}

/// The principal with its tags.
pub(super) fn principal(
    facts: &PrincipalFacts,
    now: Instant,
    tags: &BTreeMap<String, Reach>,
) -> Built<Entity> {
    let attributes = match &facts.kind {
        PrincipalKind::Person {
            individual: human,
            training_valid_until,
            engagements,
            ..
        } => {
            let live: Vec<&EngagementFacts> =
                engagements.iter().filter(|e| e.is_live(now)).collect();
            Attributes::default()
                .with("individual", individual(human))
                .flag("engaged", !live.is_empty())
                .flag("vendor", has(&live, EngagementKind::Vendor))
                .flag("auditor", has(&live, EngagementKind::AuditorExpert))
                .with("employers", set(live.iter().map(|e| e.employer.to_ref())))
                .with(
                    "careProviders",
                    set(live.iter().filter_map(|e| Some(e.care_provider?.to_ref()))),
                )
                .instant("trainingValidUntil", *training_valid_until)
        }
        PrincipalKind::Service {
            organisation: home,
            trusted_to_assert,
            declared_scope,
            stewards,
            ..
        } => Attributes::default()
            .with("organisation", organisation(home))
            .with("declaredScope", declared_scope.map(organisation))
            .flag("trustedToAssert", *trusted_to_assert)
            .with(
                "stewards",
                Value::new_set(stewards.values().map(individual)),
            ),
    }
    .instant("starts", Some(facts.starts))
    .instant("ends", facts.ends);
    let tags: Vec<(String, Value)> = tags
        .iter()
        .map(|(key, reach)| Ok((key.clone(), reach.value()?)))
        .collect::<Built<_>>()?;
    Entity::new_with_tags(principal_uid(facts), attributes.0, [], tags).map_err(|_| Misfit)
}

fn has(live: &[&EngagementFacts], kind: EngagementKind) -> bool {
    live.iter().any(|engagement| engagement.kind == kind)
}

/// The target, its ancestors and its system.
pub(super) fn target(facts: &TargetFacts, place: &Place) -> Built<(EntityUid, Vec<Entity>)> {
    let id = target_uid(facts);
    let mut entities = Vec::with_capacity(place.ancestors.len() + 3);
    let parents = places(place.parents.iter().copied());
    entities.push(target_attributes(facts, place)?.entity(id.clone(), parents)?);
    if let TargetKind::Grant { grant, .. } = &facts.kind {
        entities.extend(role_system(grant, &place.ancestors)?);
    }
    if let Some(known) = &facts.system {
        entities.push(known_system(known, &place.ancestors)?);
    }
    for (ancestor, parents) in &place.ancestors {
        entities.extend(bare(*ancestor, parents)?);
    }
    if let Some(system) = place.system {
        entities.extend(bare(system.to_ref(), &BTreeSet::new())?);
    }
    let mut seen = BTreeSet::new();
    entities.retain(|entity| seen.insert(entity.uid()));
    Ok((id, entities))
}

fn target_uid(facts: &TargetFacts) -> EntityUid {
    uid(target_type(&facts.kind), facts.id.to_string())
}

fn target_attributes(facts: &TargetFacts, place: &Place) -> Built<Attributes> {
    let with_system = || Attributes::default().with("system", place.system.map(system));
    Ok(match &facts.kind {
        TargetKind::Organisation | TargetKind::Service => Attributes::default(),
        TargetKind::Person {
            individual: human,
            protected_identity,
            responsible,
        } => Attributes::default()
            .with("individual", individual(human))
            .flag("protectedIdentity", *protected_identity)
            .with(
                "responsible",
                Value::new_set(responsible.iter().map(individual)),
            ),
        TargetKind::Account => with_system(),
        TargetKind::Event { individual: human } => {
            with_system().with("individual", human.map(individual))
        }
        TargetKind::System => match &facts.system {
            Some(known) => system_attributes(known),
            None => strictest_system(place.system.ok_or(Misfit)?),
        },
        TargetKind::Segment(hosting) | TargetKind::Server(hosting) => with_system()
            .flag("production", hosting.production)
            .flag("patientData", hosting.patient_data)
            .instant("changeFrom", hosting.change_from)
            .instant("changeUntil", hosting.change_until),
        TargetKind::Database { patient_data } => with_system().flag("patientData", *patient_data),
        TargetKind::Role { privileged } => with_system().flag("privileged", *privileged),
        TargetKind::Grant { grant, .. } => {
            let stake = Stake::of(&grant.role.permissions);
            grant_attributes(grant, stake, &place.holder_places)?
                .with("system", place.system.map(system))
        }
        TargetKind::Record {
            kind,
            blocked,
            active_choice,
            consent,
        } => with_system()
            .with("authority", facts.authority.map(organisation))
            .with("careProvider", facts.care_provider.map(organisation))
            .text("kind", kind)
            .flag("blocked", *blocked)
            .flag("activeChoice", *active_choice)
            .flag("consent", *consent),
    })
}

/// What permissions govern, as far as a grant's attributes tell of the permissions that it is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stake {
    servers: bool,
    databases: bool,
}

impl Stake {
    pub(super) fn of<'a>(permissions: impl IntoIterator<Item = &'a RolePermission>) -> Self {
        let mut stake = Self {
            servers: false,
            databases: false,
        };
        let governing = permissions.into_iter().filter(|one| one.category.is_some());
        for permission in governing {
            let noun = permission.name.as_str().split(':').next();
            stake.servers |= noun == Some("server");
            stake.databases |= noun == Some("database");
        }
        stake
    }
}

/// The grant as something to rely on for permissions of its role that govern this, with the systems of its role
/// and its scope. What else it lies in does not matter then.
pub(super) fn relied_on(grant: &GrantFacts, stake: Stake) -> Built<(EntityUid, Vec<Entity>)> {
    let id = uid(&vocabulary::GRANT, grant.id.to_string());
    let of_scope = grant.scope_system.as_ref();
    let attributes = grant_attributes(grant, stake, &BTreeSet::new())?
        .with("system", of_scope.map(|known| system(known.id)));
    let mut entities = vec![attributes.entity(id.clone(), [])?];
    entities.extend(role_system(grant, &Ancestors::new())?);
    if let Some(known) = of_scope.filter(|known| grant.role.system != Some(known.id)) {
        entities.push(known_system(known, &Ancestors::new())?);
    }
    Ok((id, entities))
}

fn role_system(grant: &GrantFacts, ancestors: &Ancestors) -> Built<Option<Entity>> {
    let Some(id) = grant.role.system else {
        return Ok(None);
    };
    match &grant.system {
        Some(known) if known.id == id => known_system(known, ancestors).map(Some),
        _ => bare(id.to_ref(), &BTreeSet::new()),
    }
}

fn grant_attributes(
    grant: &GrantFacts,
    stake: Stake,
    holder_places: &BTreeSet<EntityRef>,
) -> Built<Attributes> {
    let role = &grant.role;
    let (holder_attribute, kind) = if grant.holder.kind() == EntityKind::Service {
        ("holderService", &vocabulary::SERVICE)
    } else if grant.holder.kind() == EntityKind::Person {
        ("holderPerson", &vocabulary::PERSON)
    } else {
        return Err(Misfit);
    };
    let holder = uid(kind, grant.holder.to_string());
    let engagement = grant.engagement.as_ref().map(engagement).transpose()?;
    let privileged = role.is_privileged();
    let own = role.permissions.iter().any(|held| held.category.is_none());
    Ok(Attributes::default()
        .with("roleSystem", role.system.map(system))
        .with(holder_attribute, Value::new_entity_uid(holder))
        .with("holderIndividual", grant.holder_individual.map(individual))
        .with("holderPlaces", set(holder_places.iter().copied()))
        .with("engagement", engagement)
        .text("scopeKind", grant.scope.kind())
        .flag("privileged", privileged)
        .flag("patientData", grant.opens_patient_data())
        .flag("ownPermissions", own)
        .flag("serverAdministration", stake.servers)
        .flag("databaseAdministration", stake.databases)
        .instant("starts", Some(grant.starts))
        .instant("ends", grant.ends)
        .instant("revokedAt", grant.revoked_at)
        .flag("hasAnalysis", grant.has_analysis)
        .instant("analysisValidUntil", grant.analysis_valid_until)
        .flag("hasDisclosureBasis", grant.has_disclosure_basis)
        .text(
            "origin",
            match grant.origin {
                Origin::Baseline => "baseline",
                Origin::Order => "order",
            },
        )
        .instant("attestBy", grant.attest_by)
        .with("orderedBy", grant.ordered_by.map(individual))
        .with("approvedBy", grant.approved_by.map(individual))
        .with("caps", grant.caps.as_ref().map(caps).transpose()?)
        .with("order", grant.order.as_ref().map(order).transpose()?))
}

fn caps(facts: &Caps) -> Built<Value> {
    let cap = |cap: Option<u32>| cap.map(|cap| Value::new_long(cap.into()));
    Attributes::default()
        .number("roleHolders", facts.role_holders)
        .with("roleCap", cap(facts.role_cap))
        .number("holderPrivileged", facts.holder_privileged)
        .with("holderCap", cap(facts.holder_cap))
        .record()
}

fn answerable(facts: &Answerable) -> Built<Value> {
    Attributes::default()
        .with("individual", individual(facts.individual))
        .instant("ends", facts.ends)
        .record()
}

fn order(facts: &OrderFacts) -> Built<Value> {
    Attributes::default()
        .with("individual", facts.individual.map(individual))
        .flag("asserted", facts.asserted)
        .flag("engaged", facts.engaged)
        .flag("aboveScope", facts.above_scope)
        .flag("mayRequest", facts.may_request)
        .flag("responsible", facts.responsible)
        .record()
}

fn engagement(facts: &EngagementFacts) -> Built<Value> {
    Attributes::default()
        .text("kind", facts.kind.name())
        .flag("external", facts.kind.is_external())
        .with("employer", organisation(facts.employer))
        .with("unit", organisation(facts.unit))
        .flag("hasResponsible", facts.has_responsible)
        .with(
            "responsible",
            facts.responsible.as_ref().map(answerable).transpose()?,
        )
        .instant("starts", Some(facts.starts))
        .instant("ends", facts.ends)
        .instant("absentFrom", facts.absent_from)
        .instant("absentUntil", facts.absent_until)
        .record()
}

/// A system that attributes point to; where it is an ancestor too, it keeps its parents.
fn known_system(facts: &SystemFacts, ancestors: &Ancestors) -> Built<Entity> {
    let id = facts.id.to_ref();
    let parents = ancestors.get(&id).into_iter().flatten().copied();
    let uid = uid(&vocabulary::SYSTEM, id.to_string());
    system_attributes(facts).entity(uid, places(parents))
}

fn system_attributes(facts: &SystemFacts) -> Attributes {
    let confidentiality = facts
        .confidentiality
        .map(|class| Value::new_long(class.into()));
    Attributes::default()
        .with("system", system(facts.id))
        .flag("patientData", facts.patient_data)
        .with("owner", facts.owner.map(individual))
        .with("confidentiality", confidentiality)
        .flag("classAnalysis", facts.class_analysis)
        .number("patientLevel", facts.patient_level)
        .instant("passwordLoginUntil", facts.password_login_until)
        .with("supplier", facts.supplier.map(organisation))
        .instant("assessmentValidUntil", facts.assessment_valid_until)
}

fn strictest_system(id: SystemId) -> Attributes {
    Attributes::default()
        .with("system", system(id))
        .flag("classAnalysis", false)
        .flag("patientData", true)
        .number("patientLevel", 4_i64)
}

/// Something that is only there to be reached.
fn bare(id: EntityRef, parents: &BTreeSet<EntityRef>) -> Built<Option<Entity>> {
    let (Some(place), Some(kind)) = (id.kind().place(), place_type(id)) else {
        return Ok(None);
    };
    let strictest = Attributes::default();
    let attributes = match place {
        PlaceKind::Organisation => strictest,
        PlaceKind::System => strictest_system(id.to_id().map_err(|_| Misfit)?),
        PlaceKind::Segment | PlaceKind::Server => {
            strictest.flag("production", true).flag("patientData", true)
        }
        PlaceKind::Database => strictest.flag("patientData", true),
    };
    attributes
        .entity(uid(kind, id.to_string()), places(parents.iter().copied()))
        .map(Some)
}
