//! Networks, the proxies in them, and the origins that browsers come from.

use super::*;

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
