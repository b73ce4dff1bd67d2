//! A wire between a program and PostgreSQL that can be cut where it hurts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What the wire does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Wire {
    /// It passes everything.
    Sound,
    /// It passes nothing and stays open.
    Silent,
    /// It breaks as soon as somebody says something.
    Broken,
    /// It breaks when a commit is to be sent, once.
    BreakBeforeCommit,
    /// It breaks when a commit was sent and its answer is due, once.
    BreakAfterCommit,
}

const ALL: [Wire; 5] = [
    Wire::Sound,
    Wire::Silent,
    Wire::Broken,
    Wire::BreakBeforeCommit,
    Wire::BreakAfterCommit,
];

/// A port that leads to a server for as long as the wire is sound.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    wire: Arc<AtomicU8>,
    listening: AbortHandle,
}

impl Proxy {
    /// A wire to the server at that address. It lasts as long as the runtime it was laid in.
    #[expect(clippy::disallowed_methods, reason = "the wire is a task of its own")]
    pub async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its own address").port();
        let wire = Arc::new(AtomicU8::new(0));
        let state = State(Arc::clone(&wire));
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("the server");
                tokio::spawn(state.clone().carry(client, server));
            }
        });
        Self {
            port,
            wire,
            listening: listening.abort_handle(),
        }
    }

    /// A wire to the database that the URL names, and the URL by which it is reached through it.
    pub async fn to(url: &str) -> (Self, String) {
        let (before, database) = url.rsplit_once('/').expect("a database");
        let (user, server) = before.rsplit_once('@').expect("a server");
        let proxy = Self::before(server.to_owned()).await;
        let through = format!("{user}@127.0.0.1:{}/{database}", proxy.port);
        (proxy, through)
    }

    /// What it does from now on.
    pub fn set(&self, wire: Wire) {
        self.wire.store(wire as u8, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[derive(Debug, Clone)]
struct State(Arc<AtomicU8>);

impl State {
    fn wire(&self) -> Wire {
        ALL[usize::from(self.0.load(Ordering::SeqCst))]
    }

    fn mend(&self) {
        self.0.store(Wire::Sound as u8, Ordering::SeqCst);
    }

    async fn carry(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
        let mut committing = false;
        loop {
            let (bytes, from_client) = tokio::select! {
                read = client.read(&mut asked) => (read, true),
                read = server.read(&mut answered) => (read, false),
            };
            let Ok(size @ 1..) = bytes else { return };
            let wire = self.wire();
            match wire {
                Wire::Silent => std::future::pending::<()>().await,
                Wire::Broken => return,
                Wire::Sound | Wire::BreakBeforeCommit | Wire::BreakAfterCommit => {}
            }
            let passed = if from_client {
                committing = asked[..size].windows(7).any(|word| word == b"COMMIT\0");
                if committing && wire == Wire::BreakBeforeCommit {
                    self.mend();
                    return;
                }
                server.write_all(&asked[..size]).await
            } else {
                if committing && wire == Wire::BreakAfterCommit {
                    // The answer is there, so the commit is on disk.
                    self.mend();
                    return;
                }
                client.write_all(&answered[..size]).await
            };
            if passed.is_err() {
                return;
            }
        }
    }
}
