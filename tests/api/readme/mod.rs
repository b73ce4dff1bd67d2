//! What is written for newcomers, operators and auditors is true: every block of the two documents is run, or
//! held against what the block before it printed.
//!
//! They are run in the order in which they stand, in one shell and one directory, as somebody would who has the
//! binary and nothing else. A block that nothing tries makes the test fail, unless it is named here with what
//! tries it, or with why nothing does.

mod blocks;
mod demo;
mod session;
mod tables;

use std::fs;

use test_support::{Backend, OwnPostgres, both_backends, free_address};

use blocks::{Block, Kind, blocks};
use session::{Session, Step};

use crate::support::behorig;

/// What is not run here, by the heading that it stands below.
const ELSEWHERE: [(&str, Kind, &str); 5] = [
    (
        "Two commands",
        Kind::Shell,
        "it compiles for minutes, then serves the demo: `demo`",
    ),
    (
        "Two commands",
        Kind::Printed,
        "`demo` compares it with what the demo answers",
    ),
    (
        "Behind a proxy",
        Kind::Proxy,
        "`proxies` and `restarts` run it before instances",
    ),
    (
        "Where things live",
        Kind::Drawn,
        "a drawing; `layers` knows which folders there are",
    ),
    (
        "Contributing",
        Kind::Shell,
        "the tests cannot run themselves",
    ),
];

/// Whether nothing needs to be done with a block here.
fn is_elsewhere(block: &Block) -> bool {
    ELSEWHERE
        .iter()
        .any(|(heading, kind, _)| *heading == block.heading && *kind == block.kind)
}

/// The roles that operators are told to make, and the database that they make for them.
fn as_operators_are_told() -> OwnPostgres {
    let own = OwnPostgres::start("unused");
    let all = blocks();
    let sql = all.iter().filter(|block| block.kind == Kind::Sql);
    for block in sql {
        let mut database = "unused".to_owned();
        for line in block.text.lines() {
            match line.strip_prefix("\\c ") {
                Some(named) => named.clone_into(&mut database),
                None => own.run_in(&database, line),
            }
        }
    }
    own
}

/// An address of that database for a role that the operators' document makes.
fn address_of(own: &OwnPostgres, role: &str, password: &str) -> String {
    let whole = own.url("behorig");
    let (_, place) = whole.split_once('@').expect("a user");
    format!("postgres://{role}:{password}@{place}")
}

/// Guardrails that observe do so until their last day, and then stop by themselves. So that the documents hold on
/// any day, they are run as they will be then, too: every one of them stops before anybody asks anything.
const STOPPED: &str = "\
for guardrail in $(behorig policy check | awk '$2 == \"observe\" || $2 == \"warn\" { print $1 }'); do
  behorig policy stage \"$guardrail\" --stage enforce --token ULF.token || return 1
done
";

/// A day begins in Sweden an hour or two before it does by UTC: commands that ask the machine say where.
#[test]
fn days_in_commands_are_days_in_sweden() {
    let all = blocks();
    let asking = all
        .iter()
        .flat_map(|block| block.text.lines())
        .filter(|line| line.contains("%F"));
    let elsewhere: Vec<&str> = asking
        .clone()
        .filter(|line| !line.contains("$(TZ=Europe/Stockholm date "))
        .collect();
    assert!(asking.count() > 0 && elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn a_newcomer_gets_on_when_no_guardrail_observes_any_more() {
    let words = [("127.0.0.1:8080".to_owned(), free_address().to_string())];
    let all = blocks();
    let tried: Vec<&Block> = all.iter().filter(|block| !is_elsewhere(block)).collect();
    let mut steps = Step::all(&tried, &words);
    let serving = steps.iter().position(|step| step.runs("/readyz"));
    let serving = serving.expect("the service is begun");
    steps.insert(serving + 1, Step::besides(STOPPED));
    Session::begin(&steps).holds(&steps);
}

fn a_newcomer_gets_on_by_what_is_written(backend: Backend) {
    let mut words = vec![("127.0.0.1:8080".to_owned(), free_address().to_string())];
    let own = match backend {
        Backend::Sqlite => None,
        Backend::Postgres => {
            let own = as_operators_are_told();
            let owner = address_of(&own, "behorig_owner", "change-this");
            words.extend([
                (
                    "behorig init".to_owned(),
                    format!("behorig init --database '{owner}'"),
                ),
                (
                    "--database sqlite:behorig.db".to_owned(),
                    format!("--database '{owner}'"),
                ),
                (
                    "url = \"sqlite:behorig.db\"".to_owned(),
                    format!(
                        "url = \"{}\"",
                        address_of(&own, "behorig_service", "change-this-too")
                    ),
                ),
            ]);
            Some(own)
        }
    };
    let all = blocks();
    let tried: Vec<&Block> = all.iter().filter(|block| !is_elsewhere(block)).collect();
    let steps = Step::all(&tried, &words);
    assert!(steps.len() > 40, "only {} commands were found", steps.len());
    Session::begin(&steps).holds(&steps);
    drop(own);
}

/// Settings that stand alone are right, but for the hosts and files of the example.
#[test]
fn examples_of_settings_are_right() {
    let folder = tempfile::tempdir().expect("a directory");
    let password = folder.path().join("password");
    fs::write(&password, "hemlig\n").expect("a file");
    let issuer = "[[issuers]]\nissuer = \"https://idp.example\"\naudience = \"behorig\"\n";
    let examples = blocks();
    let examples = examples.iter().filter(|block| block.kind == Kind::Settings);
    let mut tried = 0;
    for block in examples {
        let settings = block
            .text
            .replace("/run/secrets/behorig-database", &password.to_string_lossy())
            .replace("10.20.1.11:8080", "127.0.0.1:0");
        let whole = if settings.contains("[[issuers]]") {
            settings
        } else {
            format!("{settings}{issuer}")
        };
        let file = folder.path().join("behorig.toml");
        fs::write(&file, whole).expect("a file");
        let said = behorig().run(&["check", "--config", &file.to_string_lossy()]);
        assert!(
            said.stdout().contains("The settings are right."),
            "{}: {}",
            block.place(),
            said.stderr()
        );
        tried += 1;
    }
    assert_eq!(tried, 3);
}

/// What is said to be tried elsewhere is there.
#[test]
fn nothing_is_excused_that_is_not_there() {
    let all = blocks();
    for (heading, kind, why) in ELSEWHERE {
        let is_there = all
            .iter()
            .any(|block| block.heading == heading && block.kind == kind);
        assert!(is_there, "{heading}: {why}");
    }
}

both_backends! {
    a_newcomer_gets_on_by_what_is_written;
}
