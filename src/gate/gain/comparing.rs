//! What an edit is compared by: the register before and after, and the stages by which is asked.

use std::collections::BTreeSet;

use domain::edit::Edit;
use domain::id::SystemId;
use domain::verdict::Stages;
use domain::{EntityRef, Instant, PermissionName};
use policy::PolicySet;

use super::lifted::{self, Staging, stagings};
use super::seen::Seen;

/// What of a holder's a row is about, by whatever way it is gained.
pub(super) type What = (PermissionName, EntityRef, Option<SystemId>);

/// What a comparison is made of.
pub(super) struct Comparing<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) now: Instant,
    pub(super) edit: &'a Edit,
    pub(super) before: &'a Seen,
    pub(super) after: &'a Seen,
    /// The stages to ask about later gains by.
    pub(super) later: [Staged; 3],
    /// The stages where none are known: all as enforced before, all as let go after, so that nothing that is not
    /// known hides a gain.
    pub(super) unknown: [Stages; 2],
}

/// By which stages is asked, before and after.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) before: Staging,
    pub(super) after: Staging,
}

/// How it is asked what somebody gains.
#[derive(Clone, Copy)]
pub(super) enum When<'a> {
    /// As everything is.
    Now,
    /// As it will be, by these stages, besides what is gained now.
    Later(&'a [Staged], &'a BTreeSet<What>),
}

impl<'a> Comparing<'a> {
    /// Of the edit, by the register before and after.
    pub(super) fn new(
        set: &'a PolicySet,
        now: Instant,
        edit: &'a Edit,
        (before, after): (&'a Seen, &'a Seen),
    ) -> Self {
        let [of_before, of_after] = [before, after].map(|side| stagings(set, &side.stages));
        let mut of_after = of_after.into_iter();
        let later = of_before.map(|before| Staged {
            before,
            after: of_after.next().unwrap_or_default(),
        });
        Self {
            set,
            now,
            edit,
            before,
            after,
            later,
            unknown: [Stages::new(), lifted::let_go(set)],
        }
    }
}
