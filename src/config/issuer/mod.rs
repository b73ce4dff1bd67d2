//! The issuers whose tokens are taken: `[[issuers]]` in the file, or one by variables.

mod people;
mod texts;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use toml::Value;

use super::secret::repeated;
use super::source::{File, Variables, nearest, pairs_of, text_of};
use super::{ConfigError, Settings};
use authn::{Algorithm, IssuerSettings, KeySource, KeySourceError, ServiceMarker};
use domain::speaks::{Speaks, words};
use domain::{Named, Words};
use texts::{Texted, Texts};

/// The settings of one issuer, in the file and after `BEHORIG_` as variables.
pub(super) const NAMES: &[&str] = &[
    "issuer",
    "audience",
    "jwks",
    "jwks_ca",
    "algorithms",
    "leeway_seconds",
    "max_lifetime_seconds",
    "person_claim",
    "service_claims",
    "service_marker",
    "hsa_id_prefixes",
    "allowed_clients",
    "commission_claim",
    "acr_claim",
    "amr_claim",
    "auth_time_claim",
    "levels",
    "methods",
    "clients",
];

pub(super) fn variables() -> impl Iterator<Item = String> {
    NAMES.iter().map(|name| variable(name))
}

fn variable(name: &str) -> String {
    format!("BEHORIG_{}", name.to_uppercase())
}

pub(super) fn apply(
    settings: &mut Settings,
    file: &File,
    variables: &mut Variables,
    errors: &mut Vec<ConfigError>,
) {
    let mut issuers = Vec::new();
    match &file.issuers {
        None => {}
        Some(Value::Array(listed)) => {
            for (n, listed) in listed.iter().enumerate() {
                issuers.extend(from_file(n, listed, errors));
            }
        }
        Some(_) => errors.push(ConfigError::new(
            "issuers",
            Words::part("is not a list", "är ingen lista"),
            Words::part(
                "one [[issuers]] section for each issuer",
                "ett avsnitt [[issuers]] för varje utfärdare",
            ),
        )),
    }
    issuers.extend(from_variables(variables, errors));
    let mut seen = HashSet::new();
    for issuer in &issuers {
        if !seen.insert(issuer.issuer.clone()) {
            errors.push(ConfigError::new(
                "issuers",
                words!(
                    "has `{issuer}` twice",
                    "har `{issuer}` två gånger",
                    issuer = repeated(&issuer.issuer)
                ),
                Words::part("each issuer once", "varje utfärdare en gång"),
            ));
        }
    }
    settings.tokens.issuers = issuers;
}

fn from_file(n: usize, listed: &Value, errors: &mut Vec<ConfigError>) -> Option<IssuerSettings> {
    let called = move |name: &str| format!("issuers[{n}].{name}");
    let Value::Table(table) = listed else {
        errors.push(ConfigError::new(
            format!("issuers[{n}]"),
            Words::part("is not a section", "är inget avsnitt"),
            Words::part("an [[issuers]] section", "ett avsnitt [[issuers]]"),
        ));
        return None;
    };
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let Some(known) = NAMES.iter().find(|known| *known == name) else {
            let expected = nearest(name, NAMES.iter().copied());
            errors.push(ConfigError::new(
                called(name),
                Words::part("is not a setting", "är ingen inställning"),
                expected,
            ));
            continue;
        };
        let text = match value.as_table() {
            Some(inner) => pairs_of(inner).map(Texted::Pairs),
            None => text_of(value).map(Texted::One),
        };
        match text {
            Some(text) => drop(values.insert(*known, text)),
            None => errors.push(ConfigError::new(
                called(name),
                Words::part(
                    "has a value of another type",
                    "har ett värde av en annan typ",
                ),
                Words::part(
                    "text, a number, a list of texts, or a section of names and values",
                    "text, ett tal, en lista med texter eller ett avsnitt med namn och värden",
                ),
            )),
        }
    }
    let texts = Texts {
        values,
        called: &called,
        errors,
    };
    texts.issuer()
}

fn from_variables(
    variables: &mut Variables,
    errors: &mut Vec<ConfigError>,
) -> Option<IssuerSettings> {
    let values: BTreeMap<_, _> = NAMES
        .iter()
        .filter_map(|name| Some((*name, Texted::One(variables.take(&variable(name))?))))
        .collect();
    if values.is_empty() {
        return None;
    }
    let texts = Texts {
        values,
        called: &variable,
        errors,
    };
    texts.issuer()
}

impl Texts<'_> {
    fn issuer(mut self) -> Option<IssuerSettings> {
        let issuer = self.needed(
            "issuer",
            &Words::part(
                "the `iss` of the issuer's tokens",
                "det `iss` som utfärdaren skriver",
            ),
        );
        let audience = self.needed(
            "audience",
            &Words::part("the `aud` that tokens for this service carry, else any token of the issuer would do", "det `aud` som är avsett för tjänsten, annars skulle vilken inloggning som helst från utfärdaren duga"),
        );
        let keys = self.keys(issuer.as_deref());
        let authorities = self.authorities(keys.as_ref());
        // Where one of them is wrong, the rest is read all the same, to say at once what is wrong with that.
        let is_whole = issuer.is_some() && audience.is_some() && keys.is_some();
        let nowhere = || KeySource::File(PathBuf::new());
        let mut settings = IssuerSettings::new(
            issuer.unwrap_or_default(),
            audience.unwrap_or_default(),
            keys.unwrap_or_else(nowhere),
        );
        settings.authorities = authorities;
        self.algorithms(&mut settings);
        self.claims(&mut settings);
        self.levels(&mut settings);
        self.methods(&mut settings);
        self.clients(&mut settings);
        is_whole.then_some(settings)
    }

    /// Where the keys are: as `jwks` says, else as the issuer itself does.
    fn keys(&mut self, issuer: Option<&str>) -> Option<KeySource> {
        let expected = Words::part(
            "the path of a JWK set, or its https address",
            "sökvägen till en JWK-uppsättning, eller dess https-adress",
        );
        if self.values.contains_key("jwks") {
            let text = self.needed("jwks", &expected)?;
            return self.source("jwks", text.parse(), &expected);
        }
        let expected = Words::part(
            "an https address to discover the keys by, or else `jwks`",
            "en https-adress att hitta nycklarna genom, annars `jwks`",
        );
        self.source("issuer", KeySource::discovered(issuer?), &expected)
    }

    fn source(
        &mut self,
        name: &str,
        found: Result<KeySource, KeySourceError>,
        expected: &Words,
    ) -> Option<KeySource> {
        found
            .map_err(|error| self.wrong(name, error.words(), expected))
            .ok()
    }

    fn authorities(&mut self, keys: Option<&KeySource>) -> Option<PathBuf> {
        let expected = Words::part(
            "the path of certificate authorities in PEM, for keys from an https address",
            "sökvägen till certifikatutfärdare i PEM, för nycklar från en https-adress",
        );
        let path = self.given("jwks_ca", &expected)?;
        match keys {
            Some(KeySource::Url(url) | KeySource::Discovery(url))
                if url.starts_with("https://") => {}
            Some(KeySource::Url(_) | KeySource::Discovery(_) | KeySource::File(_)) => {
                self.wrong(
                    "jwks_ca",
                    Words::part("vouches for no https address", "gäller ingen https-adress"),
                    &expected,
                );
            }
            None => {}
        }
        Some(PathBuf::from(path))
    }

    fn algorithms(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part(
            "some of ES256, ES384, RS256, RS384, RS512, PS256, PS384, PS512 and EdDSA",
            "några av ES256, ES384, RS256, RS384, RS512, PS256, PS384, PS512 och EdDSA",
        );
        let Some(names) = self.list("algorithms", &expected) else {
            return;
        };
        let mut algorithms = Vec::new();
        for name in &names {
            match Algorithm::named(name) {
                Some(algorithm) => algorithms.push(algorithm),
                None => self.wrong("algorithms", cannot_hold(name), &expected),
            }
        }
        settings.algorithms = algorithms;
    }

    fn claims(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part("a number from 0 to 300", "ett tal från 0 till 300");
        let leeway = self.seconds("leeway_seconds", 0..=300, &expected);
        settings.leeway_seconds = leeway.unwrap_or(settings.leeway_seconds);
        let expected = Words::part(
            "a number from 60 to 604800, which is a week",
            "ett tal från 60 till 604800, som är en vecka",
        );
        let lifetime = self.seconds("max_lifetime_seconds", 60..=604_800, &expected);
        settings.max_lifetime_seconds = lifetime.unwrap_or(settings.max_lifetime_seconds);
        for (name, claim) in [
            ("person_claim", &mut settings.person_claim),
            ("commission_claim", &mut settings.commission_claim),
            ("acr_claim", &mut settings.acr_claim),
            ("amr_claim", &mut settings.amr_claim),
            ("auth_time_claim", &mut settings.auth_time_claim),
        ] {
            if let Some(named) = self.given(
                name,
                &Words::part("the name of a claim", "namnet på en uppgift"),
            ) {
                *claim = named;
            }
        }
        if let Some(claims) = self.list(
            "service_claims",
            &Words::part("names of claims", "namn på uppgifter"),
        ) {
            settings.service_claims = claims;
        }
        settings.service_marker = self.marker();
        self.limits(settings);
    }

    /// The claim, and its value, by which the issuer says that a token is a service's own.
    fn marker(&mut self) -> Option<ServiceMarker> {
        let expected = Words::part(
            "one claim with the value that it has in tokens of services",
            "en uppgift med det värde den har för tjänster",
        );
        let name = "service_marker";
        self.values.get(name)?;
        let pairs = self.pairs(name, &expected);
        let [(claim, value)] = pairs.as_slice() else {
            self.wrong(
                name,
                Words::part(
                    "is not one claim with its value",
                    "är inte en uppgift med sitt värde",
                ),
                &expected,
            );
            return None;
        };
        let (claim, value) = (claim.clone(), value.clone());
        Some(ServiceMarker { claim, value })
    }
}

fn cannot_hold(what: &str) -> Words {
    words!(
        "cannot hold `{what}`",
        "kan inte innehålla `{what}`",
        what = repeated(what)
    )
}
