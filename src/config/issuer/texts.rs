//! The settings of one issuer as texts, and how each of them is read.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::super::ConfigError;
use super::super::secret::repeated;
use super::super::source::pairs;
use domain::Words;
use domain::speaks::words;

/// The texts of one issuer's settings, and what each was called where it was set.
pub(super) struct Texts<'a> {
    pub(super) values: BTreeMap<&'static str, Texted>,
    pub(super) called: &'a dyn Fn(&str) -> String,
    pub(super) errors: &'a mut Vec<ConfigError>,
}

/// What a setting holds.
pub(super) enum Texted {
    One(String),
    Pairs(Vec<(String, String)>),
}

impl Texts<'_> {
    pub(super) fn wrong(&mut self, name: &str, problem: Words, expected: &Words) {
        let setting = (self.called)(name);
        self.errors
            .push(ConfigError::new(setting, problem, expected.clone()));
    }

    /// The text of a setting that must be there and not empty.
    pub(super) fn needed(&mut self, name: &str, expected: &Words) -> Option<String> {
        match self.values.get(name) {
            Some(Texted::One(text)) if !text.trim().is_empty() => return Some(text.clone()),
            Some(Texted::One(_)) => self.wrong(name, Words::part("is empty", "är tom"), expected),
            Some(Texted::Pairs(_)) => {
                self.wrong(
                    name,
                    Words::part("is a section", "är ett avsnitt"),
                    expected,
                );
            }
            None => self.wrong(name, Words::part("is missing", "saknas"), expected),
        }
        None
    }

    /// The text of a setting that has a default.
    pub(super) fn given(&mut self, name: &str, expected: &Words) -> Option<String> {
        self.values
            .contains_key(name)
            .then(|| self.needed(name, expected))
            .flatten()
    }

    pub(super) fn list(&mut self, name: &str, expected: &Words) -> Option<Vec<String>> {
        let text = self.given(name, expected)?;
        let items = text.split(',').map(|item| item.trim().to_owned());
        Some(items.filter(|item| !item.is_empty()).collect())
    }

    /// Names with values: a section in the file, `name=value,…` in a variable.
    pub(super) fn pairs(&mut self, name: &str, expected: &Words) -> Vec<(String, String)> {
        let split = match self.values.get(name) {
            None => return Vec::new(),
            Some(Texted::Pairs(pairs)) => return pairs.clone(),
            Some(Texted::One(text)) => pairs(text),
        };
        split.unwrap_or_else(|| {
            self.wrong(
                name,
                Words::part(
                    "is not a list of names with values",
                    "är ingen lista med namn och värden",
                ),
                expected,
            );
            Vec::new()
        })
    }

    pub(super) fn seconds(
        &mut self,
        name: &str,
        within: RangeInclusive<u32>,
        expected: &Words,
    ) -> Option<u32> {
        let text = self.given(name, expected)?;
        let seconds = text.parse().ok().filter(|seconds| within.contains(seconds));
        if seconds.is_none() {
            self.wrong(
                name,
                words!(
                    "cannot be `{text}`",
                    "kan inte vara `{text}`",
                    text = repeated(&text)
                ),
                expected,
            );
        }
        seconds
    }
}
