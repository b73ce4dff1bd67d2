//! Both verifiers over one file: the service's binary, and the one that shares nothing with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use test_support::{Outcome, Program};

/// The exit codes of a verifier.
pub(crate) const GOOD: i32 = 0;
pub(crate) const COULD_NOT: i32 = 1;
pub(crate) const TAMPERED: i32 = 2;
pub(crate) const INCOMPLETE: i32 = 3;

/// A directory for one question.
#[derive(Debug)]
pub(crate) struct Case {
    directory: tempfile::TempDir,
    file: PathBuf,
    options: Vec<String>,
    /// The second verifier of such a file.
    script: &'static str,
}

impl Case {
    /// The question whether those bytes are a good bundle.
    pub(crate) fn of(bundle: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("bundle.jsonl");
        fs::write(&path, bundle).expect("a bundle");
        Self {
            file: path,
            directory,
            options: Vec::new(),
            script: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verifier/verify.py"),
        }
    }

    /// The question whether those bytes are a good proof about the register.
    pub(crate) fn of_register_proof(proof: impl AsRef<[u8]>) -> Self {
        Self {
            script: concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/verifier/register_proof.py"
            ),
            ..Self::of(proof)
        }
    }

    /// With a checkpoint that was kept.
    pub(crate) fn keeping(mut self, note: &str) -> Self {
        let name = format!("kept{}", self.options.len());
        let path = self.directory.path().join(name);
        fs::write(&path, note).expect("a note");
        let path = path.to_string_lossy().into_owned();
        self.options.extend(["--checkpoint".to_owned(), path]);
        self
    }

    /// With a key that is known.
    pub(crate) fn trusting(mut self, key: &impl ToString) -> Self {
        self.options.extend(["--key".to_owned(), key.to_string()]);
        self
    }

    /// What the service's verifier says, after the other one has given the same exit code.
    #[track_caller]
    pub(crate) fn judged(&self) -> Outcome {
        let ours = verifier(&self.file, &self.options);
        let theirs = second(self.script, &self.file, &self.options);
        assert_eq!(
            ours.code(),
            theirs.code(),
            "the verifiers differ\n--- ours\n{}{}--- the other\n{}{}",
            ours.stdout(),
            ours.stderr(),
            theirs.stdout(),
            theirs.stderr()
        );
        ours
    }

    /// Both verifiers must give that exit code, and the service's page, which is returned, must have those words.
    #[track_caller]
    pub(crate) fn must(&self, code: i32, words: &[&str]) -> String {
        let said = self.judged().ended_with(code);
        for word in words {
            let says = said.stdout().contains(word);
            assert!(says, "nothing of `{word}` in:\n{}", said.stdout());
        }
        said.stdout().to_owned()
    }
}

/// The service's verifier.
pub(crate) fn verifier(bundle: &Path, options: &[String]) -> Outcome {
    run(
        &Program::at(env!("CARGO_BIN_EXE_behorig")),
        &["log", "verify"],
        bundle,
        options,
    )
}

/// The second verifier.
fn second(script: &str, file: &Path, options: &[String]) -> Outcome {
    run(&Program::at(python()), &[script], file, options)
}

fn run(program: &Program, first: &[&str], bundle: &Path, options: &[String]) -> Outcome {
    let bundle = bundle.to_string_lossy();
    let mut words = first.to_vec();
    words.extend(options.iter().map(String::as_str));
    words.push(&bundle);
    program.run(&words)
}

/// The Python that `tests/run` has furnished, or one that has what is needed.
fn python() -> &'static Path {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
        let furnished = Path::new(env!("CARGO_BIN_EXE_behorig"))
            .ancestors()
            .find(|directory| directory.join("verifier/bin/python").exists());
        let python = furnished.map_or_else(
            || PathBuf::from("python3"),
            |directory| directory.join("verifier/bin/python"),
        );
        let ready = Program::at(&python).run(&["-c", "import cryptography"]);
        assert!(
            ready.code() == Some(0),
            "the second verifier needs Python with `cryptography`: run `tests/run`, which furnishes it"
        );
        python
    });
    &PYTHON
}
