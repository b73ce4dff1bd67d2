//! The measure of a text that has not been parsed.

use async_graphql::ServerResult;

use super::{Limits, too_complex, too_large};
use domain::speaks::words;

/// Counts words and signs and the depth of brackets without parsing: the parser would follow any depth
/// until the stack ends.
pub(crate) fn measure_text(text: &str, limits: &Limits) -> ServerResult<()> {
    let mut bytes = text.bytes().peekable();
    let (mut tokens, mut depth) = (0_usize, 0_usize);
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xef | 0xbb | 0xbf => continue,
            b'#' => {
                while bytes.next_if(|b| !matches!(b, b'\n' | b'\r')).is_some() {}
                continue;
            }
            b'"' => skip_string(&mut bytes),
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b if is_word(b) => while bytes.next_if(|b| is_word(*b)).is_some() {},
            _ => {}
        }
        tokens += 1;
        if tokens > limits.tokens {
            return Err(too_large(
                words!(
                    "the document has more than {most} words and signs: ask for less",
                    "Dokumentet har fler än {most} ord och tecken. Fråga efter mindre.",
                    most = limits.tokens
                ),
                None,
            ));
        }
        if depth > limits.nesting {
            return Err(too_complex(
                words!(
                    "the document is nested deeper than {most}: ask in several requests",
                    "Dokumentet har fler nivåer än {most}. Fråga i flera anrop.",
                    most = limits.nesting
                ),
                None,
            ));
        }
    }
    Ok(())
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Skips the rest of a string or block string whose first quote has been read.
fn skip_string(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) {
    let mut quotes = 1;
    while quotes < 3 && bytes.next_if_eq(&b'"').is_some() {
        quotes += 1;
    }
    match quotes {
        2 => {}
        1 => {
            while let Some(byte) = bytes.next() {
                match byte {
                    b'\\' => drop(bytes.next()),
                    b'"' | b'\n' | b'\r' => return,
                    _ => {}
                }
            }
        }
        _ => {
            let mut run = 0;
            while run < 3 {
                match bytes.next() {
                    Some(b'"') => run += 1,
                    Some(b'\\') => {
                        run = 0;
                        // Only `\"""` is an escape here; its quotes must not end the string.
                        if bytes.next_if_eq(&b'"').is_some() && bytes.next_if_eq(&b'"').is_some() {
                            bytes.next_if_eq(&b'"');
                        }
                    }
                    Some(_) => run = 0,
                    None => return,
                }
            }
        }
    }
}
