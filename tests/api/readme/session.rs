//! A shell in which the commands of the documents are run one after the other.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::blocks::{Block, Kind};
use crate::support::behorig;

/// Some commands, and what they print as it is written.
#[derive(Debug)]
pub(super) struct Step {
    place: String,
    commands: String,
    printed: Option<String>,
}

impl Step {
    /// What is run of those blocks, with some words in place of others.
    pub(super) fn all(blocks: &[&Block], words: &[(String, String)]) -> Vec<Self> {
        let mut steps: Vec<Self> = Vec::new();
        for block in blocks {
            match block.kind {
                Kind::Shell => steps.push(Self::of(block, &block.text)),
                Kind::Transcript => {
                    for part in format!("\n{}", block.text).split("\n$ ").skip(1) {
                        let (command, printed) = part.split_once('\n').unwrap_or((part, ""));
                        let mut step = Self::of(block, command);
                        step.printed = (!printed.trim().is_empty()).then(|| printed.to_owned());
                        steps.push(step);
                    }
                }
                Kind::Printed => {
                    let step = steps.last_mut().filter(|step| step.printed.is_none());
                    let step = step.unwrap_or_else(|| panic!("{} follows nothing", block.place()));
                    step.printed = Some(block.text.clone());
                }
                Kind::Settings | Kind::Sql => {}
                Kind::Proxy | Kind::Drawn => panic!("{} is tried by nothing", block.place()),
            }
        }
        for step in &mut steps {
            for (word, instead) in words {
                step.commands = step.commands.replace(word, instead);
            }
        }
        steps
    }

    /// What stands in no document.
    pub(super) fn besides(commands: &str) -> Self {
        Self {
            place: "besides".to_owned(),
            commands: commands.to_owned(),
            printed: None,
        }
    }

    /// Whether that is part of its commands.
    pub(super) fn runs(&self, words: &str) -> bool {
        self.commands.contains(words)
    }

    fn of(block: &Block, commands: &str) -> Self {
        Self {
            place: block.place(),
            commands: commands.to_owned(),
            printed: None,
        }
    }
}

/// What the commands came to, in a directory that is gone with it.
pub(super) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    /// Runs the commands, all in one shell that leaves nothing running behind it.
    pub(super) fn begin(steps: &[Step]) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let aside = folder.path().join("session");
        fs::create_dir(&aside).expect("a directory");
        let binary = behorig()
            .path()
            .parent()
            .expect("a directory")
            .display()
            .to_string();
        let mut script =
            format!("PATH='{binary}':$PATH\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n");
        for (n, step) in steps.iter().enumerate() {
            let file = aside.join(format!("{n}.sh"));
            fs::write(&file, &step.commands).expect("a script");
            let at = |end: &str| aside.join(format!("{n}.{end}")).display().to_string();
            script.push_str(&format!(
                ". '{}' >'{}' 2>'{}'; echo $? >'{}'\n",
                file.display(),
                at("out"),
                at("err"),
                at("code")
            ));
        }
        let whole = aside.join("all.sh");
        fs::write(&whole, script).expect("a script");
        let home = folder.path().join("home");
        fs::create_dir(&home).expect("an empty directory");
        run(&whole, &home);
        Self { folder }
    }

    /// Every command ended well and printed what is written.
    #[track_caller]
    pub(super) fn holds(&self, steps: &[Step]) {
        let wrong: Vec<String> = (0..steps.len())
            .filter_map(|n| self.wrong(n, &steps[n]))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }

    fn wrong(&self, n: usize, step: &Step) -> Option<String> {
        let aside = self.folder.path().join("session");
        let read =
            |end: &str| fs::read_to_string(aside.join(format!("{n}.{end}"))).unwrap_or_default();
        let (out, err, code) = (read("out"), read("err"), read("code"));
        let holds = step
            .printed
            .as_deref()
            .is_none_or(|printed| is_as_written(printed, &out));
        if code.trim() == "0" && holds {
            return None;
        }
        let written = step.printed.as_deref().unwrap_or_default();
        Some(format!(
            "{}: ended with {}\n{}\n--- written\n{written}\n--- printed\n{out}\n{err}",
            step.place,
            code.trim(),
            step.commands
        ))
    }
}

fn run(script: &Path, home: &Path) {
    let mut bash = Command::new("bash");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BEHORIG_") {
            bash.env_remove(name);
        }
    }
    let ended = bash
        .arg(script)
        .current_dir(home)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .status();
    assert!(ended.expect("bash runs").code().is_some());
}

/// Whether what was printed is what is written, in which `…` stands for anything and white space for nothing.
pub(super) fn is_as_written(written: &str, printed: &str) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let (written, printed) = (dense(written), dense(printed));
    let mut parts = written.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn what_is_left_open_is_left_open_and_nothing_else() {
    for (written, printed) in [
        ("{\"id\": \"evt_…\"}", "{\"id\":\"evt_01\"}"),
        ("GOOD\n…\nend", "GOOD x end"),
        ("same", " same\n"),
        ("…", "anything"),
    ] {
        assert!(is_as_written(written, printed), "{written}");
    }
    for (written, printed) in [
        ("same", "same and more"),
        ("{\"id\": \"evt_…\", \"a\"}", "{\"id\":\"evt_01\"}"),
        ("… cases passed", "no cases"),
        ("b…", "ab"),
    ] {
        assert!(!is_as_written(written, printed), "{written}");
    }
}
