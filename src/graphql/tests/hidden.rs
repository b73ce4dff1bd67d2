//! What is hidden takes what is not there takes: the same statements, the same events, the same answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::*;

/// An id, or a name, of something that the caller may not see, and one of the same form that nothing has.
const IDS: [(&str, &str); 13] = [
    (
        "org_0000000000000000000000000c",
        "org_0000000000000000000000000z",
    ),
    (
        "per_0000000000000000000000000b",
        "per_0000000000000000000000000z",
    ),
    (
        "eng_0000000000000000000000000b",
        "eng_0000000000000000000000000z",
    ),
    (
        "svc_0000000000000000000000000a",
        "svc_0000000000000000000000000z",
    ),
    (
        "acc_0000000000000000000000000a",
        "acc_0000000000000000000000000z",
    ),
    (
        "sys_0000000000000000000000000b",
        "sys_0000000000000000000000000z",
    ),
    (
        "asm_0000000000000000000000000a",
        "asm_0000000000000000000000000z",
    ),
    (
        "seg_0000000000000000000000000a",
        "seg_0000000000000000000000000z",
    ),
    (
        "seg_0000000000000000000000000c",
        "seg_0000000000000000000000000z",
    ),
    (
        "srv_0000000000000000000000000a",
        "srv_0000000000000000000000000z",
    ),
    (
        "dbs_0000000000000000000000000a",
        "dbs_0000000000000000000000000z",
    ),
    (
        "rol_0000000000000000000000000a",
        "rol_0000000000000000000000000z",
    ),
    (
        "grt_0000000000000000000000000a",
        "grt_0000000000000000000000000z",
    ),
];

/// What was read, how the log grew, and what was answered, with nothing in it that differs each time.
#[derive(Debug, PartialEq)]
struct Taken {
    statements: usize,
    events: i64,
    answer: String,
}

/// How many statements the register was read by.
#[derive(Debug, Default, Clone)]
struct Statements(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let is_one = event.metadata().target() == "behorig_store::rows";
        self.0.fetch_add(usize::from(is_one), Ordering::Relaxed);
    }
}

impl House {
    async fn taken(&self, caller: &str, document: &str, variables: Value, name: &str) -> Taken {
        let before = self.events().await;
        let statements = Statements::default();
        let subscriber = tracing_subscriber::registry().with(statements.clone());
        let counted = tracing::subscriber::set_default(subscriber);
        let answer = self.answer(caller, document, variables).await;
        drop(counted);
        Taken {
            statements: statements.0.load(Ordering::Relaxed),
            events: self.events().await - before,
            answer: without_decisions(answer).to_string().replace(name, "NAME"),
        }
    }

    async fn events(&self) -> i64 {
        let row = self.column("SELECT COUNT(*) FROM audit_event").await;
        row.try_get_by_index(0).unwrap()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test looks behind the service's back"
    )]
    pub(super) async fn column(&self, sql: &str) -> sea_orm::QueryResult {
        let url = format!("sqlite:{}", self.directory.path().join("b.db").display());
        let raw = sea_orm::Database::connect(url).await.unwrap();
        let sql = sea_orm::Statement::from_string(raw.get_database_backend(), sql);
        raw.query_one_raw(sql).await.unwrap().unwrap()
    }
}

fn without_decisions(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(members) => {
            members.remove("decisionId");
            for value in members.values_mut() {
                *value = without_decisions(value.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_decisions(item.take());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    answer
}

/// Operations with the names that they take, `NAME` where it stands.
fn operations<'a>() -> Vec<(String, &'a str, &'a str)> {
    let mut all = Vec::new();
    for (hidden, absent) in IDS {
        all.push(("{ node(id: \"NAME\") { id } }".to_owned(), hidden, absent));
    }
    for (field, hidden, absent) in [
        (
            "organisation(hsaId: \"NAME\")",
            "SE2321000016-2001",
            "SE2321000016-2999",
        ),
        (
            "person(hsaId: \"NAME\")",
            "SE2321000016-3001",
            "SE2321000016-3999",
        ),
    ] {
        all.push((format!("{{ {field} {{ id }} }}"), hidden, absent));
    }
    let grant = (
        "grt_0000000000000000000000000a",
        "grt_0000000000000000000000000z",
    );
    all.push((
        "mutation { revokeGrant(input: { grant: \"NAME\" }) { errors { code path } grant { id } } }"
            .to_owned(),
        grant.0,
        grant.1,
    ));
    let service = (
        "svc_0000000000000000000000000a",
        "svc_0000000000000000000000000z",
    );
    all.push((
        "mutation { setTrustedToAssert(input: { service: \"NAME\", trusted: true }) { errors { code path } } }"
            .to_owned(),
        service.0,
        service.1,
    ));
    let edit = |edit: &str| {
        format!(
            "mutation {{ editRegister(input: {{ edit: {{ {edit} }} }}) {{ made errors {{ code path }} }} }}"
        )
    };
    all.push((
        edit("moveOrganisation: { organisation: \"NAME\", parent: \"SE2321000016-1000\" }"),
        "SE2321000016-2001",
        "SE2321000016-2999",
    ));
    all.push((
        edit("moveServer: { server: \"NAME\", segment: \"ad\" }"),
        "app-1",
        "app-9",
    ));
    all.push((
        edit("setRolePrivileged: { role: \"NAME\", privileged: true }"),
        "reader",
        "nothing",
    ));
    for target in [
        (
            "organisation: \"NAME\"",
            "SE2321000016-2001",
            "SE2321000016-2999",
        ),
        ("system: \"NAME\"", "diver", "nothing"),
        ("segment: \"NAME\"", "cosmic-app", "nothing"),
        ("server: \"NAME\"", "app-1", "app-9"),
        ("database: \"NAME\"", "db-a", "db-z"),
        (
            "record: { system: \"NAME\", organisation: \"SE2321000016-2001\", kind: \"patient\", id: \"b7c1f0e2\" }",
            "cosmic",
            "nothing",
        ),
    ] {
        let (named, hidden, absent) = target;
        all.push((
            format!(
                "mutation {{ authorize(input: {{ principal: {{ clientId: \"in-akut\" }}, \
                 permission: \"record:read\", target: {{ {named} }} }}) \
                 {{ errors {{ code path }} decision {{ outcome reasons {{ policyId }} }} }} }}"
            ),
            hidden,
            absent,
        ));
    }
    all
}

#[tokio::test]
async fn what_is_hidden_takes_the_reads_and_events_of_what_is_not_there() {
    let house = House::new().await;
    let mut wrong = Vec::new();
    let mut seen = 0;
    let event = house.column("SELECT event_id FROM audit_event").await;
    let event: String = event.try_get_by_index(0).unwrap();
    let mut all = operations();
    let node = "{ node(id: \"NAME\") { id } }".to_owned();
    all.push((node, event.as_str(), "evt_0000000000000000000000000z"));
    let count = all.len();
    for (document, hidden, absent) in all {
        let of = |name: &str| document.replace("NAME", name);
        let there = house.taken("nowhere", &of(hidden), json!({}), hidden).await;
        let not = house.taken("nowhere", &of(absent), json!({}), absent).await;
        seen += usize::from(there.events > 0);
        if there != not {
            wrong.push(format!("{document}\n  hidden {there:?}\n  absent {not:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, count, "some operation was not recorded");
}
