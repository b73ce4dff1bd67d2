//! What the benches share: an imported region, kept in the target directory for the next time.

use std::fs;
use std::path::{Path, PathBuf};

use test_support::{Program, Region};

/// A directory with an installation and the region's feed, made unless a finished one is there. One that an
/// older build has made is brought up to date.
pub(crate) fn imported(employees: u32) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("region-{employees}"));
    let behorig =
        Program::at(env!("CARGO_BIN_EXE_behorig")).with("BEHORIG_DATABASE_URL", &url(&directory));
    if directory.join("ready").exists() && behorig.run(&["migrate"]).code() == Some(0) {
        return directory;
    }
    let _nothing_there = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory");
    let region = Region::write(employees, &directory);
    let key = directory.join("log-key.pem");
    let init = [
        "init",
        "--origin",
        "bench.behorig.example",
        "--key",
        &key.to_string_lossy(),
    ];
    let _founded = behorig.run(&init).succeeded();
    let _imported = behorig
        .run(&["import", &region.path().to_string_lossy()])
        .succeeded();
    fs::write(directory.join("ready"), "").expect("a mark");
    directory
}

/// Where the database of such a directory is.
pub(crate) fn url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("behorig.db").display())
}
