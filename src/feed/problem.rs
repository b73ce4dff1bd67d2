//! What is wrong with a line, said so that somebody can put it right.

use std::fmt;

use super::{Kind, mask};

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
    pub wrong: String,
    /// What would be right.
    pub right: String,
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
    pub fn of_line(line: u64, wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self {
            line,
            kind: None,
            field: String::new(),
            given: None,
            wrong: wrong.into(),
            right: right.into(),
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(kind) = self.kind {
            write!(f, ", {kind}")?;
        }
        if !self.field.is_empty() {
            write!(f, ", `{}`", self.field)?;
        }
        match &self.given {
            Some(given) => write!(f, ": `{given}` {}", self.wrong)?,
            None => write!(f, ": {}", self.wrong)?,
        }
        write!(f, "; expected {}", self.right)
    }
}
