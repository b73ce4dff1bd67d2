//! What the database refuses, told apart from a database that does not answer.
//!
//! The checks see the register as it is when a feed has been staged. What somebody changes beside the
//! run afterwards is seen only by the constraints, when the record is applied; the same record would be
//! refused the next time too.

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr};

use super::ApplyError;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
use feed::{Kind, Problem};

/// Why the register does not take a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    wrong: Words,
    right: Words,
}

impl Refusal {
    /// A record whose change cannot be recorded.
    #[must_use]
    pub fn unrecordable(why: &impl Speaks) -> Self {
        Self {
            wrong: words!(
                "cannot be recorded: {why}",
                "går inte att logga ({why})",
                why
            ),
            right: Words::part("less of it", "mindre av det"),
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
            wrong: words!(
                "the {kind} was not applied: it {wrong}",
                "`{kind}` är inte infört, det {wrong}",
                kind = verbatim(kind),
                wrong = self.wrong
            ),
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
                wrong: words!(
                    "refers to a {kind} that is not there any more",
                    "hänvisar till `{kind}` som inte finns längre",
                    kind = verbatim(kind)
                ),
                right: words!(
                    "a {kind} of the register or of the feed",
                    "`{kind}` i registret eller filen",
                    kind = verbatim(kind)
                ),
            }),
            Self::Changed { .. } => Some(Refusal {
                wrong: Words::part(
                    "has been changed beside the call since it was read",
                    "har ändrats vid sidan av anropet sedan den lästes",
                ),
                right: Words::part("the same once more", "samma en gång till"),
            }),
            Self::Foreign { .. } => Some(Refusal {
                wrong: Words::part(
                    "belongs to another source by now",
                    "hör till en annan källa nu",
                ),
                right: Words::part(
                    "a record of its own, or `--take-over-from` with that source",
                    "en egen post, eller `--take-over-from` med den källan",
                ),
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
            Words::part(
                "has the name of something else in the register",
                "har namnet på något annat i registret",
            ),
            Words::part("a name of its own", "ett eget namn"),
        )
    } else if cause.is_foreign_key_violation() {
        (
            Words::part(
                "refers to something that is not there any more",
                "hänvisar till något som inte finns längre",
            ),
            Words::part(
                "what the register or the feed holds",
                "det som registret eller filen har",
            ),
        )
    } else {
        (
            Words::part(
                "breaks a rule of the register",
                "bryter mot en regel i registret",
            ),
            Words::part(
                "a record that fits what the register holds now",
                "en post som passar det som registret har nu",
            ),
        )
    };
    Some(Refusal {
        // The constraint's name or our own trigger's words: neither repeats a value.
        wrong: words!(
            "{wrong} ({cause})",
            "{wrong} (`{cause}`)",
            wrong,
            cause = verbatim(cause.message())
        ),
        right,
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
