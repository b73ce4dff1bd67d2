//! Bundles over HTTP: what the service hands out is good, or breaks off and is called so.

use test_support::{Backend, Region, Serving, block_on, both_backends};

use super::judges::{Case, GOOD, INCOMPLETE};
use super::stored::Stored;
use crate::retention::always;
use crate::support::Caller;

/// What the auditor is given of that part: the status, and the bytes if they are all there.
fn fetched(
    serving: &Serving,
    stored: &Stored,
    query: &str,
    codings: &str,
) -> (u16, Option<Vec<u8>>) {
    let region = Region::read(stored.installation.directory());
    let auditor = region.holding("Revisor")[0].holder;
    let path = format!("/log/bundle{query}");
    block_on(Caller::person(serving, auditor, 3).fetch(&path, codings))
}

/// A bundle that is whole.
#[track_caller]
fn bundle(serving: &Serving, stored: &Stored, query: &str, codings: &str) -> Vec<u8> {
    let (status, bytes) = fetched(serving, stored, query, codings);
    let bytes = bytes.expect("a whole answer");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
    bytes
}

fn it_is_what_export_writes_and_both_verifiers_call_it_good(backend: Backend) {
    let stored = Stored::of(backend);
    let size = stored.size();
    let newest = stored.checkpoint(size);
    let serving = stored.installation.serve();
    for (from, to) in [(0, size), (size / 4, size / 2 - 3), (size - 1, size)] {
        let query = format!("?from={from}&to={to}");
        let text = bundle(&serving, &stored, &query, "identity");
        Case::of(&text)
            .keeping(&newest)
            .must(GOOD, &["stayed at home"]);
        let packed = bundle(&serving, &stored, &query, "zstd");
        assert!(packed.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
        let unpacked = zstd::decode_all(&packed[..]).expect("zstd");
        assert_eq!(unpacked, text, "whichever way it comes");
        let (from, to) = (from.to_string(), to.to_string());
        let (exported, said) = stored.export("same", &["--from", &from, "--to", &to, "--plain"]);
        let _said = said.succeeded();
        assert_eq!(std::fs::read(exported).expect("a bundle"), text);
    }
}

fn what_was_erased_or_pruned_is_no_alarm(backend: Backend) {
    let stored = Stored::of(backend);
    let size = stored.size();
    let newest = stored.checkpoint(size);
    let (held, said) = stored.export("held", &["--plain"]);
    let _said = said.succeeded();
    let decision = ["--authority", "installation", "--number", "RS 2026/311"];
    let program = stored.installation.program();
    let program = program.clone().with("BEHORIG_RETENTION_EVENT_DAYS", "0");
    let erase = ["log", "erase", "--class", "register"];
    let erase = [&erase[..], &always(), &decision].concat();
    let _erased = program.run(&erase).succeeded();
    let held = held.to_string_lossy();
    let prune = ["log", "prune", "--class", "access-log", "--bundle", &held];
    let prune = [&prune[..], &["--below", "256"], &decision].concat();
    let _pruned = program.run(&prune).succeeded();
    let serving = stored.installation.serve();
    let (status, _) = fetched(&serving, &stored, "?from=255", "identity");
    assert_eq!(status, 410);
    let rest = bundle(&serving, &stored, "?from=256", "identity");
    Case::of(&rest).keeping(&newest).must(GOOD, &["agrees"]);
}

fn one_that_meets_an_altered_row_breaks_off(backend: Backend) {
    let stored = Stored::of(backend);
    let row = stored.size() - 2;
    let sql = "UPDATE audit_event SET envelope = (SELECT envelope FROM audit_event WHERE seq = 8)";
    stored.alter(&format!("{sql} WHERE seq = {row}"));
    let serving = stored.installation.serve();
    let (status, bytes) = fetched(&serving, &stored, "", "identity");
    assert_eq!((status, bytes), (200, None), "it is not whole");
    let good = bundle(&serving, &stored, &format!("?to={row}"), "identity");
    Case::of(&good).must(GOOD, &[]);
    Case::of(&good[..good.len() - 9]).must(INCOMPLETE, &[]);
    assert!(serving.said().contains("a bundle broke off"));
}

both_backends! {
    it_is_what_export_writes_and_both_verifiers_call_it_good;
    what_was_erased_or_pruned_is_no_alarm;
    one_that_meets_an_altered_row_breaks_off;
}
