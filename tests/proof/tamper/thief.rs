//! Somebody who can write to the database, and knows how the log works.

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use test_support::Backend;
use transparency::key::NoteSigner;
use transparency::tree::{Frontier, leaf_hash};

use crate::bundle::{ORIGIN, Stored, checkpoint};

/// A thief at work on one database.
#[derive(Debug)]
pub(super) struct Thief<'a> {
    stored: &'a Stored,
}

impl<'a> Thief<'a> {
    pub(super) fn of(stored: &'a Stored) -> Self {
        Self { stored }
    }

    /// Runs a statement without triggers.
    pub(super) fn run(&self, sql: &str) {
        self.stored.alter(sql);
    }

    /// Bytes as the database spells them.
    fn bytes(&self, bytes: impl AsRef<[u8]>) -> String {
        let digits = HEXLOWER.encode(bytes.as_ref());
        match self.stored.installation.backend() {
            Backend::Sqlite => format!("x'{digits}'"),
            Backend::Postgres => format!("'\\x{digits}'::bytea"),
        }
    }

    /// The bytes of an event with another id in them.
    fn forged(&self, seq: u64) -> String {
        let log = self.stored.read();
        let genuine = log.envelope(seq);
        let (before, after) = genuine.split_once("\"id\":\"evt_").expect("an id");
        format!("{before}\"id\":\"evt_7{}", &after[1..])
    }

    /// Edits the bytes of an event and leaves the rest as it is.
    pub(super) fn edit_bytes(&self, seq: u64) {
        let bytes = self.bytes(self.forged(seq));
        self.run(&format!(
            "UPDATE audit_event SET envelope = {bytes} WHERE seq = {seq}"
        ));
    }

    /// Edits an event and what is derived from its bytes in the row.
    pub(super) fn edit(&self, seq: u64) {
        let forged = self.forged(seq);
        let (_, rest) = forged.split_once("\"id\":\"").expect("an id");
        let (id, leaf) = (&rest[..30], self.bytes(leaf_hash(forged.as_bytes())));
        let bytes = self.bytes(&forged);
        self.run(&format!(
            "UPDATE audit_event SET envelope = {bytes}, leaf = {leaf}, event_id = '{id}' WHERE seq = {seq}"
        ));
    }

    /// Swaps two events.
    pub(super) fn swap(&self, one: u64, other: u64) {
        for (from, to) in [(one, 9_999_999), (other, one), (9_999_999, other)] {
            self.run(&format!(
                "UPDATE audit_event SET seq = {to} WHERE seq = {from}"
            ));
        }
    }

    /// Inserts an event at a seq, a new one or the one before it again; the later ones move up.
    pub(super) fn insert(&self, seq: u64, new: bool) {
        let far = 10_000_000;
        for step in [
            format!("UPDATE audit_event SET seq = seq + {far} WHERE seq >= {seq}"),
            format!("UPDATE audit_event SET seq = seq - {far} + 1 WHERE seq >= {far}"),
            format!(
                "INSERT INTO audit_event (seq, event_id, t_us, kind, envelope, leaf) \
                 SELECT {seq}, 'evt_z', t_us, kind, envelope, leaf FROM audit_event WHERE seq = {seq} - 1"
            ),
        ] {
            self.run(&step);
        }
        if new {
            self.edit(seq);
        }
    }

    /// Makes nodes, head and checkpoints follow from the events as they are now, signed by the stolen key
    /// or by a new one.
    pub(super) fn rewrite(&self, stolen: bool) {
        let log = self.stored.read();
        let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
        for envelope in &log.envelopes {
            frontier.append(leaf_hash(envelope.as_bytes()), &mut nodes);
        }
        for node in nodes {
            let hash = self.bytes(node.hash);
            let (level, index) = (node.level, node.index);
            self.run(&format!(
                "UPDATE audit_node SET hash = {hash} WHERE level = {level} AND idx = {index}"
            ));
        }
        let (root, peaks) = (self.bytes(frontier.root()), self.bytes(frontier.encode()));
        self.run(&format!(
            "UPDATE audit_head SET root = {root}, frontier = {peaks}"
        ));
        let new = NoteSigner::new(ORIGIN, SigningKey::from_bytes(&[9; 32])).expect("a signer");
        let key = if stolen { &self.stored.key } else { &new };
        for size in log.checkpoints.keys() {
            let note = checkpoint(&log, *size, key);
            self.run(&format!(
                "UPDATE audit_checkpoint SET note = '{note}' WHERE size = {size}"
            ));
        }
    }
}
