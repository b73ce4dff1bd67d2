//! What a question can get wrong.

use strum::{EnumDiscriminants, EnumMessage, EnumString, IntoStaticStr, VariantArray};

use authn::TokenError;
use domain::problem::Coded;
use domain::{Speaks, Words};

use crate::error::ServiceError;

/// What a question can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(AskProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum AskProblem {
    /// A question about a person has to say how the person signed in.
    AssuranceRequired,
    /// The subject token is not one that is taken here.
    SubjectTokenInvalid(TokenError),
    /// The subject token is somebody else's.
    SubjectTokenMismatch,
    /// The asker says how the principal signed in, and is not trusted to (`setTrustedToAssert`). No other sign-in
    /// would help.
    NotTrustedToAssert,
    /// A reference looks like a personal identity number.
    PersonalNumber,
    /// An active choice is made after a decision has asked for it, and names that decision.
    ConfirmationRequired,
    /// What is confirmed is no recent decision of the caller's on the same question.
    ConfirmationInvalid,
    /// An active choice, and an emergency, has a reason.
    ReasonRequired,
    /// The register knows no permission of that name, neither of this service nor of any system.
    PermissionUnknown,
}

impl Coded for AskProblem {
    const NAME: &'static str = "AuthorizeError";
    const ONE: &'static str = "Something that a question got wrong.";
    const CODES: &'static str = "What a question can get wrong. More kinds may come.";
}

impl Speaks for AskProblem {
    fn words(&self) -> Words {
        match self {
            Self::AssuranceRequired => Words::new(
                "a question about a person has to say how the person signed in: give `subjectToken` or `asserted`",
                "En fråga om en person ska ange hur personen loggade in. Ange `subjectToken` eller `asserted`.",
            ),
            Self::SubjectTokenInvalid(rule) => rule.words(),
            Self::SubjectTokenMismatch => Words::new(
                "expected a token of the one whom the question is about; this one is somebody else's",
                "Ange en inloggning som tillhör den som frågan gäller. Den här är någon annans.",
            ),
            Self::NotTrustedToAssert => Words::new(
                "your word about how somebody signed in is not taken here: give `subjectToken`, or have \
                 `setTrustedToAssert` decided for the service",
                "Din uppgift om hur någon loggade in tas inte emot här. Ange `subjectToken`, eller se till att \
                 tjänsten betros med `setTrustedToAssert`.",
            ),
            Self::PersonalNumber => Words::new(
                "it looks like a personal identity number: use a reference that names nobody",
                "Det ser ut som ett personnummer. Använd en beteckning som inte pekar ut någon.",
            ),
            Self::ConfirmationRequired => Words::new(
                "an active choice names the decision that asked for it: ask without it first, and give the answer's id in `confirms`",
                "Ett aktivt val ska ange beslutet som bad om det. Fråga först utan val, och ange svarets id i `confirms`.",
            ),
            Self::ConfirmationInvalid => Words::new(
                "expected a decision on the same question, made for you within 15 minutes: ask again without the choice",
                "Ange ett beslut om samma fråga som du fick för högst 15 minuter sedan. Fråga på nytt utan valet.",
            ),
            Self::ReasonRequired => Words::new(
                "an active choice and an emergency have a reason: say why",
                "Ett aktivt val och en nödsituation ska ha ett skäl. Skriv varför.",
            ),
            Self::PermissionUnknown => ServiceError::permission_words(),
        }
    }
}
