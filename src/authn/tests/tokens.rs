//! One token after the other.

use super::*;

#[tokio::test]
async fn a_good_token_names_a_person_and_how_they_signed_in() {
    let world = world().await;
    let mut claims = claims();
    claims["commissionHsaId"] = json!("SE2321000016-7001");
    let claimant = world.verify(&claims).unwrap();
    assert_eq!(claimant.subject(), &Subject::Person(anna()));
    assert_eq!(claimant.client(), Some("portal"));
    assert_eq!(claimant.issuer(), "urn:behorig:demo");
    assert_eq!(claimant.commission().unwrap().as_str(), "SE2321000016-7001");
    assert_eq!(claimant.expires_at(), Instant::from_seconds(NOW + 630));
    let assurance = claimant.assurance();
    assert_eq!((assurance.level, assurance.multi_factor), (3, true));
    assert_eq!(assurance.methods, ["mfa", "sc"]);
    assert_eq!(
        assurance.authenticated_at,
        Some(Instant::from_seconds(NOW - 60))
    );
    assert_eq!(assurance.source, AssuranceSource::Verified);
    assert!(!format!("{claimant:?}").contains(ANNA));
}

#[tokio::test]
async fn expired() {
    let world = world().await;
    let ended = with(json!({"exp": NOW - 30}));
    assert_eq!(world.verify(&ended), Err(TokenError::Expired));
    let within_leeway = with(json!({"exp": NOW - 29}));
    assert!(world.verify(&within_leeway).is_ok());
    let endless = with(json!({"exp": null}));
    assert_eq!(world.verify(&endless), Err(TokenError::NoExpiry));
}

#[tokio::test]
async fn not_yet_valid() {
    let world = world().await;
    for claim in ["nbf", "iat", "auth_time"] {
        let early = with(json!({claim: NOW + 31}));
        assert_eq!(
            world.verify(&early),
            Err(TokenError::NotYetValid),
            "{claim}"
        );
        assert!(world.verify(&with(json!({claim: NOW + 30}))).is_ok());
    }
}

#[tokio::test]
async fn other_issuer() {
    let world = world().await;
    for issuer in [
        json!("https://evil.example"),
        json!("urn:behorig:demo/"),
        json!(null),
    ] {
        let other = with(json!({"iss": issuer}));
        assert_eq!(world.verify(&other), Err(TokenError::OtherIssuer));
    }
}

#[tokio::test]
async fn other_audience_and_no_audience() {
    let world = world().await;
    for audience in [
        json!("other"),
        json!(["other", "behorig2"]),
        json!([]),
        json!(""),
    ] {
        let other = with(json!({"aud": audience}));
        assert_eq!(world.verify(&other), Err(TokenError::OtherAudience));
    }
    let none = with(json!({"aud": null}));
    assert_eq!(world.verify(&none), Err(TokenError::NoAudience));
    assert!(
        world
            .verify(&with(json!({"aud": ["other", "behorig"]})))
            .is_ok()
    );
}

#[tokio::test]
async fn not_signed() {
    let world = world().await;
    for algorithm in ["none", "None", "NONE"] {
        let header = unsigned_part(&json!({"alg": algorithm, "typ": "JWT"}));
        let token = format!("{header}.{}.", unsigned_part(&claims()));
        assert_eq!(
            world.verifier.verify(&token, now()),
            Err(TokenError::Unsigned)
        );
    }
}

#[tokio::test]
async fn signed_by_hmac_with_the_public_key() {
    let world = world().await;
    let KeySource::File(path) = world.issuer.settings().keys else {
        panic!("the demo issuer's keys are a file")
    };
    let text = std::fs::read_to_string(path).unwrap();
    let set: Value = serde_json::from_str(&text).unwrap();
    let mut header = Header::new(Signing::HS256);
    header.kid = Some(set["keys"][0]["kid"].as_str().unwrap().to_owned());
    for secret in [text.as_str(), set["keys"][0]["x"].as_str().unwrap()] {
        let key = EncodingKey::from_secret(secret.as_bytes());
        let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
        assert_eq!(
            world.verifier.verify(&token, now()),
            Err(TokenError::SharedSecret)
        );
    }
}

#[tokio::test]
async fn signed_with_an_algorithm_that_is_not_allowed() {
    let world = world_with(|settings| {
        settings.issuers[0].algorithms = vec![Algorithm::Rs256];
    })
    .await;
    assert_eq!(
        world.verify(&claims()),
        Err(TokenError::AlgorithmNotAllowed)
    );
    for algorithm in ["ES256K", "es256", ""] {
        let header = unsigned_part(&json!({"alg": algorithm}));
        let token = format!("{header}.{}.AAAA", unsigned_part(&claims()));
        assert_eq!(
            world.verifier.verify(&token, now()),
            Err(TokenError::AlgorithmNotAllowed)
        );
    }
}

#[tokio::test]
async fn unknown_key() {
    let world = world().await;
    let mut header = Header::new(Signing::ES256);
    header.kid = Some("another".to_owned());
    let token = world.issuer.sign(&header, &claims());
    assert_eq!(
        world.verifier.verify(&token, now()),
        Err(TokenError::UnknownKey)
    );
}

#[tokio::test]
async fn signed_by_somebody_else_under_the_same_key_id() {
    let world = world().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = DemoIssuer::open(elsewhere.path()).unwrap();
    let mut header = Header::new(Signing::ES256);
    let good = world.issuer.sign(&header, &claims());
    header.kid = jsonwebtoken::decode_header(&good).unwrap().kid;
    let forged = stranger.sign(&header, &claims());
    assert_eq!(
        world.verifier.verify(&forged, now()),
        Err(TokenError::BadSignature)
    );
}

#[tokio::test]
async fn tampered() {
    let world = world().await;
    let good = world.issuer.sign(&Header::new(Signing::ES256), &claims());
    let parts: Vec<&str> = good.split('.').collect();
    let richer = unsigned_part(&with(json!({"employeeHsaId": "TSTNMT2321000001-1002"})));
    for token in [
        format!("{}.{richer}.{}", parts[0], parts[2]),
        format!(
            "{}.{}.{}",
            parts[0],
            parts[1],
            parts[2].chars().rev().collect::<String>()
        ),
        format!("{}.{}.", parts[0], parts[1]),
    ] {
        assert_eq!(
            world.verifier.verify(&token, now()),
            Err(TokenError::BadSignature),
            "{token}"
        );
    }
}

#[tokio::test]
async fn oversized_and_malformed() {
    let world = world().await;
    let long = with(json!({"padding": "x".repeat(16 * 1024)}));
    assert_eq!(world.verify(&long), Err(TokenError::TooLong));
    for token in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.e30",
        "\u{e5}.\u{e4}.\u{f6}",
    ] {
        assert_eq!(
            world.verifier.verify(token, now()),
            Err(TokenError::Malformed),
            "{token}"
        );
    }
    for wrong in [
        json!({"exp": "tomorrow"}),
        json!({"exp": -1}),
        json!({"exp": 1e300}),
        json!({"aud": {"a": 1}}),
        json!({"acr": 3}),
        json!({"amr": [1]}),
        json!({"employeeHsaId": [ANNA]}),
    ] {
        assert_eq!(
            world.verify(&with(&wrong)),
            Err(TokenError::MalformedClaim),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_header_that_demands_to_be_understood_is_refused() {
    let world = world().await;
    let header = unsigned_part(&json!({"alg": "ES256", "crit": ["b64"], "b64": false}));
    let token = format!("{header}.{}.AAAA", unsigned_part(&claims()));
    assert_eq!(
        world.verifier.verify(&token, now()),
        Err(TokenError::Malformed)
    );
}

#[tokio::test]
async fn malformed_hsa_ids() {
    let world = world().await;
    for (claim, id) in [
        ("employeeHsaId", "191212121212"),
        ("employeeHsaId", ""),
        ("employeeHsaId", "SE2321000016-1001 "),
        ("commissionHsaId", "unit 7"),
    ] {
        let wrong = with(json!({claim: id}));
        assert_eq!(
            world.verify(&wrong),
            Err(TokenError::MalformedHsaId),
            "{id}"
        );
    }
}

#[tokio::test]
async fn what_would_stand_in_clear_names_nobody_by_number() {
    let world = world().await;
    let number = "19121212-1212";
    for (claims, wanted) in [
        (json!({"acr": number}), TokenError::MalformedSignIn),
        (json!({"acr": "\u{200b}"}), TokenError::MalformedSignIn),
        (json!({"amr": ["pwd", number]}), TokenError::MalformedSignIn),
        (json!({"amr": ["pw\0d"]}), TokenError::MalformedSignIn),
        (json!({"client_id": number}), TokenError::MalformedClientId),
        (
            json!({"client_id": "se2321000016-1001"}),
            TokenError::MalformedClientId,
        ),
        (
            json!({"client_id": "portal\u{feff}"}),
            TokenError::MalformedClientId,
        ),
        (
            json!({"employeeHsaId": "SE2321000016-191212121212"}),
            TokenError::MalformedHsaId,
        ),
    ] {
        assert_eq!(world.verify(&with(claims.clone())), Err(wanted), "{claims}");
    }
}

#[tokio::test]
async fn a_service_is_as_strong_as_its_way_to_authenticate() {
    let world = world().await;
    for (client, level, strong) in [("cosmic", 3, true), ("old", 1, false), ("new", 1, false)] {
        let claimant = world.order(&TokenOrder::new(Subject::Service(client.parse().unwrap())));
        assert_eq!(
            claimant.subject(),
            &Subject::Service(client.parse().unwrap())
        );
        let assurance = claimant.assurance();
        assert_eq!((assurance.level, assurance.multi_factor), (level, strong));
        assert_eq!(assurance.authenticated_at, None);
    }
}

#[tokio::test]
async fn levels_are_compared_byte_for_byte() {
    let world = world().await;
    for (acr, level) in [
        ("http://id.sambi.se/loa/loa2", 2),
        ("http://id.sambi.se/loa/loa3", 3),
        ("http://id.sambi.se/loa/LOA3", 0),
        ("http://id.sambi.se/loa/loa3/", 0),
        ("loa3", 0),
    ] {
        let claimant = world.verify(&with(json!({"acr": acr}))).unwrap();
        assert_eq!(claimant.assurance().level, level, "{acr}");
    }
    let without = world
        .verify(&with(json!({"acr": null, "amr": null})))
        .unwrap();
    assert_eq!(without.assurance().level, 0);
    assert!(!without.assurance().multi_factor);
}

#[tokio::test]
async fn an_issuers_own_claims_and_words_mean_what_the_settings_say() {
    let world = world_with(|settings| {
        let issuer = &mut settings.issuers[0];
        issuer.acr_claim = "levelOfAssurance".to_owned();
        issuer.amr_claim = "authnMethod".to_owned();
        issuer.auth_time_claim = "signedInAt".to_owned();
        issuer.levels.insert("urn:two".to_owned(), 2);
        issuer
            .methods
            .insert("urn:card".to_owned(), Method::MultiFactor);
    })
    .await;
    let own = json!({
        "levelOfAssurance": "urn:two", "authnMethod": "urn:card", "signedInAt": NOW - 7,
    });
    let claimant = world.verify(&with(&own)).unwrap();
    let assurance = claimant.assurance();
    assert_eq!((assurance.level, assurance.multi_factor), (2, true));
    assert_eq!(assurance.acr.as_deref(), Some("urn:two"));
    assert_eq!(assurance.methods, ["urn:card"]);
    let at = Some(Instant::from_seconds(NOW - 7));
    assert_eq!(assurance.authenticated_at, at);
    let later = with(json!({ "signedInAt": NOW + 31 }));
    assert_eq!(world.verify(&later), Err(TokenError::NotYetValid));
    // What other issuers call so is nothing here, and no sign-in time is none.
    let claimant = world.verify(&claims()).unwrap();
    let assurance = claimant.assurance();
    assert_eq!((assurance.level, assurance.multi_factor), (0, false));
    assert_eq!(assurance.authenticated_at, None);
}

#[test]
fn only_the_host_is_the_host() {
    let host = Claimant::bootstrap();
    assert_eq!(host.subject(), &Subject::Host);
    assert_eq!(host.assurance().source, AssuranceSource::Host);
}
