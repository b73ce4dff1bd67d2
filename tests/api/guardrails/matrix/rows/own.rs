//! The service's own permissions: looking at others, approving, and making grants.

use std::time::Duration;

use domain::verdict::Stage;
use serde_json::{Value, json};
use test_support::Issuer;

use super::super::change::Change;
use super::{Asker, Cast, Order, Row, engagements, person};
use crate::guardrails::staged;
use crate::support::{App, STRONG, about, ask};

pub(super) fn overseeing(app: &App, cast: &Cast) -> Vec<Row> {
    let region = app.region();
    let auditor = region.only("Revisor");
    let own = Issuer::person(&auditor, STRONG, Duration::from_secs(5));
    let place = json!({ "organisation": cast.root });
    let asserted = about(&auditor, "decision:read", place.clone());
    let mut reading = asserted.clone();
    reading["assurance"] = json!({ "subjectToken": Issuer::TRUSTED.token(&own) });
    let log = Asker {
        who: "auditor",
        asks: "decision:read the region",
        question: reading,
    };
    let entry = |hsa_id: String| about(&auditor, "person:read", json!({ "person": hsa_id }));
    let people = Asker {
        who: "auditor",
        asks: "person:read somebody",
        question: entry(region.without_grants()),
    };
    let host = Row {
        guardrail: "import-only-on-the-host",
        who: "first administrator",
        asks: "register:import the region",
        before: Vec::new(),
        usual: None,
        when: "over the network".to_owned(),
        question: about(App::FIRST, "register:import", place.clone()),
        changes: Vec::new(),
    };
    let machine = Row {
        guardrail: "review-takes-a-person",
        who: "iam",
        asks: "decision:review the region",
        before: Vec::new(),
        usual: None,
        when: "it is a machine".to_owned(),
        question: by_machine("decision:review", &place),
        changes: Vec::new(),
    };
    vec![
        machine,
        log.row(
            "audit-read-is-logged",
            "the sign-in is only asserted by a system",
            asserted,
        ),
        people.row(
            "protected-identity",
            "whose identity is protected",
            entry(region.protected()),
        ),
        host,
    ]
}

/// A question about the machine that makes grants.
fn by_machine(permission: &str, target: &Value) -> Value {
    let iam = Issuer::TRUSTED.token(&Issuer::service("iam"));
    json!({
        "principal": { "clientId": "iam" },
        "permission": permission,
        "target": target,
        "assurance": { "subjectToken": iam },
    })
}

/// What stops whoever leads a unit.
pub(super) async fn managing(app: &App) -> Vec<Row> {
    let (hsa_id, unit) = app.region().manager();
    let own = person(&hsa_id);
    let made = app
        .column(&format!(
            "SELECT g.id FROM role_grant g JOIN organisation o ON o.id = g.organisation_id \
             WHERE o.hsa_id = '{unit}' AND g.person_id <> {own} AND g.revoked_at IS NULL \
             ORDER BY g.external_id"
        ))
        .await;
    let grant = made.first().expect("a grant in the manager's unit");
    let changed = |set: &[(&'static str, &str)]| {
        vec![Change::set("role_grant", &format!("id = '{grant}'"), set)]
    };
    let engaged = |kind: &str| {
        let set = [
            ("kind", kind),
            ("until_date", "'2199-01-01'"),
            ("responsible_id", "person_id"),
        ];
        vec![Change::set("engagement", &engagements(&hsa_id), &set)]
    };
    let approving = Asker {
        who: "manager of a unit",
        asks: "grant:approve a grant there",
        question: about(&hsa_id, "grant:approve", json!({ "grant": grant })),
    };
    let revoking = Asker {
        who: "manager of a unit",
        asks: "grant:revoke there",
        question: about(&hsa_id, "grant:revoke", json!({ "organisation": unit })),
    };
    // Any decision about somebody, over the unit.
    let place = json!({ "organisation": unit });
    let reviewing = async |whose: &str| {
        let told = about(whose, "organisation:read", place.clone());
        let told = ask(&app.service("server-login"), told).await;
        about(&hsa_id, "decision:review", json!({ "decision": told.id() }))
    };
    let review = Asker {
        who: "manager of a unit",
        asks: "decision:review a decision there",
        question: reviewing(&app.region().without_grants()).await,
    };
    vec![
        review.row(
            "no-self-review-of-emergency",
            "it is about them",
            reviewing(&hsa_id).await,
        ),
        approving.after(
            "no-self-approval",
            "who ordered it",
            changed(&[
                ("origin", "'order'"),
                ("attest_by", "NULL"),
                ("ordered_by_id", &own),
            ]),
        ),
        approving.after(
            "no-self-review",
            "who holds it, from before",
            changed(&[
                ("origin", "'baseline'"),
                ("attest_by", "'2199-01-01'"),
                ("ordered_by_id", "NULL"),
                ("person_id", &own),
                ("engagement_id", "NULL"),
            ]),
        ),
        approving.after(
            "vendor-never-approves",
            "from a vendor",
            engaged("'vendor'"),
        ),
        revoking.after(
            "auditor-read-only",
            "engaged as an auditor's expert",
            engaged("'auditorExpert'"),
        ),
    ]
}

/// What stops those who make grants for others.
pub(super) async fn provisioning(app: &App) -> Vec<Row> {
    let region = app.region();
    let (helper, sara) = (region.provisioner(), region.clinician());
    let ordinary = app.id("role_grant", &sara.grant).await;
    let about_grant = |id: &str| about(&helper, "grant:provision", json!({ "grant": id }));
    let making = Asker {
        who: "customer centre",
        asks: "grant:provision a clinician's grant",
        question: about_grant(&ordinary),
    };
    let held = |holder: &str| {
        let own = region.grants_of(holder).next().expect("a grant");
        own["externalId"].as_str().expect("an id").to_owned()
    };
    let own = app.id("role_grant", &held(&helper)).await;
    let privileged = held(&region.only("Rollansvarig"));
    let privileged = app.id("role_grant", &privileged).await;
    let unapproved = Change::set(
        "role_grant",
        &format!("id = '{privileged}'"),
        &[("approved_by_id", "NULL")],
    );
    let ordered = Change::set(
        "role_grant",
        &format!("id = '{ordinary}'"),
        &[("ordered_by_id", &person(&helper))],
    );
    let ended = Change::set(
        "engagement",
        &engagements(&sara.person),
        &[
            ("from_date", "'2019-01-01'"),
            ("until_date", "'2020-01-01'"),
        ],
    );
    let machine = Asker {
        who: "iam",
        asks: "grant:provision in the clinician's unit",
        question: by_machine("grant:provision", &json!({ "organisation": sara.unit })),
    };
    let making_by_machine = Asker {
        who: "iam",
        asks: "grant:provision a clinician's grant",
        question: by_machine("grant:provision", &json!({ "grant": ordinary })),
    };
    let owned_by = |owner: &str| {
        let set = [("owner_id", &*person(owner))];
        Change::set("service", "external_id = 'iam'", &set)
    };
    let ordered_by_owner = Change::set(
        "role_grant",
        &format!("id = '{ordinary}'"),
        &[("ordered_by_id", &person(&helper))],
    );
    let elsewhere = format!(
        "(SELECT id FROM organisation WHERE hsa_id = '{}')",
        sara.other_unit
    );
    let declared = Change::set(
        "service",
        "external_id = 'iam'",
        &[("declared_scope_id", &elsewhere)],
    );
    vec![
        making.row("no-self-provisioning", "it is their own", about_grant(&own)),
        making_by_machine.after(
            "no-self-provisioning",
            "the clinician owns the machine",
            vec![owned_by(&sara.person)],
        ),
        making_by_machine.after(
            "requester-not-executor",
            "who owns the machine ordered it",
            vec![owned_by(&helper), ordered_by_owner],
        ),
        Row {
            changes: vec![unapproved],
            ..making.row(
                "no-escalation",
                "of a privileged role, and nobody approved it",
                about_grant(&privileged),
            )
        },
        making.after(
            "grant-made-on-live-engagement",
            "the clinician's engagement has ended",
            vec![ended],
        ),
        making.after(
            "requester-not-executor",
            "they ordered it themselves",
            vec![ordered],
        ),
        machine.after(
            "integration-client-scope",
            "the machine declares another unit as its errand",
            vec![declared],
        ),
    ]
}

/// The guardrails that are only about grants that do not exist yet.
pub(crate) fn orders(app: &App) -> Vec<Order> {
    let region = app.region();
    let sara = region.clinician();
    let by = |orderer: Option<&str>, unit: &str| {
        json!({
            "principal": { "hsaId": sara.person }, "scope": { "organisation": unit },
            "role": region.role_in("sys-000", "Läsbehörig"),
            "needsAndRiskAnalysis": "BRA-2026-001", "orderedBy": orderer,
        })
    };
    let responsible = region.responsible_for(&sara.person);
    let vendor = region.vendor();
    let order = |guardrail: &'static str, when: &str, usual: Value, refused: Value| Order {
        guardrail,
        who: "iam",
        asks: "making a grant to a clinician",
        before: Vec::new(),
        usual,
        when: when.to_owned(),
        changes: Vec::new(),
        refused,
    };
    let (own, other) = (&sara.unit, &sara.other_unit);
    vec![
        order(
            "ordered-by-somebody-entitled",
            "one of a vendor's staff ordered it",
            by(Some(&*responsible), own),
            by(Some(&*vendor), other),
        ),
        order(
            "order-names-somebody",
            "nobody is named who ordered it",
            by(Some(&*responsible), other),
            by(None, &region.manager().1),
        ),
        capped(app),
    ]
}

fn capped(app: &App) -> Order {
    let sara = app.region().clinician();
    let role = app.region().role("Rollansvarig");
    let person = app.region().without_grants();
    let order = |unit: &str| {
        json!({
            "principal": { "hsaId": person }, "role": role, "scope": { "organisation": unit },
        })
    };
    // Who approves is another guardrail's matter.
    let unapproved = Change::Add {
        sql: staged("no-escalation", Stage::Observe),
        undo: staged("no-escalation", Stage::Enforce),
    };
    Order {
        guardrail: "privileged-holder-cap",
        who: "iam",
        asks: "making a grant of a privileged role",
        before: vec![unapproved],
        usual: order(&sara.unit),
        when: "as many hold the role as may".to_owned(),
        changes: vec![Change::set(
            "role",
            &format!("external_id = '{role}'"),
            &[("max_holders", "1")],
        )],
        refused: order(&sara.other_unit),
    }
}
