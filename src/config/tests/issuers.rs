//! The issuers whose tokens are taken.

use super::*;
use authn::{Algorithm, ClientAuthentication, Method};

#[test]
fn an_issuer_is_read_whole() {
    let file = format!(
        "{ISSUER}algorithms = [\"ES256\"]\nleeway_seconds = 5\nservice_claims = [\"azp\"]\n\
         max_lifetime_seconds = 3600\nservice_marker = {{ gty = \"client-credentials\" }}\n\
         hsa_id_prefixes = [\"SE2321000016-\"]\nallowed_clients = [\"cosmic\", \"portal\"]\n\
         acr_claim = \"loa\"\namr_claim = \"methods\"\nauth_time_claim = \"at\"\n\
         [issuers.levels]\n\"urn:loa:4\" = 4\n[issuers.methods]\n\"urn:card\" = \"multi_factor\"\n\
         otp = \"knowledge\"\n[issuers.clients]\ncosmic = \"mtls\"\n"
    );
    let settings = load(&file, &[]).unwrap();
    let issuer = &settings.tokens.issuers[0];
    assert_eq!(issuer.algorithms, [Algorithm::Es256]);
    assert_eq!(issuer.leeway_seconds, 5);
    assert_eq!(issuer.service_claims, ["azp"]);
    assert_eq!(issuer.max_lifetime_seconds, 3_600);
    let marker = issuer.service_marker.as_ref().unwrap();
    assert_eq!(
        (marker.claim.as_str(), marker.value.as_str()),
        ("gty", "client-credentials")
    );
    assert_eq!(issuer.hsa_id_prefixes, ["SE2321000016-"]);
    assert_eq!(issuer.allowed_clients, ["cosmic", "portal"]);
    assert_eq!(issuer.person_claim, "employeeHsaId");
    let of_sign_in = [
        issuer.acr_claim.as_str(),
        &issuer.amr_claim,
        &issuer.auth_time_claim,
    ];
    assert_eq!(of_sign_in, ["loa", "methods", "at"]);
    assert_eq!(issuer.levels["urn:loa:4"], 4);
    assert_eq!(issuer.methods["urn:card"], Method::MultiFactor);
    assert_eq!(issuer.methods["otp"], Method::Knowledge);
    assert_eq!(issuer.methods["pin"], Method::Knowledge);
    assert_eq!(issuer.levels["http://id.sambi.se/loa/loa3"], 3);
    assert_eq!(issuer.clients["cosmic"], ClientAuthentication::Mtls);
    assert!(settings.check().is_ok());
}

#[test]
fn a_limit_that_is_no_limit_does_not_start() {
    for (line, told) in [
        ("max_lifetime_seconds = 0", "max_lifetime_seconds"),
        ("max_lifetime_seconds = 31536000", "a week"),
        ("hsa_id_prefixes = []", "hsa_id_prefixes"),
        ("hsa_id_prefixes = [\"SE 2\"]", "hsa_id_prefixes"),
        ("allowed_clients = []", "allowed_clients"),
        ("service_marker = {}", "one claim"),
        ("service_marker = { a = \"1\", b = \"2\" }", "one claim"),
    ] {
        let error = problem(&format!("{ISSUER}{line}\n"), &[]);
        assert!(error.contains(told), "{line}: {error}");
    }
}

#[test]
fn an_issuer_can_come_from_variables() {
    let settings = load(
        "",
        &[
            ("BEHORIG_ISSUER", "https://idp.example"),
            ("BEHORIG_AUDIENCE", "behorig"),
            ("BEHORIG_JWKS", "http://127.0.0.1:9/jwks"),
            ("BEHORIG_ALGORITHMS", "ES256, PS256"),
            ("BEHORIG_LEVELS", "urn:a=2,http://x/?b=1=3"),
            ("BEHORIG_METHODS", "urn:card=multi_factor"),
            ("BEHORIG_CLIENTS", "cosmic=private_key_jwt"),
        ],
    )
    .unwrap();
    let issuer = &settings.tokens.issuers[0];
    assert_eq!(issuer.algorithms, [Algorithm::Es256, Algorithm::Ps256]);
    assert_eq!(issuer.levels["http://x/?b=1"], 3);
    assert_eq!(issuer.methods["urn:card"], Method::MultiFactor);
    assert!(issuer.clients["cosmic"].is_strong());
}

#[test]
fn a_missing_audience_does_not_start() {
    let without = ISSUER.replace("audience = \"behorig\"\n", "");
    let error = problem(&without, &[]);
    assert!(
        error.contains("`issuers[0].audience` is missing"),
        "{error}"
    );
    let empty = ISSUER.replace("\"behorig\"", "\" \"");
    assert!(problem(&empty, &[]).contains("`issuers[0].audience` is empty"));
    let error = problem("", &[("BEHORIG_ISSUER", "x"), ("BEHORIG_JWKS", "y")]);
    assert!(error.contains("`BEHORIG_AUDIENCE` is missing"), "{error}");
}

#[test]
fn neither_none_nor_shared_secrets_can_be_allowed() {
    for name in ["none", "HS256", "hs512"] {
        let error = problem(&format!("{ISSUER}algorithms = [\"{name}\"]\n"), &[]);
        assert!(error.contains(name) && error.contains("ES256"), "{error}");
    }
}

#[test]
fn the_same_issuer_twice_is_an_error() {
    let error = problem(&format!("{ISSUER}{ISSUER}"), &[]);
    assert!(error.contains("twice"), "{error}");
}

#[test]
fn a_key_file_without_keys_is_found_by_the_check() {
    let file = ISSUER.replace("https://idp.example/jwks", "/nonexistent/jwks.json");
    let settings = load(&file, &[]).unwrap();
    let error = settings.check().unwrap_err().to_string();
    assert!(error.contains("/nonexistent/jwks.json"), "{error}");
}

#[test]
fn a_certificate_authority_is_named_for_an_https_address_only() {
    let own = format!("{ISSUER}jwks_ca = \"/nonexistent/ca.pem\"\n");
    let settings = load(&own, &[]).unwrap();
    let named = settings.tokens.issuers[0].authorities.as_deref();
    assert_eq!(named, Some(Path::new("/nonexistent/ca.pem")));
    let error = settings.check().unwrap_err().to_string();
    assert!(error.contains("/nonexistent/ca.pem"), "{error}");
    for other in ["keys.json", "http://127.0.0.1:9/jwks"] {
        let error = problem(&own.replace("https://idp.example/jwks", other), &[]);
        assert!(
            error.contains("`issuers[0].jwks_ca` vouches for no"),
            "{error}"
        );
    }
    let mut empty = tempfile::NamedTempFile::new().unwrap();
    empty.write_all(b"no certificate").unwrap();
    let path = empty.path().display().to_string();
    let settings = load(&own.replace("/nonexistent/ca.pem", &path), &[]).unwrap();
    let error = settings.check().unwrap_err().to_string();
    assert!(error.contains("holds no certificate authority"), "{error}");
}

#[test]
fn without_a_key_set_the_issuer_says_where_its_keys_are() {
    let file = ISSUER.replace("jwks = \"https://idp.example/jwks\"\n", "");
    let settings = load(&file, &[]).unwrap();
    let document = "https://idp.example/.well-known/openid-configuration";
    assert_eq!(
        settings.tokens.issuers[0].keys,
        KeySource::Discovery(document.to_owned())
    );
    assert!(settings.check().is_ok());
    let own = load(&format!("{file}jwks_ca = \"/etc/ca.pem\"\n"), &[]).unwrap();
    assert!(own.tokens.issuers[0].authorities.is_some());
    for (named, part) in [
        ("urn:idp", "is no address"),
        ("http://idp.example", "is not encrypted"),
        ("https://idp.example?tenant=1", "has a query"),
        ("https://idp.example#x", "a fragment"),
    ] {
        let error = problem(&file.replace("https://idp.example", named), &[]);
        assert!(
            error.contains("`issuers[0].issuer`") && error.contains(part),
            "{error}"
        );
        assert!(error.contains("`jwks`"), "{error}");
    }
}

#[test]
fn what_a_word_about_a_sign_in_means_has_to_be_known() {
    for (section, part) in [
        (
            "methods = { card = \"strong\" }",
            "`issuers[0].methods` gives `card` the meaning `strong`",
        ),
        (
            "levels = { loa5 = 5 }",
            "`issuers[0].levels` gives `loa5` the level `5`",
        ),
        ("amr_claim = \"\"", "`issuers[0].amr_claim` is empty"),
    ] {
        let error = problem(&format!("{ISSUER}{section}\n"), &[]);
        assert!(error.contains(part), "{error}");
    }
}
