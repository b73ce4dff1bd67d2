//! What goes by a disposal decision, and after a restore: accounted for, so that nothing else can be missing.
//!
//! To add one more thing that may go: a trial here, and an alteration that pretends to be one.

mod erasing;
mod proving;
mod pruning;
mod restoring;

pub(crate) use erasing::always;

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, TryGetable};
use test_support::{Backend, Outcome, Program, Region, block_on};

use crate::support::{Caller, Installation, Question, Site, clinicians, unarmed};

/// A region whose log a notary has signed for.
fn region(backend: Backend) -> (Installation, Region) {
    Installation::after("retained300", 300, backend, |site, _| {
        let _begun = notary(site, &["--create"]).succeeded();
    })
}

/// `behorig notary --once`.
fn notary(site: &Site, options: &[&str]) -> Outcome {
    let (key, leaves) = (path(site, "log-key.pem"), path(site, "leaves"));
    let mut arguments = vec!["notary", "--once", "--key", &key, "--leaves", &leaves];
    arguments.extend(options);
    site.program().run(&arguments)
}

fn path(site: &Site, name: &str) -> String {
    file(site, name).to_string_lossy().into_owned()
}

fn file(site: &Site, name: &str) -> PathBuf {
    site.directory().join(name)
}

/// The program where events need not be old to go.
fn impatient(site: &Site) -> Program {
    site.program()
        .clone()
        .with("BEHORIG_RETENTION_EVENT_DAYS", "0")
}

/// `behorig log verify --database`, with those options.
fn inspected(site: &Site, options: &[&str]) -> Outcome {
    let url = database(site);
    let arguments = [&["log", "verify", "--database", &url], options].concat();
    site.program().run(&arguments)
}

fn database(site: &Site) -> String {
    let settings = site.program().setting("BEHORIG_DATABASE_URL");
    settings.expect("a database").to_owned()
}

/// Everything is in order, by whoever can look at it.
#[track_caller]
fn all_is_well(site: &Site) {
    let leaves = path(site, "leaves");
    for options in [&[][..], &["--leaves", &leaves]] {
        let said = inspected(site, options).succeeded();
        assert!(said.stdout().contains("GOOD"), "{}", said.stdout());
    }
    let _signed = notary(site, &[]).succeeded();
}

/// `behorig log export` of a part, as text.
#[track_caller]
fn exported(site: &Site, name: &str, options: &[&str]) -> String {
    let out = path(site, name);
    let arguments = [&["log", "export", &out, "--plain"], options].concat();
    let _said = site.program().run(&arguments).succeeded();
    out
}

/// Some more decisions, through the service.
fn decide(site: &Site, region: &Region, count: usize) {
    let one = &clinicians(region)[0];
    let question = Question::record(&one.person, "sys-000", &one.unit);
    let serving = site.serve();
    block_on(async {
        let gateway = Caller::gateway(&serving);
        for _ in 0..count {
            let answer = gateway.authorize(&question).await.expect("an answer");
            assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
        }
    });
    assert_eq!(serving.stop(), Some(0));
}

/// Runs a statement as a thief of the database does.
fn alter(installation: &Installation, sql: &str) {
    block_on(async {
        let connection = installation.connection().await;
        let done = unarmed(&connection, sql).await;
        assert!(done.is_ok(), "{sql}: {done:?}");
        connection.close().await.expect("closed");
    });
}

/// A number out of the database.
fn number(installation: &Installation, sql: &str) -> i64 {
    out_of(installation, sql)
}

/// A text out of the database.
fn text(installation: &Installation, sql: &str) -> String {
    out_of(installation, sql)
}

fn out_of<T: TryGetable>(installation: &Installation, sql: &str) -> T {
    block_on(async {
        let connection = installation.connection().await;
        let statement =
            sea_orm::Statement::from_string(connection.get_database_backend(), sql.to_owned());
        let row = connection.query_one_raw(statement).await.expect("a row");
        let cell = row.expect("a row").try_get_by_index(0).expect("a value");
        connection.close().await.expect("closed");
        cell
    })
}
