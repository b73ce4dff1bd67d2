//! Whom an issuer may name, and what its words about sign-ins mean.

use super::{Texts, cannot_hold, repeated};
use authn::{ClientAuthentication, IssuerSettings, Method};
use domain::Named;
use domain::Words;
use domain::speaks::{Speaks, words};
use domain::text::{ClientId, Reference};

impl Texts<'_> {
    /// Whom the issuer may name. A limit that is there and empty is not one that lets everybody through.
    pub(super) fn limits(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part(
            "the beginnings of the HSA-ids that the issuer may name",
            "början av de HSA-id:n som utfärdaren får ange",
        );
        if let Some(prefixes) = self.limit("hsa_id_prefixes", &expected) {
            for prefix in &prefixes {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
                if !prefix.chars().all(plain) {
                    self.wrong("hsa_id_prefixes", cannot_hold(prefix), &expected);
                }
            }
            settings.hsa_id_prefixes = prefixes;
        }
        let expected = Words::part(
            "the ids of the clients that the issuer may name",
            "id för de klienter som utfärdaren får ange",
        );
        if let Some(clients) = self.limit("allowed_clients", &expected) {
            settings.allowed_clients = clients;
        }
    }

    fn limit(&mut self, name: &str, expected: &Words) -> Option<Vec<String>> {
        let listed = self.list(name, expected)?;
        if listed.is_empty() {
            self.wrong(name, Words::part("is empty", "är tom"), expected);
        }
        Some(listed)
    }

    /// Whether a word about sign-ins is one that can stand in the log; it is said where it is not.
    fn is_word(&mut self, name: &str, word: &str) -> bool {
        let parsed = word.parse::<Reference>();
        if let Err(wrong) = &parsed {
            self.wrong(
                name,
                Words::part(
                    "has a word that no token is taken with",
                    "har ett ord som inte tas emot i någon inloggning",
                ),
                &wrong.words(),
            );
        }
        parsed.is_ok()
    }

    pub(super) fn levels(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part(
            "for each acr value a level from 0 to 4",
            "för varje acr-värde en nivå från 0 till 4",
        );
        for (acr, text) in self.pairs("levels", &expected) {
            let level = text.parse().ok().filter(|level| *level <= 4_u8);
            match level.filter(|_| self.is_word("levels", &acr)) {
                Some(level) => drop(settings.levels.insert(acr, level)),
                None if level.is_some() => {}
                None => self.wrong(
                    "levels",
                    words!(
                        "gives `{acr}` the level `{text}`",
                        "ger `{acr}` nivån `{text}`",
                        acr = repeated(&acr),
                        text = repeated(&text)
                    ),
                    &expected,
                ),
            }
        }
    }

    pub(super) fn methods(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part(
            "for each amr value knowledge, possession, inherence or multi_factor",
            "för varje amr-värde knowledge, possession, inherence eller multi_factor",
        );
        for (amr, text) in self.pairs("methods", &expected) {
            let method = Method::named(&text);
            match method.filter(|_| self.is_word("methods", &amr)) {
                Some(method) => drop(settings.methods.insert(amr, method)),
                None if method.is_some() => {}
                None => self.wrong(
                    "methods",
                    words!(
                        "gives `{amr}` the meaning `{text}`",
                        "ger `{amr}` betydelsen `{text}`",
                        amr = repeated(&amr),
                        text = repeated(&text)
                    ),
                    &expected,
                ),
            }
        }
    }

    pub(super) fn clients(&mut self, settings: &mut IssuerSettings) {
        let expected = Words::part(
            "for each client id private_key_jwt, mtls or secret",
            "för varje klients id private_key_jwt, mtls eller secret",
        );
        for (client, text) in self.pairs("clients", &expected) {
            if let Err(wrong) = client.parse::<ClientId>() {
                self.wrong(
                    "clients",
                    Words::part(
                        "names what is no client id",
                        "anger något som inte är id för en klient",
                    ),
                    &wrong.words(),
                );
                continue;
            }
            match ClientAuthentication::named(&text) {
                Some(way) => drop(settings.clients.insert(client, way)),
                None => self.wrong(
                    "clients",
                    words!(
                        "gives `{client}` a way unknown",
                        "ger `{client}` ett okänt sätt",
                        client = repeated(&client)
                    ),
                    &expected,
                ),
            }
        }
    }
}
