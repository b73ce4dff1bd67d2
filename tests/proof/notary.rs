//! The notary: signs for what was recorded, names what was altered, and never comes round.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Statement};
use test_support::{Backend, Outcome, Region, block_on, both_backends};

use crate::support::{
    Caller, Evidence, Installation, Question, Site, clinicians, disarm, reader_role,
};

const ORIGIN: &str = "proof.behorig.example";
const KEY: &str = "log-key.pem";

/// A region whose log was signed for before its last decisions.
fn signed(backend: Backend) -> (Installation, Region) {
    Installation::after("signed300", 300, backend, |site, region| {
        let _begun = look(site, KEY, &["--create"]).succeeded();
        block_on(decide(site, region, 30));
        let _signed = look(site, KEY, &[]).succeeded();
        block_on(decide(site, region, 3));
    })
}

/// `behorig notary --once` with that key.
fn look(site: &Site, key: &str, options: &[&str]) -> Outcome {
    let (key, leaves) = (path(site, key), path(site, "leaves"));
    let mut arguments = vec!["notary", "--once", "--key", &key, "--leaves", &leaves];
    arguments.extend(options);
    site.program().run(&arguments)
}

fn path(site: &Site, name: &str) -> String {
    site.directory().join(name).to_string_lossy().into_owned()
}

/// Some more decisions, through the service.
async fn decide(site: &Site, region: &Region, count: usize) {
    let one = &clinicians(region)[0];
    let question = Question::record(&one.person, "sys-000", &one.unit);
    let serving = site.serve();
    let gateway = Caller::gateway(&serving);
    for _ in 0..count {
        let answer = gateway.authorize(&question).await.expect("an answer");
        assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
    }
    assert_eq!(serving.stop(), Some(0));
}

/// How many events the printed checkpoint is of.
#[track_caller]
fn size(looked: &Outcome) -> u64 {
    let mut lines = looked.stdout().lines();
    assert_eq!(lines.next(), Some(ORIGIN), "{looked:?}");
    let size = lines.next().expect("a size");
    size.parse().expect("a number")
}

/// How many events there are, by somebody else's count; every checkpoint's root is that of its events.
async fn counted(installation: &Installation) -> u64 {
    let evidence = Evidence::of(installation).await;
    for note in notes(installation).await {
        let mut lines = note.lines().skip(1);
        let size = lines.next().expect("a size").parse().expect("a number");
        let root = lines.next().expect("a root");
        assert_eq!(root, evidence.root_of(size), "the checkpoint of {size}");
    }
    evidence.events.len() as u64
}

/// The published checkpoints.
async fn notes(installation: &Installation) -> Vec<String> {
    let connection = installation.connection().await;
    let sql = "SELECT note FROM audit_checkpoint ORDER BY size";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.expect("rows");
    connection.close().await.expect("closed");
    let note = |row: &sea_orm::QueryResult| row.try_get_by_index(0).expect("a note");
    rows.iter().map(note).collect()
}

async fn alter(installation: &Installation, statements: &[String]) {
    let connection = installation.connection().await;
    // The notary looks at rows, not at what keeps hands off them.
    let _arming = disarm(&connection).await;
    for sql in statements {
        let done = connection.execute_unprepared(sql).await;
        assert!(done.is_ok(), "{sql}: {done:?}");
    }
    connection.close().await.expect("closed");
}

async fn it_signs_for_what_was_recorded_and_for_what_comes(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let refused = look(&installation, KEY, &[]).ended_with(1);
    assert!(refused.stderr().contains("--create"), "{refused:?}");
    let first = size(&look(&installation, KEY, &["--create"]).succeeded());
    assert_eq!(first, counted(&installation).await);
    // Nothing new, nothing signed, and the same note is shown.
    assert_eq!(size(&look(&installation, KEY, &[]).succeeded()), first);
    decide(&installation, &region, 5).await;
    assert_eq!(size(&look(&installation, KEY, &[]).succeeded()), first + 5);
    assert_eq!(counted(&installation).await, first + 5);
    let again = look(&installation, KEY, &["--create"]).ended_with(1);
    assert!(again.stderr().contains("never begun anew"), "{again:?}");
}

/// An alteration of the database, and what the notary must say of it.
struct Alteration {
    what: &'static str,
    statements: Vec<String>,
    named: String,
}

/// Changes the first byte of a column of bytes.
fn flip(backend: Backend, table: &str, column: &str, which: &str) -> String {
    let changed = match backend {
        Backend::Sqlite => format!(
            "CAST(CASE substr({column}, 1, 1) WHEN x'7f' THEN x'7e' ELSE x'7f' END || substr({column}, 2) AS BLOB)"
        ),
        Backend::Postgres => format!("set_byte({column}, 0, get_byte({column}, 0) # 1)"),
    };
    format!("UPDATE {table} SET {column} = {changed} WHERE {which}")
}

fn swap(a: u64, b: u64) -> Vec<String> {
    let put = |to: u64, from: u64| {
        format!(
            "UPDATE audit_event SET envelope = (SELECT envelope FROM aside WHERE seq = {from}), \
             leaf = (SELECT leaf FROM aside WHERE seq = {from}) WHERE seq = {to}"
        )
    };
    let columns = "seq, envelope, leaf";
    let aside =
        format!("CREATE TABLE aside AS SELECT {columns} FROM audit_event WHERE seq IN ({a}, {b})");
    vec![aside, put(a, b), put(b, a)]
}

/// Alterations of a log of which `end` events were signed for, and three more recorded.
fn alterations(backend: Backend, end: u64) -> Vec<Alteration> {
    let middle = end - 10;
    let event = |seq: u64| format!("event {seq} ");
    let delete = |from: u64, to: u64| {
        vec![format!(
            "DELETE FROM audit_event WHERE seq BETWEEN {from} AND {to}"
        )]
    };
    let one = |what, statement, named| Alteration {
        what,
        statements: vec![statement],
        named,
    };
    let of_event = |column, seq| flip(backend, "audit_event", column, &format!("seq = {seq}"));
    let several = |what, statements, named| Alteration {
        what,
        statements,
        named,
    };
    vec![
        one("edited", of_event("envelope", middle), event(middle)),
        one("its hash edited", of_event("leaf", middle), event(middle)),
        several("deleted", delete(middle, middle), event(middle)),
        several("two deleted", delete(middle, middle + 1), event(middle)),
        several("swapped", swap(middle, middle + 1), event(middle)),
        several(
            "the newest deleted",
            delete(end + 2, end + 2),
            event(end + 2),
        ),
        several(
            "a new one edited",
            vec![of_event("envelope", end + 1)],
            event(end + 1),
        ),
        one(
            "one beyond the end",
            format!("UPDATE audit_head SET size = {}", end + 2),
            event(end + 2),
        ),
        one(
            "the root",
            flip(backend, "audit_head", "root", "true"),
            "root of".to_owned(),
        ),
        one(
            "the frontier",
            flip(backend, "audit_head", "frontier", "true"),
            "frontier of".to_owned(),
        ),
        one(
            "a checkpoint exchanged",
            format!(
                "UPDATE audit_checkpoint SET note = replace(note, '{end}', '1{end}') WHERE size = {end}"
            ),
            format!("checkpoint of {end} "),
        ),
        one(
            "an old checkpoint deleted",
            "DELETE FROM audit_checkpoint WHERE size = (SELECT min(size) FROM audit_checkpoint)"
                .to_owned(),
            "is not there".to_owned(),
        ),
        several(
            "the tail cut",
            vec![
                delete(end - 5, end + 2).concat(),
                format!("UPDATE audit_head SET size = {}", end - 5),
            ],
            format!("had {end} events"),
        ),
    ]
}

async fn it_names_what_was_altered_and_never_comes_round(backend: Backend) {
    let (installation, _) = signed(backend);
    let end = counted(&installation).await - 3;
    // One that nobody has touched is in order.
    assert_eq!(size(&look(&installation, KEY, &[]).succeeded()), end + 3);
    for Alteration {
        what,
        statements,
        named,
    } in alterations(backend, end)
    {
        let (installation, _) = signed(backend);
        let published = notes(&installation).await.len();
        alter(&installation, &statements).await;
        let found = look(&installation, KEY, &[]);
        assert_eq!(found.code(), Some(2), "{what}: {found:?}");
        assert!(found.stderr().contains(&named), "{what}: {found:?}");
        assert_eq!(look(&installation, KEY, &[]).code(), Some(2), "{what}");
        assert!(
            notes(&installation).await.len() <= published,
            "{what} was signed for"
        );
    }
}

/// A row of the register decides nothing, so the log is signed for; but nobody can say that they were not told.
async fn it_names_rows_that_the_log_does_not_tell_of_and_signs(backend: Backend) {
    let (installation, region) = signed(backend);
    decide(&installation, &region, 3).await;
    let sql = "UPDATE role SET privileged = NOT privileged WHERE id = (SELECT MIN(id) FROM role)";
    alter(&installation, &[sql.to_owned()]).await;
    let looked = look(&installation, KEY, &[]).succeeded();
    assert_eq!(size(&looked), counted(&installation).await);
    let words = "of `role` is not what event";
    assert!(looked.stderr().contains(words), "{looked:?}");
    assert_eq!(looked.stderr().lines().count(), 1, "{looked:?}");
}

/// An old backup restored, everything rewritten, the end cut off and filled again: each is another log in
/// the place of the one that the notary knows, first a shorter and then a longer one.
async fn another_log_in_its_place_is_not_signed_for(backend: Backend) {
    let (known, _) = signed(backend);
    let (other, region) = Installation::of(300, backend);
    for memory in ["leaves", "leaves.checkpoints"] {
        std::fs::copy(path(&known, memory), path(&other, memory)).expect("the notary's memory");
    }
    let shorter = look(&other, KEY, &[]).ended_with(2);
    assert!(shorter.stderr().contains("the log was cut"), "{shorter:?}");
    decide(&other, &region, 60).await;
    let longer = look(&other, KEY, &[]).ended_with(2);
    assert!(
        longer.stderr().contains("event 0 is not the one"),
        "{longer:?}"
    );
    assert!(notes(&other).await.is_empty(), "it was signed for");
}

async fn it_goes_on_where_a_killed_one_stopped(backend: Backend) {
    let (installation, region) = signed(backend);
    let signed = size(&look(&installation, KEY, &[]).succeeded());
    // Killed after signing, before publishing: the note is published as it is.
    let newest = notes(&installation).await.pop().expect("a note");
    alter(
        &installation,
        &[format!(
            "DELETE FROM audit_checkpoint WHERE size = {signed}"
        )],
    )
    .await;
    decide(&installation, &region, 1).await;
    assert_eq!(size(&look(&installation, KEY, &[]).succeeded()), signed + 1);
    assert!(notes(&installation).await.contains(&newest));
    // Killed while it wrote its memory.
    let leaves = PathBuf::from(path(&installation, "leaves"));
    let mut bytes = std::fs::read(&leaves).expect("leaves");
    bytes.truncate(bytes.len() - 7);
    std::fs::write(&leaves, bytes).expect("torn");
    assert_eq!(size(&look(&installation, KEY, &[]).succeeded()), signed + 1);
}

async fn a_rotation_is_the_line_between_two_keys(backend: Backend) {
    let (installation, region) = signed(backend);
    let before = size(&look(&installation, KEY, &[]).succeeded());
    let new = path(&installation, "new.pem");
    let keygen = ["log", "keygen", "--origin", ORIGIN, "--key", &new];
    let _made = installation.program().run(&keygen).succeeded();
    let rotate = [
        "log",
        "rotate",
        "--key",
        &path(&installation, KEY),
        "--new",
        &new,
    ];
    let rotated = installation.program().run(&rotate).succeeded();
    assert!(
        rotated.stdout().contains(&format!("Event {before} ")),
        "{rotated:?}"
    );
    let twice = installation.program().run(&rotate).ended_with(1);
    assert!(
        twice.stderr().contains("not the key that signs"),
        "{twice:?}"
    );

    let old = look(&installation, KEY, &[]).ended_with(1);
    assert!(old.stderr().contains("are signed by"), "{old:?}");
    assert_eq!(
        size(&look(&installation, "new.pem", &[]).succeeded()),
        before + 1
    );
    decide(&installation, &region, 2).await;
    assert_eq!(
        size(&look(&installation, "new.pem", &[]).succeeded()),
        before + 3
    );
    assert_eq!(counted(&installation).await, before + 3);
}

/// While clients ask and change: whatever moment it looks at is in order.
async fn it_raises_no_false_alarm_beside_a_loaded_server(backend: Backend) {
    let (installation, region) = signed(backend);
    let clinicians = std::sync::Arc::new(clinicians(&region));
    let load = crate::support::Load::of(&clinicians, reader_role(&region));
    let serving = installation.serve();
    let looking = async {
        for _ in 0..6 {
            let _signed = look(&installation, KEY, &[]).succeeded();
        }
    };
    let (_told, ()) = tokio::join!(load.until_killed(serving, 0), looking);
    let _signed = look(&installation, KEY, &[]).succeeded();
    let _all = counted(&installation).await;
}

both_backends! {
    async it_signs_for_what_was_recorded_and_for_what_comes;
    async it_names_what_was_altered_and_never_comes_round;
    async it_names_rows_that_the_log_does_not_tell_of_and_signs;
    async another_log_in_its_place_is_not_signed_for;
    async it_goes_on_where_a_killed_one_stopped;
    async a_rotation_is_the_line_between_two_keys;
    async it_raises_no_false_alarm_beside_a_loaded_server;
}
