use std::io::Write as _;

use super::*;
use authn::{Algorithm, ClientAuthentication, Method};

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(file.as_bytes()).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from(Some(on_disk.path()), variables)
}

fn problem(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).unwrap_err().to_string()
}

const ISSUER: &str = r#"
[[issuers]]
issuer = "https://idp.example"
audience = "behorig"
jwks = "https://idp.example/jwks"
"#;

#[test]
fn without_anything_the_defaults_hold() {
    let settings = load("", &[]).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    let error = settings.check().unwrap_err().to_string();
    assert!(error.contains("issuers"), "{error}");
}

#[test]
fn a_file_sets_and_a_variable_wins() {
    let file = "listen = \"127.0.0.1:1\"\n[http]\nbody_bytes = 2048\n[log]\nformat = \"json\"\n";
    let settings = load(file, &[("BEHORIG_LISTEN", "127.0.0.1:2"), ("PATH", "/bin")]).unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.http.body_bytes, 2_048);
    assert_eq!(settings.log.format, LogFormat::Json);
    let settings = load(
        "",
        &[
            ("BEHORIG_LOG", "debug"),
            ("BEHORIG_DEADLINE_MILLISECONDS", "500"),
        ],
    );
    let settings = settings.unwrap();
    assert_eq!(settings.log.filter, "debug");
    assert_eq!(settings.deadline, Duration::from_millis(500));
}

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
fn what_is_not_a_setting_is_an_error_that_guesses() {
    let error = problem("lisen = \"127.0.0.1:1\"", &[]);
    assert!(
        error.contains("`lisen`") && error.contains("`listen`"),
        "{error}"
    );
    let error = problem("[http]\nbody_byte = 1", &[]);
    assert!(error.contains("`http.body_bytes`"), "{error}");
    let error = problem("", &[("BEHORIG_DATABASE_ULR", "sqlite:x")]);
    assert!(error.contains("`BEHORIG_DATABASE_URL`"), "{error}");
    assert!(!error.contains("sqlite:x"));
    let error = problem(&format!("{ISSUER}audiense = \"x\"\n"), &[]);
    assert!(error.contains("`issuers[0].audiense`"), "{error}");
}

#[test]
fn what_a_container_platform_sets_by_itself_is_not_ours() {
    let platform = [
        ("BEHORIG_PORT", "tcp://10.0.0.1:8080"),
        ("BEHORIG_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("BEHORIG_SERVICE_HOST", "10.0.0.1"),
    ];
    assert_eq!(load("", &platform).unwrap(), Settings::default());
}

#[test]
fn every_error_is_told_at_once_with_what_would_be_right() {
    let error = problem(
        "listen = 8080\n[http]\nbody_bytes = -1\n[log]\nformat = \"xml\"\n[limits]\ndepth = 1.5\n",
        &[("BEHORIG_LOG", "behorig=loud")],
    );
    for part in [
        "`listen` cannot be `8080`: expected an address and port",
        "`http.body_bytes` cannot be `-1`: expected a number from 1024",
        "`log.format` cannot be `xml`: expected human or json",
        "`limits.depth` has a value of another type: expected a number",
        "`BEHORIG_LOG` cannot be `behorig=loud`: expected directives",
    ] {
        assert!(error.contains(part), "{part} in:\n{error}");
    }
    assert_eq!(error.lines().count(), 5);
}

#[test]
fn an_address_and_a_file_that_holds_one_are_not_both_set_in_one_place() {
    let mut kept = tempfile::NamedTempFile::new().unwrap();
    kept.write_all(b"sqlite:kept.db\n").unwrap();
    let kept = kept.path().to_str().unwrap();
    let both = format!("database.url = \"sqlite:itself.db\"\ndatabase.url_file = {kept:?}\n");
    let error = problem(&both, &[]);
    assert!(
        error.contains("`database.url_file` is set beside `database.url`"),
        "{error}"
    );
    let itself = ("BEHORIG_DATABASE_URL", "sqlite:itself.db");
    let error = problem("", &[itself, ("BEHORIG_DATABASE_URL_FILE", kept)]);
    assert!(
        error.contains("`BEHORIG_DATABASE_URL_FILE` is set beside `BEHORIG_DATABASE_URL`"),
        "{error}"
    );
    // A variable takes the place of what the file says.
    let url = |file: &str, variable| load(file, &[variable]).unwrap().database.url;
    let of_file = url(
        "database.url = \"sqlite:itself.db\"",
        ("BEHORIG_DATABASE_URL_FILE", kept),
    );
    assert_eq!(of_file, "sqlite:kept.db".parse().unwrap());
    let of_variable = url(&format!("database.url_file = {kept:?}"), itself);
    assert_eq!(of_variable, "sqlite:itself.db".parse().unwrap());
}

#[test]
fn passwords_are_not_printed() {
    let url = "postgres://behorig@db.example/behorig?password=hunter2";
    let settings = load("", &[("BEHORIG_DATABASE_URL", url)]).unwrap();
    assert_eq!(
        settings.database.url.to_string(),
        "postgres://db.example:5432/behorig"
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
    let error = problem("", &[("BEHORIG_DATABASE_URL", "mysql://u:hunter2@h/d")]);
    assert!(
        error.contains("BEHORIG_DATABASE_URL") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_missing_or_not_toml_is_named_with_its_line() {
    let error = Settings::from(Some(Path::new("/nonexistent/b.toml")), []).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/b.toml"));
    let error = problem("listen = \"127.0.0.1:1\"\nlog = {\n", &[]);
    assert!(
        error.contains("line 2") || error.contains("line 3"),
        "{error}"
    );
    let named = [(
        "BEHORIG_CONFIG".to_owned(),
        "/nonexistent/c.toml".to_owned(),
    )];
    let error = Settings::from(None, named).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/c.toml"));
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
fn networks_get_the_names_of_their_zones() {
    let file = "[network_zones]\n\"10.20.0.0/16\" = \"care\"\n\"2001:db8::/32\" = \"region\"\n";
    let zones = load(file, &[]).unwrap().http.network_zones;
    assert_eq!(zones.zone("10.20.1.1".parse().unwrap()), Some("care"));
    assert_eq!(zones.zone("2001:db8::1".parse().unwrap()), Some("region"));
    // The variable takes the place of the whole section.
    let variable = (
        "BEHORIG_NETWORK_ZONES",
        "10.20.0.0/16=ward, 10.0.0.0/8=region",
    );
    let zones = load(file, &[variable]).unwrap().http.network_zones;
    assert_eq!(zones.zone("10.20.1.1".parse().unwrap()), Some("ward"));
    assert_eq!(zones.zone("10.1.1.1".parse().unwrap()), Some("region"));
    assert_eq!(zones.zone("2001:db8::1".parse().unwrap()), None);
}

#[test]
fn networks_that_cannot_be_meant_are_errors() {
    for (given, part) in [
        ("network_zones = 7", "`network_zones` is not a list"),
        (
            "[network_zones]\ncare = \"10.0.0.0/8\"",
            "cannot hold `care`",
        ),
        (
            "[network_zones]\n\"10.0.0.0\" = \"care\"",
            "cannot hold `10.0.0.0`",
        ),
        (
            "[network_zones]\n\"10.0.0.1/8\" = \"care\"",
            "whose network is `10.0.0.0/8`",
        ),
        (
            "[network_zones]\n\"10.0.0.0/8\" = \" \"",
            "a name that cannot be used",
        ),
        ("[network_zone]\n\"10.0.0.0/8\" = \"care\"", "`network_zone"),
    ] {
        let error = problem(given, &[]);
        assert!(error.contains(part), "{part} in {error}");
    }
    let error = problem(
        "",
        &[("BEHORIG_NETWORK_ZONES", "10.0.0.0/8=a,10.0.0.0/8=b")],
    );
    assert!(error.contains("has `10.0.0.0/8` twice"), "{error}");
    let error = problem("", &[("BEHORIG_NETWORK_ZONE", "10.0.0.0/8=a")]);
    assert!(error.contains("`BEHORIG_NETWORK_ZONES`"), "{error}");
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

#[test]
fn proxies_are_trusted_by_network_and_never_everybody() {
    let file = "[http]\ntrusted_proxies = [\"10.1.0.0/16\", \"2001:db8::5\"]\n\
                client_address = \"proxy-protocol\"\n";
    let proxies = load(file, &[]).unwrap().http.proxies;
    assert_eq!(proxies.client_address, ClientAddress::ProxyProtocol);
    for (address, trusted) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("2001:db8::5", true),
        ("10.2.0.1", false),
        ("2001:db8::6", false),
        ("127.0.0.1", false),
    ] {
        assert_eq!(
            proxies.trusts(address.parse().unwrap()),
            trusted,
            "{address}"
        );
    }
    let nobody = load("", &[]).unwrap().http.proxies;
    assert!(!nobody.trusts([127, 0, 0, 1].into()));
    for network in [
        "0.0.0.0/0",
        "::/0",
        "10.1.0.1/16",
        "proxy.example",
        "10.0.0.0/33",
        "*",
    ] {
        let error = problem("", &[("BEHORIG_HTTP_TRUSTED_PROXIES", network)]);
        assert!(error.contains("never everybody"), "{error}");
    }
    let error = problem("http.client_address = \"x-real-ip\"", &[]);
    assert!(
        error.contains("x-forwarded-for, forwarded or proxy-protocol"),
        "{error}"
    );
    let alone = format!("http.client_address = \"forwarded\"\n{ISSUER}");
    let error = load(&alone, &[]).unwrap().check().unwrap_err().to_string();
    assert!(error.contains("http.trusted_proxies"), "{error}");
}

#[test]
fn origins_are_named_one_by_one() {
    let file = "http.cors_origins = [\"https://app.example\", \"https://other.example:8443\"]";
    assert_eq!(load(file, &[]).unwrap().http.cors_origins.len(), 2);
    assert!(load("", &[]).unwrap().http.cors_origins.is_empty());
    for origin in [
        "*",
        "null",
        "https://*.example",
        "http://app.example",
        "https://app.example/",
    ] {
        let error = problem("", &[("BEHORIG_HTTP_CORS_ORIGINS", origin)]);
        assert!(error.contains("never *"), "{error}");
    }
}
