//! The parts of a token, and what its claims say about whom it names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::claimant::Subject;
use super::members::{Members, names, object};
use super::refused::TokenError;
use super::settings::{ClientAuthentication, IssuerSettings, Method};
use domain::facts::{Assurance, AssuranceSource};
use domain::id::BOOTSTRAP_CLIENT;
use domain::text::{ClientId, Reference};
use domain::{HsaId, Instant};

/// The most `amr` values that are kept, and the longest word about a sign-in.
const MAX_METHODS: usize = 16;
const MAX_METHOD_BYTES: usize = 128;

/// A token taken apart; nothing in it has been verified.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) signed: &'a str,
    pub(super) signature: &'a str,
    pub(super) algorithm: String,
    pub(super) key_id: Option<String>,
    pub(super) claims: Claims,
}

impl<'a> Parts<'a> {
    pub(super) fn of(token: &'a str) -> Result<Self, TokenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        let header = object(header)?;
        let algorithm = match header.get("alg") {
            Some(Value::String(name)) => name.clone(),
            _ => return Err(TokenError::Malformed),
        };
        // An extension that must be understood, and is not.
        if header.contains_key("crit") {
            return Err(TokenError::Malformed);
        }
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(TokenError::Malformed),
        };
        match header.get("typ") {
            None => {}
            Some(Value::String(of)) if names(of, TYPES) => {}
            Some(Value::String(_)) => return Err(TokenError::OtherUse),
            Some(_) => return Err(TokenError::Malformed),
        }
        Ok(Self {
            signed,
            signature,
            algorithm,
            key_id,
            claims: Claims(object(payload)?),
        })
    }
}

/// The media types of tokens that are for access (RFC 9068), or that do not say what they are for.
const TYPES: &[&str] = &["JWT", "application/jwt", "at+jwt", "application/at+jwt"];

/// Claims by which issuers say what a token is for, and what they then say of one that is for access.
const USES: &[(&str, &[&str])] = &[
    ("typ", &["Bearer", "JWT", "at+jwt", "application/at+jwt"]),
    ("token_use", &["access"]),
];

/// Claims of tokens for other uses: of ID tokens, and of events such as that somebody has signed out.
const OF_OTHER_USES: &[&str] = &["at_hash", "c_hash", "s_hash", "events"];

/// The claims of a token. One that is there and null is malformed: absent is what is not there.
#[derive(Debug)]
pub(super) struct Claims(Members);

impl Claims {
    pub(super) fn issuer(&self) -> Result<&str, TokenError> {
        self.text("iss")?.ok_or(TokenError::OtherIssuer)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, TokenError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(TokenError::MalformedClaim),
        }
    }

    /// Seconds since 1970, up to [`Instant::LAST`]; a fraction is dropped.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Instant>, TokenError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number
                .as_i64()
                .or_else(|| whole_seconds(number.as_f64()?))
                .filter(|seconds| (0..=Instant::LAST.as_seconds()).contains(seconds))
                .map(|seconds| Some(Instant::from_seconds(seconds)))
                .ok_or(TokenError::MalformedClaim),
            Some(_) => Err(TokenError::MalformedClaim),
        }
    }

    /// Whether the token is meant for `audience`.
    pub(super) fn check_audience(&self, audience: &str) -> Result<(), TokenError> {
        let named = match self.0.get("aud") {
            None => return Err(TokenError::NoAudience),
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            Some(_) => return Err(TokenError::MalformedClaim),
        };
        if named {
            Ok(())
        } else {
            Err(TokenError::OtherAudience)
        }
    }

    /// Whom the token names, and the client that a person uses.
    pub(super) fn subject(
        &self,
        settings: &IssuerSettings,
    ) -> Result<(Subject, Option<ClientId>), TokenError> {
        let client = self.client(&settings.service_claims)?;
        let person = self.hsa_id(&settings.person_claim)?;
        // Somebody who acts for another (RFC 8693) is neither.
        if self.0.contains_key("act") {
            return Err(TokenError::AmbiguousSubject);
        }
        let is_services = match &settings.service_marker {
            Some(marker) => self.text(&marker.claim)? == Some(marker.value.as_str()),
            None => client.is_some() && self.text("sub")? == client.as_deref(),
        };
        match (person, client) {
            // A person's token names the client that asked for it (RFC 9068); but when it is also the
            // client's own, nobody can say whose token it is.
            (Some(_), _) if is_services => Err(TokenError::AmbiguousSubject),
            (Some(person), client) => Ok((Subject::Person(person), client)),
            (None, Some(_)) if !is_services => Err(TokenError::NotTheClients),
            (None, Some(client)) => {
                self.check_nobody_signed_in(settings)?;
                Ok((Subject::Service(client), None))
            }
            (None, None) => Err(TokenError::NoSubject),
        }
    }

    /// The client that the token names, the same in every claim that names one.
    fn client(&self, claims: &[String]) -> Result<Option<ClientId>, TokenError> {
        let mut client: Option<&str> = None;
        for claim in claims {
            let Some(named) = self.text(claim)? else {
                continue;
            };
            if named.is_empty() {
                return Err(TokenError::MalformedClaim);
            }
            if named.eq_ignore_ascii_case(BOOTSTRAP_CLIENT) {
                return Err(TokenError::BuiltInClient);
            }
            if client.is_some_and(|other| other != named) {
                return Err(TokenError::AmbiguousSubject);
            }
            client = Some(named);
        }
        let client = client.map(str::parse::<ClientId>).transpose();
        client.map_err(|_| TokenError::MalformedClientId)
    }

    /// Whether nothing says how somebody signed in, or for what commission, in the issuer's words or the usual
    /// ones: a token that does was issued to a person, whatever else it says.
    fn check_nobody_signed_in(&self, settings: &IssuerSettings) -> Result<(), TokenError> {
        let own = [
            &settings.acr_claim,
            &settings.amr_claim,
            &settings.auth_time_claim,
            &settings.commission_claim,
        ];
        let mut claims = own
            .map(String::as_str)
            .into_iter()
            .chain(["acr", "amr", "auth_time"]);
        if claims.any(|claim| self.0.contains_key(claim)) {
            return Err(TokenError::SignInOfService);
        }
        Ok(())
    }

    /// Whether the token says nothing of its use, or that it is for access.
    pub(super) fn check_use(&self) -> Result<(), TokenError> {
        for (claim, access) in USES {
            if self.text(claim)?.is_some_and(|of| !names(of, access)) {
                return Err(TokenError::OtherUse);
            }
        }
        if OF_OTHER_USES.iter().any(|claim| self.0.contains_key(claim)) {
            return Err(TokenError::OtherUse);
        }
        Ok(())
    }

    pub(super) fn hsa_id(&self, claim: &str) -> Result<Option<HsaId>, TokenError> {
        self.text(claim)?
            .map(|text| HsaId::given(text).map_err(|_| TokenError::MalformedHsaId))
            .transpose()
    }

    /// How the person signed in, or how the client is known to authenticate.
    pub(super) fn assurance(
        &self,
        settings: &IssuerSettings,
        subject: &Subject,
    ) -> Result<Assurance, TokenError> {
        match subject {
            Subject::Person(_) => self.persons_assurance(settings),
            Subject::Service(client) => {
                let strong = settings
                    .clients
                    .get(client.as_str())
                    .copied()
                    .is_some_and(ClientAuthentication::is_strong);
                Ok(Assurance {
                    level: if strong { 3 } else { 1 },
                    multi_factor: strong,
                    acr: None,
                    methods: Vec::new(),
                    authenticated_at: None,
                    source: AssuranceSource::Verified,
                })
            }
            Subject::Host => Err(TokenError::NoSubject),
        }
    }

    fn persons_assurance(&self, settings: &IssuerSettings) -> Result<Assurance, TokenError> {
        let acr = self.text(&settings.acr_claim)?.map(word).transpose()?;
        let level = acr
            .as_ref()
            .and_then(|acr| settings.levels.get(acr).copied())
            .unwrap_or(0);
        let methods = self.methods(&settings.amr_claim)?;
        Ok(Assurance {
            level,
            multi_factor: is_multi_factor(level, &methods, &settings.methods),
            acr,
            methods,
            authenticated_at: self.instant(&settings.auth_time_claim)?,
            source: AssuranceSource::Verified,
        })
    }

    fn methods(&self, claim: &str) -> Result<Vec<String>, TokenError> {
        let mut methods = match self.0.get(claim) {
            None => Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several
                .iter()
                .map(|method| method.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .ok_or(TokenError::MalformedClaim)?,
            Some(_) => return Err(TokenError::MalformedClaim),
        };
        if methods.len() > MAX_METHODS {
            return Err(TokenError::MalformedClaim);
        }
        for method in &methods {
            word(method)?;
        }
        methods.sort();
        methods.dedup();
        Ok(methods)
    }
}

/// A word about the sign-in, which will stand in clear in the log.
fn word(text: &str) -> Result<String, TokenError> {
    let word = text.parse::<Reference>().ok();
    let word = word.filter(|word| word.len() <= MAX_METHOD_BYTES);
    word.map(String::from).ok_or(TokenError::MalformedSignIn)
}

fn whole_seconds(number: f64) -> Option<i64> {
    // Far more than any instant has, and still exact.
    if !(0.0..=1e12).contains(&number) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range has just been checked, and the fraction is meant to go"
    )]
    Some(number as i64)
}

/// Level 3 demands two factors of whoever issues it; a token that names a single one contradicts that.
#[must_use]
pub fn is_multi_factor(level: u8, methods: &[String], known: &BTreeMap<String, Method>) -> bool {
    let shown: Vec<Option<&Method>> = methods.iter().map(|method| known.get(method)).collect();
    let several = shown.iter().flatten().any(|one| {
        **one == Method::MultiFactor || shown.iter().flatten().any(|other| one != other)
    });
    let says_single = !shown.is_empty() && shown.iter().all(Option::is_some);
    several || (level >= 3 && !says_single)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::built_in_methods;

    fn of(level: u8, methods: &[&str]) -> bool {
        let methods: Vec<String> = methods.iter().map(|m| (*m).to_owned()).collect();
        let mut known = built_in_methods();
        known.insert("urn:siths-card".to_owned(), Method::MultiFactor);
        known.insert("urn:password".to_owned(), Method::Knowledge);
        is_multi_factor(level, &methods, &known)
    }

    #[test]
    fn two_kinds_of_factor_are_multi_factor_and_two_of_one_kind_are_not() {
        assert!(of(0, &["mfa"]));
        assert!(of(2, &["pwd", "otp"]));
        assert!(!of(2, &["pwd", "pin"]));
        assert!(of(3, &[]));
        assert!(of(3, &["urn:siths"]));
        assert!(!of(3, &["pwd"]));
        assert!(!of(2, &["urn:siths"]));
    }

    #[test]
    fn an_issuers_own_words_mean_what_the_settings_say_letter_by_letter() {
        assert!(of(2, &["urn:siths-card"]));
        assert!(!of(2, &["URN:SITHS-CARD"]));
        assert!(of(2, &["urn:password", "hwk"]));
        assert!(!of(2, &["urn:password", "pin"]));
        assert!(!of(3, &["urn:password"]));
    }
}
