//! Programs of other people, run as they would run them. They need Node.js and packages from the registry;
//! where either is missing a test says so and counts for nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::root;

/// What pins the packages.
const LOCK: &str = "package-lock.json";

/// The folder with the packages, installed once for all runs; `None`, with the reason said: not to be had.
pub(crate) fn installed() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("outside");
    fs::create_dir_all(&folder).expect("a folder");
    // Two tests may be here at once, and one of them installs.
    let lock = File::create(folder.join("lock")).expect("a file");
    lock.lock().expect("alone");
    let ours = root().join("tests/outside");
    let kept = folder.join("node_modules/.package-lock.json");
    let of = |path: &Path| fs::read(path).ok();
    let fresh = kept.exists()
        && of(&ours.join(LOCK)).is_some_and(|lock| of(&folder.join(LOCK)) == Some(lock));
    for file in fs::read_dir(ours).expect("scripts") {
        let file = file.expect("a script");
        fs::copy(file.path(), folder.join(file.file_name())).expect("a copy");
    }
    if fresh {
        return Some(folder);
    }
    let install = Command::new("npm")
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
        ])
        .current_dir(&folder)
        .output();
    match install {
        Ok(output) if output.status.success() => Some(folder),
        Ok(output) => {
            eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => {
            eprintln!("skipped: npm does not run: {error}");
            None
        }
    }
}
