//! Policy folders to be changed: this build's policies with their cases, and what a test adds.

use std::fs;
use std::path::{Path, PathBuf};

/// A guardrail that nobody asked for: no server is administered by a sign-in that is only asserted.
///
/// It turns what the tests ask of a running service (which shows no token of the person's) and none of the
/// cases of this build, so that a folder with it needs no cases but its own, [`CLOSED_CASES`].
pub const CLOSED: &str = r#"
@id("closed-while-the-test-runs")
@source("JK-1.4")
@reason("Nobody administers servers on another's word while the test runs.")
@reason_sv("Ingen administrerar servrar på någon annans ord medan testet körs.")
forbid (principal, action == Action::"administer", resource is Server)
when { context.assuranceSource == "asserted" };
"#;

/// The cases of [`CLOSED`].
pub const CLOSED_CASES: &str = r#"[
  {
    "name": "while the test runs",
    "about": ["closed-while-the-test-runs"],
    "ask": {
      "principal": {"person": "anna", "engagements": [{}], "grants": [{"id": "g1", "role": "serverAdministrator", "scope": "segment:cosmic-app"}]},
      "asked": "server:administer",
      "target": {"server": "cosmic-app-01"},
      "signIn": {"asserted": true}
    },
    "expect": {"outcome": "deny", "reasons": ["closed-while-the-test-runs"]}
  },
  {
    "name": "with a token of one's own",
    "about": ["closed-while-the-test-runs"],
    "ask": {
      "principal": {"person": "anna", "engagements": [{}], "grants": [{"id": "g1", "role": "serverAdministrator", "scope": "segment:cosmic-app"}]},
      "asked": "server:administer",
      "target": {"server": "cosmic-app-01"}
    },
    "expect": {"outcome": "allow", "reasons": ["held-permission"], "matched": ["g1"]}
  }
]"#;

/// A folder with the policies and the cases of this build.
#[derive(Debug)]
pub struct PolicyFolder(PathBuf);

impl PolicyFolder {
    /// Makes the folder and fills it.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&here.join("../../policies"), &path);
        Self(path)
    }

    /// The same with more policies, `more.cedar`, and their cases, `tests/more.json`.
    #[must_use]
    pub fn with(self, policies: &str, cases: &str) -> Self {
        fs::write(self.0.join("more.cedar"), policies).expect("written");
        fs::write(self.0.join("tests/more.json"), cases).expect("written");
        self
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// As a word of a command line.
    #[must_use]
    pub fn word(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).expect("copied");
        }
    }
}
