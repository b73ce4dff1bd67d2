//! What Eva calls, drawn by lot.

use proptest::prelude::*;
use serde_json::{Value, json};

/// As whom Eva can call.
pub(super) const GUISES: [&str; 4] = ["SE2321000016-3001", "SE2321000016-3002", "egen", "annan"];

pub(super) const PRINCIPALS: [&str; 6] = [
    "per_0000000000000000000000000a",
    "per_0000000000000000000000000b",
    "per_0000000000000000000000000c",
    "per_0000000000000000000000000f",
    "svc_0000000000000000000000000b",
    "svc_0000000000000000000000000d",
];

/// Those of Eva, who have all that her role holds from the beginning, everywhere.
pub(super) const EVAS: [&str; 2] = [
    "per_0000000000000000000000000f",
    "svc_0000000000000000000000000b",
];

pub(super) const ALL_THERE_IS: [&str; 4] = [
    "person:read",
    "grant:approve",
    "policy:manage",
    "server:manage",
];

pub(super) const TARGETS: [&str; 8] = [
    "org_0000000000000000000000000a",
    "org_0000000000000000000000000b",
    "org_0000000000000000000000000c",
    "sys_0000000000000000000000000a",
    "seg_0000000000000000000000000a",
    "seg_0000000000000000000000000b",
    "srv_0000000000000000000000000a",
    "srv_0000000000000000000000000b",
];

/// Privileged at the beginning, whatever somebody says of them later.
pub(super) const GENERAL: [&str; 5] = [
    "person:read",
    "grant:approve",
    "policy:manage",
    "decision:read",
    "server:manage",
];

pub(super) const OF_SYSTEM: [&str; 2] = ["record:sign", "server:administer"];

/// Days from the beginning on which something may begin or end, each a little after what begins then.
pub(super) const DAYS: [i64; 9] = [0, 1, 10, 19, 29, 45, 66, 101, 400];

/// What Eva can do.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Edit(Value),
    Grant(Value),
    Revoke(usize),
    Trust(&'static str, bool),
    Accept(usize),
    Wait(i64),
}

fn permission() -> impl Strategy<Value = (&'static str, &'static str)> {
    let general = (
        prop::sample::select(vec!["tom", "lasare", "allt"]),
        prop::sample::select(GENERAL.to_vec()),
    );
    let of_system = (
        prop::sample::select(vec!["lakare", "drift"]),
        prop::sample::select(vec![
            "record:read",
            "record:write",
            "record:sign",
            "server:administer",
        ]),
    );
    prop_oneof![general, of_system]
}

fn edit() -> impl Strategy<Value = Value> {
    let roles = prop::sample::select(vec!["tom", "lasare", "lakare", "drift"]);
    let units = prop::sample::select(vec!["SE2321000016-2000", "SE2321000016-2001"]);
    let pair = prop::sample::select(vec![("s1", "s2"), ("s2", "s1")]);
    prop_oneof![
        6 => (permission(), any::<bool>()).prop_map(|((role, permission), held)| json!({
            "setRolePermission": { "role": role, "permission": permission, "held": held } })),
        1 => (roles, any::<bool>()).prop_map(|(role, privileged)| json!({
            "setRolePrivileged": { "role": role, "privileged": privileged } })),
        1 => (prop::sample::select(OF_SYSTEM.to_vec()), any::<bool>()).prop_map(|(name, privileged)| json!({
            "setPermissionPrivileged": { "permission": name, "system": "cosmic", "privileged": privileged } })),
        1 => (units.clone(), units).prop_map(|(organisation, parent)| json!({
            "moveOrganisation": { "organisation": organisation, "parent": parent } })),
        2 => (prop::sample::select(vec!["h1", "h2"]), pair.clone()).prop_map(|(server, (segment, _))| json!({
            "moveServer": { "server": server, "segment": segment } })),
        1 => (pair, any::<bool>()).prop_map(|((controller, controlled), controls)| json!({
            "setControl": { "controller": controller, "controlled": controlled, "controls": controls } })),
        1 => (1..=4_i64).prop_map(|class| json!({
            "classifySystem": { "system": "cosmic", "confidentiality": class, "integrity": 2,
                "availability": 2, "decidedOn": "2026-11-01" } })),
    ]
}

fn grant() -> impl Strategy<Value = Value> {
    let holders = [
        json!({ "hsaId": "SE2321000016-3000" }),
        json!({ "hsaId": "SE2321000016-3002" }),
        json!({ "hsaId": "SE2321000016-3004" }),
        json!({ "clientId": "kanal" }),
    ];
    let scopes = [
        json!({ "organisation": "SE2321000016-2000" }),
        json!({ "organisation": "SE2321000016-1000" }),
        json!({ "segment": "s2" }),
    ];
    (
        prop::sample::select(holders.to_vec()),
        prop::sample::select(vec!["tom", "lasare", "lakare", "drift"]),
        prop::sample::select(scopes.to_vec()),
        prop::sample::select(vec!["2026-11-22", "2026-12-01", "2027-01-26"]),
        prop::option::of(Just("2027-03-02")),
    )
        .prop_map(|(principal, role, scope, from, until)| {
            json!({ "principal": principal, "role": role, "scope": scope, "from": from, "until": until,
                "needsAndRiskAnalysis": "NRA-1", "orderedBy": "SE2321000016-3005" })
        })
}

pub(super) fn call() -> impl Strategy<Value = Call> {
    let service = prop::sample::select(vec![
        "svc_0000000000000000000000000b",
        "svc_0000000000000000000000000d",
    ]);
    prop_oneof![
        10 => edit().prop_map(Call::Edit),
        4 => grant().prop_map(Call::Grant),
        1 => (0..9_usize).prop_map(Call::Revoke),
        1 => (service, any::<bool>()).prop_map(|(service, trusted)| Call::Trust(service, trusted)),
        3 => (0..3_usize).prop_map(Call::Accept),
        1 => prop::sample::select(vec![1_i64, 20, 60]).prop_map(Call::Wait),
    ]
}
