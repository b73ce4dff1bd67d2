//! The brake that stands before ends which would take too much from a unit at once.
//!
//! Apart from what is held for what a record changes: each of these ends is right by itself, and together they are what a
//! wrong feed looks like. So they are weighed when all of a call has been planned, and wait for somebody to confirm them.

use std::collections::BTreeSet;

use domain::Date;
use domain::id::EngagementId;
use feed::{Kind, Record};
use gate::Territory;

use super::held;
use super::outcome::{Became, RecordProblem};
use super::plan::Planned;

/// How many days before an engagement's last day it has to be known, so that its end surprises nobody.
const KNOWN_BEFORE: i32 = 14;

/// Holds the ends by which a unit would lose too much at once, until somebody confirms them.
pub(super) fn brake(planned: &mut [Planned], territory: Option<&Territory>) {
    let ends: BTreeSet<EngagementId> = planned.iter().filter_map(|one| one.ends).collect();
    let (Some(territory), false) = (territory, ends.is_empty()) else {
        return;
    };
    let losses = territory.losses(&ends);
    for (index, one) in planned.iter_mut().enumerate() {
        let Some(loss) = one.ends.and_then(|id| losses.get(&id)) else {
            one.waits = None;
            continue;
        };
        one.staged = None;
        one.outcome.became = Became::Held;
        one.outcome.fields.clear();
        let held = held::too_much(*loss);
        one.outcome.problems = vec![RecordProblem::of_held(index, Kind::Engagement, held)];
    }
}

/// Whether an engagement ends that was not known to two weeks before.
pub(super) fn is_surprising_end(before: &Record, after: &Record, today: Date) -> bool {
    let (Record::Engagement(before), Record::Engagement(after)) = (before, after) else {
        return false;
    };
    after.until.is_some_and(|until| {
        let soon = today.days_until(until) < KNOWN_BEFORE;
        let known = before.until;
        soon && known.is_none_or(|known| until < known && today <= known)
    })
}
