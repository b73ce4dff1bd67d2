//! What characters do to those who read them: which cannot be seen, and which cannot be told apart.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();

/// The blank pattern of Braille: a symbol by its category, and white to everybody who sees.
const BRAILLE_BLANK: char = '\u{2800}';

/// The general category of a character.
pub(super) fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Whether a character shows nothing of its own, or makes what follows look otherwise than it is: control and
/// format characters, line and paragraph separators, what is private, unassigned or ignored by default.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    is_unseen_by_category(c)
}

fn is_unseen_by_category(c: char) -> bool {
    is_undefined(c)
        || matches!(
            category(c),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character has no place in free text either: control characters other than tabs and line breaks,
/// what turns the direction of writing, what is private or unassigned.
#[must_use]
pub fn is_unwritten(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !is_layout(c);
    }
    is_unwritten_by_category(c)
}

/// Whether a control character belongs in free text.
fn is_layout(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}

fn is_unwritten_by_category(c: char) -> bool {
    let control = category(c) == GeneralCategory::Control && !is_layout(c);
    control || is_undefined(c) || CodePointSetData::new::<BidiControl>().contains(c)
}

fn is_undefined(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::PrivateUse | GeneralCategory::Unassigned | GeneralCategory::Surrogate
    )
}

/// Whether nobody would see anything.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || c == BRAILLE_BLANK || is_unseen(c))
}

/// The same text in the one form that it is kept in (NFC).
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    NFC.normalize(text)
}

/// The same characters without what they differ in by form only: full-width digits, ligatures (NFKC).
pub(super) fn compatible(text: &str) -> Cow<'_, str> {
    NFKC.normalize(text)
}

/// What two names have in common that are the same to everybody: the same characters in upper or lower case,
/// of whatever form, with single spaces. Å stays apart from a.
#[must_use]
pub fn folded_name(name: &str) -> String {
    let folded = CaseMapper::new()
        .fold_string(&compatible(name))
        .into_owned();
    // Folding can take a text out of its normal form.
    compatible(&folded)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What two names have in common that nobody tells apart at a glance, though their letters are of different
/// scripts (Unicode Technical Standard 39).
#[must_use]
pub fn look_alike_key(name: &str) -> String {
    let folded = folded_name(name);
    let like: String = unicode_security::skeleton(&folded).collect();
    composed(&like).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_told_without_its_categories_as_by_them() {
        for c in '\0'..='\x7f' {
            assert_eq!(is_unseen(c), is_unseen_by_category(c), "{c:?}");
            assert_eq!(is_unwritten(c), is_unwritten_by_category(c), "{c:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_known_by_its_category_and_not_by_a_list() {
        for c in [
            '\0',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{17b4}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2028}',
            '\u{2060}',
            '\u{2066}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{e0041}',
            '\u{10fffe}',
        ] {
            assert!(is_unseen(c), "{c:?}");
        }
        for c in [
            'a', 'Å', 'ß', '-', ' ', '\u{a0}', '漢', '\u{301}', '€', '😀',
        ] {
            assert!(!is_unseen(c), "{c:?}");
        }
    }

    #[test]
    fn blank_is_what_shows_nothing() {
        for blank in [
            "",
            " ",
            "\u{a0}",
            "\u{200b}",
            "\u{2060}\u{feff}",
            "\u{3000}\n",
            "\u{2800}",
            "\u{3164}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank(" a ") && !is_blank("."));
    }

    #[test]
    fn one_name_has_one_key_however_it_was_typed_and_å_stays_apart_from_a() {
        let key = folded_name("Öberg Åsa");
        for same in [
            "O\u{308}berg A\u{30a}sa",
            "ÖBERG ÅSA",
            " öberg\u{a0} åsa ",
            "Öberg \u{212b}sa",
        ] {
            assert_eq!(folded_name(same), key, "{same:?}");
        }
        assert_eq!(folded_name("ﬁl Straße"), folded_name("FIL STRASSE"));
        assert_ne!(folded_name("Åsa"), folded_name("Asa"));
    }

    #[test]
    fn letters_of_other_scripts_that_look_the_same_have_the_same_look() {
        let latin = look_alike_key("Administratör");
        for other in [
            "\u{410}dministratör",
            "Administrat\u{43e}\u{308}r",
            "administratör",
        ] {
            assert_eq!(look_alike_key(other), latin, "{other}");
        }
        for other in ["Administration", "Administrator", "Läsare"] {
            assert_ne!(look_alike_key(other), latin, "{other}");
        }
    }
}
