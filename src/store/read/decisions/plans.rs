//! No question of an auditor reads the log from end to end: the plans of both databases say so.

use migration::Migrator;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QueryTrait,
};
use sea_orm::{Statement, Value};
use test_support::{Backend, TestDatabase};

use super::review::ReviewState;
use super::{DecisionSelection, PartyName};
use crate::filter::Moment;
use crate::read::{By, Order, Selection, Stored, Window, windowed};
use domain::target::PrincipalKey;
use domain::verdict::Outcome;
use domain::{Calendar, EntityRef, Instant, id};

/// Thirty thousand decisions of which each question finds few, as an `INSERT` that both databases read.
const LOG: &str = "
INSERT INTO audit_event (seq, event_id, t_us, kind, principal, principal_name, individual, place,
    asker, permission, resource_id, system, path, outcome, level, policy, reasons, owes, envelope, leaf)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)
SELECT i, 'evt_' || i, i * 1000, CASE WHEN i % 3 = 0 THEN 'change' ELSE 'decision' END,
    'per_0000000000000000000000' || (1000 + i % 700), 'TSTNMT-' || (i % 700), 'ind_0000000000000000000000' || (1000 + i % 600),
    '/org_0000000000000000000000' || (1000 + i % 300) || '/', 'svc_0000000000000000000000' || (1000 + i % 900),
    'kind-' || (i % 500) || ':read', 'srv_0000000000000000000000' || (1000 + i % 800),
    'sys_0000000000000000000000' || (1000 + i % 400), '/org_0000000000000000000000' || (1000 + i % 300) || '/',
    CASE WHEN i % 400 = 1 THEN 'deny' ELSE 'allow' END, CASE WHEN i % 500 = 1 THEN 1 ELSE 3 END,
    'policy-' || (i % 300), '/policy-' || (i % 300) || '/', CASE WHEN i % 700 = 1 THEN 'review' END, X32, X32
FROM n;
INSERT INTO audit_set SELECT DISTINCT 'path', trim(path, '/'), path FROM audit_event;
INSERT INTO audit_set SELECT DISTINCT 'place', trim(place, '/'), place FROM audit_event;
INSERT INTO audit_set SELECT DISTINCT 'reasons', trim(reasons, '/'), reasons FROM audit_event;
INSERT INTO audit_listed SELECT 'per_0000000000000000000000' || (1000 + seq % 700), seq FROM audit_event;
ANALYZE;
";

fn numbered<K: id::Kind>(prefix: &str) -> id::Id<K> {
    format!("{prefix}_00000000000000000000001007")
        .parse()
        .unwrap()
}

/// What is asked, and the index that answers.
#[expect(clippy::too_many_lines, reason = "a table of questions")]
fn questions() -> Vec<(&'static str, DecisionSelection)> {
    let person: EntityRef = numbered::<id::Person>("per").into();
    let server: EntityRef = numbered::<id::Server>("srv").into();
    let service: EntityRef = numbered::<id::Service>("svc").into();
    let none = DecisionSelection::default;
    vec![
        (
            "audit_event_principal ",
            DecisionSelection {
                principal: Some(PartyName::Id(person)),
                ..none()
            },
        ),
        (
            "audit_event_principal_name",
            DecisionSelection {
                principal: Some(PartyName::Key(PrincipalKey::Person(
                    "TSTNMT2321000001-7".parse().unwrap(),
                ))),
                ..none()
            },
        ),
        (
            "audit_event_individual",
            DecisionSelection {
                individual: Some(numbered("ind")),
                ..none()
            },
        ),
        (
            "audit_event_asker",
            DecisionSelection {
                asker: Some(PartyName::Id(service)),
                ..none()
            },
        ),
        (
            "audit_event_denied",
            DecisionSelection {
                outcome: Some(Outcome::Deny),
                ..none()
            },
        ),
        (
            "audit_event_permission",
            DecisionSelection {
                permission: Some("kind-7:read".parse().unwrap()),
                ..none()
            },
        ),
        (
            "audit_event_resource_id",
            DecisionSelection {
                resource: Some(server),
                ..none()
            },
        ),
        (
            "audit_event_system",
            DecisionSelection {
                system: Some(numbered("sys")),
                ..none()
            },
        ),
        (
            "audit_event_path",
            DecisionSelection {
                organisation: Some(numbered("org")),
                ..none()
            },
        ),
        (
            "audit_event_place",
            DecisionSelection {
                principal_organisation: Some(numbered("org")),
                ..none()
            },
        ),
        (
            "audit_event_reasons",
            DecisionSelection {
                policy: Some("policy-7".parse().unwrap()),
                ..none()
            },
        ),
        (
            "audit_event_reasons",
            DecisionSelection {
                reason: Some("policy-7".parse().unwrap()),
                ..none()
            },
        ),
        (
            "audit_event_level",
            DecisionSelection {
                level: Some(1),
                ..none()
            },
        ),
        (
            "audit_event_t_us",
            DecisionSelection {
                from: Some(Instant::from_micros(9_000_000)),
                before: Some(Instant::from_micros(9_100_000)),
                ..none()
            },
        ),
        (
            "audit_event_owes",
            DecisionSelection {
                review: Some(ReviewState::Waiting),
                ..none()
            },
        ),
        (
            "decision_review",
            DecisionSelection {
                review: Some(ReviewState::Done),
                ..none()
            },
        ),
    ]
}

fn statement(selection: &DecisionSelection, backend: DbBackend) -> Statement {
    let window = Window {
        order: Order {
            by: By::Created,
            descending: true,
        },
        after: None,
        before: None,
        size: 50,
        from_the_end: false,
        count: false,
    };
    let moment = Moment::of(Instant::from_seconds(0), Calendar::default());
    let wanted = <id::Event as Stored>::Entity::find().filter(selection.condition(moment));
    windowed(wanted, None, <id::Event as Stored>::KEY, &window).build(backend)
}

/// How the database would answer.
pub(in crate::read) async fn plan(db: &DatabaseConnection, asked: Statement) -> String {
    let explain = match asked.db_backend {
        DbBackend::Sqlite => "EXPLAIN QUERY PLAN ",
        DbBackend::MySql | DbBackend::Postgres | _ => "EXPLAIN ",
    };
    let values: Vec<Value> = asked.values.map(|values| values.0).unwrap_or_default();
    let sql = format!("{explain}{}", asked.sql);
    let asked = Statement::from_sql_and_values(asked.db_backend, sql, values);
    let rows = db.query_all_raw(asked).await.unwrap();
    let column = if db.get_database_backend() == DbBackend::Sqlite {
        3
    } else {
        0
    };
    let lines = rows
        .iter()
        .map(|row| row.try_get_by_index::<String>(column).unwrap());
    lines.map(|line| line + " \n").collect()
}

#[tokio::test]
async fn every_question_is_answered_by_an_index() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::migrated::<Migrator>(backend);
        let db = database.connection().await;
        let bytes = match backend {
            Backend::Sqlite => "zeroblob(32)",
            Backend::Postgres => "decode(repeat('00', 32), 'hex')",
        };
        db.execute_unprepared(&LOG.replace("X32", bytes))
            .await
            .unwrap();
        for (index, selection) in questions() {
            let plan = plan(&db, statement(&selection, db.get_database_backend())).await;
            let scan = ["Seq Scan on audit_event", "SCAN audit_event \n"];
            assert!(
                plan.contains(index) && !scan.iter().any(|scan| plan.contains(scan)),
                "{backend:?} does not use {index}:\n{plan}"
            );
        }
        db.close().await.unwrap();
    }
}
