//! Leave to read the whole log for something in particular, which its event names.
//!
//! Apart from other look-ups because what is read here is more than the log as such: who asks what the register had of
//! somebody stands in the log with that, each time, and not with all else that the request reads of the log.

use domain::action::{Action, Read};
use domain::clock::fresh;
use domain::facts::Circumstances;
use domain::id;

use super::about::About;
use super::event;
use super::operation::Operation;
use super::permit::Permit;
use super::refusal::Refusal;

impl Operation {
    /// Leave to read the whole log, for that purpose.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for whoever may not read it.
    pub async fn read_log_for(&self, purpose: String) -> Result<Permit<Read<id::Event>>, Refusal> {
        let action = Read::whole_log();
        let key = action.target();
        let target = self.target(key.clone()).await?;
        let entity = target.found.as_ref().map(|record| record.facts().id);
        let circumstances = Circumstances {
            purpose: Some(purpose),
            ..self.circumstances()
        };
        let decided = self.decide_again(action.permission(), &target, circumstances)?;
        let verdict = decided.verdict.clone();
        let decision = fresh(self.clock.as_ref());
        let about = About::of(&target, &key, false);
        self.enter(event::own(self, decision, decided, about)?);
        match entity {
            Some(entity) if verdict.is_allowed() => Ok(Permit::reading(action, entity, decision)),
            Some(_) if verdict.step_up.is_some() => Err(Refusal::of(&verdict, decision)),
            Some(_) | None => {
                self.seek_in_vain();
                Err(Refusal::NotFound { decision })
            }
        }
    }
}
