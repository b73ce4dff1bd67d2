//! Reads the feed into the staging area, a few hundred lines at a time.

use std::io::BufRead;

use sha2::{Digest, Sha256};

use super::worker::Worker;
use super::{ImportError, ImportOptions, Progress, RejectSink};
use feed::{Ending, Feed, Line, Problem};
use store::import::{self as staging, Staged};

/// How many lines are staged at once.
const CHUNK: usize = 500;
/// How many problems are recorded at once: a line can have many.
const PROBLEMS: usize = 500;

/// What was read.
#[derive(Debug)]
pub(super) struct ReadFeed {
    pub(super) ending: Ending,
    pub(super) digest: String,
}

#[derive(Debug, Default)]
struct Batch {
    lines: Vec<Staged>,
    problems: Vec<Problem>,
}

/// Stages every line; lines of bad form go to `rejects` as they were.
pub(super) async fn read<R: BufRead + Send>(
    worker: &Worker<'_>,
    source: R,
    options: &ImportOptions,
    mut rejects: Option<&mut RejectSink>,
    progress: &dyn Progress,
) -> Result<ReadFeed, ImportError> {
    let mut feed = Feed::open(source)?;
    let mut digest = Sha256::new();
    let mut batch = Batch::default();
    let mut last = 0;
    while let Some(line) = feed.next_line()? {
        digest.update(&line.bytes);
        digest.update(b"\n");
        last = line.number;
        if let (Some(rejects), Err(_)) = (rejects.as_deref_mut(), &line.record) {
            write_line(rejects, &line.bytes)?;
        }
        batch.take(line, rejects.is_some());
        if batch.lines.len() >= CHUNK || batch.problems.len() >= PROBLEMS {
            std::mem::take(&mut batch).stage(worker).await?;
            progress.advance(last);
        }
    }
    batch.stage(worker).await?;
    progress.advance(last);
    let ending = feed.finish(!options.no_trailer)?;
    let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
    Ok(ReadFeed { ending, digest })
}

impl Batch {
    fn take(&mut self, line: Line, keep_text: bool) {
        let text = String::from_utf8(line.bytes).unwrap_or_default();
        match line.record {
            Ok(record) => self.lines.push(Staged {
                line: line.number,
                kind: record.kind(),
                external_id: record.external_id().to_owned(),
                text: keep_text.then(|| text.clone()),
                body: text,
                rejected: false,
                seen: None,
            }),
            Err(bad) => {
                if let (Some(kind), Some(external_id)) = (bad.kind, bad.external_id) {
                    self.lines.push(Staged {
                        line: line.number,
                        kind,
                        external_id,
                        body: "{}".to_owned(),
                        text: None,
                        rejected: true,
                        seen: None,
                    });
                }
                self.problems.extend(bad.problems);
            }
        }
    }

    async fn stage(self, worker: &Worker<'_>) -> Result<(), ImportError> {
        let run = worker.run().to_string();
        worker
            .stage(move |tx, by| {
                Box::pin(async move {
                    staging::stage_lines(tx, &by, &run, &self.lines).await?;
                    Ok(staging::stage_problems(tx, &by, &run, &self.problems).await?)
                })
            })
            .await
    }
}

impl Clone for Batch {
    fn clone(&self) -> Self {
        Self {
            lines: self.lines.clone(),
            problems: self.problems.clone(),
        }
    }
}

/// Writes the lines that were of good form and are rejected all the same.
pub(super) async fn hand_back(
    worker: &Worker<'_>,
    rejects: &mut RejectSink,
) -> Result<(), ImportError> {
    let run = worker.run().to_string();
    let mut after = 0;
    loop {
        let snapshot = worker.snapshot().await?;
        let page = staging::rejected_texts(snapshot.connection(), &run, after).await?;
        let Some(last) = page.last() else {
            return rejects.flush().map_err(ImportError::Rejects);
        };
        after = last.line;
        for rejected in &page {
            write_line(rejects, rejected.text.as_bytes())?;
        }
    }
}

/// Hands one line back.
pub(super) fn write_line(rejects: &mut RejectSink, line: &[u8]) -> Result<(), ImportError> {
    let written = rejects
        .write_all(line)
        .and_then(|()| rejects.write_all(b"\n"));
    written.map_err(ImportError::Rejects)
}
