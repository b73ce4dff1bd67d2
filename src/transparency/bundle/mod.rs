//! Bundles: a part of the log in one file, with what it takes to verify it without us.
//!
//! Apart from the log because whoever verifies has no database, no settings and no trust in us: everything
//! here reads lines and answers with a [`Verdict`]. What a bundle is to the byte stands in `FORMAT.md`,
//! section 10; `tests/verifier` has a second verifier that was written from it alone. To check one more
//! thing, say it there first, then in both verifiers, and add a bad bundle to `tests/proof/bundle`.

mod checked;
mod envelope;
pub(crate) mod first;
pub(crate) mod kept;
pub(crate) mod line;
mod source;
pub(crate) mod trust;
mod verdict;
mod verify;

pub use checked::{Checked, KeptResult, Tally};
pub use envelope::is_envelope;
pub(crate) use envelope::{Envelope, is_id_digits};
pub use line::{End, Event, FactLine, Header, Hex, Note, ProvedEvent, SlotLine, VERSION};
pub use source::{Source, SourceError};
pub use trust::{KnownKey, Trust, TrustedKey};
pub use verdict::{Place, Tampered, Verdict, Wrong};
pub use verify::{Question, verify};
