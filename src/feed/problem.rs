//! What is wrong with a line, said so that somebody can put it right.

use std::fmt;

use super::{Kind, mask};
use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};

/// One thing that is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from one.
    pub line: u64,
    /// The record's kind, where it could be read.
    pub kind: Option<Kind>,
    /// The field, nested ones with dots; empty: the line as a whole.
    pub field: String,
    /// The value that was given, shortened and masked; `None`: there was none, or it is personal.
    pub given: Option<String>,
    /// What is wrong with it.
    pub wrong: Words,
    /// What would be right.
    pub right: Words,
}

/// A line that holds no record, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The record's kind, where it could be read.
    pub kind: Option<Kind>,
    /// The record's external id, where it could be read.
    pub external_id: Option<String>,
    /// Everything that is wrong with its form, never nothing.
    pub problems: Vec<Problem>,
}

impl From<Problem> for Bad {
    fn from(problem: Problem) -> Self {
        Self {
            kind: problem.kind,
            external_id: None,
            problems: vec![problem],
        }
    }
}

impl Problem {
    /// A problem with the line as a whole.
    #[must_use]
    pub fn of_line(line: u64, wrong: Words, right: Words) -> Self {
        Self {
            line,
            kind: None,
            field: String::new(),
            given: None,
            wrong,
            right,
        }
    }

    /// The same problem, saying what was given as far as it may be repeated.
    #[must_use]
    pub fn given(mut self, value: &str) -> Self {
        self.given = Some(mask::shown(value));
        self
    }

    /// The same problem, at a field of a record of that kind.
    #[must_use]
    pub fn at(mut self, kind: Kind, field: impl Into<String>) -> Self {
        self.kind = Some(kind);
        self.field = field.into();
        self
    }
}

impl Speaks for Problem {
    fn words(&self) -> Words {
        said(&Told {
            line: self.line,
            kind: self.kind.map(Kind::name),
            field: &self.field,
            given: self.given.as_deref(),
            wrong: &self.wrong,
            right: &self.right,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

/// What is told of a problem, wherever it was kept.
#[derive(Debug)]
pub struct Told<'a> {
    /// The line.
    pub line: u64,
    /// The record's kind, where it is known.
    pub kind: Option<&'a str>,
    /// The field; empty: the line as a whole.
    pub field: &'a str,
    /// The value as far as it may be repeated.
    pub given: Option<&'a str>,
    /// What is wrong.
    pub wrong: &'a Words,
    /// What would be right.
    pub right: &'a Words,
}

/// A problem in one sentence.
#[must_use]
pub fn said(told: &Told<'_>) -> Words {
    let line = words!("line {line}", "Rad {line}", line = told.line);
    let kind = told.kind.map(verbatim);
    let field = (!told.field.is_empty()).then(|| verbatim(format!("`{}`", told.field)));
    let place = joined([line].into_iter().chain(kind).chain(field), ", ");
    let given = told.given.map(|given| verbatim(format!("`{given}`")));
    let wrong = joined(given.into_iter().chain([told.wrong.clone()]), " ");
    words!(
        "{place}: {wrong}; expected {right}",
        "{place}: {wrong}. Det ska vara {right}.",
        place,
        wrong,
        right = told.right
    )
}
