//! What is told about provisioning.

use serde_json::json;
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, STRONG, about, ask};

const PROVISION: &str = "grant:provision";

/// Asked about a place, the answer is whether ordinary grants may be provisioned there; privileged ones
/// are as closed as ever.
async fn a_provisioner_is_told_where_ordinary_grants_may_be_given(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let provisioner = app.region().provisioner();
    let login = app.service("server-login");
    let database = app.region().holder("Databasadministratör").1;
    let unit = app.region().manager().1;
    for place in [
        json!({ "organisation": unit }),
        json!({ "system": COSMIC }),
        json!({ "segment": olle.segment }),
        json!({ "database": database }),
    ] {
        let asked = ask(&login, about(&provisioner, PROVISION, place.clone())).await;
        let allowed = asked.allowed();
        assert_eq!(allowed.reasons(), ["held-permission"], "{place}");
        let manager = about(&app.region().manager().0, PROVISION, place.clone());
        assert_eq!(
            ask(&login, manager).await.refused().reasons(),
            ["no-permit"]
        );
    }
    let server = about(&provisioner, PROVISION, json!({ "server": olle.server }));
    let nowhere = ask(&login, server).await.refused();
    assert_eq!(nowhere.reasons(), ["not-applicable"]);

    let order = json!({
        "principal": { "hsaId": app.region().without_grants() },
        "role": app.region().role("Kontaktperson"),
        "scope": { "organisation": unit },
    });
    let document = "mutation Create($input: CreateGrantInput!) {
        createGrant(input: $input) { grant { id } errors { code } } }";
    let answer = app
        .person(&provisioner, STRONG)
        .graphql(document, json!({ "input": order }))
        .await;
    let reasons = &answer.refused("FORBIDDEN")["extensions"]["reasons"];
    assert_eq!(reasons[0]["policyId"], "no-escalation", "{reasons}");
}

both_backends! {
    async a_provisioner_is_told_where_ordinary_grants_may_be_given;
}
