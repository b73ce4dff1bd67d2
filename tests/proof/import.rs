//! Imports of a whole region: beside a server that goes on answering, killed, repeated, cut short.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use test_support::{Backend, Region, both_backends, soaking};

use crate::support::{Caller, Evidence, Installation, Question, clinicians};

/// How long an import and what it leaves behind may take, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

async fn a_server_answers_throughout_an_import(backend: Backend) {
    let (installation, small) = Installation::of(300, backend);
    let serving = installation.serve();
    let big = tempfile::tempdir().expect("a directory");
    let employees = if soaking() { 10_000 } else { 1_000 };
    let region = Region::write(employees, big.path());
    let feed = fs::read_to_string(region.path()).expect("the feed");
    let other = big.path().join("other.jsonl");
    fs::write(&other, elsewhere(feed)).expect("a feed written");
    let mut import = installation
        .program()
        .start(&["import", &other.to_string_lossy()]);
    let gateway = Caller::gateway(&serving);
    let asked_about = clinicians(&small);
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    for one in asked_about.iter().cycle() {
        if import.try_wait().expect("a process").is_some() {
            break;
        }
        let question = Question::record(&one.person, "sys-000", &one.unit);
        let begun = Instant::now();
        let answer = gateway.authorize(&question).await.expect("an answer");
        slowest = slowest.max(begun.elapsed());
        assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
        answered += 1;
    }
    let status = import.wait().expect("the import ends");
    assert!(status.success(), "the import failed: {status}");
    println!("{backend}: {answered} answers during the import, the slowest after {slowest:?}");
    assert!(answered > 20, "only {answered} answers during the import");
    let evidence = Evidence::of(&installation).await;
    assert_eq!(evidence.operations("runCompleted"), 2);
}

async fn an_import_killed_before_it_applied_is_abandoned(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let before = Evidence::of(&installation).await;
    let feed = fs::read_to_string(region.path()).expect("the feed");
    let changed = feed.replace("\"givenName\":\"Anna\"", "\"givenName\":\"Anna-Lisa\"");
    let mut import = installation.program().start(&["import", "-"]);
    let mut pipe = import.stdin.take().expect("a pipe");
    // All but the end: the import has to wait, with nothing but staged lines.
    let (half, _) = changed.split_at(changed.len() * 3 / 4);
    pipe.write_all(half.as_bytes()).expect("written");
    pipe.flush().expect("written");
    state_becomes(&installation, &["staging"]).await;
    import.kill().expect("killed");
    import.wait().expect("ended");

    let serving = installation.serve();
    state_becomes(&installation, &["abandoned"]).await;
    drop(serving);
    let evidence = Evidence::of(&installation).await;
    assert_eq!(evidence.operations("runAbandoned"), 1);
    assert_eq!(
        changes(&evidence),
        changes(&before),
        "an abandoned run changed something"
    );
}

async fn an_import_killed_among_its_chunks_is_finished_by_the_next_process(backend: Backend) {
    let installation = Installation::empty(backend);
    let big = tempfile::tempdir().expect("a directory");
    let region = Region::write(1_000, big.path());
    let feed = region.path().to_string_lossy();
    let mut import = installation.program().start(&["import", &feed]);
    let connection = installation.connection().await;
    let begun = Instant::now();
    while number(&connection, "SELECT count(*) FROM person").await < 100 {
        assert!(begun.elapsed() < PATIENCE, "nothing was ever applied");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    import.kill().expect("killed");
    import.wait().expect("ended");
    let people = number(&connection, "SELECT count(*) FROM person").await;
    let grants = number(&connection, "SELECT count(*) FROM role_grant").await;
    let expected = &region.expectation()["counts"];
    assert!(
        grants < expected["grant"].as_i64().expect("a count"),
        "killed too late"
    );
    let _whole = Evidence::of(&installation).await;

    let serving = installation.serve();
    state_becomes(&installation, &["completed"]).await;
    drop(serving);
    let evidence = Evidence::of(&installation).await;
    assert_eq!(evidence.operations("runCompleted"), 1);
    assert!(people >= 100);
    for (table, kind) in [
        ("person", "person"),
        ("engagement", "engagement"),
        ("server", "server"),
    ] {
        let there = number(&connection, &format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(there, expected[kind].as_i64().expect("a count"), "{table}");
    }
    connection.close().await.expect("closed");
}

async fn the_same_file_again_changes_nothing(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let before = Evidence::of(&installation).await;
    let _again = installation.import(region.path(), &[]).succeeded();
    let after = Evidence::of(&installation).await;
    assert_eq!(changes(&after), changes(&before));
    let new = after.events.iter().skip(before.events.len());
    for event in new {
        let of_the_run = event.envelope["run"].is_string();
        assert!(
            of_the_run,
            "{} is not the run's own: {}",
            event.seq, event.envelope
        );
    }
    assert_eq!(after.operations("runCompleted"), 2);
}

async fn what_is_flagged_is_what_the_feed_says(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let connection = installation.connection().await;
    let expected = region.expectation()["flags"].as_object().expect("flags");
    for (flag, count) in expected {
        let sql = format!("SELECT count(*) FROM import_flag WHERE flag = '{flag}'");
        assert_eq!(json!(number(&connection, &sql).await), *count, "{flag}");
    }
    connection.close().await.expect("closed");
    let listed = installation.program().run(&["flags"]).succeeded();
    for (flag, count) in expected {
        let named = format!("(flag {flag})");
        let of_it = listed
            .stdout()
            .split("\n\n")
            .find(|told| told.contains(&named));
        let lines = of_it.map_or(0, |told| told.matches("\n  `").count());
        assert_eq!(json!(lines), *count, "{flag} as listed");
    }
}

async fn feeds_are_taken_whole_or_not_at_all(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let before = Evidence::of(&installation).await;
    let feed = fs::read_to_string(region.path()).expect("the feed");
    let trained = feed.replace("\"protectedIdentity\":false", "\"protectedIdentity\":true");
    let file = |name: &str, text: &[u8]| {
        let path = installation.directory().join(name);
        fs::write(&path, text).expect("a feed written");
        path
    };

    let lines: Vec<&str> = trained.lines().collect();
    let cut = file("cut.jsonl", lines[..lines.len() - 1].join("\n").as_bytes());
    let _truncated = installation.import(&cut, &[]).ended_with(3);

    let packed = installation.directory().join("feed.jsonl.gz");
    let mut gzip = GzEncoder::new(File::create(&packed).expect("a file"), Compression::fast());
    gzip.write_all(trained.as_bytes()).expect("packed");
    gzip.finish().expect("packed");
    let bytes = fs::read(&packed).expect("the packed feed");
    let torn = file("torn.jsonl.gz", &bytes[..bytes.len() / 2]);
    let _truncated = installation.import(&torn, &[]).ended_with(3);

    let spoilt = trained.replacen("\"type\":\"hourly\"", "\"type\":\"sometimes\"", 1);
    let bad = file("bad.jsonl", spoilt.as_bytes());
    let refused = installation.import(&bad, &[]).ended_with(2);
    assert!(refused.stdout().contains("`type`"), "{}", refused.stdout());
    let _dry = installation.import(&packed, &["--dry-run"]).succeeded();
    let now = Evidence::of(&installation).await;
    assert_eq!(
        changes(&now),
        changes(&before),
        "a feed that was not taken changed something"
    );

    let rejects = installation.directory().join("rejects.jsonl");
    let options = ["--rejects", &*rejects.to_string_lossy()];
    let _rest = installation.import(&bad, &options);
    let rejected = fs::read_to_string(&rejects).expect("the rejects");
    assert!(rejected.contains("\"sometimes\""), "{rejected}");
    assert!(
        rejected.lines().count() < 20,
        "too many were rejected: {rejected}"
    );
    let partly = Evidence::of(&installation).await;
    assert!(
        changes(&partly) > changes(&before) + 200,
        "the good records were not applied"
    );

    let _all = installation.import(&packed, &[]).succeeded();
    let _proved = Evidence::of(&installation).await;
}

both_backends! {
    async a_server_answers_throughout_an_import;
    async an_import_killed_before_it_applied_is_abandoned;
    async an_import_killed_among_its_chunks_is_finished_by_the_next_process;
    async the_same_file_again_changes_nothing;
    async what_is_flagged_is_what_the_feed_says;
    async feeds_are_taken_whole_or_not_at_all;
}

/// The same region under other names, so that it stands beside the first.
fn elsewhere(mut feed: String) -> String {
    for (here, there) in [
        ("TSTNMT2321000001", "TSTNMT2321000002"),
        ("tstnmt2321000001", "tstnmt2321000002"),
        ("human-1-", "human-2-"),
        (".region.example", ".elsewhere.example"),
    ] {
        feed = feed.replace(here, there);
    }
    let names = ["sys", "seg", "db", "role", "grant", "eng", "acct", "osl"];
    for name in names {
        feed = feed.replace(&format!("\"{name}-"), &format!("\"other-{name}-"));
    }
    for client in ["hr-feed", "iam", "journal-gateway", "server-login"] {
        feed = feed.replace(&format!("\"{client}\""), &format!("\"other-{client}\""));
    }
    feed
}

fn changes(evidence: &Evidence) -> usize {
    evidence
        .events
        .iter()
        .filter(|event| event.is("change"))
        .count()
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("an answer")
        .expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Waits until the last run is in one of those states.
async fn state_becomes(installation: &Installation, states: &[&str]) {
    let connection = installation.connection().await;
    let begun = Instant::now();
    let mut state = String::new();
    while !states.contains(&state.as_str()) {
        assert!(begun.elapsed() < PATIENCE, "the run is still `{state}`");
        tokio::time::sleep(Duration::from_millis(20)).await;
        let sql = "SELECT state FROM import_run ORDER BY created_at DESC, id DESC LIMIT 1";
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        if let Some(row) = connection
            .query_one_raw(statement)
            .await
            .expect("an answer")
        {
            state = row.try_get("", "state").expect("a state");
        }
    }
    connection.close().await.expect("closed");
}
