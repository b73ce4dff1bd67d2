//! Questions, targets and stages as they are drawn by lot.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::fixtures::grant::{Engagement, Grant};
use super::super::fixtures::question::{Asking, Principal, SignIn};
use super::super::fixtures::target::Target;
use super::SET;
use domain::action::ListKind;
use domain::permission::ServicePermission;
use domain::verdict::{Stage, Stages};

const ROLES: &[&str] = &[
    "doctor@cosmic",
    "doctor@xray",
    "reader",
    "reader@intranet",
    "systemAdministrator@cosmic",
    "serverAdministrator",
    "databaseAdministrator",
    "pumpOperator",
    "registerManager",
    "unitManager",
    "personnelFlow",
    "accessFlow",
    "security",
    "everything",
    "everything",
    "everything",
];

const SCOPES: &[&str] = &[
    "installation",
    "organisation:region",
    "organisation:care",
    "organisation:clinic",
    "organisation:unit-7",
    "organisation:unit-8",
    "organisation:it",
    "organisation:vendor",
    "system:cosmic",
    "system:xray",
    "segment:cosmic-app",
    "segment:cosmic-db",
    "segment:cosmic-test",
    "segment:shared-ad",
    "segment:archive",
    "database:cosmic-main",
    "database:xray-main",
];

const UNITS: &[&str] = &["care", "clinic", "unit-7", "unit-8", "it", "vendor"];

const PEOPLE: &[&str] = &["anna", "bertil", "maria"];

pub(super) const GOVERNED: &[&str] = &[
    "record:read",
    "record:write",
    "system:administer",
    "server:administer",
    "database:administer",
    "pump:start",
];

pub(super) const SERVERS: &[&str] = &[
    "cosmic-app-01",
    "cosmic-db-01",
    "cosmic-test-01",
    "shared-ad-01",
    "archive-01",
];

const SEGMENTS: &[&str] = &[
    "cosmic-app",
    "cosmic-db",
    "cosmic-test",
    "shared-ad",
    "archive",
];

const KINDS: &[&str] = &["employee", "hourly", "consultant", "vendor"];

pub(super) fn text(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(of).prop_map(str::to_owned)
}

fn maybe_days() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![12 => Just(None), 1 => Just(Some(-1)), 5 => Just(Some(1))]
}

fn engagement() -> impl Strategy<Value = Engagement> {
    (
        text(KINDS),
        text(UNITS),
        text(UNITS),
        maybe_days(),
        maybe_days(),
    )
        .prop_map(|(kind, employer, unit, ends, absent_from)| Engagement {
            kind: Some(kind),
            employer: Some(employer),
            unit: Some(unit),
            ends,
            absent_from,
            ..Engagement::default()
        })
}

fn grant() -> impl Strategy<Value = Grant> {
    let flags = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    let people = (text(PEOPLE), proptest::option::of(text(PEOPLE)));
    let units = subsequence(UNITS.to_vec(), 0..3);
    (
        text(ROLES),
        text(SCOPES),
        flags,
        maybe_days(),
        maybe_days(),
        people,
        units,
    )
        .prop_map(
            |(role, scope, flags, ends, attest_by, (holder, approved_by), units)| Grant {
                id: format!("{role} over {scope}"),
                role,
                scope,
                without_analysis: flags.0,
                revoked: flags.1,
                disclosure_basis: flags.2,
                ends,
                attest_by,
                holder: Some(holder),
                holder_units: units.into_iter().map(str::to_owned).collect(),
                approved_by,
                ..Grant::default()
            },
        )
}

pub(super) fn principal() -> impl Strategy<Value = Principal> {
    let engagements = prop_oneof![
        1 => Just(Vec::new()),
        9 => prop::collection::vec(engagement(), 1..3),
    ];
    let grants = prop::collection::vec(grant(), 0..6);
    (
        text(PEOPLE),
        prop::bool::weighted(0.2),
        engagements,
        grants,
        maybe_days(),
    )
        .prop_map(|(name, service, engagements, mut grants, ends)| {
            for (place, grant) in grants.iter_mut().enumerate() {
                grant.id = format!("grant {place}");
            }
            Principal {
                person: (!service).then(|| name.clone()),
                service: service.then_some(name),
                engagements,
                grants,
                starts: None,
                ends,
                training: None,
                declared_scope: None,
                stewards: Vec::new(),
            }
        })
}

fn record() -> impl Strategy<Value = Target> {
    let system = proptest::option::weighted(0.9, text(&["cosmic", "xray", "intranet"]));
    (text(UNITS), system, prop::bool::weighted(0.2)).prop_map(|(unit, system, blocked)| {
        Target::Record {
            unit,
            system,
            blocked,
            chosen: false,
            consent: false,
        }
    })
}

fn person() -> impl Strategy<Value = Target> {
    let units = subsequence(UNITS.to_vec(), 1..3);
    let responsible = subsequence(PEOPLE.to_vec(), 0..2);
    (text(PEOPLE), units, any::<bool>(), responsible).prop_map(
        |(name, units, protected, responsible)| Target::Person {
            name,
            units: units.into_iter().map(str::to_owned).collect(),
            protected,
            responsible: responsible.into_iter().map(str::to_owned).collect(),
        },
    )
}

pub(super) fn governed_target() -> impl Strategy<Value = Target> {
    prop_oneof![
        3 => record(),
        1 => text(&["cosmic", "xray", "intranet"]).prop_map(Target::System),
        1 => text(SEGMENTS).prop_map(Target::Segment),
        2 => text(SERVERS).prop_map(Target::Server),
        1 => text(&["cosmic-main", "xray-main"]).prop_map(Target::Database),
    ]
}

/// A kind of list with a row of that kind.
pub(super) fn row() -> impl Strategy<Value = (ListKind, Target)> {
    let places = subsequence(UNITS.to_vec(), 1..3);
    prop_oneof![
        text(&["installation", "region", "care", "unit-7", "vendor"])
            .prop_map(|name| (ListKind::Organisation, Target::Organisation(name))),
        person().prop_map(|target| (ListKind::Person, target)),
        text(&["cosmic", "xray", "intranet"])
            .prop_map(|name| (ListKind::System, Target::System(name))),
        text(SEGMENTS).prop_map(|name| (ListKind::Segment, Target::Segment(name))),
        text(SEGMENTS).prop_map(|name| (ListKind::Reach, Target::Segment(name))),
        text(SERVERS).prop_map(|name| (ListKind::Server, Target::Server(name))),
        text(&["cosmic-main", "xray-main"])
            .prop_map(|name| (ListKind::Database, Target::Database(name))),
        text(UNITS).prop_map(|home| (ListKind::Service, Target::Service(home))),
        text(&["cosmic", "xray", "intranet"])
            .prop_map(|of| (ListKind::Account, Target::Account(of))),
        text(ROLES).prop_map(|name| (ListKind::Role, Target::Role(name))),
        grant().prop_map(|grant| (ListKind::Grant, Target::Grant(Box::new(grant)))),
        places.prop_map(|places| {
            let places = places.into_iter().map(str::to_owned).collect();
            (ListKind::Event, Target::Event(places))
        }),
    ]
}

pub(super) fn sign_in() -> impl Strategy<Value = SignIn> {
    let any_way = (0..=4_u8, any::<bool>(), select(vec![10_i64, 5000])).prop_map(
        |(level, multi_factor, age)| SignIn {
            level,
            multi_factor,
            age,
            on_host: false,
            asserted: false,
            emergency: false,
        },
    );
    prop_oneof![Just(SignIn::default()), any_way]
}

pub(super) fn stages() -> impl Strategy<Value = Stages> {
    let ids: Vec<String> = SET.guardrails().map(|guardrail| guardrail.id).collect();
    let stage = select(vec![Stage::Observe, Stage::Warn, Stage::Enforce]);
    prop::collection::btree_map(select(ids), stage, 0..6)
}

pub(super) fn asking() -> impl Strategy<Value = Asking> {
    let own = ServicePermission::ALL.iter().map(|own| own.name());
    let about_grant = select(
        own.filter(|name| name.starts_with("grant:"))
            .collect::<Vec<_>>(),
    )
    .prop_map(str::to_owned);
    let matter = prop_oneof![
        (text(GOVERNED), governed_target()),
        (
            about_grant,
            grant().prop_map(|grant| Target::Grant(Box::new(grant)))
        ),
        row().prop_map(|(kind, target)| (kind.permission().name().to_owned(), target)),
    ];
    (principal(), matter, sign_in()).prop_map(|(principal, (asked, target), sign_in)| Asking {
        principal,
        asked,
        target,
        sign_in,
    })
}
