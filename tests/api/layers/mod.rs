//! Who may import whom, held against the source.
//!
//! Types keep most of the promises; this keeps the house in which they can: each module uses the
//! next one down and never the one above, and what only one module may do is spelled in no other.
//! Test code is free. To add a module, give it a line in [`MAY_IMPORT`].

mod source;

use std::collections::BTreeMap;
use std::fs;

use crate::support::root;
use source::{Source, Word};

pub(crate) use source::rust_files;

/// What each module may import besides itself and [`OPEN_TO_ALL`].
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &[]),
    ("feed", &[]),
    ("telemetry", &[]),
    // Settings have the types of the parts that they are for.
    (
        "config",
        &["audit", "authn", "graphql", "http", "telemetry"],
    ),
    ("authn", &[]),
    ("policy", &[]),
    ("audit", &[]),
    ("gate", &["audit", "policy", "authn"]),
    // Of `policy` only its `Filter`, which is turned into SQL here.
    ("store", &["gate", "audit", "policy", "feed"]),
    // Of `audit` what commits and seals; of `authn` whom a token names.
    ("service", &["store", "gate", "feed", "audit", "authn"]),
    // Of `authn` only the `Claimant`, on its way from `http` to the use case.
    ("graphql", &["service", "authn"]),
    ("http", &["authn", "graphql"]),
    ("demo", ANYTHING),
    ("command", ANYTHING),
    // The wiring of the binary, and the crate's list of modules.
    ("main", ANYTHING),
    ("lib", ANYTHING),
];

/// What every module may import; they themselves only the ones before them.
const OPEN_TO_ALL: &[&str] = &["domain", "clock"];

const ANYTHING: &[&str] = &["*"];

/// Words, in the order of their tokens, that only some modules may say.
const MAY_SAY: &[(&[&str], &[&str])] = &[
    (&["cedar_policy"], &["policy"]),
    (&["async_graphql"], &["graphql", "http"]),
    (&["axum"], &["http", "main"]),
    (&["sea_orm"], &["audit", "store"]),
    (&["entity", "::"], &["audit", "store"]),
    (&["TransactionTrait"], &["audit"]),
    (&[".", "begin", "(", ")"], &["audit"]),
    (&["begin_with_config"], &["audit"]),
    (&["begin_with_options"], &["audit"]),
    (&["Database", "::", "connect"], &["audit"]),
    (&["Pending", "::", "new", "("], &["gate"]),
];

/// Types that only one module may build.
const MAY_BUILD: &[(&str, &str)] = &[("Actor", "gate"), ("Permit", "gate")];

/// Where what is not thought of would be shown or allowed: every case is spelled out there.
const SPELLS_OUT: &[&str] = &["gate/", "store/filter.rs"];

/// What the member crates may depend on, in all.
const MEMBERS: &[(&str, &[&str])] = &[
    ("entity", &["sea-orm"]),
    ("migration", &["sea-orm-migration"]),
];

/// Everything that is wrong with one file of a module.
fn violations(module: &str, source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == module);
    let Some((_, allowed)) = allowed else {
        return vec![format!(
            "MAY_IMPORT does not say what `{module}` may import"
        )];
    };
    let open: Vec<_> = OPEN_TO_ALL
        .iter()
        .take_while(|open| **open != module)
        .collect();
    for Word { text, line } in source.imports() {
        let known = MAY_IMPORT.iter().any(|(name, _)| *name == text);
        let may = text == module || open.contains(&&text.as_str()) || *allowed == ANYTHING;
        if known && !may && !allowed.contains(&text.as_str()) {
            found.push(format!("line {line}: `{module}` imports `{text}`"));
        }
    }
    for (words, modules) in MAY_SAY {
        if modules.contains(&module) {
            continue;
        }
        for line in source.says(words) {
            let words = words.concat();
            found.push(format!("line {line}: `{module}` says `{words}`"));
        }
    }
    for (name, owner) in MAY_BUILD {
        if *owner == module {
            continue;
        }
        for line in source.builds(name) {
            found.push(format!("line {line}: `{module}` builds a `{name}`"));
        }
    }
    found
}

#[test]
fn every_module_keeps_to_its_layer() {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut seen = 0;
    for path in rust_files(&src) {
        let inside = path.strip_prefix(&src).expect("a file below src");
        let text = inside.to_string_lossy();
        let module = text.split('/').next().unwrap_or_default();
        let module = module.trim_end_matches(".rs");
        if text.ends_with("tests.rs") || text.contains("/tests/") {
            continue;
        }
        seen += 1;
        let code = fs::read_to_string(&path).expect("a source file");
        for violation in violations(module, &Source::at(inside, &code)) {
            found.push(format!("src/{text}, {violation}"));
        }
    }
    assert!(seen > 2, "no source found below {}", src.display());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Whether the file leaves open what becomes of cases that nobody thought of.
fn falls_through(file: &str, source: &Source) -> Vec<usize> {
    if SPELLS_OUT.iter().any(|there| file.starts_with(there)) {
        source.says(&["_", "=", ">"])
    } else {
        Vec::new()
    }
}

/// Lines on which text is made of how a value looks to programmers, which is nobody's promise and changes with
/// every version: nothing that is kept, sent or compared may be made of it.
fn debugged(code: &str) -> Vec<usize> {
    let own = code.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = own.lines().enumerate();
    lines
        .filter(|(_, line)| line.contains(":?}"))
        .map(|(n, _)| n + 1)
        .collect()
}

#[test]
fn no_case_is_left_to_a_default_and_no_text_is_made_of_debug_output() {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut gated = 0;
    for path in rust_files(&src) {
        let inside = path.strip_prefix(&src).expect("a file below src");
        let text = inside.to_string_lossy();
        if TEST_CODE.iter().any(|name| text.contains(name)) {
            continue;
        }
        gated += usize::from(text.starts_with("gate/"));
        let code = fs::read_to_string(&path).expect("a source file");
        for line in falls_through(&text, &Source::at(inside, &code)) {
            found.push(format!(
                "src/{text}:{line} says `_ =>`: spell out what is left"
            ));
        }
        for line in debugged(&code) {
            found.push(format!(
                "src/{text}:{line} says `:?}}`: spell it by Display or serde"
            ));
        }
    }
    assert!(gated > 10, "no gate found below {}", src.display());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Files that hold nothing but tests.
const TEST_CODE: &[&str] = &[
    "tests.rs",
    "/tests/",
    "policy/applicable.rs",
    "policy/cases.rs",
    "policy/properties.rs",
    "read/decisions/plans.rs",
];

#[test]
fn a_planted_default_and_planted_debug_output_are_found() {
    let code = "fn f(k: &str) -> K { match k { \"a\" => K::A, _ => K::B } }";
    let found = |file: &str| falls_through(file, &Source::at(file.as_ref(), code));
    assert_eq!(found("gate/list.rs"), [1]);
    assert_eq!(found("store/filter.rs"), [1]);
    assert_eq!(found("feed/kind.rs"), Vec::<usize>::new());
    assert_eq!(
        debugged("let a = 1;\nlet key = format!(\"{order:?}\");"),
        [2]
    );
    assert_eq!(
        debugged("#[cfg(test)]\nmod tests { f(\"{a:?}\") }"),
        Vec::<usize>::new()
    );
}

#[test]
fn entity_and_migration_know_nothing_of_the_rest() {
    for (member, allowed) in MEMBERS {
        let path = root().join(member).join("Cargo.toml");
        let text = fs::read_to_string(path).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("valid TOML");
        let dependencies: BTreeMap<_, _> = ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|section| manifest.get(*section)?.as_table())
            .flatten()
            .collect();
        assert!(!dependencies.is_empty(), "`{member}` depends on something");
        for name in dependencies.keys() {
            assert!(
                allowed.contains(&name.as_str()),
                "`{member}` depends on `{name}`"
            );
        }
    }
}

fn planted(file: &str, code: &str) -> Vec<String> {
    let module = file.split(['/', '.']).next().unwrap_or_default();
    violations(module, &Source::at(file.as_ref(), code))
}

#[test]
fn a_planted_import_is_found_however_it_is_written() {
    for (file, code, violation) in [
        (
            "store/a.rs",
            "use crate::service::Grants;",
            "line 1: `store` imports `service`",
        ),
        (
            "store/a.rs",
            "\nuse crate::{domain::Id, graphql::{Q}};",
            "line 2: `store` imports `graphql`",
        ),
        (
            "store/a.rs",
            "fn f() { crate :: http :: run() }",
            "line 1: `store` imports `http`",
        ),
        (
            "policy.rs",
            "pub(crate) use super::gate;",
            "line 1: `policy` imports `gate`",
        ),
        (
            "gate/deep/a.rs",
            "use super::super::super::store::S;",
            "line 1: `gate` imports `store`",
        ),
        (
            "gate/a.rs",
            "use crate::{self as all, store as s};",
            "line 1: `gate` imports `store`",
        ),
        (
            "domain/a.rs",
            "use crate::clock::Clock;",
            "line 1: `domain` imports `clock`",
        ),
        (
            "gate/a.rs",
            "use cedar_policy as cedar;",
            "line 1: `gate` says `cedar_policy`",
        ),
        (
            "store/a.rs",
            "let t = db . begin ().await?;",
            "line 1: `store` says `.begin()`",
        ),
        (
            "store/a.rs",
            "sea_orm::Database::connect(url)",
            "line 1: `store` says `Database::connect`",
        ),
        (
            "graphql/a.rs",
            "use entity::grant;",
            "line 1: `graphql` says `entity::`",
        ),
        (
            "audit/a.rs",
            "let p = Pending::new(e);",
            "line 1: `audit` says `Pending::new(`",
        ),
        (
            "service/a.rs",
            "let a = gate::Actor { id };",
            "line 1: `service` builds a `Actor`",
        ),
        (
            "service/a.rs",
            "Ok(Permit::<Read> { id })",
            "line 1: `service` builds a `Permit`",
        ),
        (
            "attic.rs",
            "",
            "MAY_IMPORT does not say what `attic` may import",
        ),
    ] {
        assert!(
            planted(file, code).iter().any(|found| found == violation),
            "{code:?}: {:?}",
            planted(file, code)
        );
    }
}

#[test]
fn what_is_allowed_or_only_looks_like_an_import_is_left_alone() {
    for (file, code) in [
        (
            "store/a.rs",
            "use crate::{clock::Clock, domain::Id, gate::Permit};",
        ),
        (
            "store/a.rs",
            "// use crate::service;\n/* crate::http /* nested */ crate::service */",
        ),
        (
            "store/a.rs",
            r#"let s = "crate::service \" .begin()"; let r = r"crate::http";"#,
        ),
        (
            "store/a.rs",
            "let c = '\"'; let q = '\\''; fn f<'a>(x: &'a str) {} // crate::http",
        ),
        (
            "store/a.rs",
            "let r = br#\"crate::http \" crate::service\"#;",
        ),
        ("store/grants/a.rs", "use super::service::Row;"),
        (
            "store/a.rs",
            "#[cfg(test)]\nmod tests { use crate::http::Router; fn f() { {} } }",
        ),
        (
            "store/a.rs",
            "fn f(permit: Permit<Read>) -> Permit<Read> { permit }",
        ),
        (
            "store/a.rs",
            "impl Permit<Read> { } impl From<X> for gate::Actor { } struct Actor { }",
        ),
        (
            "service/a.rs",
            "let the = begin(); entity.name(); axum_like();",
        ),
        ("command/a.rs", "use crate::{http, graphql, store, policy};"),
    ] {
        assert_eq!(planted(file, code), Vec::<String>::new(), "{code}");
    }
}
