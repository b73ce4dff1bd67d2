//! A record of which only some fields are given: what is not given stays as the register has it.
//!
//! Apart from feeds, whose records are always whole: an integration that knows of one field should not have to know the
//! rest. A draft is completed first and then read as a feed's record is, so that there is one set of rules for what a
//! record may hold. To add a field to a kind: its row in [`fields`], which a test holds to what the readers ask for.

use serde_json::{Map, Value};

use super::{Bad, Content, Kind, Problem, Record, parse};

mod fields;

pub use fields::{Field, fields};

/// What becomes of a field that is not given where the register has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// That is a problem.
    Missing,
    /// It is null.
    Null,
    /// It is an empty list.
    Empty,
    /// What follows from the record's other fields.
    Follows,
}

/// A record of which only some fields are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is the record of.
    pub kind: Kind,
    /// The fields that are given, null where they are to be cleared.
    pub given: Map<String, Value>,
}

/// A draft with everything that was not given.
#[derive(Debug, Clone)]
pub struct Completed {
    /// The record as a feed would have it.
    pub text: String,
    /// The record, or everything that is wrong with its form.
    pub record: Result<Record, Bad>,
}

impl Draft {
    /// The id that the source gives it, as it is written; `None`: it is no text.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.given.get("externalId")?.as_str()
    }

    /// What is wrong with the fields that are given, whatever the register has.
    #[must_use]
    pub fn misread(&self, line: u64) -> Vec<Problem> {
        let bad = self.completed(line, None).record.err();
        let mut problems = bad.map(|bad| bad.problems).unwrap_or_default();
        problems.retain(|problem| {
            let field = problem.field.split('.').next().unwrap_or_default();
            field.is_empty() || self.given.contains_key(field)
        });
        problems
    }

    /// The whole record, on that line: what is not given is as `known` has it, the record that the register would
    /// give of the thing; `None`: there is no such thing yet.
    #[must_use]
    pub fn completed(&self, line: u64, known: Option<&Map<String, Value>>) -> Completed {
        let mut whole = Map::new();
        for (name, absent) in fields(self.kind) {
            let value = match (self.given.get(*name), known, absent) {
                (Some(given), ..) => Some(given.clone()),
                (None, Some(known), _) => known.get(*name).cloned(),
                (None, None, Absent::Null) => Some(Value::Null),
                (None, None, Absent::Empty) => Some(Value::Array(Vec::new())),
                (None, None, Absent::Missing | Absent::Follows) => None,
            };
            if let Some(value) = value {
                whole.insert((*name).to_owned(), value);
            }
        }
        // What no field is called is told by the reader.
        for (name, value) in &self.given {
            whole.entry(name).or_insert_with(|| value.clone());
        }
        whole.insert("kind".to_owned(), self.kind.name().into());
        let text = Value::Object(whole).to_string();
        let record = match parse(line, &text) {
            Ok(Content::Record(record)) => Ok(*record),
            Ok(Content::Trailer(_)) => Err(Bad {
                kind: None,
                external_id: None,
                problems: Vec::new(),
            }),
            Err(bad) => Err(bad),
        };
        Completed { text, record }
    }

    /// The fields that the draft would change of a thing that is as `known` has it, in their order. Lists are the same
    /// in whatever order.
    #[must_use]
    pub fn changed(&self, known: &Map<String, Value>) -> Vec<&'static str> {
        let names = fields(self.kind).iter().map(|(name, _)| *name);
        let differs = |name: &&str| {
            let given = self.given.get(*name);
            given.is_some_and(|given| {
                sorted(given) != sorted(known.get(*name).unwrap_or(&Value::Null))
            })
        };
        names.filter(differs).collect()
    }
}

/// A list in the order of its items' texts, and anything else as it is.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items = items.clone();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let present = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                present
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(kind: Kind, given: &Value) -> Draft {
        let given = given.as_object().cloned().unwrap_or_default();
        Draft { kind, given }
    }

    /// The keys that a kind's reader asks for, as it tells whoever gives another one.
    fn asked_for(kind: Kind) -> Vec<String> {
        let completed = draft(kind, &json!({ "somethingElse": 1 })).completed(1, None);
        let problems = completed.record.unwrap_err().problems;
        let unknown = problems
            .iter()
            .find(|problem| problem.field.contains("somethingElse"));
        let right = unknown
            .unwrap()
            .right
            .spoken(domain::Language::English)
            .to_owned();
        let keys = right.strip_prefix("only the keys ").unwrap().split(", ");
        keys.map(str::to_owned)
            .filter(|key| key != "kind")
            .collect()
    }

    #[test]
    fn every_field_that_a_reader_asks_for_has_its_row() {
        for kind in Kind::ALL {
            let mut asked = asked_for(*kind);
            let mut known: Vec<_> = fields(*kind)
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect();
            asked.sort_unstable();
            known.sort_unstable();
            assert_eq!(asked, known, "{kind}");
        }
    }

    #[test]
    fn what_is_not_given_stays_and_null_clears() {
        let known = json!({ "externalId": "e-1", "person": "TSTNMT2321000001-1001", "type": "employee",
            "employer": "TSTNMT2321000001-1", "unit": "TSTNMT2321000001-2", "responsible": null,
            "from": "2026-01-01", "until": "2026-12-31", "absentFrom": null, "absentUntil": null });
        let known = known.as_object().unwrap();
        let given = draft(
            Kind::Engagement,
            &json!({ "externalId": "e-1", "until": null }),
        );
        let Ok(Record::Engagement(engagement)) = given.completed(1, Some(known)).record else {
            panic!("an engagement");
        };
        assert_eq!(engagement.until, None);
        assert_eq!(engagement.from.to_string(), "2026-01-01");
        assert_eq!(given.changed(known), ["until"]);
        let same = draft(
            Kind::Engagement,
            &json!({ "externalId": "e-1", "from": "2026-01-01" }),
        );
        assert!(same.changed(known).is_empty());
    }

    #[test]
    fn what_is_wrong_with_what_is_given_is_known_without_the_register() {
        let given = json!({ "externalId": "e-1", "until": "2026-02-30" });
        let problems = draft(Kind::Engagement, &given).misread(1);
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        assert_eq!(fields, ["until"]);
        let right = json!({ "externalId": "e-1", "until": "2026-02-28" });
        assert!(draft(Kind::Engagement, &right).misread(1).is_empty());
    }

    #[test]
    fn something_new_lacks_what_nothing_can_stand_for() {
        let given = draft(
            Kind::Person,
            &json!({ "externalId": "TSTNMT2321000001-1001", "givenName": "Mona" }),
        );
        let problems = given.completed(7, None).record.unwrap_err().problems;
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        assert_eq!(
            fields,
            ["individual", "familyName", "email", "protectedIdentity"]
        );
        assert!(problems.iter().all(|problem| problem.line == 7));
    }
}
