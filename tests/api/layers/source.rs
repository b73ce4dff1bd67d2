//! Rust source as words, read closely enough to see what it says.
//!
//! Comments, texts and test modules are left out. Not a parser: it knows tokens and braces.

use std::fs;
use std::path::{Path, PathBuf};

/// A token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    line: usize,
}

/// The words of one file, without comments, texts and tests.
#[derive(Debug)]
pub(crate) struct Source {
    words: Vec<Word>,
}

impl Source {
    /// The source of a file.
    pub(crate) fn of(code: &str) -> Self {
        Self {
            words: without_tests(&words(code)),
        }
    }

    /// The lines on which these words stand after each other.
    pub(crate) fn says(&self, words: &[&str]) -> Vec<usize> {
        self.words
            .windows(words.len())
            .filter(|window| {
                window
                    .iter()
                    .zip(words)
                    .all(|(word, said)| word.text == *said)
            })
            .filter_map(|window| window.first().map(|word| word.line))
            .collect()
    }

    /// Every path that begins within the crate, by `crate`, `super` or `self`.
    pub(crate) fn paths(&self) -> Vec<Vec<&str>> {
        self.trees(|before, first| {
            matches!(first, "crate" | "super" | "self") && before.is_none_or(|word| word != "::")
        })
    }

    /// Every path that is used, each branch of a tree for itself.
    pub(crate) fn uses(&self) -> Vec<Vec<&str>> {
        self.trees(|before, _| before == Some("use"))
    }

    /// The branches of the trees of paths that begin where it is said, of more than one name each.
    fn trees(&self, begins: impl Fn(Option<&str>, &str) -> bool) -> Vec<Vec<&str>> {
        let mut found = Vec::new();
        let mut before = None;
        let mut rest = self.words.as_slice();
        while let Some((first, after)) = rest.split_first() {
            if begins(before, &first.text) {
                branches(rest, &[], &mut found);
            }
            before = Some(first.text.as_str());
            rest = after;
        }
        found.retain(|path| path.len() > 1);
        found
    }
}

/// Reads the tree of paths that the words begin with; what is left of them.
fn branches<'a>(
    mut words: &'a [Word],
    stem: &[&'a str],
    found: &mut Vec<Vec<&'a str>>,
) -> &'a [Word] {
    let mut path = stem.to_vec();
    while let Some((word, after)) = words.split_first() {
        if word.text == "{" {
            words = after;
            while words.first().is_some_and(|word| word.text != "}") {
                let left = branches(words, &path, found);
                // Whatever it is that is no path, it is passed over.
                let passed = usize::from(left.len() == words.len() || is(left, ","));
                words = left.get(passed..).unwrap_or_default();
            }
            return words.get(1..).unwrap_or_default();
        }
        if !word
            .text
            .starts_with(|c: char| c.is_alphanumeric() || c == '_')
        {
            break;
        }
        path.push(&word.text);
        words = after;
        if !is(words, "::") {
            break;
        }
        words = words.get(1..).unwrap_or_default();
    }
    found.push(path);
    if is(words, "as") {
        words = words.get(2..).unwrap_or_default();
    }
    words
}

fn is(words: &[Word], text: &str) -> bool {
    words.first().is_some_and(|word| word.text == text)
}

/// Every Rust file below a folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The tokens of Rust code: names, `::`, `->` and single characters.
fn words(code: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = code;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, is_word) = if let Some(length) = comment_or_text(rest) {
            (length, false)
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            (end.unwrap_or(rest.len()), true)
        } else if rest.starts_with("::") || rest.starts_with("->") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (taken, left) = rest.split_at(length);
        if is_word {
            words.push(Word {
                text: taken.to_owned(),
                line,
            });
        }
        line += taken.matches('\n').count();
        rest = left;
    }
    words
}

/// How long the comment, text or character is that the code begins with, if it does.
fn comment_or_text(code: &str) -> Option<usize> {
    if code.starts_with("//") {
        return Some(code.find('\n').unwrap_or(code.len()));
    }
    if code.starts_with("/*") {
        return Some(block_comment(code));
    }
    let plain = code.strip_prefix(['b', 'c']).unwrap_or(code);
    let prefix = code.len() - plain.len();
    if let Some(raw) = plain.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw.trim_start_matches('#').starts_with('"') {
            let opening = prefix + 1 + hashes + 1;
            let closing = format!("\"{}", "#".repeat(hashes));
            let body = code.get(opening..)?;
            let end = body.find(&closing).map(|at| at + closing.len());
            return Some(opening + end.unwrap_or(body.len()));
        }
    }
    if let Some(text) = plain.strip_prefix('"') {
        return Some(prefix + 1 + until(text, '"'));
    }
    let character = plain.strip_prefix('\'')?;
    let mut chars = character.chars();
    let (first, second) = (chars.next(), chars.next());
    // Otherwise it is a lifetime: its quote is a token, its name another.
    (first == Some('\\') || second == Some('\'')).then(|| prefix + 1 + until(character, '\''))
}

/// How long a comment is, with those inside it.
fn block_comment(code: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// How far it is past the closing quote, an escaped one not counted.
fn until(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// The words outside `#[cfg(test)]` items.
fn without_tests(words: &[Word]) -> Vec<Word> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let marked =
            rest.len() > MARK.len() && rest.iter().zip(MARK).all(|(word, mark)| word.text == mark);
        if marked {
            let (_, item) = rest.split_at(MARK.len());
            let (_, after) = item.split_at(item_length(item));
            rest = after;
        } else {
            kept.push(first.clone());
            rest = after;
        }
    }
    kept
}

/// How many words an item has: to its `;`, or to the brace that closes its first.
fn item_length(words: &[Word]) -> usize {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        match word.text.as_str() {
            ";" if depth == 0 => return at + 1,
            "{" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    words.len()
}
