//! A server of public keys on this machine, with a certificate that only an authority of its own vouches
//! for, as in a hospital's network.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::certificate::Certificate;

/// How long a caller may take for one request, and a test for what it waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A key server that runs until it is dropped.
#[derive(Debug)]
pub struct KeyServer {
    address: SocketAddr,
    authority: String,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Now {
    /// What it answers; none: it hangs up.
    keys: Option<String>,
    connections: usize,
    stopped: bool,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyServer {
    /// A server of that key set.
    #[must_use]
    pub fn of(keys: &Value) -> Self {
        let (authority, tls) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if !serve(&serving, stream, &tls) {
                    return;
                }
            }
        });
        let server = Self {
            address,
            authority,
            state,
        };
        server.publish(keys);
        server
    }

    /// Where the keys are.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}/jwks", self.address)
    }

    /// The certificate of its authority, in PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Answers with another key set from now on.
    pub fn publish(&self, keys: &Value) {
        self.state.lock().keys = Some(keys.to_string());
    }

    /// Hangs up on everybody from now on.
    pub fn go_away(&self) {
        self.state.lock().keys = None;
    }

    /// How often somebody has connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.lock().connections
    }

    /// Waits until somebody has connected twice more and so has had an answer to the first of them.
    pub fn wait_until_asked(&self) {
        let now = self.state.lock();
        let enough = now.connections + 2;
        let waited = self
            .state
            .changed
            .wait_timeout_while(now, PATIENCE, |now| now.connections < enough);
        let (now, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(now);
        assert!(!waited.timed_out(), "nobody asks for the keys");
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.state.lock().stopped = true;
        // Wakes the thread, which may have ended already.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers one connection; whether to go on.
fn serve(state: &State, stream: TcpStream, tls: &Arc<ServerConfig>) -> bool {
    let keys = {
        let mut now = state.lock();
        if now.stopped {
            return false;
        }
        now.connections += 1;
        state.changed.notify_all();
        now.keys.clone()
    };
    if let Some(keys) = keys {
        // A caller who does not trust the certificate hangs up, which is theirs to tell.
        let _ = answer(stream, tls, &keys);
    }
    true
}

fn answer(stream: TcpStream, tls: &Arc<ServerConfig>, keys: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let connection = ServerConnection::new(Arc::clone(tls)).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::from("-");
    while !line.trim().is_empty() {
        line.clear();
        stream.read_line(&mut line)?;
    }
    let stream = stream.get_mut();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{keys}",
        keys.len()
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// A fresh authority in PEM, and what serves this machine with a certificate of it.
fn certified() -> (String, Arc<ServerConfig>) {
    let Certificate {
        authority,
        der,
        key,
        ..
    } = Certificate::of("127.0.0.1");
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(vec![der], PrivateKeyDer::Pkcs8(key.serialize_der().into()));
    (authority, Arc::new(config.expect("a certified server")))
}
