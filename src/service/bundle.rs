//! A part of the log as a bundle that anybody can verify, for whoever may read the whole log, wherever they are.
//!
//! Apart from pages of the log because a bundle may be the whole of it: it is read piece by piece, each on a
//! snapshot of its own that is closed before the piece is handed out. Whoever reads slowly holds neither
//! snapshot, connection, turn nor more memory than a piece, and nobody waits for it.
//!
//! Leave is asked for once, and the event says of which part, as its purpose; it is on record before the first
//! piece. What was decided at the start stands to the end, as with a page: what is handed out was there when it
//! was decided. But it ends with the token, so it does not last for ever. Values of slots stay at home: each takes
//! leave of its own to read whom it is about, which leave to read the log is not.

use std::sync::Arc;

use futures_util::FutureExt as _;

use audit::export::{ExportError, Pieces};
use domain::action::Read;
use domain::{Instant, Words};
use store::StoreError;

use super::call::Call;
use super::error::{InputPath, OutOfLog, ServiceError};
use super::heads::LOOK;
use super::session::{Desk, Session, Unanswered};

/// How often in a row the database may fail to answer before the bundle breaks off.
const TRIES: u32 = 20;

/// A bundle, to be read piece by piece.
#[derive(Debug)]
pub struct Bundle {
    desk: Arc<Desk>,
    expires_at: Instant,
    pieces: Pieces,
}

impl Desk {
    /// A bundle of the events from one seq to before another; `None`: as far as the newest checkpoint goes.
    ///
    /// # Errors
    /// As [`Desk::answer`]; and within, the caller may not read the whole log, there is no such part, or no
    /// checkpoint covers it.
    pub async fn bundle(
        self: &Arc<Self>,
        mut call: Call,
        from: u64,
        to: Option<u64>,
    ) -> Result<Result<Bundle, ServiceError>, Unanswered> {
        let before = to.map_or_else(String::new, |to| format!(" before {to}"));
        call.context.purpose = Some(format!("bundle from {from}{before}"));
        let run = |session: Session| {
            async move {
                let permit = session.operation().read(Read::whole_log()).await?;
                let export = session.reader().await?.bundle(permit, from, to).await;
                export.map_err(|error| refused(error, from, to))
            }
            .boxed()
        };
        let export = Box::pin(self.answer(&call, run)).await?;
        Ok(export.map(|export| Bundle {
            desk: Arc::clone(self),
            expires_at: call.claimant.expires_at(),
            pieces: export.pieces(),
        }))
    }
}

impl Bundle {
    /// Some more of it; `None`: that was all.
    ///
    /// # Errors
    /// The token has expired, what is stored is not what was recorded or was pruned meanwhile, or the database did
    /// not answer for a while.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        let mut failures = 0;
        loop {
            if self.desk.clock.now() >= self.expires_at {
                return Err(ServiceError::TokenExpired);
            }
            match self.read_on().await {
                Err(error @ (ServiceError::Unavailable(_) | ServiceError::Timeout))
                    if failures < TRIES =>
                {
                    failures += 1;
                    tracing::warn!(%error, failures, "a bundle could not be read on yet");
                    tokio::time::sleep(LOOK).await;
                }
                read => return read,
            }
        }
    }

    async fn read_on(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        let Self { desk, pieces, .. } = self;
        let read = async {
            let snapshot = desk.database.snapshot().await;
            let snapshot = snapshot.map_err(|error| ServiceError::Unavailable(Box::new(error)))?;
            let piece = pieces.next(&snapshot).await;
            piece.map_err(|error| {
                if let ExportError::Pruned(below) = error {
                    return OutOfLog::Pruned { below }.into();
                }
                StoreError::Export(error).into()
            })
        };
        let _turn = desk.heads.turn().await;
        let read = tokio::time::timeout(desk.deadline, read).await;
        read.unwrap_or(Err(ServiceError::Timeout))
    }
}

/// Why there is no bundle of that part.
fn refused(error: StoreError, from: u64, to: Option<u64>) -> ServiceError {
    let StoreError::Export(error) = error else {
        return error.into();
    };
    match error {
        ExportError::Pruned(below) => ServiceError::OutOfLog(OutOfLog::Pruned { below }),
        ExportError::NotCovered { newest, .. } => ServiceError::NotCovered { newest },
        ExportError::Nothing(newest) if to.is_none() => ServiceError::NotCovered { newest },
        ExportError::Nothing(_) => too_little(),
        ExportError::Part(_) if to.is_some_and(|to| from > to) => too_little(),
        ExportError::Part(size) => ServiceError::Input {
            path: InputPath::argument(if from > size { "from" } else { "to" }),
            problem: Words::made(
                format!("there is no such part: the log has {size} events"),
                format!("Den delen finns inte. Loggen har {size} händelser."),
            ),
        },
        error @ (ExportError::Tampered(_) | ExportError::Database(_) | ExportError::Write(_)) => {
            StoreError::Export(error).into()
        }
    }
}

fn too_little() -> ServiceError {
    ServiceError::Input {
        path: InputPath::argument("to"),
        problem: Words::new(
            "there are no events in that part: `to` must be more than `from`",
            "Det finns inga händelser i den delen. `to` ska vara mer än `from`.",
        ),
    }
}
