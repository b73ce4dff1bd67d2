//! Facts stand once a month beside the events that commit to them, go by months, and are what was committed to.

use super::*;
use crate::inspect::{self, inspect};
use crate::retain::Disposal;
use domain::Speaks as _;
use domain::facts::Question;
use sea_orm::TryGetable;
use transparency::fact::{FACTS, Texts, of_envelope, whole};

const DECEMBER: &str = "2026-12-03T09:00:00Z";
const JANUARY: &str = "2027-01-04T09:00:00Z";

/// The fixture's decision, made from a question about the unit by the service of that name.
fn made_from(client: &str) -> DecisionEvent {
    let mut question = fixture::question(UNIT);
    question["principal"]["kind"]["clientId"] = client.into();
    let question: Question = serde_json::from_value(question).unwrap();
    let mut event = decision(2);
    event.facts = Some(fixture::facts(&question).unwrap());
    event
}

async fn seal(log: &Log, clients: &[&str]) {
    let docket = clients.iter().map(|client| pending(made_from(client)));
    log.seal(docket.collect()).await.unwrap();
}

impl TestDatabase {
    fn at(&self, instant: &str) {
        self.clock.set(instant.parse().unwrap());
    }

    /// How many facts there are, by month.
    async fn months(&self) -> Vec<(String, i64)> {
        let sql = "SELECT month, COUNT(*) FROM audit_fact GROUP BY month ORDER BY month";
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        let row = |row: &sea_orm::QueryResult| {
            let month = String::try_get_by(row, 0).unwrap();
            (month, i64::try_get_by(row, 1).unwrap())
        };
        rows.iter().map(row).collect()
    }

    /// What an inspection says of facts.
    async fn inspected(&self) -> Vec<String> {
        let snapshot = self.database.snapshot().await.unwrap();
        let found = inspect(&snapshot, inspect::Known::default(), &|_| {}).await;
        let found = found.unwrap();
        let said = found.differences.named().iter();
        let said = said.map(|difference| difference.words().to_string());
        said.filter(|said| said.contains("fact")).collect()
    }

    /// The question of the last event, as far as its facts are there.
    async fn last_question(&self) -> Option<Question> {
        let envelope = self.verified().await.pop().unwrap().to_text();
        let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap();
        let mut wanted = WantedFacts::default();
        let recorded = envelope["recordedAt"].as_i64().unwrap();
        wanted.add(Instant::from_micros(recorded), of_envelope(&envelope));
        let snapshot = self.database.snapshot().await.unwrap();
        let texts: Texts = wanted.texts(snapshot.connection()).await.unwrap();
        let target = envelope["target"]["id"].as_str().unwrap();
        let question = whole(&envelope["facts"], target, &texts)?;
        Some(serde_json::from_value(question).unwrap())
    }
}

#[tokio::test]
async fn equal_facts_are_stored_once_by_a_process_and_anew_each_month() {
    for db in databases().await {
        let log = db.patient_log().await;
        seal(&log, &["reader", "reader"]).await;
        // One of the caller, one of the target.
        assert_eq!(db.months().await, [("2026-11".to_owned(), 2)]);
        seal(&log, &["reader", "writer"]).await;
        assert_eq!(db.months().await, [("2026-11".to_owned(), 3)]);
        assert_eq!(
            db.last_question().await.unwrap().principal.external(),
            "writer"
        );

        // Another process has other salts: nobody can tell by a commitment what an equal one is of.
        let another = db.another_log(LogOptions::default()).await;
        seal(&another, &["reader"]).await;
        assert_eq!(db.months().await, [("2026-11".to_owned(), 5)]);
        another.database().close().await;

        db.at(DECEMBER);
        seal(&log, &["reader", "writer"]).await;
        seal(&log, &["reader"]).await;
        let months = db.months().await;
        assert_eq!(months[0], ("2026-11".to_owned(), 5));
        let (december, count) = &months[1];
        // The first events of a month may have salts of the month before, the next ones have new ones.
        assert!(
            december == "2026-12" && (3..=5).contains(count),
            "{months:?}"
        );
        assert_eq!(db.inspected().await, [""; 0]);
        db.done().await;
    }
}

#[tokio::test]
async fn what_was_not_committed_is_not_taken_for_stored() {
    for db in databases().await {
        let log = db.patient_log().await;
        let fails = log
            .transact(Permit(pending(made_from("reader"))), Vec::new(), |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO nothing VALUES (1)";
                    let failed = tx.connection().execute_unprepared(sql).await;
                    failed.map(|_| ((), Vec::new()))
                })
            })
            .await;
        assert!(matches!(fails, Err(TransactError::Effect(_))));
        // The decision is on record as one whose effect failed, with what it was made from.
        assert_eq!(db.months().await, [("2026-11".to_owned(), 2)]);
        // Two at once, one of which finds the other's facts there.
        let another = log.clone();
        let (one, two) = tokio::join!(seal(&log, &["writer"]), async {
            let permit = Permit(pending(made_from("writer")));
            another.transact(permit, Vec::new(), nothing).await
        });
        let ((), _) = (one, two.unwrap());
        assert_eq!(db.months().await, [("2026-11".to_owned(), 3)]);
        assert_eq!(db.inspected().await, [""; 0]);
        db.done().await;
    }
}

#[tokio::test]
async fn facts_are_erased_by_months_that_are_over() {
    for db in databases().await {
        let log = db.patient_log().await;
        seal(&log, &["reader"]).await;
        db.at(DECEMBER);
        seal(&log, &["reader"]).await;
        seal(&log, &["reader"]).await;
        let december = db.number("SELECT COUNT(*) FROM audit_event").await;
        db.at(JANUARY);
        seal(&log, &["writer"]).await;
        let all = db.months().await;
        assert_eq!(all.len(), 3, "{all:?}");

        let mut disposal = Disposal {
            authority: UNIT,
            class: FACTS.to_owned(),
            number: "RS 2026/312".to_owned(),
        };
        let below = u64::try_from(december).unwrap();
        assert_eq!(log.values_to_erase(&disposal, below).await.unwrap(), 0);
        disposal.authority = INSTALLATION;
        // An event of December stays, so December does.
        let most = log.values_to_erase(&disposal, below - 1).await.unwrap();
        assert_eq!(i64::try_from(most).unwrap(), all[0].1);
        log.erase(&disposal, below).await.unwrap();
        let left = db.months().await;
        assert_eq!(left, all[2..]);
        assert_eq!(db.inspected().await, [""; 0]);

        // What comes after it is stored as ever, and nothing else may be gone.
        seal(&log, &["reader"]).await;
        assert_eq!(
            db.last_question().await.unwrap().principal.external(),
            "reader"
        );
        assert_eq!(db.inspected().await, [""; 0]);
        db.run("DELETE FROM audit_fact").await.unwrap();
        assert_eq!(db.last_question().await, None);
        let said = db.inspected().await;
        assert!(said.len() >= 3, "{said:?}");
        let gone = "are gone, and no event says that they were erased";
        assert!(said.iter().all(|said| said.contains(gone)), "{said:?}");
        db.done().await;
    }
}

#[tokio::test]
async fn every_alteration_of_a_fact_is_named_and_decides_nothing() {
    let one = "(SELECT MIN(value) FROM audit_fact)";
    for (sql, words) in [
        (
            format!("UPDATE audit_fact SET value = '{{}}' WHERE value = {one}"),
            "does not commit to the facts",
        ),
        (
            "UPDATE audit_fact SET salt = (SELECT root FROM audit_head)".to_owned(),
            "does not commit to the facts",
        ),
        (
            format!(
                "UPDATE audit_fact SET commitment = (SELECT root FROM audit_head) WHERE value = {one}"
            ),
            "belongs to no event",
        ),
        (
            "UPDATE audit_fact SET month = '2026-10'".to_owned(),
            "belongs to no event: 2026-10",
        ),
        (
            format!("DELETE FROM audit_fact WHERE value = {one}"),
            "no event says that they were erased",
        ),
        (
            "INSERT INTO audit_fact SELECT '2026-11', root, root, '{}' FROM audit_head".to_owned(),
            "belongs to no event: 2026-11",
        ),
        (
            "INSERT INTO audit_fact SELECT '2001-01', root, root, '{}' FROM audit_head".to_owned(),
            "belongs to no event: 2001-01",
        ),
    ] {
        for db in databases().await {
            let log = db.patient_log().await;
            seal(&log, &["reader"]).await;
            assert!(db.last_question().await.is_some());
            if db.database.backend() == DbBackend::Sqlite {
                db.run("DROP TRIGGER audit_fact_is_not_changed")
                    .await
                    .unwrap();
            } else {
                db.run("ALTER TABLE audit_fact DISABLE TRIGGER ALL")
                    .await
                    .unwrap();
            }
            db.run(&sql).await.unwrap();
            let said = db.inspected().await;
            assert!(
                said.iter().any(|said| said.contains(words)),
                "{sql}: {said:?}"
            );
            if !sql.starts_with("INSERT") {
                assert_eq!(db.last_question().await, None, "{sql}");
            }
            db.done().await;
        }
    }
}
