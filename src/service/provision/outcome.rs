//! What came of what was provisioned, record by record: what is answered, and what a retry is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use strum::{EnumString, IntoStaticStr, VariantArray};

use domain::id::RunId;
use domain::{Language, Words};
use feed::{Kind, Problem};
use store::import::Halted;

use super::held::Held;
use crate::effect::DecisionNote;

/// What came of what was provisioned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provisioned {
    /// The run that did it, or that looked what it would come to; `None`: there was nothing to look at or to do.
    pub run: Option<RunId>,
    /// Whether the records that are not held or rejected were applied.
    pub applied: bool,
    /// What came of each record, in the order in which they were given.
    pub records: Vec<RecordOutcome>,
    /// The decisions, one a kind of record.
    pub decisions: Vec<DecisionNote>,
    /// What waits for somebody to confirm it; `None`: nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// What came of the records of a run, counted; none of a call by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<RecordCount>,
    /// Whether there are more records than are told.
    #[serde(default)]
    pub more: bool,
}

/// How many records of a kind came to the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordCount {
    /// The kind, as in the input.
    pub kind: String,
    /// What became of them.
    pub became: Became,
    /// How many.
    pub records: u64,
}

/// How many records of a run are told at once.
const MOST_TOLD: usize = 1_000;
/// How many names of a path lead to the record: of a run no call is meant, and the path begins with the kind.
const TO_RECORD: usize = 3;
/// The outcomes of a run that somebody should look at.
const NOTABLE: &[Became] = &[
    Became::Held,
    Became::Rejected,
    Became::Ended,
    Became::Absent,
    Became::Superseded,
];

/// What waits for somebody to confirm it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// How many records.
    pub records: u64,
    /// The digest of them.
    pub digest: String,
}

impl Waiting {
    /// Of these records; `None`: there are none.
    pub(super) fn of(records: &[Halted]) -> Option<Self> {
        (!records.is_empty()).then(|| Self {
            records: records.len() as u64,
            digest: Self::digest(records),
        })
    }

    /// The digest of these records, by which it is known what somebody has seen.
    pub(super) fn digest(records: &[Halted]) -> String {
        let mut digest = Sha256::new();
        for Halted { draft, seen } in records {
            let given = serde_json::Value::Object(draft.given.clone()).to_string();
            for part in [draft.kind.name(), &given, &seen.to_string()] {
                digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                digest.update(part);
            }
        }
        data_encoding::HEXLOWER.encode(&digest.finalize())
    }
}

/// What came of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordOutcome {
    /// The kind of record, as in the input.
    pub kind: String,
    /// What the source calls the thing; `None`: the record could not be read.
    pub external_id: Option<String>,
    /// What became of it, or would.
    pub became: Became,
    /// The fields that changed, or would.
    pub fields: Vec<String>,
    /// What is wrong with it, or what it waits for.
    pub problems: Vec<RecordProblem>,
}

impl RecordOutcome {
    /// What became of a record of that kind of which nothing else is known.
    pub(super) fn of(kind: Kind, became: Became) -> Self {
        Self {
            kind: kind.name().to_owned(),
            external_id: None,
            became,
            fields: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// What became of a record, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Became {
    /// The thing is new.
    Created,
    /// The thing was there, and something of it is changed.
    Changed,
    /// The thing is as the record says.
    Unchanged,
    /// It takes a human being: nothing of the record is applied.
    Held,
    /// It cannot be used: nothing of the record is applied.
    Rejected,
    /// It was not looked at, because others cannot be used.
    NotExamined,
    /// It is kept until its run is completed.
    Received,
    /// The source no longer has the thing, which has ended.
    Ended,
    /// The source no longer has the thing, and nothing ends such a thing.
    Absent,
    /// Something was said of the thing after what the run tells of, and stands.
    Superseded,
}

/// Something that is wrong with a record, or that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProblem {
    /// Where in the input.
    pub path: Vec<String>,
    /// What.
    #[serde(with = "spoken")]
    pub wrong: Spoken,
    /// What would be right.
    #[serde(with = "spoken")]
    pub right: Spoken,
}

/// Words that can be kept.
#[derive(Debug, Clone)]
pub struct Spoken(pub Words);

impl PartialEq for Spoken {
    fn eq(&self, other: &Self) -> bool {
        let said =
            |one: &Self| [Language::English, Language::Swedish].map(|l| one.0.spoken(l).to_owned());
        said(self) == said(other)
    }
}

impl Eq for Spoken {}

mod spoken {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{Language, Spoken, Words};

    pub(super) fn serialize<S: Serializer>(words: &Spoken, to: S) -> Result<S::Ok, S::Error> {
        [Language::English, Language::Swedish]
            .map(|language| words.0.spoken(language))
            .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Spoken, D::Error> {
        let [english, swedish] = <[String; 2]>::deserialize(from)?;
        Ok(Spoken(Words::made(english, swedish)))
    }
}

impl RecordProblem {
    /// At a field of the record of that number, counted from 0; an empty field is the record as a whole.
    pub(super) fn at(
        index: usize,
        kind: Kind,
        field: &str,
        (wrong, right): (Words, Words),
    ) -> Self {
        let mut path: Vec<String> = ["input", "records"].map(str::to_owned).into();
        path.extend([index.to_string(), kind.name().to_owned()]);
        path.extend(
            field
                .split('.')
                .filter(|part| !part.is_empty())
                .map(str::to_owned),
        );
        Self {
            path,
            wrong: Spoken(wrong),
            right: Spoken(right),
        }
    }

    pub(super) fn of_form(index: usize, kind: Kind, problem: Problem) -> Self {
        Self::at(index, kind, &problem.field, (problem.wrong, problem.right))
    }

    pub(super) fn of_held(index: usize, kind: Kind, held: Held) -> Self {
        Self::at(index, kind, held.field, (held.wrong, held.right))
    }
}

impl Provisioned {
    /// The records of those outcomes, or of those that somebody should look at, as many as are told at once after so
    /// many, with all of them counted.
    pub(super) fn shown(mut self, of: Option<&[Became]>, after: usize) -> Self {
        self = self.counted();
        let of = of.unwrap_or(NOTABLE);
        self.records.retain(|record| of.contains(&record.became));
        self.records.drain(..after.min(self.records.len()));
        self.more |= self.records.len() > MOST_TOLD;
        self.records.truncate(MOST_TOLD);
        for problem in self.records.iter_mut().flat_map(|one| &mut one.problems) {
            problem.path.drain(..TO_RECORD.min(problem.path.len()));
        }
        self
    }

    /// What is kept of it for whoever asks again: all counted, and the records that somebody should look at, but for those
    /// that are absent, which the next snapshot tells of again.
    pub(super) fn kept(mut self) -> Self {
        self = self.counted();
        let kept =
            |one: &RecordOutcome| NOTABLE.contains(&one.became) && one.became != Became::Absent;
        self.records.retain(kept);
        self
    }

    /// With all counted; what was kept has been, when there was more of it.
    fn counted(mut self) -> Self {
        if self.counts.is_empty() {
            self.counts = self.count();
        }
        self
    }

    fn count(&self) -> Vec<RecordCount> {
        let mut counts = BTreeMap::new();
        let told = self.records.iter();
        for record in told.filter(|record| record.became != Became::NotExamined) {
            *counts.entry((&record.kind, record.became)).or_insert(0) += 1;
        }
        let counts = counts.into_iter();
        counts
            .map(|((kind, became), records)| RecordCount {
                kind: kind.clone(),
                became,
                records,
            })
            .collect()
    }

    /// Whether a record is rejected.
    pub(super) fn has_rejected(&self) -> bool {
        let mut records = self.records.iter();
        records.any(|record| record.became == Became::Rejected)
    }
}
