//! The fenced blocks of the documents, and what each is.

use std::fs;

use crate::support::root;

/// What newcomers read, then what operators do.
pub(super) const DOCUMENTS: [&str; 2] = ["README.md", "src/OPERATING.md"];

/// What a block is, by the word after its fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Commands to paste.
    Shell,
    /// Commands after `$ `, each followed by what it prints.
    Transcript,
    /// What the commands before it print.
    Printed,
    /// Settings that stand alone.
    Settings,
    /// What an administrator of PostgreSQL runs.
    Sql,
    /// A proxy's configuration.
    Proxy,
    /// For the eye.
    Drawn,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    document: &'static str,
    line: usize,
    /// The heading that it stands below.
    pub(super) heading: String,
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Block {
    /// Where it stands, to be found again.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.document, self.line)
    }
}

/// The text of a document.
pub(super) fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("a document")
}

/// Every block, in order.
pub(super) fn blocks() -> Vec<Block> {
    DOCUMENTS.iter().flat_map(|name| of(name)).collect()
}

fn of(name: &'static str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut heading = String::new();
    let mut open: Option<(String, usize, String)> = None;
    for (line, number) in document(name).lines().zip(1..) {
        match (open.as_mut(), line.strip_prefix("```")) {
            (None, Some(word)) => open = Some((word.to_owned(), number, String::new())),
            (None, None) => {
                if let Some(title) = line.trim_start_matches('#').strip_prefix(' ')
                    && line.starts_with('#')
                {
                    title.clone_into(&mut heading);
                }
            }
            (Some((word, line, text)), Some("")) => {
                let kind = kind(word, text);
                found.push(Block {
                    document: name,
                    line: *line,
                    heading: heading.clone(),
                    kind: kind
                        .unwrap_or_else(|| panic!("{name}:{line}: `{word}` is run by nothing")),
                    text: std::mem::take(text),
                });
                open = None;
            }
            (Some((_, _, text)), _) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{name} ends within a block");
    found
}

fn kind(word: &str, text: &str) -> Option<Kind> {
    Some(match word {
        "sh" => Kind::Shell,
        "json" | "text" => Kind::Printed,
        "toml" => Kind::Settings,
        "sql" => Kind::Sql,
        "haproxy" | "nginx" => Kind::Proxy,
        "" if text.starts_with("$ ") => Kind::Transcript,
        "" => Kind::Drawn,
        _ => return None,
    })
}
