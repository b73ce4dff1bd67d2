//! What only some modules may do, and what none may leave open: looked for in the words of the source.

use super::house;
use super::manifests::FLOORS;
use super::source::Source;

/// What the modules beside the rooms, in the package of the binary, may use.
const BESIDE: &[(&str, &[&str])] = &[
    // Not `store`: what is read of the register or changed in it is a use case's.
    (
        "command",
        &[
            "domain",
            "policy",
            "authn",
            "feed",
            "transparency",
            "audit",
            "gate",
            "service",
            "graphql",
            "http",
            "config",
            "telemetry",
            "demo",
        ],
    ),
    // Settings have the types of the parts that they are for.
    (
        "config",
        &["domain", "authn", "audit", "graphql", "http", "telemetry"],
    ),
    ("telemetry", &["domain"]),
    ("demo", &["domain"]),
];

/// Words, in the order of their tokens, that only some modules may say.
const MAY_SAY: &[(&[&str], &[&str])] = &[
    (&["TransactionTrait"], &["audit"]),
    (&[".", "begin", "(", ")"], &["audit"]),
    (&["begin_with_config"], &["audit"]),
    (&["begin_with_options"], &["audit"]),
    (&["Database", "::", "connect"], &["audit"]),
    (&["Pending", "::", "new", "("], &["gate"]),
    (&["pub", "use", "sea_orm"], &[]),
    // There for tests of the wire, which is in another crate.
    (&["for_test"], &["graphql"]),
    (&["hold_report"], &["service"]),
];

/// Words that `command` never says: what commits, what is committed, and what allows it. Whoever orders something
/// calls a use case.
const NOT_IN_COMMAND: &[&[&str]] = &[
    &["Tx"],
    &["Leave"],
    &["WritePermit"],
    &["HostAuthority"],
    &["RunAuthority"],
    &["into_pending"],
    &["ChangeEvent"],
    &["PolicyEvent"],
    &["OperationEvent"],
    &[".", "transact", "("],
    &[".", "release", "("],
    &[".", "record", "("],
    &[".", "seal", "("],
    &[".", "erase", "("],
    &[".", "prune", "("],
    &[".", "adopt_restore", "("],
    &["Log", "::", "genesis"],
];

/// Where what is not thought of would be shown or allowed: every case is spelled out there.
const SPELLS_OUT: &[&str] = &["gate/", "store/filter.rs"];

/// Everything that is wrong with what a file says: `inside` is where it stands below `src`.
fn misspoken(inside: &str, source: &Source) -> Vec<String> {
    let module = inside.split(['/', '.']).next().unwrap_or_default();
    let mut found = Vec::new();
    let mut not = |words: &[&str]| {
        let words = (words.concat(), source.says(words));
        let lines = words.1.into_iter();
        found.extend(lines.map(|line| format!("line {line}: `{module}` says `{}`", words.0)));
    };
    for (words, modules) in MAY_SAY {
        if !modules.contains(&module) {
            not(words);
        }
    }
    if module == "command" {
        for words in NOT_IN_COMMAND {
            not(words);
        }
    }
    if let Some((_, may)) = BESIDE.iter().find(|(name, _)| *name == module) {
        let rooms = FLOORS.iter().map(|(name, _)| *name);
        for room in rooms.filter(|room| !may.contains(room)) {
            not(&[room, "::"]);
        }
        let beside = BESIDE.iter().map(|(name, _)| *name);
        for other in beside.filter(|other| *other != module && !may.contains(other)) {
            not(&["crate", "::", other]);
        }
    }
    found
}

#[test]
fn what_only_one_room_may_do_is_spelled_in_no_other() {
    let mut found = Vec::new();
    for (inside, code) in house() {
        let violations = misspoken(&inside, &Source::of(&code));
        found.extend(
            violations
                .iter()
                .map(|violation| format!("src/{inside}, {violation}")),
        );
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn planted_words_are_found_and_what_only_looks_like_them_is_left_alone() {
    let planted = |file: &str, code: &str| misspoken(file, &Source::of(code));
    for (file, code, violation) in [
        (
            "store/a.rs",
            "let t = db . begin ().await?;",
            "line 1: `store` says `.begin()`",
        ),
        (
            "store/a.rs",
            "\nsea_orm::Database::connect(url)",
            "line 2: `store` says `Database::connect`",
        ),
        (
            "audit/a.rs",
            "let p = Pending::new(e);",
            "line 1: `audit` says `Pending::new(`",
        ),
        (
            "http/a.rs",
            "Sealed::for_test(x)",
            "line 1: `http` says `for_test`",
        ),
        (
            "config/a.rs",
            "use gate::Permit;",
            "line 1: `config` says `gate::`",
        ),
        (
            "command/a.rs",
            "use store::policies::active_policies;",
            "line 1: `command` says `store::`",
        ),
        (
            "command/a.rs",
            "let done = log.transact(evidence, before, effect).await?;",
            "line 1: `command` says `.transact(`",
        ),
        (
            "command/a.rs",
            "fn f(permit: gate::WritePermit<A>) {}",
            "line 1: `command` says `WritePermit`",
        ),
        (
            "telemetry.rs",
            "use crate::config::Log;",
            "line 1: `telemetry` says `crate::config`",
        ),
    ] {
        assert_eq!(planted(file, code), [violation], "{code}");
    }
    for (file, code) in [
        (
            "store/a.rs",
            "// db.begin()\n/* db.begin() /* nested */ db.begin() */",
        ),
        (
            "store/a.rs",
            r#"let s = "db \" .begin()"; let r = r"db.begin()";"#,
        ),
        (
            "store/a.rs",
            "let c = '\"'; let q = '\\''; fn f<'a>(x: &'a str) {} // db.begin()",
        ),
        ("store/a.rs", "let r = br#\"db.begin() \" db.begin()\"#;"),
        (
            "http/a.rs",
            "#[cfg(test)]\nmod tests { fn f() { Sealed::for_test(1); { } } }",
        ),
        ("service/a.rs", "let the = begin(); pending::new();"),
        (
            "config/a.rs",
            "use http::Origin; use crate::telemetry::Level;",
        ),
        ("command/a.rs", "use {gate::A, crate::demo};"),
    ] {
        assert_eq!(planted(file, code), Vec::<String>::new(), "{code}");
    }
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
    let mut found = Vec::new();
    let mut gated = 0;
    for (inside, code) in house() {
        gated += usize::from(inside.starts_with("gate/"));
        for line in falls_through(&inside, &Source::of(&code)) {
            found.push(format!(
                "src/{inside}:{line} says `_ =>`: spell out what is left"
            ));
        }
        for line in debugged(&code) {
            found.push(format!(
                "src/{inside}:{line} says `:?}}`: spell it by Display or serde"
            ));
        }
    }
    assert!(gated > 10, "no gate found below src");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_planted_default_and_planted_debug_output_are_found() {
    let code = "fn f(k: &str) -> K { match k { \"a\" => K::A, _ => K::B } }";
    let found = |file: &str| falls_through(file, &Source::of(code));
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
