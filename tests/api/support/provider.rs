//! An OpenID provider that others have written and had certified, with people who sign in to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};

use super::script;

/// How long it may take over anything, on a machine busy with other tests; longer than what it waits for itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// The provider's process, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Provider {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<String>,
    issuer: String,
}

impl Provider {
    /// The `acr` of a sign-in that this provider alone knows, by a card that it calls a name of its own.
    pub(crate) const CARD: &'static str = "urn:provider:loa4";

    /// A provider with one pair of keys; `None`, with the reason said: not to be had.
    pub(crate) fn start() -> Option<Self> {
        let mut process = script("provider.mjs")?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let commands = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (said, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody waits for what it says at its end.
                let _ = said.send(line);
            }
        });
        let mut provider = Self {
            process,
            commands,
            answers,
            issuer: String::new(),
        };
        let issuer = provider.answer("start")["issuer"]
            .as_str()
            .map(str::to_owned);
        provider.issuer = issuer.expect("where it is");
        Some(provider)
    }

    /// What its tokens say in `iss`.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The section of a settings file that trusts it, but for its clients; the service finds its keys.
    pub(crate) fn section(&self) -> String {
        format!(
            "[[issuers]]\nissuer = {:?}\naudience = \"behorig\"\n\
             levels = {{ {:?} = 4 }}\nmethods = {{ \"urn:provider:card\" = \"multi_factor\" }}\n",
            self.issuer,
            Self::CARD
        )
    }

    /// Has it do something.
    pub(crate) fn tell(&mut self, command: &str, given: Value) -> Value {
        let mut given = given;
        given["command"] = json!(command);
        writeln!(self.commands, "{given}").expect("a listener");
        let answer = self.answer(command);
        assert_eq!(answer.get("error"), None, "{command}: {answer:#}");
        answer
    }

    fn answer(&mut self, command: &str) -> Value {
        let line = self.answers.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|error| panic!("no answer to {command}: {error}"));
        serde_json::from_str(&line).expect("an answer in JSON")
    }

    /// The token of a person who has signed in at the frontend as it wanted.
    pub(crate) fn person(&mut self, hsa_id: &str, wanted: &Value) -> String {
        self.token("person", json!({ "hsaId": hsa_id, "wanted": wanted }))
    }

    /// The token of the service that people log in to servers by.
    pub(crate) fn service(&mut self) -> String {
        self.token("service", json!({}))
    }

    fn token(&mut self, command: &str, given: Value) -> String {
        let answer = self.tell(command, given);
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// Waits until whoever fetches the keys again and again has them as they are now.
    pub(crate) fn wait_until_fetched(&mut self) {
        // Who asks a second time has had the answer to the first.
        let _done = self.tell("wait", json!({ "times": 2 }));
    }

    /// How often somebody has connected.
    pub(crate) fn connections(&mut self) -> u64 {
        let asked = self.tell("asked", json!({}));
        asked["connections"].as_u64().expect("a number")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It has nothing to put away; already ended is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
