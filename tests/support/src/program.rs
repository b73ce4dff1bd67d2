//! The real binary, run as its users run it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// How long a service may take before it listens, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program and the environment it gets: the test's own, without any setting of the service.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    settings: Vec<(String, String)>,
}

impl Program {
    /// The program at `path`; for the service `env!("CARGO_BIN_EXE_behorig")`.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            settings: Vec::new(),
        }
    }

    /// The same program with one more environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A setting that it gets.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let mut settings = self.settings.iter().rev();
        let found = settings.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Another program with this one's settings, such as a shell that starts it.
    #[must_use]
    pub fn under(&self, path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            settings: self.settings.clone(),
        }
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_reading(arguments, b"")
    }

    /// Runs it to its end with `input` on its standard input.
    pub fn run_reading(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("its input");
        let output = std::thread::scope(|scope| {
            // A program may end without reading all of it.
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output()
        })
        .expect("the program ends");
        Outcome {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts it, with a pipe to its standard input, and leaves it to the caller.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// Starts it and waits until it says, in a line with `listening`, on which address.
    #[must_use]
    #[track_caller]
    pub fn serve(&self, arguments: &[&str]) -> Serving {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (found, listening) = mpsc::channel();
        listen(child.stdout.take(), &said, found.clone());
        listen(child.stderr.take(), &said, found);
        // Owned before the wait, so that it is stopped if the wait fails.
        let mut serving = Serving {
            child,
            said,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        match listening.recv_timeout(PATIENCE) {
            Ok(address) => serving.address = address,
            Err(error) => panic!(
                "`{} {}` never said where it listens ({error}):\n{}",
                self.path.display(),
                arguments.join(" "),
                serving.said()
            ),
        }
        serving
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BEHORIG_") {
                command.env_remove(name);
            }
        }
        // What is expected of it is in English, whatever the machine speaks; a test that wants another says so.
        for name in ["LC_ALL", "LC_MESSAGES", "LANGUAGE"] {
            command.env_remove(name);
        }
        command.env("LANG", "C");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Where the program is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Keeps what a stream says and reports the address in its line about listening.
fn listen(
    stream: Option<impl Read + Send + 'static>,
    said: &Arc<Mutex<String>>,
    found: mpsc::Sender<SocketAddr>,
) {
    let stream = stream.expect("a piped stream");
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
            drop(said);
            // Whoever is told where it listens finds that it has said so.
            if let Some(address) = address_in(&line) {
                // Only the first is waited for.
                let _ = found.send(address);
            }
        }
    });
}

/// The address on `127.0.0.1` in a line about listening.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit());
    let (port, _) = rest.split_at(digits.unwrap_or(rest.len()));
    let port = port.parse().ok().filter(|port| *port != 0)?;
    line.to_ascii_lowercase()
        .contains("listening")
        .then(|| SocketAddr::from(([127, 0, 0, 1], port)))
}

/// How a program ended and what it said.
#[derive(Debug)]
#[must_use = "a program's outcome says whether it did what the test is about"]
pub struct Outcome {
    command: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// The same outcome, which is success.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        self.ended_with(0)
    }

    /// The same outcome, which is that exit code.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "`{}` ended with {:?} instead of {code}\n--- output\n{}--- errors\n{}",
            self.command,
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    /// The exit code; none after a signal.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.code
    }

    /// What it wrote to standard output.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What it wrote to standard error.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.stderr
    }
}

/// A service that runs until it is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    said: Arc<Mutex<String>>,
    address: SocketAddr,
}

impl Serving {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far, on both streams.
    #[must_use]
    pub fn said(&self) -> String {
        let said = self.said.lock();
        said.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends it a signal by name, such as `TERM`, `STOP` or `CONT`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill runs").success(), "no process {pid}");
    }

    /// Asks it to stop and returns its exit code; none if it had to be killed.
    #[must_use]
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().expect("the program ends").code()
    }

    /// Kills it on the spot, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Program {
        Program::at("/bin/sh")
    }

    #[test]
    fn an_outcome_holds_code_and_both_streams() {
        let script = "read name; echo hello $name; echo careful >&2; exit 3";
        let outcome = shell()
            .run_reading(&["-c", script], b"Karin\n")
            .ended_with(3);
        assert_eq!(
            (outcome.stdout(), outcome.stderr()),
            ("hello Karin\n", "careful\n")
        );
    }

    #[test]
    #[should_panic(expected = "ended with Some(3) instead of 0")]
    fn a_failure_is_no_success() {
        let _ = shell().run(&["-c", "exit 3"]).succeeded();
    }

    #[test]
    fn a_service_is_waited_for_and_gone_when_dropped() {
        let script = "echo starting; echo listening on 127.0.0.1:4711 >&2; exec sleep 600";
        let serving = shell().serve(&["-c", script]);
        assert_eq!(serving.address().to_string(), "127.0.0.1:4711");
        assert!(serving.said().contains("listening"), "{}", serving.said());
        let process = PathBuf::from(format!("/proc/{}", serving.pid()));
        assert!(process.exists());
        drop(serving);
        assert!(!process.exists());
    }

    #[test]
    fn a_service_asked_to_stop_may_end_in_its_own_way() {
        let script = "trap 'exit 5' TERM; echo listening on 127.0.0.1:4711; \
                      while :; do read never <&- || sleep 0.01; done";
        assert_eq!(shell().serve(&["-c", script]).stop(), Some(5));
    }

    #[test]
    #[should_panic(expected = "address already in use")]
    fn a_service_that_ends_before_it_listens_fails_the_test_with_its_words() {
        let script = "echo address already in use >&2; exit 1";
        let _ = shell().serve(&["-c", script]);
    }

    #[test]
    fn an_address_is_read_from_human_and_json_lines_about_listening_only() {
        for (line, port) in [
            (
                "INFO listening on http://127.0.0.1:8080/graphql",
                Some(8080),
            ),
            (
                r#"{"message":"listening","address":"127.0.0.1:8081"}"#,
                Some(8081),
            ),
            ("connected to 127.0.0.1:5432", None),
            ("will be listening on 127.0.0.1:0", None),
            ("listening", None),
        ] {
            assert_eq!(
                address_in(line).map(|address| address.port()),
                port,
                "{line}"
            );
        }
    }
}
