//! What comes from strangers is read without a panic, and what is taken is what it says: one target for each reader
//! of bytes that anybody may send.
//!
//! Apart from the other tests because a fuzzer drives it: the folder has the layout of `cargo fuzz`. Each target is a
//! function of bytes that panics when something does not hold, and a set of seeds, good ones that others are made
//! from. With every run of the tests it is given a bounded number of altered seeds (`src/tests.rs`), and under
//! `tests/run --soak` a thousand times as many. A fuzzer follows the code instead of chance:
//!
//! ```text
//! cargo run --package behorig-fuzz --bin canonical -- --seeds tests/fuzz/corpus/canonical
//! cargo fuzz run --fuzz-dir tests/fuzz canonical
//! ```
//!
//! What it finds is tried again, with any compiler, by `cargo run --package behorig-fuzz --bin canonical -- FILE…`.
//!
//! To add a target: a module with `seeds` and `read`, its line in [`TARGETS`], its file in `fuzz_targets` and its
//! `[[bin]]` in the manifest. What a fuzzer finds becomes a test beside the reader that it was found in.
#![warn(missing_docs)]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic is how a target says that something does not hold"
)]

pub mod bundle;
pub mod canonical;
pub mod document;
pub mod feed;
mod format;
pub mod register_proof;
pub mod token;

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::Path;

#[cfg(fuzzing)]
pub use libfuzzer_sys;

/// One reader of bytes that anybody may send.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, as in `fuzz_targets`.
    pub name: &'static str,
    /// Good input, to alter.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads the bytes and says why they are not taken; panics when something does not hold.
    pub read: fn(&[u8]) -> Result<(), String>,
}

macro_rules! targets {
    ($($name:ident),+ $(,)?) => {
        &[$(Target {
            name: stringify!($name),
            seeds: $name::seeds,
            read: $name::read,
        }),+]
    };
}

/// Every target.
pub const TARGETS: &[Target] = targets![canonical, bundle, register_proof, feed, token, document];

/// The body of a file in `fuzz_targets`: what a fuzzer calls, or a program that tries files.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            let _taken = $crate::$name::read(data);
        });

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::try_files(stringify!($name), std::env::args().skip(1));
        }
    };
}

/// Tries each file, or writes the seeds into the folder after `--seeds`.
pub fn try_files(target: &str, mut arguments: impl Iterator<Item = String>) {
    let target = TARGETS.iter().find(|known| known.name == target);
    let target = target.expect("a target");
    while let Some(argument) = arguments.next() {
        if argument == "--seeds" {
            let folder = arguments.next().expect("a folder after --seeds");
            write_seeds(target, Path::new(&folder));
        } else {
            let said = match (target.read)(&std::fs::read(&argument).expect("a file")) {
                Ok(()) => "taken".to_owned(),
                Err(why) => why,
            };
            writeln!(std::io::stdout(), "{argument}: {said}").expect("somebody who reads");
        }
    }
}

fn write_seeds(target: &Target, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).expect("a seed is written");
    }
}
