//! Standard output and standard error: words for people, in their language, and data for pipes, in none.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use super::error::CommandError;
pub(super) use crate::config::locale::language;
use crate::config::secret::is_suspect;
use domain::speaks::{Speaks, words};
use domain::text::characters::is_unseen;

/// Says it on standard output.
pub(super) fn print(said: &impl Speaks) -> Result<(), CommandError> {
    data(visible(said.whole().spoken(language())).trim_end())
}

/// The text with a mark for each character that shows nothing of its own but does something to a terminal: what is
/// said often names what a file or a feed brought with it, and could overwrite what stands above it.
fn visible(text: &str) -> String {
    let mark = |c: char| match c {
        '\n' | '\t' => c,
        c if is_unseen(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(mark).collect()
}

/// Writes what programs read to standard output: a key, a token, a proof, a schema.
pub(super) fn data(line: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| {
            if error.kind() == ErrorKind::BrokenPipe {
                CommandError::Unread
            } else {
                CommandError::Could(words!(
                    "standard output is closed: {error}",
                    "Det går inte att skriva till standard ut. Orsak: {error}",
                    error
                ))
            }
        })
}

/// Whether standard output is a terminal, and not a file or a pipe.
pub(super) fn is_before_somebody() -> bool {
    std::io::stdout().is_terminal()
}

/// Says it on standard error, with everything behind it; a closed one is nobody's problem.
pub(super) fn complain(said: &impl Speaks) {
    let said = said.whole();
    let line = discreet(&visible(said.spoken(language())));
    drop(writeln!(std::io::stderr().lock(), "behorig: {line}"));
}

/// The text without user and password of any address in it, and without any personal number: what was meant as
/// an address or as a key of the HR system may have been given as something else, and is then repeated as what is
/// wrong.
pub(super) fn discreet(text: &str) -> String {
    let mut words: Vec<String> = std::env::args()
        .flat_map(|word| {
            let value = word.split_once('=').map(|(_, value)| value.to_owned());
            [Some(word), value]
        })
        .flatten()
        .filter(|word| is_suspect(word))
        .collect();
    // The longest first, so that none is cut in two.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut text = text.to_owned();
    for word in words {
        text = text.replace(&word, "…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_a_mark() {
        let text = "log\t`\u{1b}[1;1H\u{1b}[2KGOOD\u{202e}`\nÅsa\r";
        assert_eq!(
            visible(text),
            "log\t`\u{fffd}[1;1H\u{fffd}[2KGOOD\u{fffd}`\nÅsa\u{fffd}"
        );
    }
}
