//! What callers write is parsed before anything else: every text in every argument of the schema is tried with
//! what no text may hold, so that one that is not parsed is found as soon as it is there.

use sea_orm::ConnectionTrait as _;
use serde_json::{Map, Value, json};
use test_support::{Backend, Response, both_backends};

use crate::support::{App, Caller, Field, Named, Of, STRONG, Schema, Type, behorig};

/// A number that names a human being, as callers spell it.
const NUMBERS: [&str; 3] = ["19121212-1212", "\u{ff11}91212121212", "19810829M071"];
/// What no text may have so many of.
const TOO_LONG: &str = "x";
/// What shows nothing.
const BLANKS: [&str; 3] = ["", " \u{a0}", "\u{200b}\u{feff}"];

/// Texts that are kept so that they can be erased, and may name anybody.
const ERASABLE: [&str; 10] = [
    "activeChoice",
    "caseReference",
    "device",
    "emergency",
    "familyName",
    "finding",
    "givenName",
    "justification",
    "reason",
    "name",
];

/// A text somewhere in a field's arguments, by the names that lead to it.
type Place = Vec<String>;

/// Every text in what a type of input takes, lists by their first item.
fn places(schema: &Schema, ty: &Type, at: &Place, found: &mut Vec<Place>) {
    let name = match &ty.of {
        Of::List(inner) => {
            let item = [at.as_slice(), &["0".to_owned()]].concat();
            return places(schema, inner, &item, found);
        }
        Of::Named(name) => name,
    };
    match schema.named(name) {
        Named::Scalar if matches!(name.as_str(), "String" | "ID" | "HsaId") => {
            found.push(at.clone());
        }
        Named::Input(fields, _) => {
            for (field, ty) in fields {
                let below = [at.as_slice(), std::slice::from_ref(field)].concat();
                places(schema, ty, &below, found);
            }
        }
        _ => {}
    }
}

/// A value that can be used, with `text` in the place that `at` leads to; `None`: in no place.
fn value(schema: &Schema, ty: &Type, called: &str, at: Option<(&[String], &str)>) -> Value {
    let name = match &ty.of {
        Of::List(inner) => {
            let below = at.map(|(at, text)| (&at[1..], text));
            return json!([value(schema, inner, called, below)]);
        }
        Of::Named(name) => name.as_str(),
    };
    match (schema.named(name), at) {
        (Named::Scalar, Some((_, text))) => json!(text),
        (Named::Scalar, None) => scalar(name, called),
        (Named::Enum(values), _) => json!(values[0]),
        (Named::Input(fields, one_of), at) => {
            let towards = at.map(|(at, _)| at[0].as_str());
            let chosen = towards.or_else(|| fields.keys().next().map(String::as_str));
            let given = fields.iter().filter(|(field, ty)| {
                let on_the_way = towards == Some(field.as_str());
                if *one_of {
                    chosen == Some(field.as_str())
                } else {
                    on_the_way || !ty.nullable
                }
            });
            let member = |(field, ty): (&String, &Type)| {
                let below = at.filter(|(at, _)| at[0] == *field);
                let below = below.map(|(at, text)| (&at[1..], text));
                (field.clone(), value(schema, ty, field, below))
            };
            Value::Object(given.map(member).collect())
        }
        (other, _) => panic!("`{name}` is no input: {other:?}"),
    }
}

fn scalar(name: &str, called: &str) -> Value {
    let id = |prefix: &str| json!(format!("{prefix}_00000000000000000000000009"));
    match (name, called) {
        ("ID", "grant") => id("grt"),
        ("ID", "decision" | "confirms") => id("evt"),
        ("ID", "proposal") => id("prp"),
        ("ID", "run") => id("run"),
        ("ID", _) => id("svc"),
        ("String", "permission") => json!("record:read"),
        ("String", "gainDigest" | "planDigest") => json!("0".repeat(64)),
        ("String", _) => json!("something"),
        ("HsaId", _) => json!("TSTNMT2321000001-N0B0DY"),
        ("Date", _) => json!("2026-01-01"),
        ("DateTime", _) => json!("2026-01-01T00:00:00Z"),
        ("Boolean", _) => json!(true),
        ("Int", _) => json!(1),
        _ => panic!("no value of `{name}`"),
    }
}

/// What is asked of an answer: what a form can show, where there is such a thing.
fn selection(schema: &Schema, ty: &Type) -> String {
    let name = ty.name();
    if schema.is_leaf(name) {
        return String::new();
    }
    match schema.named(name) {
        Named::Object(_, fields) if fields.contains_key("errors") => {
            "{ errors { code path } }".to_owned()
        }
        Named::Object(_, fields) if fields.contains_key("answers") => {
            "{ answers { errors { code path } } }".to_owned()
        }
        _ => "{ __typename }".to_owned(),
    }
}

/// Why a text in that place is not taken: the code, and where the input is said to be wrong; `None`: it is taken.
async fn refused(
    caller: &Caller,
    schema: &Schema,
    (root, field, defined): (&str, &str, &Field),
    place: &Place,
    text: &str,
) -> Option<(String, Vec<String>)> {
    let wanted: Vec<(&String, &Type)> = defined
        .arguments
        .iter()
        .filter(|(name, ty)| **name == place[0] || !ty.nullable)
        .collect();
    let given: Map<String, Value> = wanted
        .iter()
        .map(|(name, ty)| {
            let at = (**name == place[0]).then_some((&place[1..], text));
            ((*name).clone(), value(schema, ty, name, at))
        })
        .collect();
    let declared: Vec<String> = wanted
        .iter()
        .map(|(name, ty)| format!("${name}: {}", ty.spelled()))
        .collect();
    let passed: Vec<String> = wanted
        .iter()
        .map(|(name, _)| format!("{name}: ${name}"))
        .collect();
    let document = format!(
        "{root} T({}) {{ {field}({}) {} }}",
        declared.join(", "),
        passed.join(", "),
        selection(schema, &defined.gives)
    );
    let answer = caller.graphql(&document, Value::Object(given)).await;
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let shown = &answer.json()["data"][field];
    let shown = if shown["answers"].is_array() {
        &shown["answers"][0]
    } else {
        shown
    };
    let wrong = &shown["errors"][0];
    let in_form = [
        "PERSONAL_NUMBER",
        "REASON_REQUIRED",
        "SUBJECT_TOKEN_INVALID",
        "REJECTED_RECORDS",
    ];
    if in_form.iter().any(|code| wrong["code"] == *code) {
        return Some((wrong["code"].to_string(), names(&wrong["path"])));
    }
    let error = answer.json()["errors"].get(0)?;
    let extensions = &error["extensions"];
    assert!(
        !answer.text().contains("1212") && !answer.text().contains("M071"),
        "{field} {place:?} repeats what was sent: {}",
        answer.text()
    );
    if extensions["code"] != "BAD_USER_INPUT" {
        return None;
    }
    Some(("BAD_USER_INPUT".to_owned(), names(&extensions["inputPath"])))
}

async fn no_text_of_the_schema_is_taken_unparsed(backend: Backend) {
    let printed = behorig().run(&["schema"]).succeeded();
    let schema = Schema::of(printed.stdout());
    let app = App::start(backend);
    let caller = app.person(&app.region().only("Revisor"), STRONG);
    let (mut tried, mut taken) = (0, Vec::new());
    let too_long = TOO_LONG.repeat(50_000);
    for (root, operation) in [("Mutation", "mutation"), ("Query", "query")] {
        for (field, defined) in schema.fields(root) {
            let mut found = Vec::new();
            for (argument, ty) in &defined.arguments {
                places(&schema, ty, &vec![argument.clone()], &mut found);
            }
            for place in found {
                let last = place
                    .iter()
                    .rev()
                    .find(|name| name.parse::<usize>().is_err());
                let erasable = last.is_some_and(|last| ERASABLE.contains(&last.as_str()))
                    && place.len() > 1
                    && !(root == "Query" && last.is_some_and(|last| last == "reason"));
                let mut texts = vec!["a\0b", too_long.as_str()];
                // One of each is enough where only U+0000 is a matter of the database.
                if backend == Backend::Sqlite {
                    texts.extend(BLANKS);
                    if !erasable {
                        texts.extend(NUMBERS);
                        texts.push("\u{feff}something");
                    }
                }
                for text in texts {
                    tried += 1;
                    let asked = (operation, field.as_str(), defined);
                    match refused(&caller, &schema, asked, &place, text).await {
                        None => {
                            let text: String = text.chars().take(20).collect();
                            taken.push(format!("{field} {} {text:?}", place.join(".")));
                        }
                        Some((_, path)) => {
                            let said = path.is_empty() || place.starts_with(&path);
                            assert!(said, "{field} {place:?}: {path:?}");
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 100, "only {tried} texts were tried");
    assert!(taken.is_empty(), "of {tried} texts taken: {taken:#?}");
    let log = app.auditor().raw().get("/log/events?limit=10000").await;
    for number in ["19121212", "19810829M071"] {
        assert!(!log.text().contains(number), "{number} is in the log");
    }
}

/// The database agrees, whatever writes to it.
async fn a_blank_decides_nothing(backend: Backend) {
    let app = App::start(backend);
    for column in [
        "role_grant.needs_and_risk_analysis",
        "role_grant.disclosure_basis",
        "system_classification.analysis",
        "supplier_assessment.agreement",
        "individual.external_key",
    ] {
        let (table, column) = column.split_once('.').expect("a column");
        for blank in BLANKS {
            let connection = app.database().connection().await;
            let sql = format!("UPDATE {table} SET {column} = '{blank}'");
            let done = connection.execute_unprepared(&sql).await;
            let error = done.expect_err(&sql).to_string();
            assert!(error.contains("is blank"), "{error}");
            connection.close().await.expect("closed");
        }
    }
}

/// Whoever looks for somebody need not know in which case an HSA-id is spelled, and may paste a space along.
async fn decisions_are_found_by_an_id_however_it_was_typed(backend: Backend) {
    let app = App::start(backend);
    let _seen = app
        .first()
        .graphql("{ viewer { person { id } } }", json!({}))
        .await;
    let document = "query D($who: ID!) { decisions(filter: { principal: $who }) { totalCount }
        asked: decisions(filter: { asker: $who }) { totalCount } }";
    let auditor = app.auditor();
    let total = async |who: &str| {
        let answer = auditor.graphql(document, json!({ "who": who })).await;
        answer
            .at("/decisions/totalCount")
            .as_i64()
            .expect("a number")
    };
    let exactly = total(App::FIRST).await;
    assert!(exactly > 0);
    for typed in [App::FIRST.to_lowercase(), format!(" {}\u{a0}", App::FIRST)] {
        assert_eq!(total(&typed).await, exactly, "{typed:?}");
    }
    assert_eq!(total("TSTNMT2321000001-N0B0DY").await, 0);
    let wrong = auditor
        .graphql(document, json!({ "who": "19121212-1212" }))
        .await;
    let path = json!(["filter", "principal"]);
    assert_eq!(
        wrong.json()["errors"][0]["extensions"]["inputPath"],
        path,
        "{}",
        wrong.text()
    );
}

/// Whoever looks somebody up by an id in small letters is told that it is the letters; a host has one name in any.
async fn a_key_in_another_case_is_found_or_called_so(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let look = async |caller: &Caller, field: &str, key: &str, ty: &str, typed: &str| {
        let document = format!("query L($key: {ty}!) {{ {field}({key}: $key) {{ id }} }}");
        caller.graphql(&document, json!({ "key": typed })).await
    };
    let wrong = |answer: &Response| answer.json()["errors"][0].clone();
    let person = app.region().of("person").find(|one| {
        let id = one["externalId"].as_str().expect("an id");
        id.ends_with(|c: char| c.is_ascii_uppercase()) && one["protectedIdentity"] == false
    });
    let person = person.expect("an id with a letter")["externalId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let small = person.to_lowercase().replace("tstnmt", "TSTNMT");
    let told = look(&auditor, "person", "hsaId", "HsaId", &small).await;
    assert_eq!(
        wrong(&told)["extensions"]["code"],
        "BAD_USER_INPUT",
        "{}",
        told.text()
    );
    assert_eq!(wrong(&told)["extensions"]["inputPath"], json!(["hsaId"]));
    assert!(told.text().contains("small letters"), "{}", told.text());
    // So it is with reports about somebody.
    for field in [
        "reach(principal: { hsaId: $who }) { serversTotal }",
        "whatCan(principal: { hsaId: $who }) { nodes { inForce } }",
    ] {
        let document = format!("query R($who: HsaId!) {{ {field} }}");
        let told = auditor.graphql(&document, json!({ "who": small })).await;
        let path = &wrong(&told)["extensions"]["inputPath"];
        assert_eq!(path, &json!(["principal", "hsaId"]), "{}", told.text());
        assert!(told.text().contains("small letters"), "{}", told.text());
        let nobody = json!({ "who": "TSTNMT2321000001-n0b0dy" });
        let told = auditor.graphql(&document, nobody).await;
        assert!(told.json().get("errors").is_none(), "{}", told.text());
    }
    // Who may not see them is told nothing, and of nobody there is nothing to tell.
    let stranger = app.person(&app.region().without_grants(), STRONG);
    for (caller, typed) in [
        (&stranger, small.as_str()),
        (&auditor, "TSTNMT2321000001-n0b0dy"),
    ] {
        let answer = look(caller, "person", "hsaId", "HsaId", typed).await;
        assert_eq!(answer.at("/person"), &Value::Null);
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
    }
    for (typed, about) in [
        (person.to_lowercase(), "small letters"),
        (person.replace('-', " -"), "spaces"),
    ] {
        let told = look(&auditor, "person", "hsaId", "HsaId", &typed).await;
        let message = wrong(&told)["message"]
            .as_str()
            .expect("a message")
            .to_owned();
        assert!(
            message.contains(about) && !message.contains(&typed),
            "{message}"
        );
    }
    let decisions = "query D($who: ID!) { decisions(filter: { principal: $who }) { totalCount } }";
    let told = auditor
        .graphql(decisions, json!({ "who": person.replace('-', " -") }))
        .await;
    assert_eq!(
        wrong(&told)["extensions"]["inputPath"],
        json!(["filter", "principal"])
    );
    assert!(told.text().contains("without any"), "{}", told.text());

    let host = app.region().segment_administrator().server;
    for typed in [host.to_uppercase(), host.clone()] {
        let answer = look(&auditor, "server", "hostName", "String", &typed).await;
        assert_eq!(
            answer.at("/server/id"),
            &json!(app.id("server", &host).await)
        );
    }
}

both_backends! {
    async a_key_in_another_case_is_found_or_called_so;
    async a_blank_decides_nothing;
    async decisions_are_found_by_an_id_however_it_was_typed;
    async no_text_of_the_schema_is_taken_unparsed;
}
