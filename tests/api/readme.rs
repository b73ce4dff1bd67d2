//! The commands of the README and of the demo do what they say.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{behorig, root};

/// The lines of the shell blocks of the README, in order.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let mut lines = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => lines.push(line.to_owned()),
            _ => {}
        }
    }
    lines
}

#[test]
fn an_installation_is_begun_by_the_commands_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let feed = root().join("tests/data/region-300.jsonl");
    std::fs::copy(feed, folder.path().join("region.jsonl")).unwrap();
    std::fs::write(
        folder.path().join("keys.json"),
        test_support::Issuer::TRUSTED.key_set().to_string(),
    )
    .unwrap();
    let tried: Vec<String> = commands()
        .into_iter()
        .filter(|line| line.starts_with("behorig "))
        .collect();
    assert_eq!(tried.len(), 10, "{tried:?}");
    for line in tried {
        run(&line, folder.path());
    }
}

fn run(line: &str, folder: &Path) {
    let binary = behorig().path().display().to_string();
    let line = line.replacen("behorig", &format!("'{binary}'"), 1);
    let ended = Command::new("bash")
        .args(["-c", &line])
        .current_dir(folder)
        .env("BEHORIG_ISSUER", test_support::Issuer::URL)
        .env("BEHORIG_AUDIENCE", test_support::Issuer::AUDIENCE)
        .env("BEHORIG_JWKS", "keys.json")
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{line}: {said}");
}

#[test]
fn the_two_commands_are_there() {
    let commands = commands();
    assert!(commands.contains(&"cargo run -- demo".to_owned()));
    assert!(commands.contains(&"tests/run".to_owned()));
}

#[test]
fn the_demo_prints_commands_that_do_what_they_say_twice() {
    for _ in 0..2 {
        let demo = behorig().serve(&["demo", "--listen", "127.0.0.1:0"]);
        let script = Script::of(&wait_for_script(&demo));
        assert_eq!(script.commands.len(), 8);
        let answered: Vec<String> = (0..7).map(|n| script.run(n)).collect();
        let outcomes: Vec<&str> = answered.iter().flat_map(|text| outcomes(text)).collect();
        assert_eq!(
            outcomes,
            [
                "ALLOW", "DENY", "DENY", "ALLOW", "ALLOW", "ALLOW", "DENY", "DENY", "DENY", "ALLOW"
            ],
            "servers, records, then the log of the servers"
        );
        assert!(answered[4].contains("ACTIVE_CHOICE"), "{}", answered[4]);
        assert!(answered[4].contains("chosen"), "{}", answered[4]);
        assert!(answered[5].contains("blocked-record"), "{}", answered[5]);
        script.proves_all_three();
        assert_eq!(demo.stop(), Some(0), "an orderly end");
    }
}

#[test]
fn an_auditor_follows_by_the_commands_as_they_are_written() {
    let demo = behorig().serve(&["demo", "--listen", "127.0.0.1:0"]);
    let mut script = Script::of(&wait_for_script(&demo));
    // What the README shows is what the demo's own commands leave in the log.
    for n in 0..3 {
        let _answer = script.run(n);
    }
    let curls = commands()
        .into_iter()
        .filter(|line| line.starts_with("curl "));
    let address = demo.address().to_string();
    script.commands = curls
        .map(|line| line.replace("127.0.0.1:8080", &address))
        .collect();
    assert_eq!(script.commands.len(), 2, "{:?}", script.commands);
    let page = script.run(0);
    let lines: Vec<&str> = page.lines().collect();
    assert_eq!(lines.len(), 3, "{page}");
    assert!(
        lines[0].starts_with(r#"{"seq":1792,"envelope":"{"#),
        "{page}"
    );
    assert!(
        lines[2].starts_with(r#"{"end":2,"next":1793,"size":"#),
        "{page}"
    );
    let told = script.first_lines(1, 3);
    assert_eq!(told[0], "event: next");
    assert_eq!(told[1], "id: 1797", "{told:?}");
    let no_permit = r#""reasons":[{"policyId":"no-permit"}]}}}"#;
    assert!(told[2].ends_with(no_permit), "{told:?}");
}

/// What the demo printed, once it is all there.
fn wait_for_script(demo: &test_support::Serving) -> String {
    for _ in 0..600 {
        let said = demo.said();
        if said.contains("Ctrl-C stops the demo") {
            return said;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the demo did not finish its text: {}", demo.said());
}

/// What the demo has to paste.
struct Script {
    tokens: String,
    commands: Vec<String>,
}

impl Script {
    fn of(said: &str) -> Self {
        let lines = |wanted: fn(&str) -> bool| said.lines().filter(move |line| wanted(line));
        let pasted = said.split("\n\n").filter(|part| part.starts_with("# "));
        Self {
            tokens: lines(|line| line.contains("='ey"))
                .map(|line| format!("{line}\n"))
                .collect(),
            commands: pasted.map(str::to_owned).collect(),
        }
    }

    /// The answer to one of the commands.
    fn run(&self, command: usize) -> String {
        let script = format!("{}{}", self.tokens, self.commands[command]);
        let ended = Command::new("bash").args(["-c", &script]).output();
        let ended = ended.expect("bash runs");
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }

    /// The first lines that one of the commands prints, which then is ended.
    fn first_lines(&self, command: usize, count: usize) -> Vec<String> {
        let script = format!("{}exec {}", self.tokens, self.commands[command]);
        let mut child = Command::new("bash")
            .args(["-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash runs");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let lines = said.lines().take(count).map(|line| line.expect("text"));
        let lines = lines.collect();
        child.kill().expect("it goes on until it is ended");
        let _ = child.wait();
        lines
    }

    /// As soon as the notary has signed.
    fn proves_all_three(&self) {
        let mut answer = String::new();
        for _ in 0..300 {
            answer = self.run(7);
            if answer.matches("demo.behorig.example\\n").count() == 3 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("no proof came: {answer}");
    }
}

fn outcomes(answer: &str) -> impl Iterator<Item = &str> {
    let after = answer.split("\"outcome\":\"").skip(1);
    after.map(|rest| rest.split('"').next().unwrap_or_default())
}
