//! What outsiders would run against the service. Each needs Node.js and a package from the registry; where
//! either is missing the test says so and counts for nothing.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use test_support::{Backend, Issuer};

use crate::support::{App, STRONG, root};

/// The folder with the packages, installed once for all runs; `None`, with the reason said: not to be had.
fn installed() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("outside");
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["package.json", "package-lock.json", "audits.mjs"] {
        fs::copy(root().join("tests/outside").join(name), folder.join(name)).expect("a copy");
    }
    if folder.join("node_modules").join("graphql-http").exists() {
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

#[test]
fn graphql_over_http_is_as_its_specification_says() {
    let Some(folder) = installed() else { return };
    let app = App::start(Backend::Sqlite);
    let claims = Issuer::person(
        &app.region().without_grants(),
        STRONG,
        std::time::Duration::from_secs(5),
    );
    let url = format!("http://{}/graphql", app.serving().address());
    let audits = Command::new("node")
        .args(["audits.mjs", &url, &Issuer::TRUSTED.token(&claims)])
        .current_dir(&folder)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&audits.stdout);
    assert!(
        audits.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&audits.stderr)
    );
    assert!(said.contains("61 of 61"), "{said}");
}
