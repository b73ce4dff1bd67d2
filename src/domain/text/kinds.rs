//! The kinds of text, each with its one rule.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::characters::{compatible, composed, is_blank, is_unseen, is_unwritten};
use super::personal_number::looks_like_personal_number;
use super::{HsaId, TextError, Unit};

/// The longest identifier, in characters.
const LONGEST_IDENTIFIER: usize = 128;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest text that stands in clear in events, in bytes.
const LONGEST_REFERENCE: usize = 512;
/// The longest text that is kept erasable, and the longest id of a record, in bytes.
const LONGEST_TEXT: usize = 4_096;

/// A kind of text: its rule takes what was written and gives it as it is kept.
macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $rule:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What the register or the log holds, whatever the rule was when it was written.
            #[must_use]
            pub fn recorded(text: String) -> Self {
                Self(text)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let rule: fn(&str) -> Result<String, TextError> = $rule;
                rule(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

kind! {
    /// What tells things apart: external ids, keys of human beings, ids of policies. 1 to 128 characters, all of
    /// which can be seen, in the one form that stands for all that look the same (NFKC), without white space at
    /// the ends, and no number that names a human being.
    Identifier,
    |text| {
        visible(text)?;
        if compatible(text) != text {
            return Err(TextError::form(
                "composed characters and plain spaces only (NFKC)",
                "skrivet med sammansatta tecken och vanliga mellanslag (NFKC)",
            ));
        }
        shorter(text.chars().count(), LONGEST_IDENTIFIER, Unit::Characters)?;
        in_clear(text)
    }
}

kind! {
    /// What something or somebody is called: 1 to 200 characters on one line, all of which can be seen; kept
    /// composed (NFC).
    Name,
    |text| {
        let text = composed(text);
        visible(&text)?;
        shorter(text.chars().count(), LONGEST_NAME, Unit::Characters)?;
        Ok(text.into_owned())
    }
}

kind! {
    /// What stands in clear in the log: analyses, purposes, network zones, sign-in methods. 1 to 512 bytes on one
    /// line, all of which can be seen, and no number that names a human being.
    Reference,
    |text| {
        visible(text)?;
        shorter(text.len(), LONGEST_REFERENCE, Unit::Bytes)?;
        in_clear(text)
    }
}

kind! {
    /// A governed system's own id of a record: as a [`Reference`], of up to 4 096 bytes.
    RecordId,
    |text| {
        visible(text)?;
        shorter(text.len(), LONGEST_TEXT, Unit::Bytes)?;
        in_clear(text)
    }
}

kind! {
    /// What is kept so that it can be erased: reasons, cases, devices, findings. 1 to 4 096 bytes that show
    /// something; it may name anybody.
    ErasableText,
    |text| {
        if text.chars().any(is_unwritten) {
            return Err(TextError::Control);
        }
        if is_blank(text) {
            return Err(TextError::Blank);
        }
        shorter(text.len(), LONGEST_TEXT, Unit::Bytes)?;
        Ok(text.to_owned())
    }
}

kind! {
    /// An OAuth client id: 1 to 128 printable ASCII characters without spaces, neither an HSA-id nor a number that
    /// names a human being, for a machine is never called as a person is.
    ClientId,
    |text| {
        let right = TextError::form(
            "a client id: 1 to 128 printable ASCII characters without spaces, not of the form of an HSA-id",
            "ett klient-id: 1 till 128 skrivbara ASCII-tecken utan mellanslag, inte av samma form som ett HSA-id",
        );
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !fits || text.to_ascii_uppercase().parse::<HsaId>().is_ok() {
            return Err(right);
        }
        in_clear(text)
    }
}

kind! {
    /// A host name, kept in lower case: nobody tells hosts apart by it.
    HostName,
    |text| {
        let right = TextError::form(
            "a host name: labels of letters, digits and hyphens with dots between, at most 253 characters",
            "ett värdnamn: delar av bokstäver, siffror och bindestreck med punkter emellan, högst 253 tecken",
        );
        let text = &text.to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if text.len() > 253 || !text.split('.').all(label) {
            return Err(right);
        }
        in_clear(text)
    }
}

kind! {
    /// An address of electronic mail: one `@`, nothing blank or unseen, at most 254 bytes.
    EmailAddress,
    |text| {
        let right = TextError::form(
            "an address with one `@`, no spaces, at most 254 characters",
            "en adress med ett `@`, utan mellanslag, högst 254 tecken",
        );
        let parts = text.split_once('@');
        let fits = parts.is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        let seen = !text.chars().any(|c| c.is_whitespace() || is_unseen(c));
        if fits && seen && text.len() <= 254 { Ok(text.to_owned()) } else { Err(right) }
    }
}

kind! {
    /// A caller's key for retries.
    IdempotencyKey,
    |text| {
        let right = TextError::form(
            "16 to 64 characters of visible ASCII",
            "16 till 64 synliga ASCII-tecken",
        );
        let fits = (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(text.to_owned()) } else { Err(right) }
    }
}

kind! {
    /// SHA-256 in lower-case hexadecimal.
    Digest,
    |text| {
        let right = TextError::form(
            "64 digits of lower-case hexadecimal",
            "64 hexadecimala siffror med små bokstäver",
        );
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(text.to_owned()) } else { Err(right) }
    }
}

/// Not blank, nothing unseen in it, and no white space at the ends.
fn visible(text: &str) -> Result<(), TextError> {
    if is_blank(text) {
        Err(TextError::Blank)
    } else if text.chars().any(is_unseen) {
        Err(TextError::Unseen)
    } else if text.trim() == text {
        Ok(())
    } else {
        Err(TextError::Padded)
    }
}

fn shorter(length: usize, most: usize, unit: Unit) -> Result<(), TextError> {
    if length > most {
        return Err(TextError::TooLong { most, unit });
    }
    Ok(())
}

fn in_clear(text: &str) -> Result<String, TextError> {
    if looks_like_personal_number(text) {
        return Err(TextError::PersonalNumber);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::SearchText;

    /// Whether each kind takes a text: those in which everything can be seen, and free text last.
    fn seen_kinds(text: &str) -> [bool; 5] {
        [
            text.parse::<Identifier>().is_ok(),
            text.parse::<Name>().is_ok(),
            text.parse::<Reference>().is_ok(),
            text.parse::<RecordId>().is_ok(),
            text.parse::<ClientId>().is_ok(),
        ]
    }

    /// Any character that cannot be seen; the best known ones more often than the many that are not assigned.
    fn unseen() -> impl Strategy<Value = char> {
        let known = "\0\t\u{ad}\u{200b}\u{200d}\u{202e}\u{2060}\u{2066}\u{3164}\u{feff}";
        let known: Vec<char> = known.chars().collect();
        let any = (0..=u32::from(char::MAX)).prop_filter_map("it can be seen", |n| {
            char::from_u32(n).filter(|c| is_unseen(*c))
        });
        prop_oneof![prop::sample::select(known), any]
    }

    proptest! {
        #[test]
        fn no_kind_takes_what_cannot_be_seen(
            before in "[a-z]{0,4}",
            after in "[a-z]{0,4}",
            c in unseen(),
        ) {
            let text = format!("{before}{c}{after}");
            prop_assert_eq!(seen_kinds(&text), [false; 5]);
            prop_assert!(text.parse::<SearchText>().is_err());
        }

        #[test]
        fn no_kind_takes_a_blank(text in "[ \u{a0}\u{200b}\u{feff}\u{2060}\u{3000}\u{2800}\t]{0,8}") {
            prop_assert_eq!(seen_kinds(&text), [false; 5]);
            prop_assert!(text.parse::<ErasableText>().is_err());
        }

        #[test]
        fn what_is_taken_is_taken_again_as_it_is_kept(text in "\\PC{1,40}") {
            if let Ok(name) = text.parse::<Name>() {
                prop_assert_eq!(name.parse::<Name>(), Ok(name));
            }
            if let Ok(text) = text.parse::<Reference>() {
                prop_assert_eq!(text.parse::<Reference>(), Ok(text));
            }
        }
    }

    #[test]
    fn u_0000_is_taken_by_none() {
        assert_eq!("a\0b".parse::<ErasableText>(), Err(TextError::Control));
        assert_eq!("a\0b".parse::<Identifier>(), Err(TextError::Unseen));
        assert!("a\0b".parse::<IdempotencyKey>().is_err() && "\0".parse::<Digest>().is_err());
        assert!("a\0b".parse::<HostName>().is_err());
    }

    #[test]
    fn free_text_has_lines_and_may_name_anybody() {
        let text = "Ringde\t19121212-1212\r\noch 👩\u{200d}⚕\u{fe0f} svarade";
        assert_eq!(text.parse::<ErasableText>().unwrap(), text);
        assert!("a\u{202e}b".parse::<ErasableText>().is_err());
    }

    #[test]
    fn a_name_is_kept_composed() {
        assert_eq!(
            "O\u{308}ppenv\u{e5}rd".parse::<Name>().unwrap(),
            "Öppenvård"
        );
    }

    #[test]
    fn a_machine_is_not_called_as_a_person_is() {
        assert!("iam-flow_2".parse::<ClientId>().is_ok());
        for person in [
            "SE2321000016-1001",
            "se2321000016-1001",
            "tstnmt2321000099-nurse",
            "19121212-1212",
        ] {
            assert!(person.parse::<ClientId>().is_err(), "{person}");
        }
    }

    #[test]
    fn no_two_identifiers_look_the_same_by_their_form() {
        assert!("enhet å 1".parse::<Identifier>().is_ok());
        for other in ["enhet a\u{30a} 1", "enhet å\u{a0}1", "enhet å １"] {
            assert!(other.parse::<Identifier>().is_err(), "{other}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_kind() {
        assert!("å".repeat(128).parse::<Identifier>().is_ok());
        let most = TextError::TooLong {
            most: 128,
            unit: Unit::Characters,
        };
        assert_eq!("å".repeat(129).parse::<Identifier>(), Err(most));
        assert!("x".repeat(512).parse::<Reference>().is_ok());
        assert!("x".repeat(513).parse::<Reference>().is_err());
        assert!("x".repeat(4_096).parse::<RecordId>().is_ok());
        assert!("x".repeat(4_097).parse::<ErasableText>().is_err());
    }
}
