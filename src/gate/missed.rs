//! What one request looked for and got nothing by: decided look-up by look-up, and told in one event.
//!
//! Apart because events are what a caller pays with: whoever may see nothing can ask for a thousand things
//! at a time, and a durable log must not grow by what a refused caller writes. The event is that of the
//! first look-up, with its facts; it says of the others how many there were, of what, and by which names.
//! Look-ups that were answered otherwise (a stronger sign-in would help) are told apart, for a caller is
//! shown that decision.

use std::collections::{BTreeMap, HashMap};

use audit::Pending;
use domain::ServicePermission;
use domain::id::EventId;
use domain::target::TargetKey;
use domain::verdict::Verdict;

use super::about::looked_up;

/// The look-ups of one operation that gave nothing.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    pub(super) events: BTreeMap<How, Pending>,
    pub(super) known: HashMap<(ServicePermission, String), (EventId, Verdict)>,
    pub(super) in_vain: bool,
}

/// How look-ups were answered that are told together: whether the policies would have allowed it had it been
/// there, and whether a stronger sign-in would help.
type How = (bool, bool);

impl Missed {
    /// How the same look-up was answered before.
    pub(crate) fn known(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
    ) -> Option<(EventId, Verdict)> {
        let (_, name) = looked_up(key)?;
        self.known.get(&(permission, name)).cloned()
    }

    /// The events that tell of them.
    pub(crate) fn into_events(self) -> impl Iterator<Item = Pending> {
        self.events.into_values()
    }
}
