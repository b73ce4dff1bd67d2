//! People who come to the host with their access tokens, and what they are told when what they ordered was not done.

use std::path::Path;
use std::sync::Arc;

use super::error::{CommandError, unchanged};
use super::opening::Opened;
use authn::{Claimant, Verifier};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};
use gate::Refusal;
use service::host::{HostReadError, NotMade, NotPermitted};

/// By what it is told whom a token names.
pub(super) struct Tokens {
    verifier: Arc<Verifier>,
    now: Instant,
}

impl Tokens {
    pub(super) async fn of(opened: &Opened) -> Result<Self, CommandError> {
        Ok(Self {
            verifier: opened.verifier().await?,
            now: opened.clock.now(),
        })
    }

    /// Whom the token in that file names.
    pub(super) async fn claimant(&self, file: &Path) -> Result<Claimant, CommandError> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let why = words!(
                "it cannot be read: {error}",
                "Den går inte att läsa ({error}).",
                error
            );
            refused(file, &why)
        })?;
        let claimant = self.verifier.authenticate(text.trim(), self.now).await;
        claimant.map_err(|error| refused(file, &error.words()))
    }
}

/// That nothing was done by that token.
fn refused(token: &Path, why: &Words) -> CommandError {
    CommandError::Could(words!(
        "the token `{token}`: {why}; nothing was changed",
        "Inloggningen `{token}`: {why} Inget har ändrats.",
        token,
        why
    ))
}

/// That whoever is named by a token has no leave; a refusal is on record.
pub(super) fn not_permitted(token: &Path, error: &NotPermitted) -> CommandError {
    let why = match error {
        NotPermitted::Refused {
            permission,
            refusal,
        } => words!(
            "whom it names may not, which takes `{permission}`: {why}",
            "Den som anges får inte det. Det kräver `{permission}`. {why}",
            permission = verbatim(permission),
            why = why(refusal)
        ),
        NotPermitted::Snapshot(_)
        | NotPermitted::Unread(_)
        | NotPermitted::Turned
        | NotPermitted::Undecided(_)
        | NotPermitted::Unsealed(_) => error.whole(),
    };
    refused(token, &why)
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

/// That what was ordered by these tokens was not done.
pub(super) fn not_made<C: Speaks>(error: NotMade<C>, tokens: &[impl AsRef<Path>]) -> CommandError {
    match error {
        NotMade::NotPermitted { whose, why } => {
            let token = tokens.get(whose).map_or(Path::new(""), AsRef::as_ref);
            not_permitted(token, &why)
        }
        NotMade::Conflict(conflict) => CommandError::NotRight(unchanged(&conflict)),
        NotMade::Snapshot(error) => CommandError::unread_log(&error),
        NotMade::Database(error) => error.into(),
        NotMade::Write(error) => CommandError::Could(error.whole()),
        NotMade::Unrecorded(error) => CommandError::Transact(error),
    }
}

impl From<HostReadError> for CommandError {
    fn from(error: HostReadError) -> Self {
        match error {
            HostReadError::NotPermitted(error) => error.into(),
            HostReadError::Unrecorded(error) => Self::Could(words!(
                "the reading is not on record: {error}",
                "Läsningen är inte loggad. {error}",
                error = error.whole()
            )),
            HostReadError::Snapshot(error) => Self::unread_log(&error),
            HostReadError::Database(error) => error.into(),
        }
    }
}
