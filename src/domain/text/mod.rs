//! What callers write, parsed once: after this nobody has to ask again what a text may hold.
//!
//! There are four kinds, by what becomes of them. An [`Identifier`] tells things apart, so no two that look the
//! same may differ. A [`Name`] is read by people. A [`Reference`] stands in clear in the log, which nothing can
//! be taken out of, so it names no human being by a number; what does has to be an [`ErasableText`]. Beside them
//! stand identifiers with a form of their own: [`HsaId`], [`ClientId`], [`HostName`], [`IdempotencyKey`], [`Digest`].
//!
//! Every kind is parsed by `FromStr` and made in no other way but [`recorded`](Reference::recorded), for what
//! the register and the log held before these rules. A [`TextError`] says what would be right and never what
//! was given.
//!
//! What is looked for is a [`SearchText`]: words, which nothing is kept of.
//!
//! To add a kind: a call of `kind!` with its rule, in [`kinds`]; what characters do is in [`characters`].

use super::language::Words;

pub mod characters;
mod hsa_id;
pub mod kinds;
pub mod personal_number;
pub mod search;

pub use characters::{folded_name, look_alike_key};
pub use hsa_id::{HsaId, HsaIdError};
pub use kinds::{
    ClientId, Digest, EmailAddress, ErasableText, HostName, IdempotencyKey, Identifier, Name,
    RecordId, Reference,
};
pub use personal_number::looks_like_personal_number;
pub use search::{SearchText, search_words};

/// What would be right where a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum TextError {
    /// Nothing in it can be seen.
    Blank,
    /// It is too long.
    TooLong {
        /// The most that it may have.
        most: usize,
        /// What is counted.
        unit: Unit,
    },
    /// Something in it cannot be seen, or makes what follows look otherwise than it is.
    Unseen,
    /// It has control characters that no free text needs.
    Control,
    /// It begins or ends with white space.
    Padded,
    /// It has what looks like a number that names a human being.
    PersonalNumber,
    /// It has not the form that this kind has.
    Form(Form),
}

/// What the length of a text is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Characters.
    Characters,
    /// Bytes.
    Bytes,
    /// Words.
    Words,
}

/// The form that a kind of text has, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    english: &'static str,
    swedish: &'static str,
}

impl TextError {
    /// That a text of the form is expected.
    const fn form(english: &'static str, swedish: &'static str) -> Self {
        Self::Form(Form { english, swedish })
    }

    /// What would be right.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Blank => Words::new(
                "expected a text that is not blank",
                "Texten får inte vara tom.",
            ),
            Self::TooLong { most, unit } => {
                let (english, swedish) = match unit {
                    Unit::Characters => ("characters", "tecken"),
                    Unit::Bytes => ("bytes", "byte"),
                    Unit::Words => ("words", "ord"),
                };
                Words::made(
                    format!("expected at most {most} {english}"),
                    format!("Texten får vara högst {most} {swedish} lång."),
                )
            }
            Self::Unseen => Words::new(
                "expected no control characters and nothing invisible",
                "Texten får inte innehålla styrtecken eller något osynligt.",
            ),
            Self::Control => Words::new(
                "expected no control characters but tabs and line breaks",
                "Texten får inte innehålla andra styrtecken än tabbar och radbrytningar.",
            ),
            Self::Padded => Words::new(
                "expected no white space at the ends",
                "Texten får inte börja eller sluta med blanktecken.",
            ),
            Self::PersonalNumber => Words::new(
                "expected no personal, coordination or reserve number: it would stand in clear in a log that \
                 nothing can be taken out of",
                "Skriv inget person-, samordnings- eller reservnummer här: det skulle stå i klartext i en logg som \
                 ingenting kan tas bort ur.",
            ),
            Self::Form(Form { english, swedish }) => Words::made(
                format!("expected {english}"),
                format!("Värdet ska vara {swedish}."),
            ),
        }
    }
}
