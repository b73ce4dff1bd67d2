//! Why a policy folder cannot be used: every problem with its place, not just the first.
//!
//! What the engine says is said on as it is, with the words of the text that it names. Policies are public texts
//! about kinds of things and name nobody, and whoever writes one looks for its mistake by these words. Of a case only
//! names of members are repeated, never a value: it may have been made from a decision about somebody.

use miette::Diagnostic;

use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The file, relative to the policy folder.
    pub path: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The column, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong.
    pub reason: Words,
}

impl Speaks for PolicyProblem {
    fn words(&self) -> Words {
        let numbers = [self.line, self.column].into_iter().filter(|n| *n > 0);
        let place = numbers.fold(self.path.clone(), |place, n| format!("{place}:{n}"));
        words!(
            "{place}: {reason}",
            "{place}: {reason}",
            place = verbatim(place),
            reason = self.reason
        )
    }
}

/// The policies cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct PolicyError {
    problems: Vec<PolicyProblem>,
}

impl Speaks for PolicyError {
    fn words(&self) -> Words {
        let head = Words::part(
            "the policies cannot be used",
            "Reglerna går inte att använda:",
        );
        let problems = self.problems.iter().map(Speaks::words);
        joined([head].into_iter().chain(problems), "\n  ")
    }
}

impl PolicyError {
    /// Everything that is wrong, in the order of the files.
    #[must_use]
    pub fn problems(&self) -> &[PolicyProblem] {
        &self.problems
    }
}

/// Collects problems while loading goes on.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<PolicyProblem>);

impl Problems {
    pub(super) fn add(&mut self, path: &str, position: (usize, usize), reason: Words) {
        self.0.push(PolicyProblem {
            path: path.to_owned(),
            line: position.0,
            column: position.1,
            reason,
        });
    }

    /// Adds what the policy engine says about `text`, at the place that it points to.
    pub(super) fn add_diagnostic(
        &mut self,
        path: &str,
        text: &str,
        fallback: (usize, usize),
        diagnostic: &dyn Diagnostic,
    ) {
        let position = diagnostic
            .labels()
            .and_then(|mut labels| labels.next())
            .map_or(fallback, |label| position_at(text, label.offset()));
        // The engine speaks its own language.
        self.add(path, position, verbatim(diagnostic));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_result(mut self) -> Result<(), PolicyError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0
            .sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
        self.0.dedup();
        Err(PolicyError { problems: self.0 })
    }
}

/// Line and column, both from 1, of a byte offset.
fn position_at(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// A statement of a policy file.
pub(super) struct Statement<'a> {
    /// Where it begins: line and column, from 1.
    pub(super) position: (usize, usize),
    /// From there to its semicolon.
    pub(super) text: &'a str,
}

/// The statements of a policy file, comments between them skipped.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut begun = None;
    let (mut quoted, mut chars) = (false, text.char_indices().peekable());
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quoted => {
                chars.next();
            }
            '"' => quoted = !quoted,
            '/' if !quoted && chars.peek().is_some_and(|(_, next)| *next == '/') => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
                continue;
            }
            ';' if !quoted => {
                let start = begun.take().unwrap_or(at);
                found.push(Statement {
                    position: position_at(text, start),
                    text: text.get(start..=at).unwrap_or_default(),
                });
                continue;
            }
            _ => {}
        }
        if begun.is_none() && !c.is_whitespace() {
            begun = Some(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_begin_after_comments_and_are_not_ended_by_a_quoted_semicolon() {
        let text = "// a; b\n@id(\"x;\\\"y\")\npermit (a);\n\n  forbid (b); // c\n";
        let found = statements(text);
        let positions: Vec<_> = found.iter().map(|statement| statement.position).collect();
        assert_eq!(positions, [(2, 1), (5, 3)]);
        let texts: Vec<_> = found.iter().map(|statement| statement.text).collect();
        assert_eq!(texts, ["@id(\"x;\\\"y\")\npermit (a);", "forbid (b);"]);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(position_at("åä\nöx", "åä\nö".len()), (2, 2));
    }
}
