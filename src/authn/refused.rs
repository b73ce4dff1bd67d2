//! Why a token is not taken, and what would be right.
//!
//! Apart from the verifier because callers read it: it says nothing of the token's content.

use domain::Words;

/// Why a token is not taken. The words go to the caller and say nothing of the token's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.words())]
pub enum TokenError {
    /// It is not a signed JSON web token.
    Malformed,
    /// It is longer than any token needs to be.
    TooLong,
    /// It has no signature.
    Unsigned,
    /// It is signed with a shared secret.
    SharedSecret,
    /// It is signed in a way that is not allowed.
    AlgorithmNotAllowed,
    /// Its issuer is not trusted.
    OtherIssuer,
    /// It names a key that the issuer does not publish.
    UnknownKey,
    /// Its key is there, and is for another algorithm.
    AlgorithmOfKey,
    /// Its signature does not fit its content.
    BadSignature,
    /// It says for nobody that it is meant for them.
    NoAudience,
    /// It is meant for somebody else.
    OtherAudience,
    /// It does not say when it ends.
    NoExpiry,
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYetValid,
    /// A claim or a parameter of the header is null, empty, there twice or of another type, or no time in seconds.
    MalformedClaim,
    /// What should be an HSA-id is none.
    MalformedHsaId,
    /// What should be a client id is none, or could be a person's.
    MalformedClientId,
    /// What it says of the sign-in cannot stand in the log.
    MalformedSignIn,
    /// It names neither a person nor a service.
    NoSubject,
    /// It can be read as a person's and as a service's, as two services', or as somebody's who acts for another.
    AmbiguousSubject,
    /// It says that it is made for something else than access.
    OtherUse,
    /// It names a client and nothing says that it is the client's own.
    NotTheClients,
    /// It is a service's, and says how a person signed in.
    SignInOfService,
    /// It names a client that only the host can be.
    BuiltInClient,
    /// It lives longer than tokens may.
    LivesTooLong,
    /// Its issuer may not name this person.
    PersonOutside,
    /// Its issuer may not name this client.
    ClientOutside,
    /// The issuer's keys have not been had yet, so nothing can be said about the token.
    KeysUnavailable,
}

impl TokenError {
    /// What the caller is told.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "a text for each rule, and nothing else"
    )]
    pub const fn words(self) -> Words {
        match self {
            Self::Malformed => Words::new(
                "the token is no signed JSON web token: expected the issuer's access token, whole, behind `Bearer `",
                "Inloggningen är ingen signerad JSON Web Token. Skicka utfärdarens access token, hel, efter `Bearer `.",
            ),
            Self::TooLong => Words::new(
                "the token is too long: expected an access token of at most 16384 bytes",
                "Inloggningens token är för lång. Den får vara högst 16384 byte.",
            ),
            Self::Unsigned => Words::new(
                "the token is not signed: expected the issuer's signature",
                "Inloggningens token är inte signerad. Utfärdaren ska signera den.",
            ),
            Self::SharedSecret => Words::new(
                "the token is signed with a shared secret: expected the issuer's private key",
                "Inloggningens token är signerad med en delad hemlighet. Den ska vara signerad med utfärdarens privata nyckel.",
            ),
            Self::AlgorithmNotAllowed => Words::new(
                "the token is signed with an algorithm that is not allowed: expected one of the issuer's `algorithms` in the settings",
                "Inloggningens token är signerad på ett sätt som inte är tillåtet. Det ska vara ett av utfärdarens `algorithms` i inställningarna.",
            ),
            Self::OtherIssuer => Words::new(
                "the token is from another issuer: expected `iss` to be one of those that `/readyz` names, byte for byte",
                "Inloggningen kommer från en annan utfärdare. `iss` ska vara exakt en av dem som `/readyz` visar.",
            ),
            Self::UnknownKey => Words::new(
                "the token names an unknown key: expected a `kid` that the issuer publishes",
                "Inloggningens token anger en okänd nyckel. `kid` ska vara en som utfärdaren publicerar.",
            ),
            Self::AlgorithmOfKey => Words::new(
                "the token is signed with another algorithm than its key is for: expected the `alg` that the issuer publishes for that `kid`",
                "Inloggningens token är signerad på ett annat sätt än nyckeln är till för. `alg` ska vara det som utfärdaren publicerar för nyckelns `kid`.",
            ),
            Self::BadSignature => Words::new(
                "the signature does not fit the token: expected the token as it was issued, byte for byte",
                "Signaturen stämmer inte med innehållet i inloggningens token. Skicka den exakt som den utfärdades.",
            ),
            Self::NoAudience => Words::new(
                "the token names no audience: expected `aud` with the `audience` that this service has in its settings",
                "Inloggningens token saknar mottagare. `aud` ska innehålla den `audience` som tjänsten har i sina inställningar.",
            ),
            Self::OtherAudience => Words::new(
                "the token is for another audience: expected `aud` with the `audience` that this service has in its settings",
                "Inloggningens token är avsedd för en annan mottagare. `aud` ska innehålla den `audience` som tjänsten har i sina inställningar.",
            ),
            Self::NoExpiry => Words::new(
                "the token has no expiry: expected `exp`",
                "Inloggningens token saknar sluttid. `exp` ska finnas.",
            ),
            Self::Expired => Words::new(
                "the token has expired: sign in again",
                "Inloggningen har gått ut. Logga in på nytt.",
            ),
            Self::NotYetValid => Words::new(
                "the token is not valid yet: wait until its `nbf`, and look whether both clocks are right",
                "Inloggningen har inte börjat gälla. Vänta till `nbf`, och se efter att båda klockorna går rätt.",
            ),
            Self::MalformedClaim => Words::new(
                "a claim of the token is null, empty, there twice or of another type than it has to be: have the issuer look at its claims",
                "En uppgift i inloggningens token är tom, finns två gånger eller är av fel typ. Låt utfärdaren se över uppgifterna.",
            ),
            Self::MalformedHsaId => Words::new(
                "the token holds a malformed HSA-id: expected it as in the catalogue, `SE` and the rest in the same case",
                "Inloggningens token innehåller ett HSA-id av fel form. Det ska stå som i katalogen, med `SE` i stora bokstäver.",
            ),
            Self::MalformedClientId => Words::new(
                "the token holds a malformed client id: expected printable ASCII, and not the form of an HSA-id",
                "Inloggningens token innehåller ett klient-id av fel form. Det ska vara skrivbara ASCII-tecken, och inte se ut som ett HSA-id.",
            ),
            Self::MalformedSignIn => Words::new(
                "the token says of the sign-in what cannot stand in the log: expected `acr` and `amr` of one line, without a personal number",
                "Inloggningens token säger något om inloggningen som inte får stå i loggen. `acr` och `amr` ska vara på en rad och utan personnummer.",
            ),
            Self::NoSubject => Words::new(
                "the token names neither a person nor a service: expected `employeeHsaId`, or the claim in the settings, or a client id",
                "Inloggningens token anger varken en person eller en tjänst. Den ska ha `employeeHsaId`, eller det som inställningarna anger, eller ett klient-id.",
            ),
            Self::AmbiguousSubject => Words::new(
                "the token names more than one subject: expected one person or one service, who acts for nobody else",
                "Inloggningens token anger fler än en. Den ska ange en person eller en tjänst, som inte handlar för någon annan.",
            ),
            Self::OtherUse => Words::new(
                "the token is for another use than access: expected an access token",
                "Inloggningens token är till för något annat än åtkomst. Skicka en access token.",
            ),
            Self::NotTheClients => Words::new(
                "the token names a client that it was not issued to for itself: expected one by the grant `client_credentials`",
                "Inloggningens token anger en klient som den inte är utfärdad till. Klienten ska hämta en egen med `client_credentials`.",
            ),
            Self::SignInOfService => Words::new(
                "the token is a service's and says how a person signed in: expected no `acr` and `amr` there",
                "Inloggningens token är en tjänsts men säger hur en person loggade in. `acr` och `amr` ska inte finnas i den.",
            ),
            Self::BuiltInClient => Words::new(
                "the token names a client that is built in: expected one that the register has",
                "Inloggningens token anger en inbyggd klient. Den ska ange en som finns i registret.",
            ),
            Self::LivesTooLong => Words::new(
                "the token lives too long: expected at most the issuer's `max_lifetime_seconds`",
                "Inloggningens token gäller för länge. Den får gälla högst utfärdarens `max_lifetime_seconds`.",
            ),
            Self::PersonOutside => Words::new(
                "the token names a person whom its issuer may not name: have the issuer's limits in the settings looked at",
                "Inloggningens token anger en person som utfärdaren inte får ange. Låt se över utfärdarens gränser i inställningarna.",
            ),
            Self::ClientOutside => Words::new(
                "the token names a client that its issuer may not name: expected one of the issuer's `clients` in the settings",
                "Inloggningens token anger en klient som utfärdaren inte får ange. Den ska vara en av utfärdarens `clients` i inställningarna.",
            ),
            Self::KeysUnavailable => Words::new(
                "the issuer's keys are not available: try again",
                "Utfärdarens nycklar går inte att hämta just nu. Försök igen.",
            ),
        }
    }
}
