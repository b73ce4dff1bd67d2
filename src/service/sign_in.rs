//! What words about a sign-in mean: those that governed systems repeat, and those that people are asked for.
//!
//! Apart from the questions that are asked, because a refusal of any operation names sign-ins too. The words come
//! from the issuers' settings and nowhere else.

use std::collections::BTreeMap;

use authn::{IssuerSettings, Method, TokenSettings, is_multi_factor};
use domain::Instant;
use domain::facts::{Assurance, AssuranceSource};
use domain::text::Reference;

/// What words about a sign-in mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInWords {
    /// The level that each `acr` stands for, compared byte for byte; any other is level 0.
    pub levels: BTreeMap<String, u8>,
    /// The same of each issuer's own tokens.
    pub of_issuers: BTreeMap<String, BTreeMap<String, u8>>,
    /// What each `amr` shows, compared byte for byte; any other shows nothing.
    pub methods: BTreeMap<String, Method>,
}

impl SignInWords {
    /// What the words mean that the issuers' tokens use. Where issuers differ, the lower level and the weaker
    /// method count: an assertion does not say whose word it repeats.
    #[must_use]
    pub fn of(settings: &TokenSettings) -> Self {
        let mut levels = BTreeMap::new();
        for (acr, level) in settings.issuers.iter().flat_map(|issuer| &issuer.levels) {
            let lowest = levels.entry(acr.clone()).or_insert(*level);
            *lowest = (*lowest).min(*level);
        }
        let mut methods = BTreeMap::new();
        for (amr, method) in settings.issuers.iter().flat_map(|issuer| &issuer.methods) {
            let weakest = methods.entry(amr.clone()).or_insert(*method);
            *weakest = (*weakest).min(*method);
        }
        let own = |issuer: &IssuerSettings| (issuer.issuer.clone(), issuer.levels.clone());
        Self {
            levels,
            of_issuers: settings.issuers.iter().map(own).collect(),
            methods,
        }
    }

    /// The `acr` values that would do for a level, the lowest first (RFC 9470): those that the issuer can be
    /// asked for, or of any issuer, where it is not known who issues.
    #[must_use]
    pub fn acr_values(&self, level: u8, issuer: Option<&str>) -> Vec<String> {
        let own = issuer.and_then(|issuer| self.of_issuers.get(issuer));
        let mut enough: Vec<(&u8, &String)> = own
            .unwrap_or(&self.levels)
            .iter()
            .map(|(acr, level)| (level, acr))
            .collect();
        enough.retain(|(stands_for, _)| **stands_for >= level);
        enough.sort();
        enough.into_iter().map(|(_, acr)| acr.clone()).collect()
    }

    /// What an assertion comes to.
    pub(super) fn assurance(&self, said: AssertedSignIn) -> Assurance {
        let mut methods: Vec<String> = said.amr.into_iter().map(Into::into).collect();
        methods.sort();
        methods.dedup();
        let level = self.levels.get(said.acr.as_str()).copied().unwrap_or(0);
        Assurance {
            level,
            multi_factor: is_multi_factor(level, &methods, &self.methods),
            acr: Some(said.acr.into()),
            methods,
            authenticated_at: Some(said.authenticated_at),
            source: AssuranceSource::Asserted,
        }
    }
}

/// A sign-in as a governed system saw it.
#[derive(Debug, Clone)]
pub struct AssertedSignIn {
    /// The authentication context.
    pub acr: Reference,
    /// The methods.
    pub amr: Vec<Reference>,
    /// When.
    pub authenticated_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;
    use authn::BUILT_IN_METHODS;

    fn words() -> SignInWords {
        let level = |(acr, level): (&str, u8)| (acr.to_owned(), level);
        SignInWords {
            levels: [("urn:siths", 3), ("urn:password", 1), ("urn:efos", 4)]
                .map(level)
                .into(),
            of_issuers: [("urn:idp".to_owned(), [level(("urn:siths", 3))].into())].into(),
            methods: BUILT_IN_METHODS
                .iter()
                .map(|(amr, method)| ((*amr).to_owned(), *method))
                .collect(),
        }
    }

    fn said(acr: &str, amr: &[&str]) -> AssertedSignIn {
        AssertedSignIn {
            acr: acr.parse().unwrap(),
            amr: amr.iter().map(|method| method.parse().unwrap()).collect(),
            authenticated_at: Instant::from_seconds(1),
        }
    }

    #[test]
    fn an_acr_means_exactly_what_is_configured_and_nothing_else_means_anything() {
        let level = |acr: &str| words().assurance(said(acr, &[])).level;
        assert_eq!(level("urn:siths"), 3);
        for unknown in ["URN:SITHS", "urn:sith", "4"] {
            assert_eq!(level(unknown), 0, "{unknown}");
        }
        assert!(
            words()
                .assurance(said("urn:siths", &["pin", "hwk"]))
                .multi_factor
        );
        assert!(
            !words()
                .assurance(said("urn:password", &["pwd", "MFA"]))
                .multi_factor
        );
    }

    #[test]
    fn step_up_names_every_sign_in_that_would_do_the_lowest_first() {
        for unknown in [None, Some("urn:other")] {
            let enough = words().acr_values(2, unknown);
            assert_eq!(enough, ["urn:siths", "urn:efos"]);
        }
        assert_eq!(words().acr_values(4, None), ["urn:efos"]);
        assert!(words().acr_values(5, None).is_empty());
        // Nobody is sent for what the own issuer cannot give.
        assert_eq!(words().acr_values(2, Some("urn:idp")), ["urn:siths"]);
        assert!(words().acr_values(4, Some("urn:idp")).is_empty());
    }
}
