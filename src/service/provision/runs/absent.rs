//! What a snapshot does not have: things of its source that are there and end by it.
//!
//! Apart from what is received, because nobody says anything of these things: that they have gone is concluded. So nothing
//! ends of which something was told after the instant that the snapshot tells of, and what would end too much at once
//! waits for somebody. Nothing is deleted.

use std::collections::{BTreeMap, BTreeSet};

use domain::speaks::words;
use domain::{Date, Words};
use feed::Kind;
use feed::draft::Draft;
use serde_json::{Map, Value};
use store::import::{Halted, Told};

use super::super::outcome::{Became, RecordOutcome, RecordProblem};
use super::super::plan::Planned;

/// How many things of a kind may end by one snapshot, whatever their share.
const FEW: usize = 1;
/// Of what share, in hundredths, more may end.
const SMALL_SHARE: usize = 10;
/// How many may end where that share is many.
const MANY: usize = 10;
/// Of what share, in hundredths, more than many may end.
const LARGE_SHARE: usize = 2;

/// The record of a thing that the snapshot does not have, with its last day where such things have one; `None`: it is over
/// already.
pub(super) fn draft(kind: Kind, told: &Told, as_of: Date) -> Option<Draft> {
    let mut given = Map::new();
    given.insert("externalId".to_owned(), told.external_id.as_str().into());
    let day = |field: &str| told.fields.get(field).and_then(Value::as_str);
    let day = |field: &str| day(field).and_then(|text| text.parse::<Date>().ok());
    let Some(field) = last_day(kind) else {
        return Some(Draft { kind, given });
    };
    // It was there the day before at the latest.
    let last = as_of.plus_days(-1)?;
    if day(field).is_some_and(|known| known <= last) {
        return None;
    }
    let from = day("from");
    if from.is_none_or(|from| from <= last) {
        given.insert(field.to_owned(), last.to_string().into());
    } else if kind == Kind::Engagement {
        // A period holds a day at least, and the hours of grace after this one are over.
        let before = last.plus_days(-1)?.to_string();
        given.insert("from".to_owned(), before.as_str().into());
        given.insert(field.to_owned(), before.into());
        for absence in ["absentFrom", "absentUntil"] {
            given.insert(absence.to_owned(), Value::Null);
        }
    }
    Some(Draft { kind, given })
}

/// Whether the thing's last day has been.
pub(in super::super) fn is_over(kind: Kind, told: &Told, today: Date) -> bool {
    let day = last_day(kind).and_then(|field| told.fields.get(field)?.as_str());
    let day = day.and_then(|text| text.parse::<Date>().ok());
    day.is_some_and(|day| day < today)
}

/// The field with the last day of such things; `None`: nothing ends them.
const fn last_day(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Engagement | Kind::Service | Kind::Account => Some("until"),
        Kind::SupplierAssessment => Some("validUntil"),
        Kind::Organisation
        | Kind::Person
        | Kind::System
        | Kind::Segment
        | Kind::Server
        | Kind::Database
        | Kind::Role
        | Kind::Grant => None,
    }
}

/// Says of what was planned for it that nobody told of the thing.
pub(super) fn concluded(index: usize, kind: Kind, planned: &mut Planned) {
    match planned.outcome.became {
        Became::Changed => planned.outcome.became = Became::Ended,
        Became::Unchanged => {
            let absent = RecordProblem::at(index, kind, "", remains());
            left(planned, Became::Absent, vec![absent]);
        }
        // What lies elsewhere is not what the snapshot is about.
        Became::Rejected if planned.elsewhere => {
            left(planned, Became::NotExamined, Vec::new());
        }
        Became::Rejected
        | Became::Created
        | Became::Held
        | Became::NotExamined
        | Became::Received
        | Became::Ended
        | Became::Absent
        | Became::Superseded => {}
    }
}

/// Leaves the thing as it is.
pub(in super::super) fn left(planned: &mut Planned, became: Became, problems: Vec<RecordProblem>) {
    planned.staged = None;
    planned.ends = None;
    planned.waits = None;
    planned.outcome = RecordOutcome {
        became,
        problems,
        fields: Vec::new(),
        ..planned.outcome.clone()
    };
}

/// How many things of each kind a snapshot has that were there and not over, how many ended by those of the last day, and of
/// which kinds it has records that do not say what they are about.
pub(super) struct Weighed {
    pub(super) present: BTreeMap<Kind, usize>,
    pub(super) before: BTreeMap<Kind, usize>,
    pub(super) unnamed: BTreeSet<Kind>,
}

/// Holds what ends of a kind where together, and with what ended by snapshots of the last day, it would be too much, until
/// somebody confirms it.
pub(super) fn brake(planned: &mut [(usize, &mut Planned, &Draft)], weighed: &Weighed) {
    let Weighed {
        present,
        before,
        unnamed,
    } = weighed;
    let kinds: BTreeSet<Kind> = planned.iter().map(|(.., draft)| draft.kind).collect();
    for kind in kinds {
        let ends = |one: &&mut (usize, &mut Planned, &Draft)| {
            one.2.kind == kind && one.1.outcome.became == Became::Ended
        };
        let lost = planned.iter_mut().filter(ends).count();
        let before = before.get(&kind).copied().unwrap_or(0);
        let now = lost;
        let lost = lost + before;
        let of = lost + present.get(&kind).copied().unwrap_or(0);
        let unnamed = unnamed.contains(&kind);
        if now == 0 || !(unnamed || is_too_much(lost, of)) {
            continue;
        }
        for (index, one, draft) in planned.iter_mut().filter(ends) {
            let said = if unnamed {
                nobody_knows()
            } else {
                too_much(lost, of)
            };
            let seen = one.staged.as_ref().and_then(|staged| staged.seen);
            left(
                one,
                Became::Held,
                vec![RecordProblem::at(*index, kind, "until", said)],
            );
            one.waits = Some(Halted {
                draft: (*draft).clone(),
                seen: seen.unwrap_or_default(),
            });
        }
    }
}

/// Nor is it believed that nothing is left.
const fn is_too_much(lost: usize, of: usize) -> bool {
    lost == of
        || lost > FEW && lost * 100 > of * SMALL_SHARE
        || lost > MANY && lost * 100 > of * LARGE_SHARE
}

fn too_much(lost: usize, of: usize) -> (Words, Words) {
    (
        words!(
            "the snapshot lacks {lost} of {of} of the kind, which would end",
            "saknas i underlaget tillsammans med andra, {lost} av {of} av slaget, som skulle upphöra",
            lost,
            of
        ),
        Words::part(
            "a whole snapshot, or `confirmRun` by a person",
            "ett helt underlag, eller `confirmRun` av en person",
        ),
    )
}

fn nobody_knows() -> (Words, Words) {
    (
        Words::part(
            "is not in the snapshot, which has records of the kind that do not say what they are about",
            "finns inte i underlaget, som har poster av slaget som inte säger vad de gäller",
        ),
        Words::part(
            "a snapshot whose records can be read, or `confirmRun` by a person",
            "ett underlag vars poster går att läsa, eller `confirmRun` av en person",
        ),
    )
}

fn remains() -> (Words, Words) {
    (
        Words::part(
            "is not in the snapshot, and such a thing does not end by it",
            "finns inte i underlaget, och en sådan sak upphör inte av det",
        ),
        Words::part(
            "what hangs on it ended first, and then whoever answers for the register",
            "att det som hör till den upphör först, och därefter den som ansvarar för registret",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::is_too_much;

    #[test]
    fn one_may_end_and_a_tenth_of_few_and_a_fiftieth_of_many() {
        for (lost, of, halted) in [
            (1, 1, true),
            (1, 2, false),
            (2, 19, true),
            (2, 20, false),
            (10, 100, false),
            (11, 110, true),
            (11, 550, false),
            (12, 550, true),
            (200, 10_000, false),
            (201, 10_000, true),
        ] {
            assert_eq!(is_too_much(lost, of), halted, "{lost} of {of}");
        }
    }
}
