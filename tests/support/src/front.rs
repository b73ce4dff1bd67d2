//! A proxy before the service, as an operator would put it there: Debian's haproxy or nginx.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a proxy may take before it listens, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands in a configuration where the proxy listens.
const LISTEN: &str = "LISTEN";

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Front {
    child: Child,
    directory: TempDir,
    address: SocketAddr,
}

impl Front {
    /// haproxy with these sections; `LISTEN` in them is where it listens.
    #[must_use]
    pub fn haproxy(sections: &str) -> Self {
        Self::start(sections, |directory| {
            let directory = directory.display();
            let before = format!("global\n  stats socket {directory}/stats mode 600\n");
            let mut command = Command::new("haproxy");
            command.args(["-db", "-q", "-f", &format!("{directory}/proxy")]);
            (before, String::new(), command)
        })
    }

    /// nginx with these blocks of `http`; `LISTEN` in them is where it listens.
    #[must_use]
    pub fn nginx(blocks: &str) -> Self {
        Self::start(blocks, |directory| {
            let directory = directory.display();
            let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {directory}/{kind};\n"))
                .concat();
            let before = format!(
                "daemon off;\nmaster_process off;\npid {directory}/pid;\nevents {{}}\n\
                 http {{\naccess_log off;\n{paths}"
            );
            let mut command = Command::new("nginx");
            let configuration = format!("{directory}/proxy");
            command.args([
                "-p",
                &directory.to_string(),
                "-e",
                "stderr",
                "-c",
                &configuration,
            ]);
            (before, "}\n".to_owned(), command)
        })
    }

    fn start(
        text: &str,
        program: impl FnOnce(&std::path::Path) -> (String, String, Command),
    ) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let address = free_address();
        let (before, after, mut command) = program(directory.path());
        let text = text.replace(LISTEN, &address.to_string());
        let file = directory.path().join("proxy");
        std::fs::write(file, format!("{before}{text}{after}")).expect("a configuration");
        let said = std::fs::File::create(directory.path().join("said")).expect("a file");
        let again = said.try_clone().expect("the same file");
        let child = command
            .stdin(Stdio::null())
            .stdout(said)
            .stderr(again)
            .spawn()
            .expect("the proxy is installed: `tests/run` installs it");
        let mut front = Self {
            child,
            directory,
            address,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = front.child.try_wait().expect("its state");
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "the proxy never listened:\n{}",
                front.said()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        front
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has said so far.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.path("said")).unwrap_or_default()
    }

    /// What haproxy says of its servers; nothing yet where it listens for requests and not for questions.
    fn statistics(&self) -> std::io::Result<String> {
        let mut socket = UnixStream::connect(self.path("stats"))?;
        socket.write_all(b"show stat\n")?;
        let mut told = String::new();
        socket.read_to_string(&mut told)?;
        Ok(told)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Waits until haproxy has found that server ready.
    pub fn wait_for(&self, server: &str) {
        let begun = Instant::now();
        loop {
            let told = self.statistics().unwrap_or_default();
            let mut lines = told.lines().map(|line| line.split(',').collect::<Vec<_>>());
            let is_up = |line: Vec<&str>| line.get(1) == Some(&server) && line.contains(&"UP");
            if lines.any(is_up) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "`{server}` is never ready:\n{told}{}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine where nothing listens.
#[must_use]
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its own address")
}

/// A configuration of the manual, by the name of its language, with other words in place of some. Each of
/// them has to be there.
#[must_use]
pub fn configuration(manual: &str, language: &str, words: &[(&str, &str)]) -> String {
    let begin = format!("```{language}\n");
    let (_, rest) = manual
        .split_once(&begin)
        .expect("a configuration of that kind");
    let (text, _) = rest.split_once("```").expect("its end");
    let mut text = text.to_owned();
    for (word, other) in words {
        assert!(text.contains(word), "no `{word}` in {text}");
        text = text.replace(word, other);
    }
    text
}
