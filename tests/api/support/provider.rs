//! An OpenID provider that others have written and had certified, with people who sign in to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::installed;

/// The provider's process, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Provider {
    process: Child,
    /// Taken when the process is to end.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    issuer: String,
}

impl Provider {
    /// The `acr` of a sign-in that this provider alone knows, by a card that it calls a name of its own.
    pub(crate) const CARD: &'static str = "urn:provider:loa4";

    /// A provider with one pair of keys; `None`, with the reason said: not to be had.
    pub(crate) fn start() -> Option<Self> {
        let folder = installed()?;
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output"));
        let mut provider = Self {
            process,
            commands,
            answers,
            issuer: String::new(),
        };
        let issuer = provider.answer()["issuer"].as_str().map(str::to_owned);
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
        let commands = self.commands.as_mut().expect("a process");
        writeln!(commands, "{given}").expect("a listener");
        let answer = self.answer();
        assert_eq!(answer.get("error"), None, "{command}: {answer:#}");
        answer
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
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
        // It ends with its input; if it has ended already, there is nobody to tell.
        drop(self.commands.take());
        let _ended = self.process.wait();
    }
}
