//! Takes an object's members one by one, and remembers what was wrong with each.
//!
//! What a member may hold is in [`typed`], one reader each: a new kind of text gets its reader there.

mod typed;

use super::form::IDENTIFIER;
use super::json::Json;
use super::mask::shown;
use super::{Kind, Problem};
use domain::Date;
use domain::Words;
use domain::speaks::{verbatim, words};
use domain::text::Identifier;

/// How many problems of one record are told.
const MOST_PROBLEMS: usize = 20;
/// That a value cannot be had, and that the findings say why.
#[derive(Debug)]
pub(super) struct Noted;

/// A value, or that it has been noted why there is none.
pub(super) type Read<T> = Result<T, Noted>;

/// What has been found wrong with one record so far.
#[derive(Debug)]
pub(super) struct Findings {
    line: u64,
    kind: Option<Kind>,
    problems: Vec<Problem>,
}

impl Findings {
    pub(super) const fn new(line: u64, kind: Option<Kind>) -> Self {
        Self {
            line,
            kind,
            problems: Vec::new(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    fn push(&mut self, field: String, given: Option<&str>, wrong: Words, right: Words) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem {
                line: self.line,
                kind: self.kind,
                field,
                given: given.map(shown),
                wrong,
                right,
            });
        }
    }
}

/// The members of one object, read by key.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    members: &'a [(String, Json)],
    prefix: &'static str,
    known: Vec<&'static str>,
    findings: &'a mut Findings,
}

impl<'a> Fields<'a> {
    /// The members of a record's object; `prefix` (`""`, `"scope."`) begins its fields' names.
    pub(super) const fn new(
        members: &'a [(String, Json)],
        prefix: &'static str,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            members,
            prefix,
            known: Vec::new(),
            findings,
        }
    }

    /// Says that something is wrong with a field; `given` only where it is not personal.
    pub(super) fn wrong(
        &mut self,
        key: &str,
        given: Option<&str>,
        wrong: Words,
        right: &Words,
    ) -> Noted {
        let field = format!("{}{key}", self.prefix);
        self.findings.push(field, given, wrong, right.clone());
        Noted
    }

    /// The member of that key; absent is a problem.
    pub(super) fn take(&mut self, key: &'static str, right: &Words) -> Read<&'a Json> {
        self.known.push(key);
        let found = self.members.iter().find(|(name, _)| name == key);
        match found {
            Some((_, value)) => Ok(value),
            None => Err(self.wrong(
                key,
                None,
                Words::part("the key is missing", "nyckeln saknas"),
                right,
            )),
        }
    }

    /// Lets a key be there that nobody reads.
    pub(super) fn ignore(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Says that a value has another type than it should have.
    pub(super) fn mistyped(&mut self, key: &str, value: &Json, right: &Words) -> Noted {
        let wrong = words!("it is {what}", "det är {what}", what = value.type_name());
        self.wrong(key, None, wrong, right)
    }

    /// Text of the form that `form` takes.
    pub(super) fn form<T>(
        &mut self,
        key: &'static str,
        right: &Words,
        form: impl FnOnce(&str) -> Option<T>,
    ) -> Read<T> {
        let value = self.take(key, right)?;
        let text = value
            .text()
            .ok_or_else(|| self.mistyped(key, value, right))?;
        form(text).ok_or_else(|| self.malformed(key, text, right))
    }

    /// Says that a text is not of the form of its field. It may be anything, a name that came into the wrong
    /// column included, so it is not repeated; the line and the field are enough to find it.
    fn malformed(&mut self, key: &str, text: &str, right: &Words) -> Noted {
        let length = text.chars().count();
        let wrong = words!(
            "the text of {length} characters is not of the right form",
            "texten om {length} tecken har inte rätt form",
            length
        );
        self.wrong(key, None, wrong, right)
    }

    fn is_null(&self, key: &str) -> bool {
        let mut members = self.members.iter();
        members.any(|(name, value)| name == key && *value == Json::Null)
    }

    /// As [`Fields::form`], or null.
    fn form_or_null<T>(
        &mut self,
        key: &'static str,
        right: &Words,
        form: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let right = words!("{right}, or null", "{right}, eller null", right);
        if self.is_null(key) {
            self.ignore(key);
            return Ok(None);
        }
        self.form(key, &right, form).map(Some)
    }

    /// What `read` reads of a key that older feeds do not have; absent is null.
    pub(super) fn absent_or<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Read<Option<T>>,
    ) -> Read<Option<T>> {
        if self.members.iter().any(|(name, _)| name == key) {
            read(self, key)
        } else {
            self.ignore(key);
            Ok(None)
        }
    }

    /// A list of different texts of the form that `form` takes.
    pub(super) fn list<T: PartialEq>(
        &mut self,
        key: &'static str,
        right: &Words,
        form: impl Fn(&str) -> Option<T>,
    ) -> Read<Vec<T>> {
        let right = words!(
            "a list of different values, each {right}",
            "en lista med olika värden, vart och ett {right}",
            right
        );
        let value = self.take(key, &right)?;
        let items = value
            .items()
            .ok_or_else(|| self.mistyped(key, value, &right))?;
        let mut out = Vec::with_capacity(items.len());
        let mut noted = None;
        for item in items {
            let text = item
                .text()
                .ok_or_else(|| self.mistyped(key, item, &right))?;
            match form(text) {
                Some(value) if out.contains(&value) => {
                    noted = Some(self.wrong(
                        key,
                        Some(text),
                        Words::part("is given twice", "är angivet två gånger"),
                        &right,
                    ));
                }
                Some(value) => out.push(value),
                None => {
                    noted = Some(self.malformed(key, text, &right));
                }
            }
        }
        noted.map_or(Ok(out), Err)
    }

    /// A list of sources' ids.
    pub(super) fn ids(&mut self, key: &'static str) -> Read<Vec<Identifier>> {
        self.list(key, &IDENTIFIER, |text| text.parse().ok())
    }

    /// The members of a nested object.
    pub(super) fn object(
        &mut self,
        key: &'static str,
        right: &Words,
    ) -> Read<&'a [(String, Json)]> {
        let value = self.take(key, right)?;
        value
            .members()
            .ok_or_else(|| self.mistyped(key, value, right))
    }

    /// The members of a nested object, read by key.
    pub(super) fn nested<T>(
        &mut self,
        members: &'a [(String, Json)],
        prefix: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> Read<T>,
    ) -> Read<T> {
        let mut fields = Fields::new(members, prefix, self.findings);
        let value = read(&mut fields);
        fields.close();
        value
    }

    /// Says that two dates are the wrong way round.
    pub(super) fn in_order(&mut self, from: (&str, Option<Date>), until: (&str, Option<Date>)) {
        if let (Some(first), Some(last)) = (from.1, until.1)
            && last < first
        {
            let right = words!(
                "a day not before `{field}` ({first})",
                "en dag som inte är före `{field}` ({first})",
                field = verbatim(from.0),
                first
            );
            self.wrong(
                until.0,
                Some(&last.to_string()),
                Words::part("is too early", "är för tidigt"),
                &right,
            );
        }
    }

    /// Says which members no reader asked for, and which were given twice.
    pub(super) fn close(mut self) {
        let known = std::mem::take(&mut self.known);
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in self.members {
            if !known.contains(&name.as_str()) {
                let right = words!(
                    "only the keys {known}",
                    "bara nycklarna {known}",
                    known = verbatim(known.join(", "))
                );
                self.wrong(
                    &shown(name),
                    None,
                    Words::part("the key is unknown", "nyckeln är okänd"),
                    &right,
                );
            } else if seen.contains(&name.as_str()) {
                self.wrong(
                    name,
                    None,
                    Words::part("the key is given twice", "nyckeln är angiven två gånger"),
                    &Words::part("each key once", "varje nyckel en gång"),
                );
            }
            seen.push(name);
        }
    }
}
