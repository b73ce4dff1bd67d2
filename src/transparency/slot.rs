//! Slots: personal values that an event commits to without holding them.
//!
//! The envelope has a salted commitment; value and salt stand in a side table and can be erased
//! without touching the tree. Apart from the envelope because an eraser and a verifier need only this.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use domain::id::OrganisationId;

/// How many bytes the value of a slot may have.
pub const MAX_VALUE: usize = 4_096;

/// The salt of one slot of one event.
pub type Salt = [u8; 32];

/// Why, in somebody's own words.
pub const JUSTIFICATION: &str = "justification";
/// A case in another system.
pub const CASE_REFERENCE: &str = "caseReference";
/// The record or the patient that was asked about, as the asker refers to it.
pub const SUBJECT: &str = "subject";
/// The device that was used.
pub const DEVICE: &str = "device";

/// The class that personal values of the register are kept under.
pub const REGISTER: &str = "register";

/// A personal value on its way into the log.
#[derive(Clone, PartialEq, Eq)]
pub struct SlotValue {
    /// Which slot: one of the names above in a decision, the field's name in a change. Letters only.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// How long it is kept, by the name of a class.
    pub retention_class: String,
    /// Whose archive it belongs to.
    pub authority: Option<OrganisationId>,
}

/// The value is personal, so it is not shown.
impl std::fmt::Debug for SlotValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlotValue")
            .field("name", &self.name)
            .field("retention_class", &self.retention_class)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

/// What an event holds in the value's place.
#[must_use]
pub fn commitment(salt: &Salt, name: &str, value: &str) -> [u8; 32] {
    // A key shorter than a block is padded with zeros by HMAC itself.
    let mut key = [0; 64];
    for (byte, salt) in key.iter_mut().zip(salt) {
        *byte = *salt;
    }
    let mut mac = Hmac::<Sha256>::new(&key.into());
    mac.update(name.as_bytes());
    // No name holds a zero byte, so name and value cannot be cut in another place.
    mac.update(&[0x00]);
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_cannot_be_recognised_in_another_slot_or_under_another_salt() {
        let base = commitment(&[1; 32], "subject", "abc");
        assert_eq!(base, commitment(&[1; 32], "subject", "abc"));
        for other in [
            commitment(&[2; 32], "subject", "abc"),
            commitment(&[1; 32], "device", "abc"),
            commitment(&[1; 32], "subject", "abd"),
            commitment(&[1; 32], "subjec", "tabc"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_personal_value_is_not_printed() {
        let slot = SlotValue {
            name: JUSTIFICATION,
            value: "the neighbour".to_owned(),
            retention_class: "access".to_owned(),
            authority: None,
        };
        assert!(!format!("{slot:?}").contains("neighbour"));
    }
}
