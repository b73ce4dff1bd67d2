//! What callers write, parsed once: after this nobody has to ask again what a text may hold.
//!
//! There are four kinds, by what becomes of them. An [`Identifier`] tells things apart, so no two that look the
//! same may differ. A [`Name`] is read by people. A [`Reference`] stands in clear in the log, which nothing can
//! be taken out of, so it names no human being by a number; what does has to be an [`ErasableText`]. Beside them
//! stand identifiers with a form of their own: [`ClientId`], [`HostName`], [`IdempotencyKey`], [`Digest`].
//!
//! Every kind is parsed by `FromStr` and made in no other way but [`recorded`](Reference::recorded), for what
//! the register and the log held before these rules. A [`TextError`] says what would be right and never what
//! was given.
//!
//! What is looked for is a [`SearchText`]: words, which nothing is kept of.
//!
//! To add a kind: a call of `kind!` with its rule, in [`kinds`]; what characters do is in [`characters`].

pub mod characters;
pub mod kinds;
pub mod personal_number;
pub mod search;

pub use characters::{folded_name, look_alike_key};
pub use kinds::{
    ClientId, Digest, EmailAddress, ErasableText, HostName, IdempotencyKey, Identifier, Name,
    RecordId, Reference,
};
pub use personal_number::looks_like_personal_number;
pub use search::{SearchText, search_words};

/// What would be right where a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing in it can be seen.
    #[error("expected a text that is not blank")]
    Blank,
    /// It is too long.
    #[error("expected at most {most} {unit}")]
    TooLong {
        /// The most that it may have.
        most: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// Something in it cannot be seen, or makes what follows look otherwise than it is.
    #[error("expected no control characters and nothing invisible")]
    Unseen,
    /// It has control characters that no free text needs.
    #[error("expected no control characters but tabs and line breaks")]
    Control,
    /// It begins or ends with white space.
    #[error("expected no white space at the ends")]
    Padded,
    /// It has what looks like a number that names a human being.
    #[error(
        "expected no personal, coordination or reserve number: it would stand in clear in a log that \
         nothing can be taken out of"
    )]
    PersonalNumber,
    /// It has not the form that this kind has.
    #[error("expected {0}")]
    Form(&'static str),
}
