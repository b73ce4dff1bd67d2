//! What people find by what they type: the words of a name as they are stored, and the words of a search.
//!
//! Apart from the kinds of text because two sides have to agree here. A name is kept as its words
//! ([`search_words`]); a search ([`SearchText`]) is words too, each of which has to begin one of the name's. Both
//! are spelled in one way: in lower case, without accents, with å, ä and ö as letters of their own. Whoever types
//! them means them; whoever types a and o, on a keyboard without them, may mean either: that is what
//! [`without_rings`] is for, which the database makes its index by.

use std::collections::BTreeSet;
use std::str::FromStr;

use icu_normalizer::{DecomposingNormalizer, DecomposingNormalizerBorrowed};
use icu_properties::props::GeneralCategory;

use super::characters::{category, folded_name, is_blank, is_unseen};
use super::{HsaId, TextError, Unit};

const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizer::new_nfd();

/// The longest search, in characters: as a name.
const LONGEST: usize = 200;
/// The most words of a search: each is looked for by itself.
const MOST_WORDS: usize = 24;
/// The shortest end of an id that anybody is found by: shorter ones are ends of too many.
const SHORTEST_END: usize = 3;
/// What an id is preceded by that is stored from its end.
const FROM_ITS_END: char = '<';

/// What somebody has typed who looks for something by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText(Vec<Typed>);

/// What stands between spaces in a search: a word, or several with hyphens or apostrophes between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    words: Vec<String>,
}

impl SearchText {
    /// What has to be found, all of it.
    #[must_use]
    pub fn typed(&self) -> &[Typed] {
        &self.0
    }
}

impl Typed {
    /// The words, each of which begins one of the name's.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// What it may begin instead, in one: `annalena` for Anna-Lena; `None`: it is one word anyhow.
    #[must_use]
    pub fn in_one(&self) -> Option<String> {
        (self.words.len() > 1).then(|| self.words.concat())
    }

    /// As the stored ids begin that end so; `None`: no id does.
    #[must_use]
    pub fn end_of_id(&self) -> Option<String> {
        let end = self.words.concat();
        let fits = end.len() >= SHORTEST_END && end.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| from_its_end(&end))
    }
}

impl FromStr for SearchText {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        // The length first: nothing else is done with what is too long.
        if text.chars().nth(LONGEST).is_some() {
            return Err(TextError::TooLong {
                most: LONGEST,
                unit: Unit::Characters,
            });
        }
        if text.chars().any(is_unseen) {
            return Err(TextError::Unseen);
        }
        if is_blank(text) {
            return Err(TextError::Blank);
        }
        let spelled = spelled(text);
        let typed = |chunk: &str| Typed {
            words: words(chunk).map(str::to_owned).collect(),
        };
        let mut typed: Vec<Typed> = spelled.split_whitespace().map(typed).collect();
        typed.retain(|chunk| !chunk.words.is_empty());
        let count: usize = typed.iter().map(|chunk| chunk.words.len()).sum();
        match count {
            0 => Err(TextError::form(
                "a letter or a digit to look for",
                "en bokstav eller siffra att söka efter",
            )),
            1..=MOST_WORDS => Ok(Self(typed)),
            _ => Err(TextError::TooLong {
                most: MOST_WORDS,
                unit: Unit::Words,
            }),
        }
    }
}

/// The words by which something is found that is called so, with single spaces between; with its HSA-id where it
/// has one.
#[must_use]
pub fn search_words(names: &[&str], hsa_id: Option<&HsaId>) -> String {
    let mut found = BTreeSet::new();
    for chunk in names.iter().flat_map(|name| chunks(name)) {
        found.extend(words(&chunk).map(str::to_owned));
        found.insert(words(&chunk).collect());
    }
    if let Some(id) = hsa_id {
        let id = id.as_str().to_ascii_lowercase();
        let in_one: String = words(&id).collect();
        found.extend(words(&id).map(str::to_owned));
        found.insert(from_its_end(&in_one));
        found.insert(in_one);
    }
    found.remove("");
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// The same word as it is typed where å, ä and ö cannot be.
#[must_use]
pub fn without_rings(word: &str) -> String {
    word.chars()
        .map(|letter| match letter {
            'å' | 'ä' => 'a',
            'ö' => 'o',
            other => other,
        })
        .collect()
}

fn chunks(name: &str) -> Vec<String> {
    spelled(name)
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

fn words(chunk: &str) -> impl Iterator<Item = &str> {
    chunk
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn from_its_end(id: &str) -> String {
    std::iter::once(FROM_ITS_END)
        .chain(id.chars().rev())
        .collect()
}

/// In lower case and without accents, as Swedish counts letters: Danish and Norwegian æ and ø are its ä and ö, and
/// é is an e.
fn spelled(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for letter in folded_name(text).chars() {
        match letter {
            'å' | 'ä' | 'ö' => spelled.push(letter),
            'æ' => spelled.push('ä'),
            'ø' => spelled.push('ö'),
            'œ' => spelled.push_str("oe"),
            'þ' => spelled.push_str("th"),
            'đ' | 'ð' => spelled.push('d'),
            'ł' => spelled.push('l'),
            'ħ' => spelled.push('h'),
            'ı' => spelled.push('i'),
            other => {
                let mut buffer = [0; 4];
                let apart = NFD.normalize(other.encode_utf8(&mut buffer));
                spelled.extend(apart.chars().filter(|c| !is_accent(*c)));
            }
        }
    }
    spelled
}

fn is_accent(c: char) -> bool {
    category(c) == GeneralCategory::NonspacingMark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<Vec<String>> {
        let search: SearchText = text.parse().unwrap();
        search
            .typed()
            .iter()
            .map(|chunk| chunk.words.clone())
            .collect()
    }

    #[test]
    fn a_name_is_its_words_and_what_hyphens_join_in_one_too() {
        assert_eq!(
            search_words(&["Anna-Lena", "von Essen"], None),
            "anna annalena essen lena von"
        );
        assert_eq!(
            search_words(&["Å.-M. O’Brien"], None),
            "brien m o obrien å åm"
        );
        let id: HsaId = "TSTNMT2321000016-1A0Z".parse().unwrap();
        assert_eq!(
            search_words(&["Öst"], Some(&id)),
            "1a0z <z0a16100001232tmntst tstnmt2321000016 tstnmt23210000161a0z öst"
        );
    }

    #[test]
    fn letters_are_those_that_swedish_counts() {
        for (written, kept) in [
            ("É", "e"),
            ("Müller", "muller"),
            ("Sørensen", "sörensen"),
            ("Bjærg", "bjärg"),
            ("O\u{308}berg", "öberg"),
            ("\u{212b}sa", "åsa"),
            ("Łukasz", "lukasz"),
            ("Þór", "thor"),
            ("Straße", "strasse"),
            ("İpek", "ipek"),
            ("ŠTĚPÁN", "stepan"),
        ] {
            assert_eq!(spelled(written), kept, "{written}");
        }
        assert_eq!(without_rings("åkerström"), "akerstrom");
    }

    #[test]
    fn a_search_is_words_in_any_writing() {
        assert_eq!(
            typed(" ANNA-LENA  von "),
            [vec!["anna", "lena"], vec!["von"]]
        );
        assert_eq!(typed("Öberg, Åsa"), [["öberg"], ["åsa"]]);
        assert_eq!(typed("- a"), [["a"]]);
        for (bad, why) in [
            (" \u{a0}", TextError::Blank),
            ("a\u{200b}", TextError::Unseen),
            (
                "%_\\",
                TextError::form(
                    "a letter or a digit to look for",
                    "en bokstav eller siffra att söka efter",
                ),
            ),
        ] {
            assert_eq!(bad.parse::<SearchText>(), Err(why), "{bad:?}");
        }
        assert!("å".repeat(200).parse::<SearchText>().is_ok());
        assert!("å".repeat(201).parse::<SearchText>().is_err());
        assert!("a ".repeat(24).parse::<SearchText>().is_ok());
        assert!("a ".repeat(25).parse::<SearchText>().is_err());
    }

    #[test]
    fn ends_of_ids_are_letters_and_digits() {
        let ends = |text: &str| text.parse::<SearchText>().unwrap().0[0].end_of_id();
        assert_eq!(ends("-1001").unwrap(), "<1001");
        assert_eq!(ends("16-1a0Z").unwrap(), "<z0a161");
        assert_eq!((ends("01"), ends("åå1")), (None, None));
    }
}
