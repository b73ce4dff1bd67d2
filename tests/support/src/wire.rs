//! A wire between the log and PostgreSQL that can be cut where it hurts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the wire does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Wire {
    /// It passes everything.
    Sound,
    /// It passes nothing and stays open.
    Silent,
    /// It breaks when a commit is to be sent, once.
    BreakBeforeCommit,
    /// It breaks when a commit was sent and its answer is due, once.
    BreakAfterCommit,
}

const ALL: [Wire; 4] = [
    Wire::Sound,
    Wire::Silent,
    Wire::BreakBeforeCommit,
    Wire::BreakAfterCommit,
];

#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) port: u16,
    wire: Arc<AtomicU8>,
}

impl Proxy {
    #[expect(clippy::disallowed_methods, reason = "the wire is a task of its own")]
    pub(super) async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            wire: Arc::new(AtomicU8::new(0)),
        };
        let wire = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(wire.clone().carry(client, server));
            }
        });
        proxy
    }

    pub(super) fn set(&self, wire: Wire) {
        self.wire.store(wire as u8, Ordering::SeqCst);
    }

    fn wire(&self) -> Wire {
        ALL[usize::from(self.wire.load(Ordering::SeqCst))]
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
            if wire == Wire::Silent {
                std::future::pending::<()>().await;
            }
            if !from_client {
                if committing && wire == Wire::BreakAfterCommit {
                    // The answer is there, so the commit is on disk.
                    self.set(Wire::Sound);
                    return;
                }
                client.write_all(&answered[..size]).await.unwrap();
                continue;
            }
            committing = asked[..size].windows(7).any(|word| word == b"COMMIT\0");
            if committing && wire == Wire::BreakBeforeCommit {
                self.set(Wire::Sound);
                return;
            }
            server.write_all(&asked[..size]).await.unwrap();
        }
    }
}
