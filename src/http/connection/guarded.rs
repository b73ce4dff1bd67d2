//! The bytes of a connection, for as long as its other end keeps up.
//!
//! A head has to arrive within one time, counted from its first byte, so that nobody keeps a connection by
//! a byte now and then; between requests nothing may be said for another; and of an answer something has to
//! be taken within a third. Bodies have the time that a caller waits at most, where they are read.
//!
//! When we close first, what is still to come is read away for a little while: a connection that is closed
//! over unread bytes is reset, and the answer would be lost to a client that was still writing.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::framing::{Framing, Part, Passed};
use super::signs::Signs;

/// How long what is still to come is read away, and how much of it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For a head, from its first byte; for the first one, from the connection's beginning.
    pub(super) head: Duration,
    /// Between requests.
    pub(super) idle: Duration,
    /// To take anything of an answer.
    pub(super) stalled: Duration,
}

/// A stream that is ended when its other end does not keep up, and from which no request passes whose end
/// is in doubt.
#[derive(Debug)]
pub(super) struct Guarded<S> {
    stream: S,
    framing: Framing,
    signs: Arc<Signs>,
    patience: Patience,
    /// Since when a head, or the beginning of one, is waited for.
    since: Instant,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
    closing: Option<Closing>,
}

/// What is read away after we have said all.
#[derive(Debug)]
struct Closing {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, signs: Arc<Signs>, patience: Patience) -> Self {
        let since = Instant::now();
        Self {
            stream,
            framing: Framing::default(),
            signs,
            patience,
            since,
            reading: Box::pin(tokio::time::sleep_until(since + patience.head)),
            writing: None,
            closing: None,
        }
    }

    /// Whether the other end has had its time; otherwise it is looked again when it has.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let patience = match self.framing.part() {
                Part::Between if self.framing.heads() > 0 => self.patience.idle,
                Part::Between | Part::Head => self.patience.head,
                // A body has its own time; what is refused is answered and closed.
                Part::Body | Part::Beyond => self.patience.idle,
            };
            let now = Instant::now();
            let busy = self.signs.is_busy();
            let since = if busy {
                now
            } else {
                self.since.max(self.signs.quiet_since())
            };
            let until = since + patience;
            if !busy && until <= now {
                return true;
            }
            if self.reading.deadline() != until {
                self.reading.as_mut().reset(until);
            }
            if self.reading.as_mut().poll(cx).is_pending() {
                return false;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let late = |this: &mut Self, cx: &mut Context<'_>| {
            if this.is_late(cx) {
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            } else {
                Poll::Pending
            }
        };
        if this.framing.is_malformed() {
            return Poll::Ready(Err(malformed()));
        }
        if this.framing.part() == Part::Beyond {
            return late(this, cx);
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Pending => return late(this, cx),
            Poll::Ready(read) => read?,
        }
        let part = this.framing.part();
        let arrived = buf.filled().get(before..).unwrap_or_default();
        match this.framing.follow(arrived) {
            Passed::All => {}
            Passed::Refused(passed, flaw) => {
                this.signs.refuse(this.framing.heads(), flaw);
                buf.set_filled(before + passed);
            }
            // The end of the stream would be something else than nothing.
            Passed::Malformed(0) => return Poll::Ready(Err(malformed())),
            Passed::Malformed(passed) => buf.set_filled(before + passed),
        }
        if this.framing.part() != part {
            this.since = Instant::now();
        }
        Poll::Ready(Ok(()))
    }
}

fn malformed() -> Error {
    Error::new(ErrorKind::InvalidData, "the body is not well formed")
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guarded<S> {
    /// What was written, unless nothing has been for too long.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<std::io::Result<usize>>,
    ) -> Poll<std::io::Result<usize>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let stalled = self.patience.stalled;
        let until = self
            .writing
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(stalled)));
        ready!(until.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }

    /// Reads away what is still to come.
    fn read_away(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut away = [0; 8 * 1024];
        loop {
            let Some(closing) = &mut self.closing else {
                return Poll::Ready(());
            };
            if closing.until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let mut buf = ReadBuf::new(&mut away);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf));
            let length = buf.filled().len();
            closing.left = closing.left.saturating_sub(length);
            if read.is_err() || length == 0 || closing.left == 0 {
                return Poll::Ready(());
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.written(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.closing = Some(Closing {
                until: Box::pin(tokio::time::sleep(LINGER)),
                left: match this.framing.part() {
                    Part::Between | Part::Head => 0,
                    Part::Body | Part::Beyond => LINGER_BYTES,
                },
            });
        }
        if this
            .closing
            .as_ref()
            .is_some_and(|closing| closing.left == 0)
        {
            return Poll::Ready(Ok(()));
        }
        ready!(this.read_away(cx));
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_mins(10);

    fn guarded(patience: Patience) -> (Guarded<DuplexStream>, DuplexStream, Arc<Signs>) {
        let (own, other) = duplex(64);
        let signs = Arc::new(Signs::new());
        (
            Guarded::new(own, Arc::clone(&signs), patience),
            other,
            signs,
        )
    }

    #[tokio::test]
    async fn an_answer_of_which_nothing_is_taken_is_given_up() {
        let patience = Patience {
            head: LONG,
            idle: LONG,
            stalled: SHORT,
        };
        let (mut own, mut other, _) = guarded(patience);
        let error = own.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        // Slow is not stalled.
        let (mut own, mut slow, _) = guarded(patience);
        let written = own.write_all(&[0; 1_000]);
        let taken = async {
            for _ in 0..100 {
                slow.read_exact(&mut [0; 10]).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (written, ()) = tokio::join!(written, taken);
        written.unwrap();
        drop((slow, other.shutdown().await));
    }

    #[tokio::test]
    async fn a_connection_that_is_being_answered_is_not_idle() {
        let patience = Patience {
            head: SHORT,
            idle: SHORT,
            stalled: LONG,
        };
        let (mut own, mut other, signs) = guarded(patience);
        other.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let _taken = own.read(&mut [0; 64]).await.unwrap();
        assert_eq!(signs.asked(), None);
        let mut byte = [0];
        let read = own.read(&mut byte);
        let waited = tokio::time::timeout(SHORT * 5, read).await;
        assert!(waited.is_err(), "{waited:?}");
        signs.answered();
        let error = own.read(&mut byte).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_is_still_to_come_is_read_away_when_we_close() {
        let patience = Patience {
            head: LONG,
            idle: LONG,
            stalled: LONG,
        };
        let (mut own, mut other, _) = guarded(patience);
        let head = b"POST / HTTP/1.1\r\ncontent-length: 5000\r\n\r\n";
        let writing = async {
            other.write_all(head).await.unwrap();
            other.write_all(&[b'x'; 5_000]).await.unwrap();
            other.shutdown().await.unwrap();
        };
        let closing = async {
            let _head = own.read(&mut [0; 64]).await.unwrap();
            own.write_all(b"no").await.unwrap();
            own.shutdown().await.unwrap();
        };
        tokio::join!(writing, closing);
        let mut said = Vec::new();
        other.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, b"no");
    }
}
