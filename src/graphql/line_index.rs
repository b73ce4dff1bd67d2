//! Where in a text something stands, as line and column.

use apollo_compiler::parser::SourceSpan;
use async_graphql::Pos;

/// How many bytes apart the counts of characters are kept.
const STEP: usize = 256;

/// Finds lines and columns in one text, quickly also in a long line.
#[derive(Debug)]
pub(crate) struct LineIndex {
    text: Box<str>,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    /// How many characters begin before each whole step.
    characters: Vec<usize>,
}

impl LineIndex {
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
        let mut before = 0;
        let counts = text.as_bytes().chunks(STEP).map(|chunk| {
            let here = before;
            before += characters(chunk);
            here
        });
        let characters = counts.collect();
        Self {
            text: text.into(),
            lines: lines.collect(),
            characters,
        }
    }

    /// The place where the span begins, both from 1; without a span, the beginning of the text.
    pub(crate) fn at(&self, span: Option<SourceSpan>) -> Pos {
        let offset = span.map_or(0, |span| span.offset());
        let line = self.lines.partition_point(|begins| *begins <= offset);
        let begins = self.lines.get(line.saturating_sub(1));
        let begins = begins.copied().unwrap_or_default();
        let column = self.before(offset).saturating_sub(self.before(begins));
        Pos {
            line,
            column: column + 1,
        }
    }

    /// How many characters begin before the byte.
    fn before(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let counted = self.characters.get(step).copied().unwrap_or_default();
        let rest = self.text.as_bytes().get(step * STEP..offset);
        counted + rest.map_or(0, characters)
    }
}

/// How many characters begin in the bytes.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    bytes.iter().filter(begins).count()
}
