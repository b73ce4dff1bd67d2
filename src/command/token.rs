//! `behorig token`: a token from the demo's own issuer.

use crate::authn::Subject;
use crate::authn::{DemoIssuer, TokenOrder};
use crate::clock::Clock;
use crate::domain::HsaId;
use crate::domain::text::TextError;

use super::arguments::Token;
use super::{CommandError, output};

pub(super) fn run(token: &Token, clock: &dyn Clock) -> Result<(), CommandError> {
    if !token.data.is_dir() {
        let place = token.data.display();
        return Err(CommandError::Could(format!(
            "`{place}` is not a demo's directory: expected the one that `behorig demo --data` was given"
        )));
    }
    let issuer = DemoIssuer::open(&token.data)?;
    let subject = if let Ok(hsa_id) = token.subject.parse::<HsaId>() {
        Subject::Person(hsa_id)
    } else {
        let client = token.subject.parse();
        Subject::Service(client.map_err(|wrong: TextError| {
            CommandError::Could(format!("`--as` is no HSA-id: {wrong}"))
        })?)
    };
    let order = TokenOrder {
        level: token.level,
        method: token.method.clone(),
        age_seconds: token.age,
        ..TokenOrder::new(subject)
    };
    output::print(&issuer.issue(&order, clock.now())?)
}
