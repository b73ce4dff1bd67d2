//! Where requests begin and end on a connection, and which of them say so in two ways.
//!
//! Whoever sits before us (a proxy, a filter) finds the end of a request by its head too. A head that two
//! readers can understand differently lets one request hide in another's body, so such a head is refused
//! rather than interpreted, whatever the library that reads requests would make of it. That library sees
//! only what has passed here, and nothing after the end of a head that is refused.
//!
//! Apart from the stream so that it is a function of bytes alone.

use super::chunks::Chunks;
use super::head::{Flaw, Head, Length};

/// What may be handed on of what has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// All of it.
    All,
    /// That many bytes, with which a head ends that is refused; nothing else ever.
    Refused(usize, Flaw),
    /// That many bytes, and nothing else ever: the body is not well formed.
    Malformed(usize),
}

/// Where in a request the next byte lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Before its first byte.
    Between,
    /// In its head.
    Head,
    /// In its body.
    Body,
    /// Behind the end of what is read at all.
    Beyond,
}

/// Follows the requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Framing {
    at: At,
    heads: u64,
    malformed: bool,
}

#[derive(Debug)]
enum At {
    Head(Head),
    Sized(u64),
    Chunks(Chunks),
    Beyond,
}

impl Default for At {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl At {
    /// What follows a head that says so of the body.
    fn after(body: Length) -> Self {
        match body {
            Length::Chunks => Self::Chunks(Chunks::Size { size: 0, digits: 0 }),
            Length::Bytes(length @ 1..) => Self::Sized(length),
            Length::Bytes(0) | Length::None => Self::default(),
        }
    }
}

impl Framing {
    /// How many heads have ended.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether a body was not well formed.
    pub(super) fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// Where the next byte lies.
    pub(super) fn part(&self) -> Part {
        match &self.at {
            At::Head(head) if head.begun => Part::Head,
            At::Head(_) => Part::Between,
            At::Sized(_) | At::Chunks(_) => Part::Body,
            At::Beyond => Part::Beyond,
        }
    }

    /// Follows what has arrived.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Passed {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            match &mut self.at {
                At::Beyond => return Passed::Malformed(0),
                At::Sized(left) => {
                    let here =
                        usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                    *left = left.saturating_sub(here as u64);
                    rest = rest.get(here..).unwrap_or_default();
                    if *left == 0 {
                        self.at = At::default();
                    }
                    continue;
                }
                At::Chunks(chunks) => match chunks.follow(byte) {
                    Some(Chunks::Ended) => self.at = At::default(),
                    Some(next) => *chunks = next,
                    None => {
                        self.at = At::Beyond;
                        self.malformed = true;
                        return Passed::Malformed(bytes.len() - rest.len());
                    }
                },
                At::Head(head) => match head.follow(byte) {
                    None => {}
                    Some(body) => {
                        self.heads += 1;
                        match body {
                            Ok(body) => self.at = At::after(body),
                            Err(flaw) => {
                                self.at = At::Beyond;
                                return Passed::Refused(bytes.len() - after.len(), flaw);
                            }
                        }
                    }
                },
            }
            rest = after;
        }
        Passed::All
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::LINE_BYTES;
    use super::*;

    /// What becomes of a text, whether it arrives at once or byte by byte.
    fn followed(text: &str) -> (Passed, Part, u64) {
        let mut whole = Framing::default();
        let passed = whole.follow(text.as_bytes());
        let mut dripping = Framing::default();
        for (n, byte) in text.bytes().enumerate() {
            match dripping.follow(&[byte]) {
                Passed::All => assert!(n + 1 < text.len() || passed == Passed::All, "{text:?}"),
                Passed::Refused(one, flaw) => {
                    assert_eq!((one, passed), (1, Passed::Refused(n + 1, flaw)), "{text:?}");
                    break;
                }
                Passed::Malformed(none) => {
                    assert_eq!((none, passed), (0, Passed::Malformed(n)), "{text:?}");
                    break;
                }
            }
        }
        assert_eq!(whole.part(), dripping.part(), "{text:?}");
        (passed, whole.part(), whole.heads())
    }

    #[test]
    fn requests_are_followed_from_head_to_head() {
        for (text, part, heads) in [
            ("", Part::Between, 0),
            ("\r\nG", Part::Head, 0),
            ("GET / HTTP/1.1\r\nHost: a\r\n", Part::Head, 0),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Part::Between, 1),
            (
                "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nG",
                Part::Head,
                2,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
                Part::Body,
                1,
            ),
            (
                "POST / HTTP/1.1\r\ncontent-length:3 \r\n\r\nabc",
                Part::Between,
                1,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                Part::Between,
                1,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\n\r\n\r\r\n0\r\n",
                Part::Body,
                1,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n1A\r\n\
                 abcdefghijklmnopqrstuvwxyz\r\n000\r\nTrailer: x\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                Part::Between,
                2,
            ),
        ] {
            assert_eq!(followed(text), (Passed::All, part, heads), "{text:?}");
        }
    }

    #[test]
    fn a_head_that_can_be_understood_in_two_ways_is_refused_and_nothing_passes_after_it() {
        for (head, flaw) in [
            (
                "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                Flaw::TwoLengths,
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                Flaw::TwoLengths,
            ),
            (
                "Content-Length: 3\r\ncontent-length: 3\r\n",
                Flaw::TwoLengths,
            ),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                Flaw::TwoLengths,
            ),
            ("Content-Length: +3\r\n", Flaw::Length),
            ("Content-Length: 3, 3\r\n", Flaw::Length),
            ("Content-Length: 0x3\r\n", Flaw::Length),
            ("Content-Length:\r\n", Flaw::Length),
            ("Content-Length: 99999999999999999999\r\n", Flaw::Length),
            ("Transfer-Encoding: gzip, chunked\r\n", Flaw::Encoding),
            ("Transfer-Encoding: identity\r\n", Flaw::Encoding),
            ("Transfer-Encoding: \u{b}chunked\r\n", Flaw::Encoding),
            ("Host: a\nContent-Length: 3\r\n", Flaw::LineEnding),
        ] {
            let text = format!("POST / HTTP/1.1\r\n{head}\r\nGET /hidden HTTP/1.1\r\n\r\n");
            let end = text.find("GET").unwrap();
            let expected = (Passed::Refused(end, flaw), Part::Beyond, 1);
            assert_eq!(followed(&text), expected, "{head:?}");
        }
        let padded = format!("Content-Length: {}3\r\n", "0".repeat(LINE_BYTES));
        let (passed, ..) = followed(&format!("POST / HTTP/1.1\r\n{padded}\r\n"));
        assert!(
            matches!(passed, Passed::Refused(_, Flaw::Length)),
            "{passed:?}"
        );
    }

    #[test]
    fn chunks_that_can_be_understood_in_two_ways_are_malformed() {
        for body in [
            "3\nabc\r\n",
            "3 \n",
            "3;x\nabc",
            "\r\n",
            ";x\r\n",
            "-3\r\n",
            "3\r\nabcd",
            "3\r\nabc\n",
            "0\r\nTrailer: x\n\r\n",
            "0\r\n\n",
            "1000000000000000\r\n",
        ] {
            let text = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            let (passed, part, heads) = followed(&text);
            assert!(matches!(passed, Passed::Malformed(_)), "{body:?}");
            assert_eq!((part, heads), (Part::Beyond, 1), "{body:?}");
        }
    }
}
