//! Who may do what, for named people and machines of the region: a table to review.
//!
//! The table is `tests/api/access_matrix.txt`. After a change that is meant, write it anew with
//! `BEHORIG_TEST_REWRITE=1` and read what changed: each mark is a right that somebody got or lost.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Backend, Issuer, block_on};

use crate::support::{App, Caller, Region, STRONG, about, checked_in};

const LEGEND: &str = "\
Who may do what in the region of the tests.

✔  allowed with a sign-in of level 2     ∅  allowed only with a strong and recent sign-in
✘  refused however they sign in          ◐  allowed after an active choice    (machines: ✔ or ✘)

";

/// The service's own permissions, over the whole region.
const OWN: &str = "organisation:read organisation:manage person:read person:manage service:read \
    service:manage role:read role:manage grant:read grant:request grant:approve grant:revoke \
    grant:provision decision:read decision:review decision:ask reach:read policy:read policy:manage register:import";

/// A question: how its row is called, the permission, and the target.
type Question = (String, &'static str, Value);

/// Adds a question for each of the permissions.
fn add(questions: &mut Vec<Question>, at: &str, permissions: &'static str, target: &Value) {
    for permission in permissions.split_whitespace() {
        questions.push((format!("{permission} {at}"), permission, target.clone()));
    }
}

/// The rows.
fn questions(region: &Region) -> Vec<Question> {
    let mut organisations = region.of("organisation");
    let root = organisations.find(|organisation| organisation["type"] == "region");
    let root = &root.expect("a region")["externalId"];
    let (sara, olle) = (region.clinician(), region.segment_administrator());
    let mut rows = Vec::new();
    add(
        &mut rows,
        "the region",
        OWN,
        &json!({ "organisation": root }),
    );
    let unit = "organisation:read person:read grant:read grant:approve grant:revoke grant:provision \
        decision:read decision:review";
    add(
        &mut rows,
        "the manager's unit",
        unit,
        &json!({ "organisation": region.manager().1 }),
    );
    let other = json!({ "organisation": sara.other_unit });
    add(&mut rows, "the clinician's other unit", unit, &other);

    let system = "system:read system:manage system:configure system:administer grant:approve \
        grant:provision policy:manage";
    let administered = region.holder("Systemadministratör").1;
    add(&mut rows, "Cosmic", system, &json!({ "system": "sys-000" }));
    add(
        &mut rows,
        "the administered system",
        system,
        &json!({ "system": administered }),
    );
    let server = "server:read server:manage server:administer server:restore";
    add(
        &mut rows,
        "a server",
        server,
        &json!({ "server": olle.server }),
    );
    add(
        &mut rows,
        "another server",
        server,
        &json!({ "server": olle.other_server }),
    );
    add(
        &mut rows,
        "a segment",
        "server:administer grant:approve grant:provision",
        &json!({ "segment": olle.segment }),
    );
    let database = json!({ "database": region.holder("Databasadministratör").1 });
    add(
        &mut rows,
        "the administered database",
        "database:administer grant:approve grant:provision",
        &database,
    );
    let segment = json!({ "segment": region.holder("Säkerhetskopiering").1 });
    add(
        &mut rows,
        "the segment with backups",
        "server:restore",
        &segment,
    );

    for (at, system, unit) in [
        ("Cosmic in the clinician's unit", "sys-000", &sara.unit),
        ("Cosmic in another unit", "sys-000", &sara.other_unit),
        ("Röntgen in the clinician's unit", "sys-003", &sara.unit),
    ] {
        let record = json!({ "record": {
            "system": system, "organisation": unit, "kind": "patient", "id": "b7c1f0e2",
        } });
        add(
            &mut rows,
            at,
            "record:read record:write record:sign",
            &record,
        );
    }
    rows
}

/// The columns: what somebody is called, and the principal.
fn people(region: &Region) -> Vec<(&'static str, Value)> {
    let person = |hsa_id: String| json!({ "hsaId": hsa_id });
    let machine = |client_id: &str| json!({ "clientId": client_id });
    let holder = |role: &str| person(region.holder(role).0);
    vec![
        ("first administrator", person(App::FIRST.to_owned())),
        ("register owner", holder("Registeransvarig")),
        ("role owner", person(region.only("Rollansvarig"))),
        (
            "information security",
            person(region.only("Informationssäkerhetsansvarig")),
        ),
        ("auditor", person(region.only("Revisor"))),
        ("manager of a unit", person(region.manager().0)),
        ("contact person", holder("Kontaktperson")),
        ("owner of a system", holder("Systemägare")),
        ("IT lead", holder("Förvaltningsledare IT")),
        ("customer centre", person(region.provisioner())),
        (
            "administrator of a segment",
            person(region.segment_administrator().person),
        ),
        (
            "administrator of everything",
            person(region.wide_administrator().0),
        ),
        ("administrator of a system", holder("Systemadministratör")),
        (
            "administrator of a database",
            holder("Databasadministratör"),
        ),
        ("restores backups", holder("Säkerhetskopiering")),
        ("clinician", person(region.clinician().person)),
        ("vendor", person(region.vendor())),
        ("protected", person(region.protected())),
        ("has left", person(region.leaver().0)),
        ("holds nothing", person(region.without_grants())),
        ("hr-feed", machine("hr-feed")),
        ("iam", machine("iam")),
        ("journal-gateway", machine("journal-gateway")),
        ("server-login", machine("server-login")),
    ]
}

fn machine_token(client_id: &str) -> String {
    Issuer::TRUSTED.token(&Issuer::service(client_id))
}

fn person_token(hsa_id: &str, level: u8) -> String {
    let signed_in = Issuer::person(hsa_id, level, Duration::from_secs(5));
    Issuer::TRUSTED.token(&signed_in)
}

/// An answer to a question of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Allowed,
    /// After an active choice.
    Chosen,
    /// Refused, but not with a stronger sign-in.
    Weak,
    Refused,
}

async fn answers(asker: &Caller, questions: &[Value]) -> Vec<Told> {
    let document = "mutation Many($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
        answers { errors { code path } decision { outcome obligations reasons { policyId }
            stepUp { acrValues } } } } }";
    let mut found = Vec::new();
    for questions in questions.chunks(100) {
        let input = json!({ "input": { "questions": questions } });
        let answer = asker.graphql(document, input).await;
        for (one, question) in answer
            .at("/authorizeMany/answers")
            .as_array()
            .expect("a list")
            .iter()
            .zip(questions)
        {
            assert_eq!(one["errors"], json!([]), "{question}");
            let reasons = &one["decision"]["reasons"];
            let broken = reasons.as_array().expect("a list").iter();
            let broken = broken
                .filter(|reason| reason["policyId"] == "error")
                .count();
            assert_eq!(
                broken, 0,
                "a question that the policies cannot answer: {question}"
            );
            let decision = &one["decision"];
            let allowed = decision["outcome"] == "ALLOW";
            found.push(match allowed {
                true if decision["obligations"] == json!([]) => Told::Allowed,
                true => Told::Chosen,
                false if decision["stepUp"].is_null() => Told::Refused,
                false => Told::Weak,
            });
        }
    }
    found
}

#[test]
fn everybody_may_do_what_the_table_says() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let asker = app.service("server-login");
        let (questions, people) = (questions(app.region()), people(app.region()));
        let mut columns = Vec::new();
        for (_, principal) in &people {
            let at = |level: u8| {
                let put = |(_, permission, target): &Question| {
                    let mut question = about("", permission, target.clone());
                    question["principal"] = principal.clone();
                    let token = match principal["clientId"].as_str() {
                        Some(client) => machine_token(client),
                        None => person_token(principal["hsaId"].as_str().expect("an id"), level),
                    };
                    question["assurance"] = json!({ "subjectToken": token });
                    question
                };
                questions.iter().map(put).collect::<Vec<_>>()
            };
            let strong = answers(&asker, &at(STRONG)).await;
            // A machine's credential is as strong as it is.
            let weak = match principal["clientId"].as_str() {
                Some(_) => strong.clone(),
                None => answers(&asker, &at(2)).await,
            };
            let marks = strong.into_iter().zip(weak).map(|answers| match answers {
                (Told::Allowed, Told::Allowed) => "✔",
                (Told::Allowed, Told::Weak) => "∅",
                (Told::Chosen, Told::Weak | Told::Chosen) => "◐",
                (Told::Refused, Told::Refused) => "✘",
                // A step-up that leads nowhere, or is not offered where it would help.
                _ => "?",
            });
            columns.push(marks.collect::<Vec<_>>());
        }
        let table = table(&questions, &people, &columns);
        assert!(!table.contains('?'), "a step-up that does not fit\n{table}");
        checked_in("tests/api/access_matrix.txt", &table);
    });
}

fn table(
    questions: &[Question],
    people: &[(&'static str, Value)],
    columns: &[Vec<&'static str>],
) -> String {
    let mut text = LEGEND.to_owned();
    for (n, (name, _)) in people.iter().enumerate() {
        let written = writeln!(text, "{:>2}  {name}", n + 1);
        written.expect("written");
    }
    let widest = questions
        .iter()
        .map(|(name, ..)| name.chars().count())
        .max()
        .unwrap_or(0);
    let head: String = (1..=people.len()).map(|n| format!("{n:>3}")).collect();
    text.push_str(&format!("\n{:widest$}{head}\n", ""));
    for (row, (name, ..)) in questions.iter().enumerate() {
        let padding = " ".repeat(widest - name.chars().count());
        let marks: String = columns
            .iter()
            .map(|column| format!("  {}", column[row]))
            .collect();
        text.push_str(&format!("{name}{padding}{marks}\n"));
    }
    text
}
