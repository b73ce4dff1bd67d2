//! What a room may use, in tests too, and which library is whose: held against the manifests.

use std::fs;

use toml::{Table, Value};

use crate::support::root;

/// Every member of the workspace from the ground up, and which of those before it may be used; its tests may use
/// all of those before it.
pub(super) const FLOORS: &[(&str, &[&str])] = &[
    ("migration", &[]),
    ("entity", &[]),
    ("domain", &[]),
    ("policy", &["domain"]),
    ("authn", &["domain"]),
    ("feed", &["domain"]),
    ("register", &["domain"]),
    ("region", &["domain"]),
    ("transparency", &["domain"]),
    (
        "audit",
        &["domain", "register", "transparency", "migration"],
    ),
    (
        "gate",
        &[
            "domain",
            "policy",
            "authn",
            "region",
            "transparency",
            "audit",
        ],
    ),
    // Of `policy` only its `Filter`, which is turned into SQL here.
    (
        "store",
        &[
            "domain",
            "policy",
            "feed",
            "region",
            "register",
            "transparency",
            "audit",
            "gate",
            "entity",
            "migration",
        ],
    ),
    // Of `audit` what commits and seals; of `authn` whom a token names.
    (
        "service",
        &[
            "domain",
            "authn",
            "feed",
            "transparency",
            "audit",
            "gate",
            "store",
        ],
    ),
    // Of `authn` only the `Claimant`, on its way from `http` to the use case.
    ("graphql", &["domain", "authn", "service"]),
    ("http", &["domain", "authn", "graphql"]),
];

/// Members for tests alone: no rooms of the house.
const FOR_TESTS: &[&str] = &["test-support", "behorig-fuzz"];

/// Libraries that only some rooms may use, other than in tests.
const WHOSE: &[(&str, &[&str])] = &[
    ("cedar-policy", &["policy"]),
    ("async-graphql", &["graphql", "http"]),
    ("axum", &["http"]),
    ("sea-orm", &["entity", "audit", "store"]),
    ("sea-orm-migration", &["migration"]),
];

/// Everything that is wrong with a member's manifest.
fn violations(member: &str, manifest: &Table) -> Vec<String> {
    let Some(floor) = FLOORS.iter().position(|(name, _)| *name == member) else {
        return vec![format!("FLOORS does not say what `{member}` may use")];
    };
    let (below, _) = FLOORS.split_at(floor);
    let below = below.iter().map(|(name, _)| *name);
    let of = |section: &str| manifest.get(section).and_then(Value::as_table);
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let is_tested = section == "dev-dependencies";
        for (name, wanted) in of(section).into_iter().flatten() {
            let is_ours = FLOORS.iter().any(|(room, _)| room == name);
            let may = FLOORS
                .get(floor)
                .is_some_and(|(_, may)| may.contains(&&**name));
            if is_ours && !may && !(is_tested && below.clone().any(|room| room == name)) {
                found.push(format!("`{member}` uses `{name}`"));
            }
            if FOR_TESTS.contains(&&**name) && !is_tested {
                found.push(format!("`{member}` uses `{name}` outside its tests"));
            }
            let whose = WHOSE.iter().find(|(library, _)| library == name);
            if whose.is_some_and(|(_, rooms)| !is_tested && !rooms.contains(&member)) {
                found.push(format!("`{member}` uses `{name}`"));
            }
            if wanted.get("workspace").is_none() {
                found.push(format!("`{member}` has a `{name}` of its own"));
            }
        }
    }
    found
}

/// Where the members of the workspace are.
pub(super) fn members(whole: &Table) -> impl Iterator<Item = &str> {
    let members = whole["workspace"]["members"].as_array().expect("members");
    members.iter().map(|path| path.as_str().expect("a path"))
}

pub(super) fn manifest(path: &str) -> Table {
    let text = fs::read_to_string(root().join(path).join("Cargo.toml")).expect("a manifest");
    text.parse().expect("valid TOML")
}

#[test]
fn every_room_uses_what_is_below_it_and_nothing_else() {
    let whole = manifest(".");
    let members = members(&whole);
    let named = whole["workspace"]["dependencies"]
        .as_table()
        .expect("what is shared");
    let mut seen = 0;
    let mut found = Vec::new();
    for path in members {
        let of_path = |(_, shared): &(&String, &Value)| {
            shared.get("path").and_then(Value::as_str) == Some(path)
        };
        let Some((name, _)) = named.iter().find(of_path) else {
            panic!("`{path}` has no name that others use it by");
        };
        if !FOR_TESTS.contains(&&**name) {
            seen += 1;
            found.extend(violations(name, &manifest(path)));
        }
    }
    assert_eq!(seen, FLOORS.len(), "a floor that is not there");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_planted_arrow_is_found_however_it_is_written() {
    for (member, text, violation) in [
        (
            "store",
            "[dependencies]\nservice.workspace = true",
            "`store` uses `service`",
        ),
        (
            "domain",
            "[dev-dependencies]\nfeed.workspace = true",
            "`domain` uses `feed`",
        ),
        (
            "gate",
            "[build-dependencies]\nfeed.workspace = true",
            "`gate` uses `feed`",
        ),
        (
            "feed",
            "[dependencies]\nd = { path = \"../domain\" }",
            "`feed` has a `d` of its own",
        ),
        (
            "gate",
            "[dependencies]\ncedar-policy.workspace = true",
            "`gate` uses `cedar-policy`",
        ),
        (
            "service",
            "[dependencies]\nsea-orm = { workspace = true }",
            "`service` uses `sea-orm`",
        ),
        (
            "feed",
            "[dependencies]\ntest-support.workspace = true",
            "`feed` uses `test-support` outside its tests",
        ),
        ("attic", "", "FLOORS does not say what `attic` may use"),
    ] {
        let found = violations(member, &text.parse().expect("valid TOML"));
        assert_eq!(found, [violation], "{text}");
    }
    for (member, text) in [
        (
            "graphql",
            "[dev-dependencies]\nstore.workspace = true\nsea-orm.workspace = true",
        ),
        (
            "store",
            "[dependencies]\ngate.workspace = true\n[dev-dependencies]\ntest-support.workspace = true",
        ),
    ] {
        let found = violations(member, &text.parse().expect("valid TOML"));
        assert_eq!(found, Vec::<String>::new(), "{text}");
    }
}
