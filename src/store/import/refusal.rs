//! What the database refuses, told apart from a database that does not answer.
//!
//! The checks see the register as it is when a feed has been staged. What somebody changes beside the
//! run afterwards is seen only by the constraints, when the record is applied; the same record would be
//! refused the next time too.

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr};

use super::ApplyError;
use crate::feed::{Kind, Problem};

/// Why the register does not take a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    wrong: String,
    right: String,
}

impl Refusal {
    /// A record whose change cannot be recorded.
    #[must_use]
    pub fn unrecordable(why: &impl std::fmt::Display) -> Self {
        Self {
            wrong: format!("cannot be recorded: {why}"),
            right: "less of it".to_owned(),
        }
    }

    /// What a person is told of it.
    #[must_use]
    pub fn problem(self, line: u64, kind: Kind, field: &str) -> Problem {
        Problem {
            line,
            kind: Some(kind),
            field: field.to_owned(),
            given: None,
            wrong: format!("the {kind} was not applied: it {}", self.wrong),
            right: self.right,
        }
    }
}

impl ApplyError {
    /// Why the register does not take a record; `None`: it did not say so, and the same may work later.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Vanished { kind, .. } => Some(Refusal {
                wrong: format!("refers to a {kind} that is not there any more"),
                right: format!("a {kind} of the register or of the feed"),
            }),
            Self::Foreign { .. } => Some(Refusal {
                wrong: "belongs to another source by now".to_owned(),
                right: "a record of its own, or `--take-over-from` with that source".to_owned(),
            }),
            Self::Database(error) => constraint(error),
            Self::Overtaken { .. } | Self::Lost | Self::Corrupt(_) => None,
        }
    }
}

fn constraint(error: &DbErr) -> Option<Refusal> {
    let (DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(cause) = cause else {
        return None;
    };
    let cause = cause.as_database_error()?;
    if !is_constraint(cause) {
        return None;
    }
    let (wrong, right) = if cause.is_unique_violation() {
        (
            "has the name of something else in the register",
            "a name of its own",
        )
    } else if cause.is_foreign_key_violation() {
        (
            "refers to something that is not there any more",
            "what the register or the feed holds",
        )
    } else {
        (
            "breaks a rule of the register",
            "a record that fits what the register holds now",
        )
    };
    Some(Refusal {
        // The constraint's name or our own trigger's words: neither repeats a value.
        wrong: format!("{wrong} ({})", cause.message()),
        right: right.to_owned(),
    })
}

/// `SQLITE_CONSTRAINT` with the finer cause in the higher bits, or a SQLSTATE of class 23.
fn is_constraint(error: &dyn DatabaseError) -> bool {
    const SQLITE: u32 = 19;
    error.code().is_some_and(|code| {
        let extended = code.parse::<u32>().ok();
        match code.len() {
            5 => code.starts_with("23"),
            _ => extended.is_some_and(|code| code & 0xff == SQLITE),
        }
    })
}
