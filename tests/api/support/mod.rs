//! What only the service's own tests need: the region, its people, and a running service over it.

mod answers;
mod app;
mod documents;
mod outside;
mod provider;
mod region;
mod register;
mod schema;
mod tree;

use std::path::Path;

use test_support::Program;

pub(crate) use answers::{Asked, about, ask, signed_in};
pub(crate) use app::{App, Caller, STRONG, found, settings_file};
pub(crate) use documents::{Documents, literal};
pub(crate) use outside::script;
pub(crate) use provider::Provider;
pub(crate) use region::{COSMIC, ORIGIN, Region, text, today};
pub(crate) use schema::{Field, Named, Of, Schema, Type};
pub(crate) use tree::{Hash, claim, leaf, node, root as root_of_leaves};

/// The service's binary.
pub(crate) fn behorig() -> Program {
    Program::at(env!("CARGO_BIN_EXE_behorig"))
}

/// The checkout's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares text with a file that is checked in; with `BEHORIG_TEST_REWRITE=1` the file is written.
#[track_caller]
pub(crate) fn checked_in(path: &str, present: &str) {
    let file = root().join(path);
    if std::env::var_os("BEHORIG_TEST_REWRITE").is_some_and(|value| value == "1") {
        std::fs::write(&file, present).expect("a file to write");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept == present {
        return;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (kept, present) = (lines(&kept), lines(present));
    let gone = kept
        .iter()
        .filter(|line| !present.contains(line))
        .map(|line| format!("- {line}"));
    let new = present
        .iter()
        .filter(|line| !kept.contains(line))
        .map(|line| format!("+ {line}"));
    let changed: Vec<String> = gone.chain(new).collect();
    panic!(
        "`{path}` is not what it would be now; if the change is meant, run the test again with \
         BEHORIG_TEST_REWRITE=1 and read the difference:\n{}",
        changed.join("\n")
    );
}
