//! Logs in real databases: exported by the service, and altered as a thief of the database would.

use std::path::{Path, PathBuf};

use audit::key_file;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement};
use serde_json::json;
use test_support::{Backend, Outcome, Region, block_on};
use transparency::checkpoint::Checkpoint;
use transparency::key::NoteSigner;
use transparency::tree::{Frontier, leaf_hash};

use super::maker::{Bundle, Log, ORIGIN};
use crate::support::{Caller, Installation, unarmed};

/// An installation whose log can be altered behind its back.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) installation: Installation,
    pub(crate) key: NoteSigner,
}

impl Stored {
    /// A log of a small region in which somebody has looked around, with checkpoints now and then, the
    /// newest one of everything; always the same one.
    pub(crate) fn of(backend: Backend) -> Self {
        let installation = Installation::copy_of("stored-log", backend, |site, database| {
            let region = Region::write(30, site.directory());
            let _imported = site.import(region.path(), &[]).succeeded();
            let serving = site.serve();
            let auditor = region.holding("Revisor")[0].holder;
            block_on(async {
                let auditor = Caller::person(&serving, auditor, 3);
                let list = "{ systems(first: 3) { nodes { id } } }";
                let answer = auditor.ask(list, json!({})).await.expect("an answer");
                assert!(answer.errors().is_empty(), "{answer:?}");
            });
            assert_eq!(serving.stop(), Some(0));
            block_on(async {
                let connection = database.connection().await;
                let key = signer(site.directory());
                let log = read(&connection).await;
                let size = log.size();
                for size in [size / 3, size / 2, size / 2 + 1, size] {
                    let note = checkpoint(&log, size, &key);
                    publish(&connection, size, &note).await;
                }
                connection.close().await.expect("closed");
            });
        });
        let key = signer(installation.directory());
        Self { installation, key }
    }

    /// Another log, the same to the byte, whatever has become of this one.
    pub(crate) fn another(&self) -> Self {
        Self::of(self.installation.backend())
    }

    /// A connection beside the service.
    pub(crate) fn with<T>(&self, work: impl AsyncFnOnce(&DatabaseConnection) -> T) -> T {
        block_on(async {
            let connection = self.installation.connection().await;
            let done = work(&connection).await;
            connection.close().await.expect("closed");
            done
        })
    }

    /// Runs statements, whatever triggers say, since they are not there meanwhile.
    pub(crate) fn alter(&self, sql: &str) {
        let done = self.alter_if_it_can_be(sql);
        assert!(done.is_ok(), "{sql}: {done:?}");
    }

    /// The same; what the tables themselves refuse is not done.
    pub(crate) fn alter_if_it_can_be(&self, sql: &str) -> Result<(), DbErr> {
        self.with(async |db| unarmed(db, sql).await)
    }

    /// How many events there are.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.read().envelopes.len()).expect("a number")
    }

    /// Signs and stores a checkpoint of the first so many events.
    pub(crate) fn publish(&self, size: u64) {
        let note = self.checkpoint(size);
        self.with(async |db| publish(db, size, &note).await);
    }

    /// The checkpoint of the first so many events as they are now.
    pub(crate) fn checkpoint(&self, size: u64) -> String {
        checkpoint(&self.read(), size, &self.key)
    }

    /// The checkpoint of the first so many events as they are now, in a file.
    pub(crate) fn keep(&self, size: u64) -> PathBuf {
        let path = self.installation.directory().join(format!("kept-{size}"));
        std::fs::write(&path, self.checkpoint(size)).expect("a file");
        path
    }

    /// What the database holds, in order.
    pub(crate) fn read(&self) -> Log {
        self.with(async |db| read(db).await)
    }

    /// A bundle of what stands in the database, each row with its own seq, in the frame of the genuine one.
    pub(crate) fn bundle(&self, genuine: &Log) -> Bundle {
        let mut bundle = genuine.bundle(0, genuine.size());
        let (first, last) = (bundle.head().clone(), bundle.end().clone());
        let rows = self
            .with(async |db| rows(db, "SELECT seq, envelope FROM audit_event ORDER BY seq").await);
        let notes = self.read().checkpoints;
        let mut lines = vec![first];
        for row in rows {
            let seq: i64 = row.try_get_by_index(0).expect("a seq");
            let bytes: Vec<u8> = row.try_get_by_index(1).expect("bytes");
            let seq = u64::try_from(seq).expect("a seq");
            lines.push(json!({ "seq": seq, "envelope": String::from_utf8_lossy(&bytes) }));
            if let Some(note) = notes.get(&(seq + 1)) {
                lines.push(json!({ "checkpoint": note }));
            }
        }
        lines.push(last);
        Bundle(lines)
    }

    /// The notary's file: the leaves of what is there now.
    pub(crate) fn leaves(&self) -> PathBuf {
        let leaves: Vec<u8> = self
            .read()
            .envelopes
            .iter()
            .flat_map(|envelope| leaf_hash(envelope.as_bytes()))
            .collect();
        let path = self.installation.directory().join("leaves");
        std::fs::write(&path, leaves).expect("the notary's file");
        path
    }

    /// `behorig log export` with those options.
    pub(crate) fn export(&self, name: &str, options: &[&str]) -> (PathBuf, Outcome) {
        let out = self.installation.directory().join(name);
        let _ = std::fs::remove_file(&out);
        let path = out.to_string_lossy().into_owned();
        let words = [&["log", "export"], options, &[path.as_str()]].concat();
        (out, self.installation.program().run(&words))
    }
}

/// The log's key, which a thief may have too.
fn signer(directory: &Path) -> NoteSigner {
    key_file::read(ORIGIN, &directory.join("log-key.pem")).expect("the log's key")
}

/// A checkpoint of the first so many events.
pub(crate) fn checkpoint(log: &Log, size: u64, key: &NoteSigner) -> String {
    let mut frontier = Frontier::default();
    for envelope in log.envelopes.iter().take(size.try_into().expect("a size")) {
        frontier.append(leaf_hash(envelope.as_bytes()), &mut Vec::new());
    }
    let claim = Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: frontier.root(),
    };
    claim.sign(key).to_string()
}

async fn publish(db: &DatabaseConnection, size: u64, note: &str) {
    let sql = format!("INSERT INTO audit_checkpoint (size, note) VALUES ({size}, '{note}')");
    db.execute_unprepared(&sql).await.expect("a checkpoint");
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await.expect("rows")
}

async fn read(db: &DatabaseConnection) -> Log {
    let mut log = Log::default();
    for row in rows(db, "SELECT envelope FROM audit_event ORDER BY seq").await {
        let bytes: Vec<u8> = row.try_get_by_index(0).expect("bytes");
        log.envelopes
            .push(String::from_utf8_lossy(&bytes).into_owned());
    }
    for row in rows(db, "SELECT size, note FROM audit_checkpoint").await {
        let size: i64 = row.try_get_by_index(0).expect("a size");
        let note = row.try_get_by_index(1).expect("a note");
        log.checkpoints
            .insert(size.try_into().expect("a size"), note);
    }
    log.introductions.push(0);
    log
}
