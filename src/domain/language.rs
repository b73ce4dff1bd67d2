//! The languages that people are spoken to in, and what is said in them.
//!
//! Whatever a caller reads is [`Words`], which cannot be made without every language. To add a language: a variant
//! of [`Language`], and a member of [`Words`]; what does not compile then lacks it.

use std::fmt;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, also where the caller wants one that we do not have.
    #[default]
    English,
    /// Swedish.
    Swedish,
}

impl Language {
    /// The language that an `Accept-Language` prefers of those there are; the first of equals.
    #[must_use]
    pub fn preferred(header: Option<&str>) -> Self {
        let ranges = header.unwrap_or_default().split(',').filter_map(range);
        let mut best: Option<(f32, Self)> = None;
        for (quality, language) in ranges {
            if best.is_none_or(|(so_far, _)| quality > so_far) {
                best = Some((quality, language));
            }
        }
        best.map_or(Self::English, |(_, language)| language)
    }

    /// The language of the messages of a process, by the variables that POSIX has for it, in the order in which
    /// they count: the first that says anything.
    #[must_use]
    pub fn of_locale(variables: [Option<&str>; 3]) -> Self {
        let said = variables
            .into_iter()
            .flatten()
            .find(|value| !value.is_empty());
        if said.is_some_and(|locale| locale.starts_with("sv")) {
            Self::Swedish
        } else {
            Self::English
        }
    }
}

/// What is said, in every language. It never repeats what was given.
#[derive(Debug, Clone)]
pub struct Words(Said);

/// Small, for most errors hold one.
#[derive(Debug, Clone)]
enum Said {
    Always {
        english: &'static str,
        swedish: &'static str,
    },
    Made(Box<[String; 2]>),
}

impl Words {
    /// What is always the same.
    #[must_use]
    pub const fn new(english: &'static str, swedish: &'static str) -> Self {
        Self(Said::Always { english, swedish })
    }

    /// What is always the same, and is no sentence: a part of one, or a line of a report.
    #[must_use]
    pub const fn part(english: &'static str, swedish: &'static str) -> Self {
        Self::new(english, swedish)
    }

    /// What has a number or a name of our own in it.
    #[must_use]
    pub fn made(english: String, swedish: String) -> Self {
        Self(Said::Made(Box::new([english, swedish])))
    }

    /// What is said in this language.
    #[must_use]
    pub fn spoken(&self, language: Language) -> &str {
        let (english, swedish) = match &self.0 {
            Said::Always { english, swedish } => (*english, *swedish),
            Said::Made(made) => {
                let [english, swedish] = made.as_ref();
                (english.as_str(), swedish.as_str())
            }
        };
        match language {
            Language::English => english,
            Language::Swedish => swedish,
        }
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        [Language::English, Language::Swedish]
            .into_iter()
            .all(|language| self.spoken(language) == other.spoken(language))
    }
}

impl Eq for Words {}

/// In English, as the service's own log is written.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spoken(Language::English))
    }
}

fn range(text: &str) -> Option<(f32, Language)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next()?.to_ascii_lowercase();
    let language = match tag.split('-').next()? {
        "sv" => Language::Swedish,
        "en" | "*" => Language::English,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    let quality = quality.map_or(Some(1.0), |q| q.parse().ok())?;
    (quality > 0.0).then_some((quality, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_read_as_posix_says() {
        for (variables, expected) in [
            ([None, None, Some("sv_SE.UTF-8")], Language::Swedish),
            ([None, Some("sv_SE.UTF-8"), Some("C")], Language::Swedish),
            ([Some("C"), None, Some("sv_SE.UTF-8")], Language::English),
            ([Some(""), None, Some("sv")], Language::Swedish),
            ([None, None, Some("de_DE.UTF-8")], Language::English),
            ([None; 3], Language::English),
        ] {
            assert_eq!(Language::of_locale(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn the_best_language_there_is_wins() {
        for (header, expected) in [
            ("sv", Language::Swedish),
            ("sv-SE,sv;q=0.9,en;q=0.8", Language::Swedish),
            ("en-GB, sv;q=0.7", Language::English),
            ("de, fr;q=0.9, sv;q=0.2", Language::Swedish),
            ("sv;q=0, en;q=0.1", Language::English),
            ("sv;q=x", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::preferred(Some(header)), expected, "{header}");
        }
        assert_eq!(Language::preferred(None), Language::English);
    }
}
