//! Programs of other people, run as they would run them. They need Node.js and packages from the registry;
//! where either is missing a test says so and counts for nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::root;

/// What pins the packages.
const LOCK: &str = "package-lock.json";

/// A command that runs one of the scripts; `None`, with the reason said: not to be had.
pub(crate) fn script(name: &str) -> Option<Command> {
    let folder = installed()?;
    let mut node = Command::new("node");
    // With background tasks Node.js 20 may wait for one of them for ever when it ends (nodejs/node#54918).
    node.args(["--single-threaded", name]).current_dir(folder);
    Some(node)
}

/// The folder with the packages, installed once for all runs.
fn installed() -> Option<PathBuf> {
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
        replace(&folder.join(file.file_name()), &file.path());
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

/// Makes one file the copy of another, all at once: somebody may be reading it.
fn replace(kept: &Path, with: &Path) {
    let wanted = fs::read(with).expect("a script");
    if fs::read(kept).is_ok_and(|kept| kept == wanted) {
        return;
    }
    let next = kept.with_extension("next");
    fs::write(&next, wanted).expect("a copy");
    fs::rename(next, kept).expect("a copy in its place");
}
