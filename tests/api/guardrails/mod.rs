//! The guardrails that the auditors asked for: each seen to let pass and to refuse, with its reason in
//! Swedish, through the API of a running service.
//!
//! What a trial needs of the register is put there behind the service's back, one fact at a time, so that
//! the same question has both answers and only that fact between them.

use std::time::Duration;

use domain::verdict::Stage;
use policy::PolicySet;
use serde_json::json;
use test_support::{Backend, Issuer, both_backends};

use crate::support::{App, STRONG, about};

pub(crate) use said::staged;
use said::{administering, asked, created, enforce, order, reading, weak};

mod matrix;
mod said;

async fn signing_in(backend: Backend) {
    let app = App::start(backend);
    let (reading, administering) = (reading(&app), administering(&app));
    asked(&app, reading.clone()).await.allowed();
    asked(&app, weak(reading.clone(), 2))
        .await
        .refused_by("strong-auth-sensitive");
    asked(&app, administering.clone()).await.allowed();
    asked(&app, weak(administering.clone(), 2))
        .await
        .refused_by("strong-auth-administration");

    // The same system without patient data, which nobody has classified.
    app.set("UPDATE system SET patient_data = FALSE WHERE external_id = 'sys-000'")
        .await;
    asked(&app, reading.clone()).await.allowed();
    asked(&app, weak(reading, 2))
        .await
        .refused_by("unclassified-is-critical");

    let test = "UPDATE segment SET environment = 'test', patient_data = FALSE WHERE external_id = ";
    let segment = app.region().segment_administrator().segment;
    app.set(&format!("{test}'{segment}'")).await;
    let mut two_factors = weak(administering.clone(), 2);
    two_factors["assurance"]["asserted"]["amr"] = json!(["mfa"]);
    asked(&app, two_factors).await.allowed();
    asked(&app, weak(administering, 2))
        .await
        .refused_by("env-non-patient-relaxed");
}

async fn administering_servers(backend: Backend) {
    let app = App::start(backend);
    let question = administering(&app);
    let olle = app.region().segment_administrator();
    let (wide, _) = app.region().wide_administrator();
    let mut elsewhere = question.clone();
    elsewhere["principal"] = json!({ "hsaId": wide });
    asked(&app, question.clone()).await.allowed();
    asked(&app, elsewhere)
        .await
        .refused_by("segment-server-admin");

    let window = |days: &str| {
        format!(
            "UPDATE segment SET {days} WHERE external_id = '{}'",
            olle.segment
        )
    };
    app.set(&window(
        "change_from = '2020-01-01', change_until = '2020-01-02'",
    ))
    .await;
    asked(&app, question.clone())
        .await
        .refused_by("change-window");
    app.set(&window("change_until = '2199-01-02'")).await;
    asked(&app, question.clone()).await.allowed();

    let trained = |day: &str| {
        format!(
            "UPDATE person SET training_completed_on = {day} WHERE hsa_id = '{}'",
            olle.person
        )
    };
    let policy = "training-current-for-privileged";
    app.set(&trained("'2020-01-01'")).await;
    asked(&app, question.clone()).await.observed_by(policy);
    enforce(&app, policy).await;
    asked(&app, question.clone()).await.refused_by(policy);
    app.set(&trained("'2198-01-01'")).await;
    asked(&app, question).await.allowed();
}

async fn who_is_engaged_and_how(backend: Backend) {
    let app = App::start(backend);
    let question = reading(&app);
    let sara = app.region().clinician().person;
    let engaged = |how: &str| {
        format!(
            "UPDATE engagement SET {how} WHERE person_id = \
             (SELECT id FROM person WHERE hsa_id = '{sara}')"
        )
    };
    app.set(&engaged(
        "until_date = '2020-01-01', from_date = '2019-01-01'",
    ))
    .await;
    asked(&app, question.clone())
        .await
        .refused_by("active-identity-required");
    let policy = "external-needs-end-date-and-sponsor";
    app.set(&engaged("until_date = NULL, kind = 'consultant'"))
        .await;
    asked(&app, question.clone()).await.refused_by(policy);
    app.set(&engaged("until_date = '2199-01-01', responsible_id = NULL"))
        .await;
    asked(&app, question.clone()).await.refused_by(policy);
    // Who is no sponsor: the person itself, somebody from outside too, and somebody who has left.
    let region = app.region();
    let sponsored = |hsa_id: &str| {
        engaged(&format!(
            "responsible_id = (SELECT id FROM person WHERE hsa_id = '{hsa_id}')"
        ))
    };
    for none in [&sara, &region.vendor(), &region.leaver().0] {
        app.set(&sponsored(none)).await;
        asked(&app, question.clone()).await.refused_by(policy);
    }
    app.set(&engaged("responsible_id = (SELECT MIN(id) FROM person)"))
        .await;
    asked(&app, question.clone()).await.allowed();

    let policy = "supplier-needs-osl-assessment";
    app.set(&engaged("kind = 'vendor'")).await;
    app.set("UPDATE supplier_assessment SET decided_on = '2019-01-01', valid_until = '2020-01-01'")
        .await;
    asked(&app, question.clone()).await.observed_by(policy);
    enforce(&app, policy).await;
    asked(&app, question.clone()).await.refused_by(policy);
    app.set(
        "INSERT INTO supplier_assessment (id, source, external_id, supplier_id, authority_id, \
         system_id, decided_on, valid_until) SELECT 'asm_00000000000000000000000001', 'test', 'a', \
         supplier_id, organisation_id, id, '2020-01-01', '2199-01-01' FROM system \
         WHERE external_id = 'sys-000'",
    )
    .await;
    asked(&app, question).await.allowed();
}

async fn needs_and_risks(backend: Backend) {
    let app = App::start(backend);
    let policy = "patient-role-needs-risk-analysis";
    let grant = app.region().clinician().grant;
    let analysed = |how: &str| {
        format!("UPDATE role_grant SET origin = 'order', {how} WHERE external_id = '{grant}'")
    };
    app.set(&analysed("attest_by = NULL")).await;
    asked(&app, reading(&app)).await.allowed();
    app.set(&analysed("analysis_review_by = '2020-01-01'"))
        .await;
    asked(&app, reading(&app)).await.refused_by(policy);
    app.set(&analysed("analysis_review_by = '2199-01-01'"))
        .await;
    asked(&app, reading(&app)).await.allowed();
    app.set(&analysed("needs_and_risk_analysis = NULL")).await;
    asked(&app, reading(&app)).await.refused_by(policy);
    // And when one is made.
    let iam = app.service("iam");
    let mut input = order(&app);
    input["analysisReviewBy"] = json!("2020-01-01");
    created(&iam, &input).await.refused_by(policy);
    input["analysisReviewBy"] = json!("2199-01-01");
    created(&iam, &input).await.allowed();
}

async fn class_four(backend: Backend) {
    let app = App::start(backend);
    let policy = "class-4-needs-analysis";
    app.set(
        "INSERT INTO system_classification (system_id, confidentiality, integrity, availability, \
         decided_on) SELECT id, 4, 3, 3, '2026-01-01' FROM system WHERE external_id = 'sys-000'",
    )
    .await;
    asked(&app, reading(&app)).await.observed_by(policy);
    enforce(&app, policy).await;
    asked(&app, reading(&app)).await.refused_by(policy);
    app.set("UPDATE system_classification SET analysis = 'KA-4-2026'")
        .await;
    asked(&app, reading(&app)).await.allowed();
}

async fn approving_and_reviewing(backend: Backend) {
    let app = App::start(backend);
    let (manager, unit) = app.region().manager();
    let of_manager = format!("(SELECT id FROM person WHERE hsa_id = '{manager}')");
    let made = app
        .column(&format!(
            "SELECT g.id FROM role_grant g JOIN organisation o ON o.id = g.organisation_id \
             WHERE o.hsa_id = '{unit}' AND g.person_id <> {of_manager} AND g.revoked_at IS NULL"
        ))
        .await;
    let grant = made.first().expect("a grant in the manager's unit");
    let change = |how: &str| format!("UPDATE role_grant SET {how} WHERE id = '{grant}'");
    let question = about(&manager, "grant:approve", json!({ "grant": grant }));
    app.set(&change(
        "origin = 'order', attest_by = NULL, ordered_by_id = NULL",
    ))
    .await;
    asked(&app, question.clone()).await.allowed();
    app.set(&change(&format!("ordered_by_id = {of_manager}")))
        .await;
    asked(&app, question.clone())
        .await
        .refused_by("no-self-approval");

    app.set(&change(
        "origin = 'baseline', attest_by = '2199-01-01', ordered_by_id = NULL",
    ))
    .await;
    asked(&app, question.clone()).await.allowed();
    app.set(&change(&format!(
        "person_id = {of_manager}, engagement_id = NULL"
    )))
    .await;
    asked(&app, question.clone())
        .await
        .refused_by("no-self-review");

    let engaged = |how: &str| format!("UPDATE engagement SET {how} WHERE person_id = {of_manager}");
    app.set(&engaged(
        "kind = 'vendor', until_date = '2199-01-01', responsible_id = person_id",
    ))
    .await;
    asked(&app, question)
        .await
        .refused_by("vendor-never-approves");
}

async fn making_grants(backend: Backend) {
    let app = App::start(backend);
    let helper = app.person(&app.region().provisioner(), STRONG);
    let mut input = order(&app);
    created(&helper, &input)
        .await
        .refused_by("requester-not-executor");
    let policy = "ordered-by-somebody-entitled";
    let region = app.region();
    let boss = region.responsible_for(&region.clinician().person);
    for nobody in [
        region.clinician().person,
        region.vendor(),
        region.leaver().0,
        region.without_grants(),
    ] {
        input["orderedBy"] = json!(nobody);
        created(&helper, &input).await.refused_by(policy);
    }
    input["orderedBy"] = json!(boss);
    created(&helper, &input).await.allowed();

    let mut own = input.clone();
    own["principal"] = json!({ "hsaId": app.region().provisioner() });
    created(&helper, &own)
        .await
        .refused_by("no-self-provisioning");

    let iam = app.service("iam");
    let sara = app.region().clinician();
    let declare = |unit: &str| {
        format!(
            "UPDATE service SET declared_scope_id = \
             (SELECT id FROM organisation WHERE hsa_id = '{unit}') WHERE external_id = 'iam'"
        )
    };
    let mut input = order(&app);
    input["principal"] = json!({ "hsaId": app.region().without_grants() });
    app.set(&declare(&sara.unit)).await;
    created(&iam, &input)
        .await
        .refused_by("integration-client-scope");
    app.set(&declare(&sara.other_unit)).await;
    created(&iam, &input).await.allowed();
}

async fn holding_too_much(backend: Backend) {
    let app = App::start(backend);
    let policy = "privileged-holder-cap";
    let iam = app.service("iam");
    // Who approves is another guardrail's matter.
    app.set(&staged("no-escalation", Stage::Observe)).await;
    let sara = app.region().clinician();
    let role = app.region().role("Rollansvarig");
    let person = app.region().without_grants();
    let mut input = json!({
        "principal": { "hsaId": person }, "role": role,
        "scope": { "organisation": sara.unit },
    });
    let holders = "SELECT CAST(COUNT(DISTINCT p.individual_id) AS TEXT) FROM role_grant g \
        JOIN person p ON p.id = g.person_id JOIN role r ON r.id = g.role_id WHERE r.external_id = ";
    let holders: u32 = app.column(&format!("{holders}'{role}'")).await[0]
        .parse()
        .expect("a number");
    let cap =
        |most: u32| format!("UPDATE role SET max_holders = {most} WHERE external_id = '{role}'");
    app.set(&cap(holders)).await;
    created(&iam, &input).await.refused_by(policy);
    app.set(&cap(holders + 1)).await;
    created(&iam, &input).await.allowed();

    // The cap for one human being, set on the region.
    let most = |most: u32| {
        format!("UPDATE organisation SET max_privileged_grants = {most} WHERE kind = 'region'")
    };
    input["scope"] = json!({ "organisation": sara.other_unit });
    app.set(&most(1)).await;
    created(&iam, &input).await.refused_by(policy);
    app.set(&most(2)).await;
    created(&iam, &input).await.allowed();

    // A role has its cap whether or not it is privileged.
    let role = app.region().role_in("sys-000", "Läsbehörig");
    let ordinary = json!({
        "principal": { "hsaId": sara.person }, "role": role,
        "scope": { "organisation": sara.other_unit }, "needsAndRiskAnalysis": "BRA-2026-001",
    });
    let cap =
        |most: u32| format!("UPDATE role SET max_holders = {most} WHERE external_id = '{role}'");
    app.set(&cap(0)).await;
    created(&iam, &ordinary).await.refused_by(policy);
    app.set(&cap(10_000)).await;
    created(&iam, &ordinary).await.allowed();
}

async fn overseeing(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.region().only("Revisor");
    let root = app
        .column("SELECT hsa_id FROM organisation WHERE kind = 'region'")
        .await;
    let mut reading = about(
        &auditor,
        "decision:read",
        json!({ "organisation": root[0] }),
    );
    asked(&app, reading.clone())
        .await
        .refused_by("audit-read-is-logged");
    let own = Issuer::person(&auditor, STRONG, Duration::from_secs(5));
    reading["assurance"] = json!({ "subjectToken": Issuer::TRUSTED.token(&own) });
    asked(&app, reading).await.allowed();

    let (manager, unit) = app.region().manager();
    let revoking = about(&manager, "grant:revoke", json!({ "organisation": unit }));
    asked(&app, revoking.clone()).await.allowed();
    let reading = about(&manager, "grant:read", json!({ "organisation": unit }));
    app.set(&format!(
        "UPDATE engagement SET kind = 'auditorExpert', until_date = '2199-01-01' \
         WHERE person_id = (SELECT id FROM person WHERE hsa_id = '{manager}')"
    ))
    .await;
    asked(&app, reading).await.allowed();
    asked(&app, revoking).await.refused_by("auditor-read-only");
}

both_backends! {
    async signing_in;
    async administering_servers;
    async who_is_engaged_and_how;
    async needs_and_risks;
    async class_four;
    async approving_and_reviewing;
    async making_grants;
    async holding_too_much;
    async overseeing;
}

/// The names under which the auditors' demands became policies.
const DEMANDED: &[&str] = &[
    "strong-auth-sensitive",
    "segment-server-admin",
    "no-self-approval",
    "no-self-review",
    "requester-not-executor",
    "active-identity-required",
    "external-needs-end-date-and-sponsor",
    "supplier-needs-osl-assessment",
    "patient-role-needs-risk-analysis",
    "unclassified-is-critical",
    "privileged-holder-cap",
    "training-current-for-privileged",
    "change-window",
    "auditor-read-only",
    "audit-read-is-logged",
    "integration-client-scope",
    "env-non-patient-relaxed",
    "break-glass",
];

#[test]
fn every_demand_is_a_policy_with_its_reason_in_swedish() {
    let set = PolicySet::embedded().expect("policies");
    for demanded in DEMANDED {
        let reason = set.reason(demanded).expect(demanded);
        assert!(!reason.text_sv.is_empty() && reason.text_sv != reason.text);
    }
}
