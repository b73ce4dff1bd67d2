//! `behorig token`: a token from the demo's own issuer.

use authn::Subject;
use authn::{DemoIssuer, TokenOrder};
use domain::HsaId;
use domain::clock::Clock;
use domain::speaks::words;
use domain::text::HsaIdError;
use domain::text::TextError;

use super::arguments::Token;
use super::error::CommandError;
use super::output;

pub(super) fn run(token: &Token, clock: &dyn Clock) -> Result<(), CommandError> {
    if !token.data.is_dir() {
        return Err(CommandError::Could(words!(
            "`{place}` is no directory: make one that only you can read (`mkdir -m 700`), or give the one that \
             `behorig demo --data` was given",
            "`{place}` är ingen katalog. Skapa en som bara du kan läsa (`mkdir -m 700`), eller ange den som du gav till \
             `behorig demo --data`.",
            place = token.data
        )));
    }
    let issuer = DemoIssuer::open(&token.data)?;
    let subject = subject(&token.subject)?;
    let order = TokenOrder {
        level: token.level,
        method: token.method.clone(),
        age_seconds: token.age,
        ..TokenOrder::new(subject)
    };
    output::data(&issuer.issue(&order, clock.now())?)
}

/// Whom the token is to name: a person, where it is an HSA-id or was meant as one, else a client.
fn subject(text: &str) -> Result<Subject, CommandError> {
    match text.parse::<HsaId>() {
        Ok(hsa_id) => Ok(Subject::Person(hsa_id)),
        Err(wrong @ (HsaIdError::Case | HsaIdError::Space)) => Err(CommandError::Could(words!(
            "`--as`: {wrong}",
            "`--as`: {wrong}",
            wrong = wrong.words()
        ))),
        Err(HsaIdError::Form) => {
            let client = text.parse().map_err(|wrong: TextError| {
                CommandError::Could(words!(
                    "`--as` is neither an HSA-id nor a client's id: {wrong}",
                    "`--as` är varken ett HSA-id eller id för en klient. {wrong}",
                    wrong
                ))
            })?;
            Ok(Subject::Service(client))
        }
    }
}
