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
use domain::clock::fresh;
use domain::id::EventId;
use domain::target::TargetKey;
use domain::verdict::Verdict;

use super::about::{About, looked_up};
use super::event;
use super::operation::{Decided, Operation, lock};
use super::refusal::Refusal;

/// The look-ups of one operation that gave nothing.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    events: BTreeMap<How, Pending>,
    known: HashMap<(ServicePermission, String), (EventId, Verdict)>,
    in_vain: bool,
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

impl Operation {
    /// What is hidden and what is not there take the same reads: each is followed by those of the other.
    pub(crate) async fn level(&self, key: &TargetKey, found: bool) -> Result<(), Refusal> {
        lock(&self.missed).in_vain = true;
        if found {
            self.target(TargetKey::installation()).await?;
        }
        Ok(self.source.level(key.clone(), found).await?)
    }

    /// Whether something was looked for that is not there, or that the caller may not see.
    #[must_use]
    pub fn sought_in_vain(&self) -> bool {
        lock(&self.missed).in_vain
    }

    /// Tells of a look-up that gave nothing; the event that does.
    pub(crate) fn miss(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        decided: Decided,
        about: About,
    ) -> Result<EventId, Refusal> {
        let verdict = decided.verdict.clone();
        let how = (verdict.is_allowed(), verdict.step_up.is_some());
        let named = looked_up(key);
        let mut missed = lock(&self.missed);
        // The fields of a request are looked up side by side, equal ones too.
        if let Some((told, _)) = missed.known(permission, key) {
            return Ok(told);
        }
        let decision = match (missed.events.get_mut(&how), &named) {
            (Some(first), Some((kind, name))) => {
                first.also_looked_for(kind, name, decided.depends)?;
                first.id()
            }
            (first, _) => {
                let decision = fresh(self.clock.as_ref());
                let pending = event::own(self, decision, decided, about)?;
                match first {
                    // Only what is looked up by a name can be told with others.
                    Some(_) => self.enter(pending),
                    None => drop(missed.events.insert(how, pending)),
                }
                decision
            }
        };
        if let Some((_, name)) = named {
            let key = (permission, name);
            missed.known.insert(key, (decision, verdict));
        }
        Ok(decision)
    }
}
