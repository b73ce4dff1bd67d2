//! The head of a request, line by line: how long it says that the body is, and whether it says so in two ways.
//!
//! Apart from what follows requests so that it is read alone what makes a head one that is refused.

use domain::Words;

/// The longest line of which more than its beginning matters: one that says how long a body is.
pub(super) const LINE_BYTES: usize = 64;

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A line does not end as lines do.
    LineEnding,
    /// It says more than once how long the body is.
    TwoLengths,
    /// The length is no number.
    Length,
    /// The body comes in another way than in chunks.
    Encoding,
}

impl Flaw {
    /// What is wrong, and what would be right.
    pub(crate) const fn said(self) -> Words {
        match self {
            Self::LineEnding => Words::new(
                "each line of a request's head must end with CR LF",
                "Varje rad i anropets huvud ska sluta med CR LF.",
            ),
            Self::TwoLengths => Words::new(
                "a request must say once how long its body is: by one `Content-Length` or by \
                 `Transfer-Encoding: chunked`",
                "Ett anrop ska säga en gång hur långt innehållet är: med en `Content-Length` eller med \
                 `Transfer-Encoding: chunked`.",
            ),
            Self::Length => Words::new(
                "`Content-Length` must be a number",
                "`Content-Length` ska vara ett tal.",
            ),
            Self::Encoding => Words::new(
                "`Transfer-Encoding` must be `chunked`",
                "`Transfer-Encoding` ska vara `chunked`.",
            ),
        }
    }
}

/// A head that is arriving.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) begun: bool,
    /// The beginning of the line that is arriving.
    line: Vec<u8>,
    /// Whether the line is longer than that.
    longer: bool,
    last: u8,
    has_request_line: bool,
    flaw: Option<Flaw>,
    /// How often it is said how long the body is.
    said: u32,
    /// How long, as it was said last.
    body: Length,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Length {
    /// There is none.
    #[default]
    None,
    Bytes(u64),
    Chunks,
}

impl Head {
    /// How long the body is, if the head ends with this byte.
    pub(super) fn follow(&mut self, byte: u8) -> Option<Result<Length, Flaw>> {
        self.begun = true;
        if byte != b'\n' {
            if self.line.len() < LINE_BYTES {
                self.line.push(byte);
            } else {
                self.longer = true;
            }
            self.last = byte;
            return None;
        }
        if self.last != b'\r' {
            self.flaw.get_or_insert(Flaw::LineEnding);
        }
        self.last = 0;
        let line = std::mem::take(&mut self.line);
        let longer = std::mem::take(&mut self.longer);
        let text = match line.split_last() {
            Some((b'\r', text)) if !longer => text,
            _ => &line,
        };
        match (text.is_empty(), self.has_request_line) {
            // Empty lines before a request are nobody's.
            (true, false) => None,
            (true, true) => Some(self.end()),
            (false, false) => {
                self.has_request_line = true;
                None
            }
            (false, true) => {
                self.field(text, longer);
                None
            }
        }
    }

    fn field(&mut self, line: &[u8], longer: bool) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            self.said += 1;
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit) && !longer;
            let length = std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse().ok());
            match length.filter(|_| digits) {
                Some(length) => self.body = Length::Bytes(length),
                None => _ = self.flaw.get_or_insert(Flaw::Length),
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.said += 1;
            self.body = Length::Chunks;
            if !value.eq_ignore_ascii_case(b"chunked") {
                self.flaw.get_or_insert(Flaw::Encoding);
            }
        }
    }

    fn end(&self) -> Result<Length, Flaw> {
        if self.said > 1 {
            return Err(Flaw::TwoLengths);
        }
        self.flaw.map_or(Ok(self.body), Err)
    }
}
