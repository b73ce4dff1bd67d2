//! Values go by class and archive; the events that commit to them stay.

use std::fs;
use std::sync::LazyLock;

use domain::clock::{Clock as _, SystemClock};
use test_support::{Backend, Outcome, Region, block_on, both_backends};

use super::{all_is_well, alter, decide, exported, inspected, number, region, text};
use crate::bundle::{Case, GOOD, TAMPERED};
use crate::support::{Caller, Installation, Question, Site, clinicians};

pub(super) fn erase(site: &Site, class: &str, options: &[&str]) -> Outcome {
    let arguments = [
        "log",
        "erase",
        "--authority",
        "installation",
        "--class",
        class,
        "--number",
        "RS 2026/312",
    ];
    let arguments = [&arguments[..], options].concat();
    site.program().run(&arguments)
}

/// What things of the register were, and are not any more.
const PAST: &str =
    "WHERE retention_class = 'register' AND seq NOT IN (SELECT seq FROM audit_latest)";

/// Everybody gets another address.
pub(super) fn rename(site: &Site, region: &Region) {
    let feed = fs::read_to_string(region.path()).expect("a feed");
    let renamed = site.directory().join("renamed.jsonl");
    let feed = feed.replace("\"email\":\"", "\"email\":\"ny.");
    fs::write(&renamed, feed).expect("a feed");
    let _imported = site.import(&renamed, &[]).succeeded();
}

/// Of everything until now: tomorrow is the last day that a decision can be about.
pub(crate) fn always() -> [&'static str; 2] {
    static TOMORROW: LazyLock<String> = LazyLock::new(|| {
        let today = SystemClock.now().date();
        today.plus_days(1).expect("a day").to_string()
    });
    ["--before", &TOMORROW]
}

fn what_was_erased_is_accounted_for_and_nothing_else_may_be_gone(backend: Backend) {
    let (installation, region) = region(backend);
    decide(&installation, &region, 2);
    rename(&installation, &region);
    let count = |class: &str| {
        let sql = format!("SELECT COUNT(*) FROM audit_slot WHERE retention_class = '{class}'");
        number(&installation, &sql)
    };
    let past = || {
        number(
            &installation,
            &format!("SELECT COUNT(*) FROM audit_slot {PAST}"),
        )
    };
    let (register, decisions) = (count("register"), count("decision"));
    let going = past();
    assert!(going > 100 && decisions > 0, "{going} {decisions}");

    for (class, options, words) in [
        ("register", ["--before", "2000-01-01"], "nothing to erase"),
        ("nothing", always(), "none that values are kept under"),
        ("register", ["--before", "2100-01-01"], "a day to come"),
        ("", always(), "expected a text that is not blank"),
    ] {
        let said = erase(&installation, class, &options).ended_with(1);
        assert!(said.stderr().contains(words), "{}", said.stderr());
    }
    let dry = [&always()[..], &["--dry-run"]].concat();
    let said = erase(&installation, "register", &dry).succeeded();
    assert!(
        said.stdout().contains(&format!("{going} values")),
        "{said:?}"
    );
    assert_eq!(count("register"), register);

    let said = erase(&installation, "register", &always()).succeeded();
    assert!(said.stdout().contains("GOOD"), "{}", said.stdout());
    // What everything is now stays as long as it is so.
    let left = (past(), count("register"), count("decision"));
    assert_eq!(left, (0, register - going, decisions));
    all_is_well(&installation);
    let whole = exported(&installation, "whole", &["--values"]);
    Case::of(fs::read(whole).expect("a bundle")).must(GOOD, &[]);
    let said = erase(&installation, "register", &always()).ended_with(1);
    assert!(said.stderr().contains("nothing to erase"), "{said:?}");

    // What is so now is not accounted for, nor is another class.
    let living = "(SELECT MAX(seq) FROM audit_slot WHERE slot = 'email')";
    alter(
        &installation,
        &format!("DELETE FROM audit_slot WHERE slot = 'email' AND seq = {living}"),
    );
    let said = inspected(&installation, &[]).ended_with(TAMPERED);
    let words = "the value of its slot `email` is gone, and no event says that it was erased";
    assert!(said.stdout().contains(words), "{}", said.stdout());
    alter(
        &installation,
        "DELETE FROM audit_slot WHERE retention_class = 'decision'",
    );
    let said = inspected(&installation, &[]).ended_with(TAMPERED);
    let words = "is gone, and no event says that it was erased";
    assert!(said.stdout().contains(words), "{}", said.stdout());
}

fn what_was_erased_does_not_come_back(backend: Backend) {
    let (installation, region) = region(backend);
    rename(&installation, &region);
    let first = format!("(SELECT MIN(seq) FROM audit_slot {PAST})");
    alter(
        &installation,
        &format!("CREATE TABLE aside AS SELECT * FROM audit_slot WHERE seq = {first}"),
    );
    let said = erase(&installation, "register", &always()).ended_with(TAMPERED);
    let words = "the table `aside` is there, and this version does not make it";
    assert!(said.stdout().contains(words), "{}", said.stdout());
    alter(&installation, "INSERT INTO audit_slot SELECT * FROM aside");
    let said = inspected(&installation, &[]).ended_with(TAMPERED);
    let words = "was erased, and it is there";
    assert!(said.stdout().contains(words), "{}", said.stdout());
}

/// How often a text stands in the files of the database, indexes and the embedded one's log included.
fn found(installation: &Installation, word: &str) -> usize {
    let directory = match installation.backend() {
        Backend::Sqlite => installation.directory().to_owned(),
        Backend::Postgres => {
            alter(installation, "CHECKPOINT");
            let tables = "SELECT current_setting('data_directory') || '/base/' || oid \
                FROM pg_database WHERE datname = current_database()";
            text(installation, tables).into()
        }
    };
    let files = fs::read_dir(directory).expect("the database's files");
    let files = files.map(|file| file.expect("a file").path());
    let counts = files.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        let is_its = installation.backend() == Backend::Postgres || name.starts_with("behorig.db");
        let bytes = if is_its {
            fs::read(&path).unwrap_or_default()
        } else {
            Vec::new()
        };
        bytes
            .windows(word.len())
            .filter(|window| *window == word.as_bytes())
            .count()
    });
    counts.sum()
}

fn what_was_erased_is_in_no_file_of_the_database(backend: Backend) {
    let (installation, region) = region(backend);
    let one = &clinicians(&region)[0];
    // Enough for pages to be split and rows to be moved, while the service serves.
    let serving = installation.serve();
    block_on(async {
        let gateway = Caller::gateway(&serving);
        for n in 0..200 {
            let reason = format!("Gallras-{n}-{}", "x".repeat(n * 7 % 300));
            let question = Question::record(&one.person, "sys-000", &one.unit).because(&reason);
            let answer = gateway.authorize(&question).await.expect("an answer");
            assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
        }
    });
    assert!(found(&installation, "Gallras-") > 0);
    let archive = text(
        &installation,
        "SELECT o.hsa_id FROM organisation o WHERE o.id = \
         (SELECT MIN(authority) FROM audit_slot WHERE retention_class = 'decision')",
    );
    let arguments = [
        "log",
        "erase",
        "--authority",
        &archive,
        "--class",
        "decision",
        "--number",
        "RS 1",
    ];
    let arguments = [&arguments[..], &always()].concat();
    let said = installation.program().run(&arguments).succeeded();
    assert!(
        said.stdout().contains("Copies that were made before"),
        "{said:?}"
    );
    assert_eq!(found(&installation, "Gallras-"), 0);
    // Nor does it come back with what the service writes afterwards.
    block_on(async {
        let question = Question::record(&one.person, "sys-000", &one.unit);
        let answer = Caller::gateway(&serving).authorize(&question).await;
        assert_eq!(answer.expect("an answer").outcome(), Some("ALLOW"));
    });
    assert_eq!(serving.stop(), Some(0));
    assert_eq!(found(&installation, "Gallras-"), 0);
    all_is_well(&installation);
}

#[test]
fn what_an_import_staged_is_in_no_file_of_the_embedded_database() {
    let (installation, _) = region(Backend::Sqlite);
    let feed = installation.directory().join("bad.jsonl");
    let bad = r#"{"kind":"person","externalId":"TSTNMT2321000001-9001","individual":"staged-only","givenName":"Gallras-Ada","familyName":"Gallras-Lind","email":"x","protectedIdentity":false,"trainingCompletedOn":null,"credentials":[],"unknown":1}"#;
    fs::write(&feed, format!("{bad}\n")).expect("a feed");
    let said = installation.import(&feed, &["--no-trailer"]);
    assert_ne!(said.code(), Some(0), "{said:?}");
    assert_eq!(found(&installation, "Gallras-"), 0);
}

both_backends! {
    what_was_erased_is_in_no_file_of_the_database;
    what_was_erased_is_accounted_for_and_nothing_else_may_be_gone;
    what_was_erased_does_not_come_back;
}
