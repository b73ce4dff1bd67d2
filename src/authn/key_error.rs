//! Why an issuer's keys could not be had, and how much of them is taken.
//!
//! Apart from the keys because the discovery document that leads to them, and the certificate authorities that vouch
//! for both, are had by the same rules and fail in the same ways.

use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// The most keys that a set has.
pub(super) const MAX_KEYS: usize = 64;
/// The longest text that is read.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// Why a key set could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum KeyError {
    /// The file cannot be read.
    Unreadable {
        /// The path or address.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// The address did not answer.
    Unreachable {
        /// The address.
        place: String,
        /// What went wrong.
        reason: Words,
    },
    /// It is not text.
    NotText {
        /// The address.
        place: String,
    },
    /// It is not what an issuer says of itself.
    NotDiscovery {
        /// The address.
        place: String,
        /// What is wrong, and what would be right.
        problem: Words,
    },
    /// It is not a JWK set.
    NotAKeySet {
        /// The path or address.
        place: String,
    },
    /// It has no key that a signature can be checked with.
    NoKeys {
        /// The path or address.
        place: String,
    },
    /// The file of certificate authorities holds none.
    NoAuthorities {
        /// The path.
        place: String,
    },
    /// It is bigger than it needs to be.
    TooBig {
        /// The path or address.
        place: String,
    },
}

impl Speaks for KeyError {
    fn words(&self) -> Words {
        match self {
            Self::Unreadable { place, reason } => words!(
                "`{place}` cannot be read: {reason}",
                "`{place}` går inte att läsa. Orsak: {reason}",
                place = verbatim(place),
                reason = verbatim(reason)
            ),
            Self::Unreachable { place, reason } => words!(
                "`{place}` cannot be fetched: {reason}",
                "`{place}` går inte att hämta. Orsak: {reason}",
                place = verbatim(place),
                reason
            ),
            Self::NotText { place } => words!(
                "`{place}` is not text in UTF-8",
                "`{place}` är inte text i UTF-8.",
                place = verbatim(place)
            ),
            Self::NotDiscovery { place, problem } => words!(
                "`{place}` is not the issuer's discovery document: {problem}",
                "`{place}` är inte utfärdarens discovery-dokument. {problem}",
                place = verbatim(place),
                problem
            ),
            Self::NotAKeySet { place } => words!(
                "`{place}` is not a JWK set: expected a JSON object with an array `keys`",
                "`{place}` är ingen JWK-uppsättning. Det ska vara ett JSON-objekt med en lista `keys`.",
                place = verbatim(place)
            ),
            Self::NoKeys { place } => words!(
                "the key set `{place}` has no public key for signatures (EC, RSA or Ed25519)",
                "Nyckeluppsättningen `{place}` har ingen publik nyckel för signaturer (EC, RSA eller Ed25519).",
                place = verbatim(place)
            ),
            Self::NoAuthorities { place } => words!(
                "`{place}` holds no certificate authority: expected certificates in PEM",
                "`{place}` innehåller ingen certifikatutfärdare. Det ska vara certifikat i PEM.",
                place = verbatim(place)
            ),
            Self::TooBig { place } => words!(
                "`{place}` is too big: at most {keys} keys in {bytes} bytes",
                "`{place}` är för stor. Högst {keys} nycklar i {bytes} byte tas emot.",
                place = verbatim(place),
                keys = MAX_KEYS,
                bytes = MAX_BYTES
            ),
        }
    }
}
