//! Whose a token is: a person's or a machine's, never something in between, and for what it was made.

use super::*;

#[tokio::test]
async fn neither_subject_and_both_subjects() {
    let world = world().await;
    let nobody = with(json!({"employeeHsaId": null, "client_id": null}));
    assert_eq!(world.verify(&nobody), Err(TokenError::NoSubject));
    let both = with(json!({"sub": "portal"}));
    assert_eq!(world.verify(&both), Err(TokenError::AmbiguousSubject));
    let two_clients = with(json!({"employeeHsaId": null, "azp": "other"}));
    assert_eq!(
        world.verify(&two_clients),
        Err(TokenError::AmbiguousSubject)
    );
}

/// A good token of a service, with changes; what is null there is left out.
fn of_service(changes: impl Borrow<Value>) -> Value {
    let mut claims = json!({
        "iss": "urn:behorig:demo", "aud": "behorig", "iat": NOW - 10, "exp": NOW + 600,
        "sub": "cosmic", "client_id": "cosmic",
    });
    change(&mut claims, changes.borrow());
    claims
}

#[tokio::test]
async fn a_token_with_a_client_is_the_clients_only_when_it_says_so_and_nobody_signed_in() {
    let world = world().await;
    let service = world.verify(&of_service(json!({}))).unwrap();
    assert_eq!(
        service.subject(),
        &Subject::Service("cosmic".parse().unwrap())
    );
    assert_eq!(service.assurance().level, 3);
    for (changes, wanted) in [
        (json!({"sub": "anna"}), TokenError::NotTheClients),
        (json!({"sub": ANNA}), TokenError::NotTheClients),
        (json!({"sub": "Cosmic"}), TokenError::NotTheClients),
        (json!({"sub": null}), TokenError::NotTheClients),
        (
            json!({"acr": "http://id.sambi.se/loa/loa3"}),
            TokenError::SignInOfService,
        ),
        (json!({"acr": ""}), TokenError::SignInOfService),
        (json!({"amr": ["mfa"]}), TokenError::SignInOfService),
        (json!({"amr": []}), TokenError::SignInOfService),
        (json!({"auth_time": NOW - 60}), TokenError::SignInOfService),
        (
            json!({"commissionHsaId": "SE2321000016-7001"}),
            TokenError::SignInOfService,
        ),
        (
            json!({"act": {"sub": "portal"}}),
            TokenError::AmbiguousSubject,
        ),
        (
            json!({"azp": "cosmic", "client_id": ""}),
            TokenError::MalformedClaim,
        ),
        (json!({"azp": "other"}), TokenError::AmbiguousSubject),
        (
            json!({"sub": ANNA, "client_id": ANNA}),
            TokenError::MalformedClientId,
        ),
        (
            json!({"sub": "behorig-bootstrap", "client_id": "behorig-bootstrap"}),
            TokenError::BuiltInClient,
        ),
    ] {
        assert_eq!(
            world.verify(&of_service(&changes)),
            Err(wanted),
            "{changes}"
        );
    }
    let acting = with(json!({"act": {"sub": "cosmic"}}));
    assert_eq!(world.verify(&acting), Err(TokenError::AmbiguousSubject));
    let built_in = with(json!({"client_id": "Behorig-Bootstrap"}));
    assert_eq!(world.verify(&built_in), Err(TokenError::BuiltInClient));
}

#[tokio::test]
async fn an_issuers_marker_says_what_the_subject_does_not() {
    let world = world_with(|settings| {
        let issuer = &mut settings.issuers[0];
        issuer.acr_claim = "loa".to_owned();
        issuer.service_marker = Some(ServiceMarker {
            claim: "gty".to_owned(),
            value: "client-credentials".to_owned(),
        });
    })
    .await;
    let marked = json!({"sub": "a1b2", "gty": "client-credentials"});
    let service = world.verify(&of_service(&marked)).unwrap();
    assert_eq!(
        service.subject(),
        &Subject::Service("cosmic".parse().unwrap())
    );
    for (changes, wanted) in [
        (json!({}), TokenError::NotTheClients),
        (json!({"gty": "password"}), TokenError::NotTheClients),
        (
            json!({"gty": ["client-credentials"]}),
            TokenError::MalformedClaim,
        ),
        (
            json!({"gty": "client-credentials", "loa": "x"}),
            TokenError::SignInOfService,
        ),
        (
            json!({"gty": "client-credentials", "acr": "x"}),
            TokenError::SignInOfService,
        ),
        (
            json!({"gty": "client-credentials", "employeeHsaId": ANNA}),
            TokenError::AmbiguousSubject,
        ),
    ] {
        assert_eq!(
            world.verify(&of_service(&changes)),
            Err(wanted),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_claim_that_is_there_and_null_is_not_absent_and_none_is_there_twice() {
    let world = world().await;
    for claim in [
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "sub",
        "employeeHsaId",
        "client_id",
        "azp",
        "acr",
        "amr",
        "auth_time",
        "commissionHsaId",
        "typ",
        "token_use",
    ] {
        let mut claims = claims();
        claims[claim] = Value::Null;
        let refused = world.verify(&claims);
        assert_eq!(refused, Err(TokenError::MalformedClaim), "{claim}");
    }
    for twice in [r#""sub":"anna""#, r#""acr":"http://id.sambi.se/loa/loa3""#] {
        let body = claims()
            .to_string()
            .replacen('{', &format!("{{{twice},"), 1);
        let header = unsigned_part(&json!({"alg": "ES256"}));
        let token = format!("{header}.{}.AAAA", URL_SAFE_NO_PAD.encode(body));
        let refused = world.verifier.verify(&token, now());
        assert_eq!(refused, Err(TokenError::MalformedClaim), "{twice}");
    }
}

#[tokio::test]
async fn only_tokens_for_access_are_taken() {
    let world = world().await;
    let typed = |typ: &str| {
        let mut header = Header::new(Signing::ES256);
        header.typ = Some(typ.to_owned());
        world
            .verifier
            .verify(&world.issuer.sign(&header, &claims()), now())
    };
    for access in ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"] {
        assert!(typed(access).is_ok(), "{access}");
    }
    let mut header = Header::new(Signing::ES256);
    header.typ = None;
    let untyped = world.issuer.sign(&header, &claims());
    assert!(world.verifier.verify(&untyped, now()).is_ok());
    for other in [
        "id_token",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "application/secevent+jwt",
        "client-authentication+jwt",
        "rt+jwt",
        "at+jwt2",
        " at+jwt",
        "",
    ] {
        assert_eq!(typed(other), Err(TokenError::OtherUse), "{other}");
    }
    for typ in [json!(null), json!(1), json!(["at+jwt"])] {
        let header = unsigned_part(&json!({"alg": "ES256", "typ": typ}));
        let token = format!("{header}.{}.AAAA", unsigned_part(&claims()));
        let refused = world.verifier.verify(&token, now());
        assert_eq!(refused, Err(TokenError::Malformed), "{typ}");
    }
    for access in [json!({"typ": "Bearer"}), json!({"token_use": "access"})] {
        assert!(world.verify(&with(&access)).is_ok(), "{access}");
    }
    for other in [
        json!({"typ": "ID"}),
        json!({"typ": "Refresh"}),
        json!({"token_use": "id"}),
        json!({"at_hash": "x"}),
        json!({"events": {}}),
    ] {
        let refused = world.verify(&with(&other));
        assert_eq!(refused, Err(TokenError::OtherUse), "{other}");
    }
}

#[tokio::test]
async fn no_token_lives_longer_than_its_issuers_may() {
    let world = world_with(|settings| settings.issuers[0].max_lifetime_seconds = 3_600).await;
    for (issued, ends) in [(json!(NOW - 10), NOW + 3_590), (json!(null), NOW + 3_600)] {
        let longest = with(json!({"iat": issued, "exp": ends}));
        assert!(world.verify(&longest).is_ok(), "{longest}");
        let longer = with(json!({"iat": issued, "exp": ends + 1}));
        assert_eq!(world.verify(&longer), Err(TokenError::LivesTooLong));
    }
    let old = with(json!({"iat": NOW - 100_000, "exp": NOW + 10}));
    assert_eq!(world.verify(&old), Err(TokenError::LivesTooLong));
}

#[tokio::test]
async fn an_issuer_names_only_whom_it_may() {
    let world = world_with(|settings| {
        let issuer = &mut settings.issuers[0];
        issuer.hsa_id_prefixes = vec!["SE2321000016-".to_owned(), "TSTNMT2321000001-1".to_owned()];
        issuer.allowed_clients = vec!["portal".to_owned(), "cosmic".to_owned()];
    })
    .await;
    for inside in [
        claims(),
        with(json!({"employeeHsaId": "SE2321000016-1ABC"})),
        of_service(json!({})),
    ] {
        assert!(world.verify(&inside).is_ok(), "{inside}");
    }
    for outside in ["SE2321000024-1ABC", "TSTNMT2321000001-2001"] {
        let person = with(json!({"employeeHsaId": outside}));
        assert_eq!(world.verify(&person), Err(TokenError::PersonOutside));
    }
    for outside in [
        with(json!({"client_id": "other"})),
        with(json!({"client_id": null})),
        of_service(json!({"sub": "old", "client_id": "old"})),
    ] {
        let refused = world.verify(&outside);
        assert_eq!(refused, Err(TokenError::ClientOutside), "{outside}");
    }
}
