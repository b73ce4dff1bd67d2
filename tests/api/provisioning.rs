//! What is told about provisioning, and about what vendors' grants reach.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, STRONG, about, ask, behorig};

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

/// Gives somebody from a vendor the general role of server administration over a segment.
fn give(app: &App, vendor: &Value, segment: &str, name: &str) {
    let grant = json!({
        "kind": "grant", "externalId": name,
        "principal": { "kind": "person", "externalId": vendor["person"] },
        "engagement": vendor["externalId"],
        "role": app.region().role("Serveradministratör"),
        "scope": { "kind": "segment", "externalId": segment },
        "from": vendor["from"], "until": vendor["until"],
        "needsAndRiskAnalysis": null, "orderedBy": vendor["responsible"], "approvedBy": null,
        "origin": "order", "attestBy": null,
    });
    let import = [
        "import",
        "-",
        "--database",
        app.database().url(),
        "--no-trailer",
    ];
    let feed = format!("{grant}\n");
    let _given = behorig().run_reading(&import, feed.as_bytes()).succeeded();
}

async fn a_vendors_general_role_is_held_against_the_system_that_its_segment_is_of(
    backend: Backend,
) {
    let app = App::start(backend);
    let region = app.region();
    let person = region.vendor();
    let mut engagements = region.of("engagement");
    let vendor = engagements
        .find(|engagement| engagement["person"] == person)
        .expect("a vendor's engagement")
        .clone();
    // Cosmic has no valid assessment of its supplier; the other system has one.
    let assessed = region
        .of("supplierAssessment")
        .filter(|assessment| {
            let until = assessment["validUntil"].as_str().expect("a day").parse();
            let until: domain::Date = until.expect("a day");
            crate::support::today().days_until(until) > 0
        })
        .find_map(|assessment| {
            let mut segments = region.of("segment");
            segments.find(|segment| {
                segment["system"] == assessment["system"]
                    && region.of("system").any(|system| {
                        system["externalId"] == assessment["system"]
                            && system["supplier"] == assessment["supplier"]
                            && system["patientData"] == true
                    })
            })
        })
        .expect("a segment of a system whose supplier is assessed");
    let assessed = assessed["externalId"].as_str().expect("an id");
    let reached = region.segment_administrator();
    for (name, segment, expected) in [
        (
            "vendor-1",
            reached.segment.as_str(),
            json!(["supplier-needs-osl-assessment"]),
        ),
        ("vendor-2", assessed, json!([])),
    ] {
        give(&app, &vendor, segment, name);
        let server = json!({ "server": region.server_in(segment) });
        let question = about(&person, "server:administer", server);
        let answer = ask(&app.service("server-login"), question).await.allowed();
        let would = answer.decision()["wouldRefuse"].as_array().expect("a list");
        let would: Vec<&Value> = would.iter().map(|one| &one["policyId"]).collect();
        assert_eq!(json!(would), expected, "{segment}");
    }
}

both_backends! {
    async a_provisioner_is_told_where_ordinary_grants_may_be_given;
    async a_vendors_general_role_is_held_against_the_system_that_its_segment_is_of;
}
