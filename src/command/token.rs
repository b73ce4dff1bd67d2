//! `behorig token`: a token from the demo's own issuer.

use crate::authn::Subject;
use crate::authn::{DemoIssuer, TokenOrder};
use crate::clock::Clock;
use crate::domain::HsaId;
use crate::domain::speaks::words;
use crate::domain::text::TextError;

use super::arguments::Token;
use super::{CommandError, output};

pub(super) fn run(token: &Token, clock: &dyn Clock) -> Result<(), CommandError> {
    if !token.data.is_dir() {
        return Err(CommandError::Could(words!(
            "`{place}` is not a demo's directory: expected the one that `behorig demo --data` was given",
            "`{place}` är inte katalogen för en demo. Ange den som du gav till `behorig demo --data`.",
            place = token.data
        )));
    }
    let issuer = DemoIssuer::open(&token.data)?;
    let subject = if let Ok(hsa_id) = token.subject.parse::<HsaId>() {
        Subject::Person(hsa_id)
    } else {
        let client = token.subject.parse();
        Subject::Service(client.map_err(|wrong: TextError| {
            CommandError::Could(words!(
                "`--as` is neither an HSA-id nor a client's id: {wrong}",
                "`--as` är varken ett HSA-id eller id för en klient. {wrong}",
                wrong
            ))
        })?)
    };
    let order = TokenOrder {
        level: token.level,
        method: token.method.clone(),
        age_seconds: token.age,
        ..TokenOrder::new(subject)
    };
    output::data(&issuer.issue(&order, clock.now())?)
}
