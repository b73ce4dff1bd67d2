//! Whatever a caller reads is in the caller's language, also where it was not made for them.
//!
//! Apart from what makes messages because not all of them are ours: the library and its parser speak English. What
//! is ours is marked `Spoken`, kept as `Words`, or is `Told`; of anything else a caller who wants Swedish is told
//! what its code means, and never a word of English.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, Response, ServerError, ServerResult, Value,
};

use super::errors::ErrorCode;
use super::surroundings::Surroundings;
use domain::problem::Missing;
use domain::{Language, Words};

/// Marks an error whose message is in the caller's language.
#[derive(Debug)]
pub(crate) struct Spoken;

/// A field that says something, in the caller's language.
#[derive(Debug, Clone)]
pub(crate) struct Told(Words);

impl From<Words> for Told {
    fn from(words: Words) -> Self {
        Self(words)
    }
}

impl OutputType for Told {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let around = ctx.data_opt::<Surroundings>();
        let language = around.map_or(Language::English, |around| around.language);
        Ok(Value::from(self.0.spoken(language)))
    }
}

/// The response in that language.
#[must_use]
pub fn spoken(mut response: Response, language: Language) -> Response {
    if language != Language::English {
        for error in &mut response.errors {
            let source = error.source.clone();
            if let Some(said) = source
                .as_ref()
                .and_then(|said| said.downcast_ref::<Words>())
            {
                said.spoken(language).clone_into(&mut error.message);
            } else if !is_spoken(error) {
                let code = ErrorCode::of(error).unwrap_or(ErrorCode::InternalServerError);
                code.words().spoken(language).clone_into(&mut error.message);
            }
        }
    }
    response
}

fn is_spoken(error: &ServerError) -> bool {
    let source = error.source.as_ref();
    source.is_some_and(|source| source.is::<Spoken>())
}

impl ErrorCode {
    /// What the code means, where nothing more can be said.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::BadRequest => Words::new(
                "the request is not one that is taken here: `/.well-known/behorig` tells what is",
                "Begäran är inte en som tas emot här. `/.well-known/behorig` visar vad som är det.",
            ),
            Self::GraphqlParseFailed => Words::new(
                "the document is not GraphQL",
                "Dokumentet är inte GraphQL. Platsen visar var det slutar gå att läsa.",
            ),
            Self::GraphqlValidationFailed => Words::new(
                "the document does not fit the schema",
                "Dokumentet passar inte schemat. Platsen visar vad det gäller.",
            ),
            Self::BadUserInput => Words::new(
                "a value that was sent cannot be used",
                "Ett värde som skickades går inte att använda. Platsen visar vilket.",
            ),
            Self::Unauthenticated => Words::new(
                "a valid token is needed: sign in",
                "Det behövs en giltig inloggning. Logga in.",
            ),
            Self::InsufficientUserAuthentication => Words::new(
                "sign in again, more strongly or more recently, and try once more",
                "Logga in på nytt, med en starkare inloggning om det behövs, och försök igen.",
            ),
            Self::Forbidden => Words::new(
                "you may not do this: turn to the contact person of the unit",
                "Du får inte göra detta. Vänd dig till enhetens kontaktperson.",
            ),
            Self::NotFound => Missing::Nothing.words(),
            Self::Conflict => Words::new(
                "it contradicts what has happened meanwhile: look again",
                "Det stämmer inte med det som har hänt under tiden. Titta efter på nytt.",
            ),
            Self::QueryTooLarge => Words::new(
                "the request is bigger than the published limits: ask for less",
                "Begäran är större än gränserna tillåter. Fråga efter mindre.",
            ),
            Self::QueryTooComplex => Words::new(
                "the request would cost more than the published limits allow: ask for less",
                "Begäran skulle kosta mer än gränserna tillåter. Fråga efter mindre.",
            ),
            Self::RateLimited => Words::new(
                "there have been too many requests: wait and try again",
                "Det har kommit för många anrop. Vänta och försök igen.",
            ),
            Self::Timeout => Words::new(
                "there was no answer in time: try again",
                "Svaret hann inte bli klart. Försök igen.",
            ),
            Self::Unavailable => Words::new(
                "the service cannot answer now: try again",
                "Tjänsten kan inte svara just nu. Försök igen.",
            ),
            Self::InternalServerError => Words::new(
                "the service failed to answer: tell whoever runs it the `x-request-id` of the answer",
                "Tjänsten kunde inte svara. Felet är loggat. Ge den som driver tjänsten svarets `x-request-id`.",
            ),
        }
    }
}
