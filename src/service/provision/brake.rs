//! The brake that stands before ends and absences which would take too much from a unit at once.
//!
//! Apart from what is held for what a record changes: each of these is right by itself, and together they are what a
//! wrong feed looks like. So they are weighed when all of a call has been planned, and wait for somebody to confirm them.

use std::collections::BTreeSet;

use domain::Date;
use domain::id::EngagementId;
use feed::record::Engagement;
use feed::{Kind, Record};
use gate::Territory;

use super::held;
use super::outcome::{Became, RecordProblem};
use super::plan::Planned;

/// How many days before an engagement ceases to count that has to be known, so that it surprises nobody.
const KNOWN_BEFORE: i32 = 14;

/// The engagements by which units would lose somebody.
pub(super) fn ends(planned: &[Planned]) -> BTreeSet<EngagementId> {
    planned.iter().filter_map(|one| Some(one.ends?.0)).collect()
}

/// Holds that by which a unit would lose too much at once, until somebody confirms them.
pub(super) fn brake(
    planned: &mut [Planned],
    territory: Option<&Territory>,
    lately: &BTreeSet<EngagementId>,
) {
    let ends = ends(planned);
    let (Some(territory), false) = (territory, ends.is_empty()) else {
        return;
    };
    let losses = territory.losses(&ends, lately);
    for (index, one) in planned.iter_mut().enumerate() {
        let surprise = one.ends.and_then(|(id, by)| Some((losses.get(&id)?, by)));
        let Some((loss, by)) = surprise else {
            one.waits = None;
            continue;
        };
        one.staged = None;
        one.outcome.became = Became::Held;
        one.outcome.fields.clear();
        let held = held::too_much(*loss, by);
        one.outcome.problems = vec![RecordProblem::of_held(index, Kind::Engagement, held)];
    }
}

/// By which field an engagement ceases to count, or does not begin to, on a day less than two weeks from now on which it
/// would have counted; `None`: it does not, or everybody had known.
pub(super) fn surprising_loss(
    before: &Record,
    after: &Record,
    today: Date,
) -> Option<&'static str> {
    let (Record::Engagement(before), Record::Engagement(after)) = (before, after) else {
        return None;
    };
    let mut soon = (0..=KNOWN_BEFORE).filter_map(|days| today.plus_days(days));
    soon.find_map(|day| lost(before, day).map_or_else(|| lost(after, day), |_| None))
}

/// By which field it does not count on that day; `None`: it counts.
fn lost(engagement: &Engagement, day: Date) -> Option<&'static str> {
    let absent = engagement.absent_from.is_some_and(|from| from <= day)
        && engagement.absent_until.is_none_or(|until| day <= until);
    if engagement.until.is_some_and(|until| until < day) {
        Some("until")
    } else if day < engagement.from {
        Some("from")
    } else {
        absent.then_some("absentFrom")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use feed::draft::Draft;

    fn engagement(change: &Value) -> Record {
        let mut given = json!({ "externalId": "e-1", "person": "TSTNMT2321000001-1001", "type": "employee",
            "employer": "TSTNMT2321000001-1", "unit": "TSTNMT2321000001-2", "from": "2026-01-01" });
        let fields = given.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        let draft = Draft {
            kind: Kind::Engagement,
            given: fields.clone(),
        };
        draft.completed(1, None).record.unwrap()
    }

    #[test]
    fn what_nobody_knew_two_weeks_before_surprises() {
        let none = json!({});
        let ends = json!({ "until": "2026-12-05" });
        let absent = json!({ "absentFrom": "2026-12-10", "absentUntil": "2026-12-12" });
        for (before, after, by) in [
            (&none, json!({ "until": "2026-11-30" }), Some("until")),
            (&none, json!({ "until": "2026-12-14" }), Some("until")),
            (&none, json!({ "until": "2026-12-15" }), None),
            (&ends, json!({ "until": "2026-12-04" }), Some("until")),
            (&ends, json!({ "until": "2026-12-06" }), None),
            (&ends, ends.clone(), None),
            (&none, json!({ "from": "2026-12-02" }), Some("from")),
            (&none, json!({ "from": "2026-11-01" }), None),
            (&none, absent.clone(), Some("absentFrom")),
            (&absent, absent.clone(), None),
            (
                &absent,
                json!({ "absentFrom": "2026-12-09" }),
                Some("absentFrom"),
            ),
            (&none, json!({ "absentFrom": "2026-12-16" }), None),
            (
                &none,
                json!({ "absentFrom": "2026-10-01", "absentUntil": "2026-11-30" }),
                None,
            ),
            (
                &json!({ "until": "2026-11-01" }),
                json!({ "until": "2026-10-01" }),
                None,
            ),
        ] {
            let today = "2026-12-01".parse().unwrap();
            let found = surprising_loss(&engagement(before), &engagement(&after), today);
            assert_eq!(found, by, "{before} {after}");
        }
    }
}
