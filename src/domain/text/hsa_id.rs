//! HSA-ids: what the national catalogue calls whom it holds, and the rule that they follow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::looks_like_personal_number;
use crate::Words;

/// The longest HSA-id, in characters.
const LONGEST: usize = 31;

/// An HSA-id: `SE` (or the test prefix `TSTNMT`), 10 or 12 digits, `-`, letters and digits; at most
/// 31 characters, compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HsaId(String);

/// The text is not an HSA-id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum HsaIdError {
    /// It would be one if its first letters were capitals.
    Case,
    /// It would be one without its spaces.
    Space,
    /// It is none at all, or holds a number of a human being.
    Form,
}

impl HsaIdError {
    /// What would be right.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Case => Words::new(
                "an HSA-id with small letters at its beginning: expected `SE` or `TSTNMT` in capitals, and the \
                 rest as it is spelled in the register",
                "HSA-id:t börjar med små bokstäver. Skriv `SE` eller `TSTNMT` med stora, och resten som i registret.",
            ),
            Self::Space => Words::new(
                "an HSA-id with spaces: expected it without any",
                "HSA-id:t har mellanslag. Skriv det utan.",
            ),
            Self::Form => Words::new(
                "not an HSA-id: expected `SE` or `TSTNMT`, 10 or 12 digits, `-` and letters or digits, \
                 at most 31 characters, and no personal number in it",
                "Inget HSA-id: ange `SE` eller `TSTNMT`, 10 eller 12 siffror, `-` och bokstäver eller siffror, \
                 högst 31 tecken och inget personnummer.",
            ),
        }
    }
}

impl HsaId {
    /// An HSA-id from outside, which will stand in clear in the log: neither part names anybody by a personal,
    /// coordination or reserve number. The first one is the number of the organisation that keeps the catalogue,
    /// never that of a sole trader, and organisation numbers are no days: their third digit is at least 2.
    ///
    /// # Errors
    /// The text is not an HSA-id, or holds such a number.
    pub fn given(text: &str) -> Result<Self, HsaIdError> {
        let id: Self = text.parse()?;
        if id.0.split('-').any(looks_like_personal_number) {
            return Err(HsaIdError::Form);
        }
        Ok(id)
    }

    /// Whether the text is an HSA-id, recorded or given.
    fn fits(text: &str) -> bool {
        let rest = text
            .strip_prefix("SE")
            .or_else(|| text.strip_prefix("TSTNMT"));
        let Some((number, tail)) = rest.and_then(|rest| rest.split_once('-')) else {
            return false;
        };
        let number_fits =
            matches!(number.len(), 10 | 12) && number.bytes().all(|b| b.is_ascii_digit());
        let tail_fits = !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_alphanumeric());
        number_fits && tail_fits && text.len() <= LONGEST
    }

    /// The same id in whatever case it is written: HSA-ids are compared without regard to case elsewhere.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_uppercase()
    }

    /// Whose ids these are: what stands before the hyphen, with the number of an organisation.
    #[must_use]
    pub fn of_organisation(&self) -> &str {
        self.0.split_once('-').map_or(&self.0, |(before, _)| before)
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HsaId {
    type Err = HsaIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if Self::fits(text) {
            return Ok(Self(text.to_owned()));
        }
        // What is far too long is no id that somebody has typed.
        if text.len() > 4 * LONGEST {
            return Err(HsaIdError::Form);
        }
        let unspaced: String = text.split_whitespace().collect();
        if !Self::fits(&unspaced.to_ascii_uppercase()) {
            Err(HsaIdError::Form)
        } else if unspaced.len() < text.len() {
            Err(HsaIdError::Space)
        } else {
            Err(HsaIdError::Case)
        }
    }
}

impl TryFrom<String> for HsaId {
    type Error = HsaIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HsaId> for String {
    fn from(id: HsaId) -> Self {
        id.0
    }
}

impl fmt::Display for HsaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hsa_id_is_taken_byte_for_byte_or_refused() {
        for good in [
            "SE2321000016-1001",
            "TSTNMT2321000001-1001",
            "SE232100001612-aZ9",
        ] {
            assert_eq!(good.parse::<HsaId>().unwrap().as_str(), good);
        }
        for bad in [
            "se2321000016-1001",
            "SE232100016-1",
            "SE2321000016-",
            "SE2321000016",
            "SE2321000016-1 ",
            "SE2321000016-é",
            "SE2321000016-123456789012345678901",
            "191212121212",
        ] {
            assert!(bad.parse::<HsaId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn case_and_spaces_are_named_where_they_are_all_that_is_wrong() {
        let wrong = |text: &str| HsaId::given(text).unwrap_err();
        for text in [
            "se2321000016-1001",
            "Se2321000016-1001",
            "tstnmt2321000001-a",
        ] {
            assert_eq!(wrong(text), HsaIdError::Case, "{text}");
        }
        for text in [
            "SE2321000016-1001 ",
            "SE2321000016 -1001",
            "SE 232100-0016-1001",
            "se2321000016- 1001",
            "SE2321000016\u{a0}-1001",
        ] {
            let expected = match text.matches('-').count() {
                1 => HsaIdError::Space,
                _ => HsaIdError::Form,
            };
            assert_eq!(wrong(text), expected, "{text}");
        }
        for text in ["", "se", "x2321000016-1001", "SE2321000016-19121212-1212"] {
            assert_eq!(wrong(text), HsaIdError::Form, "{text}");
        }
        assert_eq!(wrong(&" ".repeat(50_000)), HsaIdError::Form);
    }

    #[test]
    fn no_number_of_a_human_being_is_taken_in_an_id() {
        assert!(HsaId::given("SE2321000016-1001").is_ok());
        for number in ["191212121212", "1212121212", "19810829M071"] {
            let text = format!("SE2321000016-{number}");
            assert!(HsaId::given(&text).is_err(), "{text}");
            // What was recorded before is still read.
            assert!(text.parse::<HsaId>().is_ok(), "{text}");
        }
        for number in ["8001011234", "198001011234"] {
            assert!(HsaId::given(&format!("SE{number}-1001")).is_err());
            assert!(HsaId::given(&format!("TSTNMT{number}-1001")).is_err());
        }
        for organisation in ["2321000131", "162321000131", "5565594230", "2021002114"] {
            assert!(HsaId::given(&format!("SE{organisation}-1001")).is_ok());
        }
    }
}
