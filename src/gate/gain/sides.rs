//! A holder before and after: which grants count is found out once for all things that are asked
//! about under the same stages, for somebody may hold fifty and be asked about a hundred things.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::PermissionName;
use domain::facts::{Asked, Circumstances, PrincipalFacts, TargetFacts};
use domain::verdict::{Stages, Verdict};
use policy::Prepared;

use super::comparing::Comparing;
use super::lifted::Staging;

/// Sign-ins from the weakest to the strongest: level, more than one factor, how many seconds ago.
const SIGN_INS: [(u8, bool, i64); 4] = [
    (1, false, 0),
    (2, true, 0),
    (3, true, 36 * 3_600),
    (4, true, 0),
];

/// Before the edit or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Before,
    After,
}

/// A holder with only those grants that a question about the permission is asked with, on both sides.
pub(super) struct Sides<'a> {
    comparing: &'a Comparing<'a>,
    pub(super) holder: &'a [PrincipalFacts; 2],
    pub(super) permission: &'a PermissionName,
    under: [Circumstances; SIGN_INS.len()],
    known: RefCell<BTreeMap<(Side, &'a Stages), Rc<Prepared<'a>>>>,
    alike: RefCell<BTreeMap<(&'a Stages, &'a Stages), bool>>,
}

impl<'a> Sides<'a> {
    pub(super) fn of(
        comparing: &'a Comparing<'a>,
        holder: &'a [PrincipalFacts; 2],
        permission: &'a PermissionName,
    ) -> Self {
        let now = comparing.now;
        Self {
            comparing,
            holder,
            permission,
            under: SIGN_INS.map(|(level, multi_factor, ago)| {
                Circumstances::signed_in(now, level, multi_factor, now.plus_seconds(-ago))
            }),
            known: RefCell::default(),
            alike: RefCell::default(),
        }
    }

    /// The answers from the weakest sign-in to the strongest.
    pub(super) fn ask(
        &self,
        side: Side,
        (stages, unknown): (&'a Staging, &'a Stages),
        asked: &Asked,
        target: &TargetFacts,
    ) -> Vec<Verdict> {
        let stages = stages.get(&target.staged_at()).unwrap_or(unknown);
        let prepared = self.prepared(side, stages);
        prepared.decide_each(asked, target, &self.under)
    }

    /// Whether nothing about the holder makes a difference, by these stages where something is.
    pub(super) fn are_alike(
        &self,
        [before, after]: [(&'a Staging, &'a Stages); 2],
        target: &TargetFacts,
    ) -> bool {
        let at = target.staged_at();
        let of = |(stages, unknown): (&'a Staging, &'a Stages)| stages.get(&at).unwrap_or(unknown);
        let (before, after) = (of(before), of(after));
        let mut known = self.alike.borrow_mut();
        *known.entry((before, after)).or_insert_with(|| {
            let before = self.prepared(Side::Before, before);
            let after = self.prepared(Side::After, after);
            before.answers_like(&after)
        })
    }

    fn prepared(&self, side: Side, stages: &'a Stages) -> Rc<Prepared<'a>> {
        let mut known = self.known.borrow_mut();
        let known = known.entry((side, stages)).or_insert_with(|| {
            let [before, after] = self.holder;
            let holder = match side {
                Side::Before => before,
                Side::After => after,
            };
            let (set, now) = (self.comparing.set, self.comparing.now);
            Rc::new(set.prepared(holder, self.permission, now, stages))
        });
        Rc::clone(known)
    }
}
