//! Records and servers: signing in, grants that do not count, and where they are.

use serde_json::json;

use super::super::change::Change;
use super::{Asker, Cast, Row, engagements};
use crate::support::{App, about};

fn cosmic(set: (&'static str, &str)) -> Change {
    Change::set("system", "external_id = 'sys-000'", &[set])
}

pub(super) fn sign_ins(app: &App, cast: &Cast) -> Vec<Row> {
    let (clinician, administrator) = (&cast.clinician, &cast.administrator);
    let officer = app.region().only("Informationssäkerhetsansvarig");
    let officer = Asker {
        who: "information security",
        asks: "policy:read the region",
        question: about(
            &officer,
            "policy:read",
            json!({ "organisation": cast.root }),
        ),
    };
    let segment = app.region().segment_administrator().segment;
    let test = Change::set(
        "segment",
        &format!("external_id = '{segment}'"),
        &[("environment", "'test'"), ("patient_data", "FALSE")],
    );
    let mut unclassified = clinician.weakly(
        "unclassified-is-critical",
        "Cosmic has no patient data and no class; ",
    );
    unclassified.changes.push(cosmic(("patient_data", "FALSE")));
    let mut relaxed = administrator.weakly(
        "env-non-patient-relaxed",
        "the segment is for tests, without patient data; ",
    );
    relaxed.changes.push(test);
    vec![
        clinician.weakly("strong-auth-sensitive", ""),
        administrator.weakly("strong-auth-administration", ""),
        officer.weakly("strong-auth-privileged", ""),
        unclassified,
        relaxed,
    ]
}

/// Of an engagement or a grant: it is over.
const OVER: [(&str, &str); 2] = [
    ("from_date", "'2019-01-01'"),
    ("until_date", "'2020-01-01'"),
];
/// Of an assessment: it holds no longer.
const LAPSED: [(&str, &str); 2] = [
    ("decided_on", "'2019-01-01'"),
    ("valid_until", "'2020-01-01'"),
];

/// What makes a clinician's grant count no longer.
pub(super) fn relying(app: &App, cast: &Cast) -> Vec<Row> {
    let clinician = &cast.clinician;
    let sara = app.region().clinician();
    let engaged =
        |set: &[(&'static str, &str)]| Change::set("engagement", &engagements(&sara.person), set);
    let granted = |set: &[(&'static str, &str)]| {
        Change::set(
            "role_grant",
            &format!("external_id = '{}'", sara.grant),
            set,
        )
    };
    let ended = || engaged(&OVER);
    let vendor = engaged(&[
        ("kind", "'vendor'"),
        ("until_date", "'2199-01-01'"),
        ("responsible_id", "(SELECT MIN(id) FROM person)"),
    ]);
    let lapsed = Change::set("supplier_assessment", "id IS NOT NULL", &LAPSED);
    let rows = [
        (
            "active-identity-required",
            "the only engagement has ended",
            vec![ended()],
        ),
        (
            "engagement-live",
            "the engagement that the grant rests on has ended",
            vec![ended()],
        ),
        (
            "engagement-not-absent",
            "on leave",
            vec![engaged(&[
                ("absent_from", "'2020-01-01'"),
                ("absent_until", "NULL"),
            ])],
        ),
        (
            "grant-in-force",
            "the grant has ended",
            vec![granted(&OVER)],
        ),
        (
            "grant-rests-on-engagement",
            "the grant rests on no engagement",
            vec![granted(&[("engagement_id", "NULL")])],
        ),
        (
            "external-needs-end-date-and-sponsor",
            "a consultant without an end date",
            vec![engaged(&[("kind", "'consultant'"), ("until_date", "NULL")])],
        ),
        (
            "external-needs-end-date-and-sponsor",
            "a consultant whose sponsor is the consultant",
            vec![engaged(&[
                ("kind", "'consultant'"),
                ("until_date", "'2199-01-01'"),
                ("responsible_id", "person_id"),
            ])],
        ),
        (
            "patient-role-needs-end-date",
            "neither the grant has an end nor an engagement",
            vec![granted(&[
                ("engagement_id", "NULL"),
                ("until_date", "NULL"),
            ])],
        ),
        (
            "supplier-needs-osl-assessment",
            "a vendor's staff, and its assessment has run out",
            vec![vendor, lapsed],
        ),
        (
            "patient-role-needs-risk-analysis",
            "the grant was ordered without an analysis of needs and risks",
            vec![granted(&[
                ("origin", "'order'"),
                ("attest_by", "NULL"),
                ("needs_and_risk_analysis", "NULL"),
            ])],
        ),
        (
            "baseline-patient-role-needs-risk-analysis",
            "a grant from before, without an analysis, to be attested",
            vec![granted(&[
                ("origin", "'baseline'"),
                ("attest_by", "'2199-01-01'"),
                ("needs_and_risk_analysis", "NULL"),
            ])],
        ),
    ];
    rows.into_iter()
        .map(|(guardrail, when, changes)| clinician.after(guardrail, when, changes))
        .collect()
}

pub(super) fn records(app: &App, cast: &Cast) -> Vec<Row> {
    let clinician = &cast.clinician;
    let mut blocked = clinician.question.clone();
    blocked["target"]["record"]["blocked"] = json!(true);
    let elsewhere = Change::set(
        "engagement",
        &engagements(&app.region().clinician().person),
        &[(
            "unit_id",
            "(SELECT id FROM organisation WHERE kind = 'privateProvider')",
        )],
    );
    let four = Change::Add {
        sql: "INSERT INTO system_classification (system_id, confidentiality, integrity, availability, \
              decided_on) SELECT id, 4, 3, 3, '2026-01-01' FROM system WHERE external_id = 'sys-000'"
            .to_owned(),
        undo: "DELETE FROM system_classification WHERE system_id = \
               (SELECT id FROM system WHERE external_id = 'sys-000')"
            .to_owned(),
    };
    vec![
        clinician.row("blocked-record", "the record is blocked", blocked),
        clinician.after(
            "other-authority",
            "works for another care provider",
            vec![elsewhere],
        ),
        clinician.after(
            "class-4-needs-analysis",
            "Cosmic is of class 4, without an analysis",
            vec![four],
        ),
    ]
}

pub(super) fn servers(app: &App, cast: &Cast) -> Vec<Row> {
    let administrator = &cast.administrator;
    let olle = app.region().segment_administrator();
    let mut everywhere = administrator.question.clone();
    everywhere["principal"] = json!({ "hsaId": app.region().wide_administrator().0 });
    let window = Change::set(
        "segment",
        &format!("external_id = '{}'", olle.segment),
        &[
            ("change_from", "'2020-01-01'"),
            ("change_until", "'2020-01-02'"),
        ],
    );
    let trained = |day: &str| {
        let of = format!("hsa_id = '{}'", olle.person);
        vec![Change::set(
            "person",
            &of,
            &[("training_completed_on", day)],
        )]
    };
    vec![
        Row {
            who: "administrator of everything",
            usual: None,
            ..administrator.row(
                "segment-server-admin",
                "held over an organisation",
                everywhere,
            )
        },
        administrator.after(
            "change-window",
            "the segment's period for changes is over",
            vec![window],
        ),
        Row {
            before: trained("'2198-01-01'"),
            ..administrator.after(
                "training-current-for-privileged",
                "the last training was years ago",
                trained("'2020-01-01'"),
            )
        },
    ]
}
