//! The floors of the house, held against the manifests, and against the source where they do not reach.
//!
//! Each room of `src` is a crate, so the compiler holds what its manifest says. [`manifests`] holds the manifests: what
//! a room may use, in tests too, and which library is whose. What only one room may do with a library that two may
//! use is looked for in the source, by [`words`]. Test code is free in what it says.
//!
//! To add a room: its line in [`manifests::FLOORS`], above everything that it uses.

mod circles;
mod manifests;
mod source;
mod unused;
mod words;

use std::fs;

use crate::support::root;

pub(crate) use source::rust_files;

/// Files that hold nothing but tests.
const TEST_CODE: &[&str] = &[
    "tests.rs",
    "/tests/",
    "policy/applicable.rs",
    "policy/cases/",
    "policy/properties/",
    "read/decisions/plans.rs",
];

/// Every file of the house that is not only tests: where it stands below `src`, and what is in it.
fn house() -> Vec<(String, String)> {
    let src = root().join("src");
    let files = rust_files(&src).into_iter().filter_map(|path| {
        let inside = path.strip_prefix(&src).expect("a file below src");
        let inside = inside.to_string_lossy().into_owned();
        let is_tests = TEST_CODE.iter().any(|name| inside.contains(name));
        (!is_tests).then(|| (inside, fs::read_to_string(&path).expect("a source file")))
    });
    let files: Vec<_> = files.collect();
    assert!(files.len() > 300, "only {} files of source", files.len());
    files
}
