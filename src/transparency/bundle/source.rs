//! The lines of a bundle, plain or compressed, however long it is.

use std::io::{BufRead, BufReader, Cursor, Read};

use zstd::stream::read::Decoder;

use domain::Words;
use domain::speaks::{Speaks, words};

/// How long a line may be, its end included.
const MAX_LINE: usize = 16 << 20;
/// What a zstd frame begins with (RFC 8878 section 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether bytes that begin so are compressed.
fn is_compressed(first: &[u8]) -> bool {
    first.starts_with(&MAGIC)
}

/// There is no next line.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum SourceError {
    /// The bytes end within a line.
    BreaksOff(u64),
    /// The bytes end within a compressed frame.
    CutShort(u64),
    /// The line is longer than one can be.
    TooLong(u64),
    /// The bytes cannot be read or decompressed.
    Read(u64, #[source] std::io::Error),
}

impl Speaks for SourceError {
    fn words(&self) -> Words {
        match self {
            Self::BreaksOff(line) => words!(
                "it breaks off within line {line}",
                "Den slutar mitt i rad {line}.",
                line
            ),
            Self::CutShort(line) => words!(
                "its compression breaks off after line {line}",
                "Komprimeringen slutar efter rad {line}.",
                line
            ),
            Self::TooLong(line) => words!(
                "line {line} is longer than {most} bytes",
                "Rad {line} är längre än {most} byte.",
                line,
                most = MAX_LINE
            ),
            Self::Read(line, error) => words!(
                "it cannot be read after line {line}: {error}",
                "Den går inte att läsa efter rad {line}. Orsak: {error}",
                line,
                error
            ),
        }
    }
}

/// Where lines come from. Holds one line at a time.
pub struct Source {
    bytes: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    count: u64,
    /// That the next line was read already: whether there is one.
    peeked: Option<Result<bool, SourceError>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// The lines in those bytes, decompressed if they are compressed.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn new(mut bytes: impl Read + Send + 'static) -> Result<Self, SourceError> {
        let failed = |error| SourceError::Read(0, error);
        let mut first = Vec::with_capacity(MAGIC.len());
        let size = MAGIC.len().try_into().unwrap_or(u64::MAX);
        bytes
            .by_ref()
            .take(size)
            .read_to_end(&mut first)
            .map_err(failed)?;
        let compressed = is_compressed(&first);
        let whole = Cursor::new(first).chain(bytes);
        let bytes: Box<dyn BufRead + Send> = if compressed {
            let decoder = Decoder::new(whole).map_err(failed)?;
            Box::new(BufReader::with_capacity(1 << 17, decoder))
        } else {
            Box::new(BufReader::with_capacity(1 << 17, whole))
        };
        Ok(Self {
            bytes,
            line: Vec::new(),
            count: 0,
            peeked: None,
        })
    }

    /// Which line was read last, from 1.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The next line, which is read once more by [`Source::read`]; `None`: there is none, or none that can be read.
    pub fn peek(&mut self) -> Option<&[u8]> {
        let read = self.read().map(|line| line.is_some());
        let is_there = matches!(read, Ok(true));
        self.peeked = Some(read);
        is_there.then_some(&self.line)
    }

    /// The next line without its end; `None`: there is none.
    ///
    /// # Errors
    /// When the bytes end within a line, cannot be read, or the line is too long.
    pub fn read(&mut self) -> Result<Option<&[u8]>, SourceError> {
        if let Some(peeked) = self.peeked.take() {
            return peeked.map(|is_there| is_there.then_some(self.line.as_slice()));
        }
        self.line.clear();
        let most = MAX_LINE.try_into().unwrap_or(u64::MAX);
        let read = self
            .bytes
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.line);
        let number = self.count + 1;
        match read {
            Ok(0) => Ok(None),
            Ok(_) if self.line.last() == Some(&b'\n') => {
                self.count = number;
                self.line.pop();
                Ok(Some(&self.line))
            }
            Ok(read) if read >= MAX_LINE => Err(SourceError::TooLong(number)),
            Ok(_) => Err(SourceError::BreaksOff(number)),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(SourceError::CutShort(self.count))
            }
            Err(error) => Err(SourceError::Read(self.count, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: Vec<u8>) -> Result<Vec<String>, SourceError> {
        let mut source = Source::new(Cursor::new(bytes))?;
        let mut lines = Vec::new();
        while let Some(line) = source.read()? {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
        }
        Ok(lines)
    }

    #[test]
    fn lines_are_the_same_plain_and_compressed() {
        let text = b"a\n\nbc\n".to_vec();
        let packed = zstd::encode_all(text.as_slice(), 3).unwrap();
        assert_eq!(lines(text).unwrap(), ["a", "", "bc"]);
        assert_eq!(lines(packed).unwrap(), ["a", "", "bc"]);
        assert!(lines(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn a_line_that_was_looked_at_is_still_the_next_one() {
        let mut source = Source::new(Cursor::new(b"a\nb".to_vec())).unwrap();
        assert_eq!(source.peek(), Some(&b"a"[..]));
        assert_eq!(source.read().unwrap(), Some(&b"a"[..]));
        assert_eq!(source.count(), 1);
        assert_eq!(source.peek(), None);
        assert!(matches!(source.read(), Err(SourceError::BreaksOff(2))));
    }

    #[test]
    fn what_breaks_off_is_told_from_what_is_broken() {
        assert!(matches!(
            lines(b"a\nb".to_vec()),
            Err(SourceError::BreaksOff(2))
        ));
        let text = "a line of some length\n".repeat(1_000);
        let mut packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
        packed.truncate(packed.len() - 2);
        assert!(matches!(
            lines(packed.clone()),
            Err(SourceError::CutShort(_))
        ));
        packed.truncate(6);
        packed.extend([0xff; 40]);
        assert!(matches!(lines(packed), Err(SourceError::Read(..))));
    }

    #[test]
    fn a_line_has_an_end_before_memory_has() {
        let longest = "x".repeat(MAX_LINE - 1) + "\n";
        assert_eq!(lines(longest.into_bytes()).unwrap().len(), 1);
        let longer = "x".repeat(MAX_LINE) + "\n";
        assert!(matches!(
            lines(longer.into_bytes()),
            Err(SourceError::TooLong(1))
        ));
        let packed = zstd::encode_all(vec![b'x'; 64 << 20].as_slice(), 3).unwrap();
        assert!(matches!(lines(packed), Err(SourceError::TooLong(1))));
    }
}
