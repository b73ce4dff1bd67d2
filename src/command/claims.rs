//! People who come to the host with their access tokens, and are decided about like any caller.

use std::path::Path;
use std::sync::Arc;

use super::CommandError;
use super::host::{Decider, NotPermitted};
use super::opening::Opened;
use authn::Verifier;
use domain::Instant;
use domain::Words;
use domain::action::Action;
use domain::speaks::{Speaks, joined, verbatim, words};
use gate::{Refusal, WritePermit};

/// Where they come with their tokens.
pub(super) struct Claims<'a> {
    decider: Decider<'a>,
    verifier: Arc<Verifier>,
    now: Instant,
}

impl<'a> Claims<'a> {
    pub(super) async fn new(opened: &'a Opened) -> Result<Self, CommandError> {
        let (log, clock) = (&opened.log, &opened.clock);
        Ok(Self {
            decider: Decider::new(log, clock, opened.policies().await?, opened.calendar()),
            verifier: opened.verifier().await?,
            now: clock.now(),
        })
    }

    /// The leave of whoever the token in that file names; a refusal is on record before it is told.
    pub(super) async fn permit<A: Action>(
        &self,
        token: &Path,
        action: A,
    ) -> Result<WritePermit<A>, CommandError> {
        let refused = |why: Words| {
            CommandError::Could(words!(
                "the token `{token}`: {why}; nothing was changed",
                "Inloggningen `{token}`: {why} Inget har ändrats.",
                token,
                why
            ))
        };
        let text = std::fs::read_to_string(token).map_err(|error| {
            refused(words!(
                "it cannot be read: {error}",
                "Den går inte att läsa ({error}).",
                error
            ))
        })?;
        let claimant = self.verifier.authenticate(text.trim(), self.now).await;
        let claimant = claimant.map_err(|error| refused(error.words()))?;
        let permission = action.permission();
        let permit = self.decider.permit(&claimant, action).await;
        permit.map_err(|error| match error {
            NotPermitted::Refused(refusal) => refused(words!(
                "whom it names may not, which takes `{permission}`: {why}",
                "Den som anges får inte det. Det kräver `{permission}`. {why}",
                permission = verbatim(permission),
                why = why(&refusal)
            )),
            NotPermitted::Snapshot(_)
            | NotPermitted::Turned
            | NotPermitted::Undecided(_)
            | NotPermitted::Unsealed(_) => refused(error.whole()),
        })
    }
}

/// The reasons of a refusal in words.
fn why(refusal: &Refusal) -> Words {
    let reasons = match refusal {
        Refusal::Forbidden { reasons, .. } | Refusal::StepUp { reasons, .. } => reasons,
        // Over HTTP what may not be seen is not there. Whoever has the host knows that the installation is.
        Refusal::NotFound { .. } => {
            return Words::new(
                "nothing gives it: ask whoever gives out permissions for it, or let somebody else do this",
                "Inget ger den behörigheten. Be den som delar ut behörigheter om den, eller låt någon annan göra det här.",
            );
        }
        Refusal::Ambiguous { .. } | Refusal::Unrecordable(_) | Refusal::Undecided(_) => {
            return refusal.whole();
        }
    };
    let texts = reasons
        .iter()
        .map(|reason| Words::made(reason.text.clone(), reason.text_sv.clone()));
    joined(texts, " ")
}
