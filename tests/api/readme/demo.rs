//! The two commands that everybody tries first: the demo prints commands that do what they say.

use std::process::Command;

use super::blocks::{Kind, blocks};
use super::session::is_as_written;
use crate::support::behorig;

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
        for (written, answer) in answers_as_written().iter().zip(&answered) {
            assert!(is_as_written(written, answer), "{written} but {answer}");
        }
        assert!(answered[4].contains("ACTIVE_CHOICE"), "{}", answered[4]);
        assert!(answered[4].contains("chosen"), "{}", answered[4]);
        assert!(answered[5].contains("blocked-record"), "{}", answered[5]);
        script.proves_all_three();
        assert_eq!(demo.stop(), Some(0), "an orderly end");
    }
}

/// What the first commands are said to answer.
fn answers_as_written() -> Vec<String> {
    let all = blocks().into_iter();
    let first = all.filter(|block| block.heading == "Two commands" && block.kind == Kind::Printed);
    let first: Vec<String> = first.map(|block| block.text).collect();
    assert_eq!(first.len(), 2, "an allow and a deny");
    first
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
