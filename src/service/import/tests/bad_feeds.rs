//! Feeds with something wrong in them: what is told, and that nothing or only the good is applied.

use super::*;
use domain::Speaks as _;

const UNKNOWN: &str = "TSTNMT2321000001-FFFF";

async fn refused(place: &Place, feed: &str) -> Summary {
    match place.import(feed, &options()).await {
        Err(ImportError::Refused(summary)) => *summary,
        other => panic!("{other:?}"),
    }
}

fn told(summary: &Summary) -> Vec<String> {
    let problems = summary.problems.iter();
    problems
        .map(|problem| problem.words().to_string())
        .collect()
}

async fn is_untouched(place: &Place) {
    assert!(place.events("change").await.is_empty());
    assert_eq!(place.number("SELECT COUNT(*) FROM person").await, 0);
    assert_eq!(place.number("SELECT COUNT(*) FROM staged_record").await, 0);
    let unfinished = "SELECT COUNT(*) FROM import_run WHERE finished_at IS NULL";
    assert_eq!(place.number(unfinished).await, 0);
    let last = place.events("operation").await;
    assert_eq!(last.last().unwrap()["operation"], "runRefused");
}

#[tokio::test]
async fn one_bad_record_means_that_nothing_is_applied_and_everything_is_told() {
    for place in places().await {
        let feed = edited(r#""from":"2012-02-21""#, r#""from":"2012-02-31""#).replacen(
            r#""operatingSystem":"RHEL 9""#,
            r#""os":"RHEL 9""#,
            1,
        );
        let summary = refused(&place, &feed).await;
        let told = told(&summary);
        assert_eq!((summary.problem_count, summary.bad_lines), (3, 2));
        assert!(
            told[0].contains("`from`: the text of 10 characters"),
            "{told:?}"
        );
        assert!(
            told.iter()
                .any(|text| text.contains("`os`: the key is unknown")),
            "{told:?}"
        );
        is_untouched(&place).await;
        place.done().await;
    }
}

/// Every reference, and every rule between records: the line, what is told.
#[tokio::test]
async fn what_does_not_fit_together_is_found_before_anything_is_applied() {
    let cases: &[(&str, String, &str)] = &[
        (
            r#""externalId":"eng-000000","person":"TSTNMT2321000001-1010""#,
            format!(r#""externalId":"eng-000000","person":"{UNKNOWN}""#),
            "`person`: `TSTNMT2321000001-FFFF` is no person of the feed or the register",
        ),
        (
            r#""externalId":"grant-000000","principal":{"kind":"person","externalId":"TSTNMT2321000001-1089"}"#,
            r#""externalId":"grant-000000","principal":{"kind":"person","externalId":"TSTNMT2321000001-1010"}"#.to_owned(),
            "`engagement`: `eng-000061` is an engagement of somebody else",
        ),
        (
            r#""externalId":"TSTNMT2321000001-1001","name":"Region Exempel 1","parent":null"#,
            r#""externalId":"TSTNMT2321000001-1001","name":"Region Exempel 1","parent":"TSTNMT2321000001-1002""#.to_owned(),
            "`parent`: `TSTNMT2321000001-1002` leads back to the organisation itself",
        ),
        (
            r#""externalId":"role-0000","name":"Läkare","system":"sys-000""#,
            r#""externalId":"role-0001","name":"Läkare","system":"sys-000""#.to_owned(),
            "`externalId`: `role-0001` is the id of an earlier record of the same kind",
        ),
        (
            r#""externalId":"db-000","name":"000_prod","system":"sys-000","server":"000-db-07.region.example""#,
            r#""externalId":"db-000","name":"000_prod","system":"sys-000","server":"nowhere.region.example""#.to_owned(),
            "`server`: `nowhere.region.example` is no server",
        ),
        (
            r#""kind":"service","externalId":"iam","name""#,
            r#""kind":"service","externalId":"behorig-bootstrap","name""#.to_owned(),
            "`behorig-bootstrap` is the id of a built-in service",
        ),
    ];
    for place in places().await {
        for (from, to, expected) in cases {
            let summary = refused(&place, &edited(from, to)).await;
            let told = told(&summary);
            assert!(
                told.iter().any(|text| text.contains(expected)),
                "{expected}: {told:#?}"
            );
            is_untouched(&place).await;
        }
        place.done().await;
    }
}

#[tokio::test]
async fn a_systems_role_reaches_into_its_own_system_only() {
    for place in places().await {
        let feed = region();
        // A grant of one of Cosmic's roles over another system's segment.
        let bad = r#"{"kind":"grant","externalId":"grant-x","principal":{"kind":"person","externalId":"TSTNMT2321000001-1089"},"engagement":"eng-000061","role":"role-0000","scope":{"kind":"segment","externalId":"seg-001-app"},"from":"2026-01-01","until":null,"needsAndRiskAnalysis":null,"orderedBy":"TSTNMT2321000001-1010","approvedBy":null,"origin":"baseline","attestBy":null}"#;
        let feed = feed
            .replacen(
                "{\"kind\":\"expectation\"",
                &format!("{bad}\n{{\"kind\":\"expectation\""),
                1,
            )
            .replacen("\"grant\":558", "\"grant\":559", 1);
        let summary = refused(&place, &feed).await;
        let told = told(&summary);
        assert!(
            told[0].contains("`scope.externalId`: `seg-001-app` is outside the system"),
            "{told:?}"
        );
        let good = feed.replacen(
            "\"seg-001-app\"},\"from\":\"2026-01-01\"",
            "\"seg-000-app\"},\"from\":\"2026-01-01\"",
            1,
        );
        place.import(&good, &options()).await.unwrap();
        place.done().await;
    }
}

#[tokio::test]
async fn what_cannot_change_is_told_before_the_database_refuses_it() {
    let cases = [
        (
            r#""externalId":"role-0000","name":"Läkare","system":"sys-000""#,
            r#""externalId":"role-0000","name":"Läkare","system":"sys-001""#,
            "`system`: `sys-001` is not the system that the role belonged to",
        ),
        (
            r#""externalId":"eng-000000","person":"TSTNMT2321000001-1010""#,
            r#""externalId":"eng-000000","person":"TSTNMT2321000001-1012""#,
            "`person`: `TSTNMT2321000001-1012` is not whose engagement it was",
        ),
        (
            r#""externalId":"grant-000000","principal":{"kind":"person","externalId":"TSTNMT2321000001-1089"},"engagement":"eng-000061""#,
            r#""externalId":"grant-000000","principal":{"kind":"person","externalId":"TSTNMT2321000001-1010"},"engagement":null"#,
            "`principal.externalId`: `TSTNMT2321000001-1010` is not who held the grant",
        ),
    ];
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        for (from, to, expected) in cases {
            let summary = refused(&place, &edited(from, to)).await;
            let told = told(&summary);
            assert!(
                told.iter().any(|text| text.contains(expected)),
                "{expected}: {told:#?}"
            );
        }
        place.done().await;
    }
}

#[tokio::test]
async fn rejects_are_handed_back_as_they_were_with_those_that_rest_on_them() {
    for place in places().await {
        // The person's line has odd spacing, which must survive; a manager of many others.
        let feed = edited(
            r#"{"kind":"person","externalId":"TSTNMT2321000001-1089","individual""#,
            r#"{"kind":"person",  "externalId":"TSTNMT2321000001-1089","shoeSize":43,"individual""#,
        );
        let mut rejects = Vec::new();
        let summary = place
            .import_with(&feed, &options(), Some(&mut rejects))
            .await
            .unwrap();
        let rejects = String::from_utf8(rejects).unwrap();
        let handed: Vec<&str> = rejects.lines().collect();
        let total: u64 = summary.kinds.values().map(|kind| kind.rejected).sum();
        assert_eq!(u64::try_from(handed.len()).unwrap(), total);
        assert!(handed[0].contains("\"shoeSize\":43"));
        assert!(
            handed
                .iter()
                .all(|line| feed.lines().any(|original| original == *line))
        );
        assert!(
            handed
                .iter()
                .any(|line| line.contains("\"externalId\":\"grant-000000\""))
        );
        assert!(
            told(&summary)
                .iter()
                .any(|text| text.contains("which is rejected")),
            "{:?}",
            told(&summary)
        );
        let people = summary.kinds[&Kind::Person];
        assert_eq!((people.created, people.rejected), (303, 1));
        assert_eq!(place.number("SELECT COUNT(*) FROM person").await, 303);
        // Put right, the rest comes in by itself.
        let right = rejects.replace(",\"shoeSize\":43", "");
        let again = ImportOptions {
            no_trailer: true,
            ..options()
        };
        let summary = place.import(&right, &again).await.unwrap();
        assert_eq!(summary.kinds[&Kind::Person].created, 1);
        assert_eq!(place.number("SELECT COUNT(*) FROM role_grant").await, 558);
        place.done().await;
    }
}

#[tokio::test]
async fn a_truncated_feed_is_incomplete_and_nothing_is_applied() {
    for place in places().await {
        let region = region();
        let cut: Vec<&str> = region.lines().take(700).collect();
        let error = place.import(&cut.join("\n"), &options()).await.unwrap_err();
        assert_eq!(error.exit_code(), 3, "{error}");
        is_untouched(&place).await;
        let lost: Vec<&str> = region
            .lines()
            .filter(|line| !line.contains("\"db-003\""))
            .collect();
        let error = place
            .import(&lost.join("\n"), &options())
            .await
            .unwrap_err();
        assert_eq!(error.exit_code(), 3, "{error}");
        assert!(
            error.to_string().contains("database: 20 sent, 19 read"),
            "{error}"
        );
        is_untouched(&place).await;
        place.done().await;
    }
}
