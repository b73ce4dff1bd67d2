//! Records have an owner, and human beings are one whoever names them.

use super::*;
use domain::speaks::Speaks;

#[tokio::test]
async fn another_sources_person_is_taken_over_only_when_told_and_aloud() {
    for place in places().await {
        place
            .raw
            .execute_unprepared(
                "INSERT INTO individual (id, source, external_key) \
                 VALUES ('ind_00000000000000000000000009', 'host', 'first'); \
                 INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, \
                 name_sort, name_search) VALUES ('per_00000000000000000000000009', \
                 'TSTNMT2321000001-1010', 'host', 'ind_00000000000000000000000009', 'Eva', 'Ek', \
                 '', '')",
            )
            .await
            .unwrap();
        let sql = "SELECT source FROM person WHERE id = 'per_00000000000000000000000009'";
        let refused = place.import(&region(), &options()).await.unwrap_err();
        let ImportError::Refused(summary) = refused else {
            panic!("{refused}");
        };
        assert_eq!(summary.problem_count, 1);
        let problem = summary.problems[0].words().to_string();
        assert!(
            problem.contains("`externalId`: `host` is the source that the record belongs to"),
            "{problem}"
        );
        assert_eq!(place.texts(sql).await, ["host"]);

        let told = ImportOptions {
            take_over: Some("host".parse().unwrap()),
            ..options()
        };
        let summary = place.import(&region(), &told).await.unwrap();
        let people = summary.kinds[&Kind::Person];
        assert_eq!((people.created, people.changed), (303, 1));
        assert_eq!(summary.taken_over, Some(("host".to_owned(), 1)));
        assert_eq!(place.texts(sql).await, ["region"]);
        let said = place.events("operation").await;
        let said = |name: &str| {
            let mut of_run = said.iter().filter(|event| event["operation"] == name);
            of_run.next_back().unwrap()["details"].clone()
        };
        assert_eq!(said("runStarted")["takeOverFrom"], "host");
        assert_eq!(said("runCompleted")["takeOverFrom"], "host");
        assert_eq!(said("runCompleted")["takenOver"], 1);
        place.put_away().await;
    }
}

#[tokio::test]
async fn one_key_of_a_human_being_in_two_feeds_is_one_human_being() {
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        let region = region();
        let mut people = region
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let mut person: serde_json::Value = people
            .find(|record: &serde_json::Value| record["kind"] == "person")
            .unwrap();
        let key = person["individual"].as_str().unwrap().to_owned();
        person["externalId"] = "TSTNMT2321000001-K0N5".into();
        let elsewhere = ImportOptions {
            source: "konsult".parse().unwrap(),
            no_trailer: true,
            ..options()
        };
        let summary = place.import(&person.to_string(), &elsewhere).await.unwrap();
        assert_eq!(summary.flags[&FlagName::TwoIdsOneHuman], 1);
        let flagged = format!(
            "SELECT COUNT(*) FROM import_flag f JOIN individual i ON i.id = f.entity_id \
             WHERE f.flag = 'twoIdsOneHuman' AND i.external_key = '{key}'"
        );
        assert_eq!(place.number(&flagged).await, 1);
        let sql = format!("SELECT COUNT(*) FROM individual WHERE external_key = '{key}'");
        assert_eq!(place.number(&sql).await, 1);
        let sql = format!(
            "SELECT COUNT(*) FROM person p JOIN individual i ON i.id = p.individual_id \
             WHERE i.external_key = '{key}'"
        );
        assert_eq!(place.number(&sql).await, 2);
        place.done().await;
    }
}

/// A field of each kind that somebody might say otherwise.
const SAID_OTHERWISE: [(Kind, &str, &str); 12] = [
    (Kind::Organisation, "name", "Annan"),
    (Kind::Person, "givenName", "Annan"),
    (Kind::Engagement, "until", "2027-01-01"),
    (Kind::System, "name", "Annat"),
    (Kind::Segment, "name", "Annat"),
    (Kind::Server, "operatingSystem", "Annat"),
    (Kind::Database, "name", "Annan"),
    (Kind::Service, "name", "Annan"),
    (Kind::Account, "name", "Annat"),
    (Kind::SupplierAssessment, "agreement", "Annat"),
    (Kind::Role, "name", "Annan"),
    (Kind::Grant, "until", "2027-01-01"),
];

#[tokio::test]
async fn no_kind_of_record_is_anothers_to_tell() {
    assert_eq!(SAID_OTHERWISE.map(|(kind, ..)| kind), *Kind::ALL);
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        for (kind, field, value) in SAID_OTHERWISE {
            let region = region();
            let mut records = region
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            let mut record = records
                .find(|record| record["kind"] == kind.name())
                .unwrap();
            record[field] = value.into();
            let table = table(kind.name());
            let owned = format!(
                "SELECT id || ' ' || version || ' ' || source FROM {table} WHERE source = 'region' ORDER BY id"
            );
            let all = format!("SELECT COUNT(*) FROM {table}");
            let before = (place.texts(&owned).await, place.number(&all).await);
            let elsewhere = ImportOptions {
                source: "konsult".parse().unwrap(),
                no_trailer: true,
                ..options()
            };
            let said = place.import(&record.to_string(), &elsewhere).await;
            assert_eq!(place.texts(&owned).await, before.0, "{kind}");
            match said {
                // Ids that are a source's own name another thing in another source.
                Ok(summary) => {
                    assert_eq!(summary.kinds[&kind].created, 1, "{kind}");
                    assert_eq!(place.number(&all).await, before.1 + 1, "{kind}");
                }
                Err(ImportError::Refused(summary)) => {
                    assert_eq!(place.number(&all).await, before.1, "{kind}");
                    let told = summary.problems.iter().any(|one| {
                        let wrong = one.wrong.to_string();
                        wrong.contains("is the source that the record belongs to")
                            || wrong.contains("of the feed or the register")
                    });
                    assert!(told, "{kind}: {:?}", summary.problems);
                }
                Err(other) => panic!("{kind}: {other}"),
            }
        }
        place.done().await;
    }
}
