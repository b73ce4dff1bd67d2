//! Reads a feed line by line, plain or compressed, and knows whether it came to its end.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::{Bad, Content, Kind, Problem, Record, Trailer, parse};
use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};

/// The longest line, in bytes without its line break.
pub const MAX_LINE: usize = 64 * 1024;

/// The first byte of a gzip stream, which no JSON text begins with.
const GZIP: u8 = 0x1f;

/// Why a feed cannot be read on, or is not whole.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ReadError {
    /// The source failed.
    Io {
        /// The last whole line.
        line: u64,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The compressed stream ends too early.
    TruncatedGzip {
        /// The last whole line.
        line: u64,
    },
    /// The compressed stream is damaged.
    DamagedGzip {
        /// The last whole line.
        line: u64,
    },
    /// A line is longer than any record can be.
    LongLine {
        /// The line.
        line: u64,
    },
    /// It is text that no feed is written in.
    Utf16,
    /// The last line is whole, and not what a last line is.
    SpoiledTrailer {
        /// Everything that is wrong with it.
        problems: Words,
    },
    /// There was no last line.
    NoTrailer {
        /// The last line.
        line: u64,
    },
    /// Lines were lost or added on the way.
    Counts {
        /// Kind by kind, what was announced and what was read.
        differences: Words,
    },
}

impl Speaks for ReadError {
    fn words(&self) -> Words {
        match self {
            Self::Io { line, cause } => words!(
                "the feed cannot be read after line {line}: {cause}",
                "Filen går inte att läsa efter rad {line}. Orsak: {cause}",
                line,
                cause
            ),
            Self::TruncatedGzip { line } => words!(
                "the gzip stream ends early, after line {line}: the file is truncated",
                "Den packade filen slutar för tidigt, efter rad {line}. Den är avkortad.",
                line
            ),
            Self::DamagedGzip { line } => words!(
                "the gzip stream is damaged after line {line}",
                "Den packade filen är skadad efter rad {line}.",
                line
            ),
            Self::LongLine { line } => words!(
                "line {line} is longer than {most} bytes; expected one record a line",
                "Rad {line} är längre än {most} byte. Det ska vara en post per rad.",
                line,
                most = MAX_LINE
            ),
            Self::Utf16 => Words::new(
                "the feed is in UTF-16, as a redirect of Windows PowerShell writes it: expected UTF-8 \
                 (`Out-File -Encoding utf8`, or `cmd /c`)",
                "Filen är i UTF-16, som en omdirigering i Windows PowerShell skriver den. Den ska vara i UTF-8 \
                 (`Out-File -Encoding utf8`, eller `cmd /c`).",
            ),
            Self::SpoiledTrailer { problems } => words!(
                "the last line cannot be read, so nobody knows whether the feed is whole: {problems}",
                "Den sista raden går inte att läsa, så ingen vet om filen är hel. {problems}",
                problems
            ),
            Self::NoTrailer { line } => words!(
                "the feed ends after line {line} without its last line (`expectation`): it is truncated; \
                 give --no-trailer if its sender writes none",
                "Filen slutar efter rad {line} utan sin sista rad (`expectation`). Den är avkortad. Ange --no-trailer om \
                 avsändaren inte skriver någon sådan.",
                line
            ),
            Self::Counts { differences } => words!(
                "the feed is not what its last line says was sent: {differences}",
                "Filen är inte det som skickades enligt dess sista rad: {differences}.",
                differences
            ),
        }
    }
}

impl ReadError {
    /// Whether more of the same feed could make it whole.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        match self {
            Self::TruncatedGzip { .. } | Self::NoTrailer { .. } | Self::Counts { .. } => true,
            Self::Io { .. }
            | Self::DamagedGzip { .. }
            | Self::LongLine { .. }
            | Self::Utf16
            | Self::SpoiledTrailer { .. } => false,
        }
    }

    /// Whether the feed is at fault, and more of it would not help.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        !self.is_truncated() && !matches!(self, Self::Io { .. })
    }
}

/// One line of a feed.
#[derive(Debug)]
pub struct Line {
    /// Its number, counted from one.
    pub number: u64,
    /// Its bytes without the line break.
    pub bytes: Vec<u8>,
    /// The record, or everything that is wrong with it. The trailer is not handed out.
    pub record: Result<Record, Bad>,
}

/// What is known once the last line has been read.
#[derive(Debug)]
pub struct Ending {
    /// The last line; `None` where none was demanded and none was there.
    pub trailer: Option<Trailer>,
    /// How many lines there were, the trailer included.
    pub lines: u64,
}

enum Source<R: BufRead> {
    Plain(R),
    Gzip(Box<BufReader<MultiGzDecoder<R>>>),
}

/// A feed that is being read.
pub struct Feed<R: BufRead> {
    source: Source<R>,
    number: u64,
    counts: BTreeMap<Kind, u64>,
    unreadable: u64,
    trailer: Option<Trailer>,
    /// What is wrong with the line that was read last, when it is no record's and not cut off.
    spoiled: Vec<Problem>,
    /// Whether the line that was read last has its line break.
    broken: bool,
}

impl<R: BufRead> std::fmt::Debug for Feed<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl<R: BufRead> Feed<R> {
    /// The feed in `source`, compressed or not.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn open(mut source: R) -> Result<Self, ReadError> {
        let first = source
            .fill_buf()
            .map_err(|cause| ReadError::Io { line: 0, cause })?;
        let source = if first.first() == Some(&GZIP) {
            Source::Gzip(Box::new(BufReader::with_capacity(
                MAX_LINE,
                MultiGzDecoder::new(source),
            )))
        } else {
            Source::Plain(source)
        };
        Ok(Self {
            source,
            number: 0,
            counts: BTreeMap::new(),
            unreadable: 0,
            trailer: None,
            spoiled: Vec::new(),
            broken: false,
        })
    }

    /// The next line; `None`: the source has ended, ask [`Feed::finish`] whether it may.
    ///
    /// # Errors
    /// The source cannot be read on.
    pub fn next_line(&mut self) -> Result<Option<Line>, ReadError> {
        loop {
            let Some(bytes) = self.read_line()? else {
                return Ok(None);
            };
            self.number += 1;
            if self.number == 1 && is_utf16(&bytes) {
                return Err(ReadError::Utf16);
            }
            if let Some(record) = self.understand(&bytes) {
                return Ok(Some(Line {
                    number: self.number,
                    bytes,
                    record,
                }));
            }
        }
    }

    /// What the line holds; `None`: it is the trailer, which is kept.
    fn understand(&mut self, bytes: &[u8]) -> Option<Result<Record, Bad>> {
        if self.trailer.is_some() {
            let wrong = Words::part(
                "the line comes after the last line (`expectation`)",
                "raden kommer efter den sista raden (`expectation`)",
            );
            let problem = Problem::of_line(
                self.number,
                wrong,
                Words::part("nothing after it", "inget efter den"),
            );
            return Some(Err(problem.into()));
        }
        let parsed = match std::str::from_utf8(bytes) {
            Ok(text) => parse(self.number, text),
            Err(error) => {
                let wrong = words!(
                    "byte {position} is not UTF-8",
                    "byte {position} är inte UTF-8",
                    position = error.valid_up_to() + 1
                );
                Err(Problem::of_line(
                    self.number,
                    wrong,
                    Words::part("text in UTF-8", "text i UTF-8"),
                )
                .into())
            }
        };
        let (kind, record) = match parsed {
            Ok(Content::Trailer(trailer)) => {
                self.trailer = Some(trailer);
                return None;
            }
            Ok(Content::Record(record)) => (Some(record.kind()), Ok(*record)),
            Err(bad) => (bad.kind, Err(bad)),
        };
        self.spoiled = match &record {
            Err(bad) if kind.is_none() && (self.broken || !is_cut(bytes)) => bad.problems.clone(),
            Ok(_) | Err(_) => Vec::new(),
        };
        match kind {
            Some(kind) => *self.counts.entry(kind).or_default() += 1,
            None => self.unreadable += 1,
        }
        Some(record)
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let line = self.number;
        let limit = MAX_LINE as u64 + 2;
        let mut bytes = Vec::new();
        let read = match &mut self.source {
            Source::Plain(source) => source.by_ref().take(limit).read_until(b'\n', &mut bytes),
            Source::Gzip(source) => source.by_ref().take(limit).read_until(b'\n', &mut bytes),
        };
        read.map_err(|cause| match (&self.source, cause.kind()) {
            (Source::Gzip(_), io::ErrorKind::UnexpectedEof) => ReadError::TruncatedGzip { line },
            (Source::Gzip(_), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                ReadError::DamagedGzip { line }
            }
            _ => ReadError::Io { line, cause },
        })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.broken = bytes.last() == Some(&b'\n');
        if self.broken {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if bytes.len() > MAX_LINE {
            return Err(ReadError::LongLine { line: line + 1 });
        }
        Ok(Some(bytes))
    }

    /// Whether everything that was sent has been read.
    ///
    /// # Errors
    /// The last line is missing or cannot be read though one is demanded, or counts other records than were read.
    pub fn finish(self, trailer_demanded: bool) -> Result<Ending, ReadError> {
        match &self.trailer {
            Some(trailer) => self.compare(trailer)?,
            None if trailer_demanded && !self.spoiled.is_empty() => {
                return Err(ReadError::SpoiledTrailer {
                    problems: joined(self.spoiled.iter().map(Speaks::words), "; "),
                });
            }
            None if trailer_demanded => return Err(ReadError::NoTrailer { line: self.number }),
            None => {}
        }
        Ok(Ending {
            trailer: self.trailer,
            lines: self.number,
        })
    }

    /// A line whose kind cannot be read may be any of the missing ones.
    fn compare(&self, trailer: &Trailer) -> Result<(), ReadError> {
        let mut missing = 0;
        let mut surplus = false;
        let mut differences = Vec::new();
        for kind in Kind::ALL {
            let sent = trailer.counts.get(kind).copied().unwrap_or(0);
            let read = self.counts.get(kind).copied().unwrap_or(0);
            missing += sent.saturating_sub(read);
            surplus |= read > sent;
            if sent != read {
                differences.push(words!(
                    "{kind}: {sent} sent, {read} read",
                    "{kind}: {sent} skickade, {read} lästa",
                    kind = verbatim(kind),
                    sent,
                    read
                ));
            }
        }
        if surplus || missing > self.unreadable {
            return Err(ReadError::Counts {
                differences: joined(differences, "; "),
            });
        }
        Ok(())
    }
}

/// Whether the text begins as UTF-16 does: with its mark, or with a letter of half zeros.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
}

/// Whether the object goes on where the bytes end.
fn is_cut(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests;
