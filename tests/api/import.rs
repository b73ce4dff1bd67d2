//! Importing as an operator does it: all or nothing, the same again changes nothing, and what is
//! flagged is what the feed says was planted.

use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};
use test_support::{Backend, Outcome, TestDatabase, both_backends};

use crate::support::{App, ORIGIN, Region, behorig};

/// An installation with nothing in it.
fn founded(backend: Backend) -> TestDatabase {
    let database = TestDatabase::empty(backend);
    let key = database.directory().join("key.pem");
    let key = key.to_string_lossy();
    let init = [
        "init",
        "--database",
        database.url(),
        "--origin",
        ORIGIN,
        "--key",
        &key,
    ];
    let _founded = behorig().run(&init).succeeded();
    database
}

fn import(database: &TestDatabase, feed: &[u8], options: &[&str]) -> Outcome {
    let arguments = [&["import", "-", "--database", database.url()], options].concat();
    behorig().run_reading(&arguments, feed)
}

async fn count(database: &TestDatabase, table: &str) -> i64 {
    let backend = match database.backend() {
        Backend::Sqlite => sea_orm::DbBackend::Sqlite,
        Backend::Postgres => sea_orm::DbBackend::Postgres,
    };
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let connection = database.connection().await;
    let statement = sea_orm::Statement::from_string(backend, sql);
    let row = sea_orm::ConnectionTrait::query_one_raw(&connection, statement).await;
    let row = row.expect("a count").expect("a row");
    connection.close().await.expect("closed");
    row.try_get_by_index(0).expect("a number")
}

/// The feed with one record changed by `change`.
fn spoiled(region: &Region, kind: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let text = String::from_utf8(region.feed().to_vec()).expect("text");
    let mut records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect();
    let record = records
        .iter_mut()
        .find(|record| record["kind"] == kind)
        .expect("a record");
    change(record);
    records
        .iter()
        .map(|record| format!("{record}\n"))
        .collect::<String>()
        .into_bytes()
}

async fn what_is_flagged_is_what_was_planted(backend: Backend) {
    let app = App::start(backend);
    let flags = app.region().flags().as_object().expect("flags").clone();
    let first = app.first();
    for (flag, planted) in &flags {
        let name = screaming(flag);
        let document = format!(
            "{{ importFlags(flag: {name}, first: 200) {{ totalCount nodes {{ subjectId }} }} }}"
        );
        let answer = first.graphql(&document, json!({})).await;
        assert_eq!(answer.at("/importFlags/totalCount"), planted, "{flag}");
        let listed = answer.at("/importFlags/nodes").as_array().map(Vec::len);
        assert_eq!(listed.map(|n| json!(n)).as_ref(), Some(planted), "{flag}");
        let told = behorig().run(&["flags", "--database", app.database().url(), "--flag", flag]);
        let lines = told.succeeded();
        let lines = lines
            .stdout()
            .lines()
            .filter(|line| line.starts_with("  `"))
            .count();
        assert_eq!(json!(lines), *planted, "{flag} on the command line");
    }
    assert!(flags.len() > 15, "{flags:?}");
}

fn screaming(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        let starts = letter.is_ascii_uppercase() || letter.is_ascii_digit();
        if starts {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

async fn the_same_feed_again_changes_nothing(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let first = import(&database, region.feed(), &[]).succeeded();
    assert!(first.stdout().contains("people"), "{}", first.stdout());
    let (people, events) = (
        count(&database, "person").await,
        count(&database, "audit_event").await,
    );
    let again = import(&database, region.feed(), &[]).succeeded();
    assert_eq!(count(&database, "person").await, people);
    let appended = count(&database, "audit_event").await - events;
    // A decision for each kind, and the run's own.
    assert!(
        (1..=20).contains(&appended),
        "{appended} events\n{}",
        again.stdout()
    );
}

async fn a_dry_run_says_what_would_be_and_does_nothing(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let before = count(&database, "audit_event").await;
    let told = import(&database, region.feed(), &["--dry-run"]).succeeded();
    assert!(told.stdout().contains("304"), "{}", told.stdout());
    assert_eq!(count(&database, "person").await, 0);
    assert!(count(&database, "audit_event").await - before <= 20);
}

async fn one_bad_record_means_nothing_is_applied(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let bad = spoiled(&region, "person", |person| {
        person["externalId"] = json!("SE12-34");
    });
    let refused = import(&database, &bad, &[]);
    assert_ne!(refused.code(), Some(0), "{}", refused.stdout());
    let said = format!("{}{}", refused.stdout(), refused.stderr());
    for word in ["line ", "externalId", "the text of 7 characters"] {
        assert!(said.contains(word), "nothing of `{word}` in {said}");
    }
    assert!(!said.contains("SE12-34"), "{said}");
    assert_eq!(count(&database, "person").await, 0);
    assert_eq!(
        count(&database, "role_grant").await,
        1,
        "the one that is built in"
    );
}

async fn the_good_records_are_applied_when_the_bad_ones_are_put_aside(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let bad = spoiled(&region, "account", |account| {
        account["type"] = json!("imaginary");
    });
    let aside = database.directory().join("rejects.jsonl");
    let outcome = import(&database, &bad, &["--rejects", &aside.to_string_lossy()]);
    assert!(outcome.code().is_some());
    let rejected = fs::read_to_string(&aside).expect("what was put aside");
    assert!(rejected.contains("imaginary"), "{rejected}");
    assert_eq!(count(&database, "person").await, 304);
    let accounts = i64::try_from(region.of("account").count()).expect("a count");
    assert_eq!(count(&database, "account").await, accounts - 1);
}

async fn a_feed_that_ends_too_early_is_not_applied(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let feed = region.feed();
    let last = feed[..feed.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .expect("lines");
    let refused = import(&database, &feed[..=last], &[]);
    assert_ne!(refused.code(), Some(0), "a feed without its last line");
    let refused = import(&database, &feed[..feed.len() / 2], &[]);
    assert_ne!(refused.code(), Some(0), "half a feed");
    assert_eq!(count(&database, "person").await, 0);
    let options = ["--no-trailer", "--today", "2026-11-01"];
    let _applied = import(&database, &feed[..=last], &options).succeeded();
    assert_eq!(count(&database, "person").await, 304);
}

async fn a_compressed_feed_is_read_and_a_torn_one_is_not(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(region.feed()).expect("compressed");
    let zipped = zipped.finish().expect("compressed");
    let torn = import(&database, &zipped[..zipped.len() / 2], &[]);
    assert_ne!(torn.code(), Some(0));
    assert_eq!(count(&database, "person").await, 0);
    let _applied = import(&database, &zipped, &[]).succeeded();
    assert_eq!(count(&database, "person").await, 304);
}

/// Has the database refuse one account, as a rule does that the checks know nothing of.
async fn refuse_account(database: &TestDatabase, external_id: &str) {
    let when = format!("WHEN (NEW.external_id = '{external_id}')");
    let sql = match database.backend() {
        Backend::Sqlite => format!(
            "CREATE TRIGGER refusing BEFORE INSERT ON account {when} \
             BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        ),
        Backend::Postgres => format!(
            "CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END $$; \
             CREATE TRIGGER refusing BEFORE INSERT ON account FOR EACH ROW {when} \
             EXECUTE FUNCTION refusing()"
        ),
    };
    let connection = database.connection().await;
    let made = sea_orm::ConnectionTrait::execute_unprepared(&connection, &sql).await;
    made.expect("a trigger");
    connection.close().await.expect("closed");
}

async fn what_the_register_refuses_is_named_and_the_rest_is_applied(backend: Backend) {
    let database = founded(backend);
    let region = Region::today();
    let account = region.of("account").nth(3).expect("an account");
    let account = account["externalId"].as_str().expect("an id").to_owned();
    refuse_account(&database, &account).await;
    let aside = database.directory().join("rejects.jsonl");
    let rejects = ["--rejects", &aside.to_string_lossy()];
    let told = import(&database, region.feed(), &rejects).ended_with(2);
    let text = String::from_utf8_lossy(region.feed());
    let mut lines = text.lines().enumerate();
    let named = format!("\"externalId\":\"{account}\"");
    let (line, _) = lines
        .find(|(_, line)| line.contains("\"kind\":\"account\"") && line.contains(&named))
        .expect("its line");
    let expected = format!("line {}: the account was not applied", line + 1);
    assert!(told.stdout().contains(&expected), "{}", told.stdout());
    assert!(
        told.stderr().contains("1 record passed every check"),
        "{}",
        told.stderr()
    );
    let handed_back = fs::read_to_string(&aside).expect("what was put aside");
    assert_eq!(handed_back.lines().count(), 1, "{handed_back}");
    assert!(handed_back.contains(&account), "{handed_back}");
    let accounts = i64::try_from(region.of("account").count()).expect("a count");
    assert_eq!(count(&database, "account").await, accounts - 1);
    assert_eq!(count(&database, "person").await, 304);
    let unfinished = "import_run WHERE finished_at IS NULL";
    assert_eq!(count(&database, unfinished).await, 0, "the run has ended");
}

/// One HSA-id in two cases would be two people, and a role that reads as another could be taken for it.
async fn what_looks_like_something_else_is_refused_or_flagged(backend: Backend) {
    let app = App::start(backend);
    let options = ["--no-trailer"];
    let somebody = app.region().of("person").next().expect("a person").clone();
    let with = |changes: &[(&str, &str)]| {
        let mut person = somebody.clone();
        for (field, value) in changes {
            person[*field] = json!(value);
        }
        format!("{person}\n")
    };
    let other_case = App::FIRST.to_lowercase().replace("tstnmt", "TSTNMT");
    let two = [
        ("externalId", other_case.as_str()),
        ("individual", "human-two"),
    ];
    let refused = import(app.database(), with(&two).as_bytes(), &options);
    assert_eq!(refused.code(), Some(2), "{}", refused.stdout());
    let said = format!("{}{}", refused.stdout(), refused.stderr());
    assert!(said.contains("upper and lower case only"), "{said}");
    let both = ["TSTNMT2321000001-TW1CE", "TSTNMT2321000001-Tw1ce"]
        .map(|id| with(&[("externalId", id), ("individual", "human-two")]))
        .concat();
    let refused = import(app.database(), both.as_bytes(), &options);
    assert_eq!(refused.code(), Some(2), "{}", refused.stdout());

    for (id, name) in [
        ("role-cyrillic", "R\u{435}visor"),
        ("role-case", "REVISOR\u{a0}"),
    ] {
        let role = json!({ "kind": "role", "externalId": id, "name": name.trim(), "system": null,
            "privileged": true, "patientData": false, "permissions": ["organisation:read"] });
        let done = import(app.database(), format!("{role}\n").as_bytes(), &options).succeeded();
        assert!(
            done.stdout().contains("roleLooksAlike"),
            "{}",
            done.stdout()
        );
        let document =
            "{ importFlags(flag: ROLE_LOOKS_ALIKE, first: 9) { nodes { subjectId detail } } }";
        let answer = app.first().graphql(document, json!({})).await;
        let flagged = answer.at("/importFlags/nodes").as_array().expect("rows");
        let subject = app.id("role", id).await;
        assert!(
            flagged.iter().any(|row| row["subjectId"] == *subject),
            "{}",
            answer.text()
        );
    }
}

both_backends! {
    async what_looks_like_something_else_is_refused_or_flagged;
    async what_the_register_refuses_is_named_and_the_rest_is_applied;
    async what_is_flagged_is_what_was_planted;
    async the_same_feed_again_changes_nothing;
    async a_dry_run_says_what_would_be_and_does_nothing;
    async one_bad_record_means_nothing_is_applied;
    async the_good_records_are_applied_when_the_bad_ones_are_put_aside;
    async a_feed_that_ends_too_early_is_not_applied;
    async a_compressed_feed_is_read_and_a_torn_one_is_not;
}
