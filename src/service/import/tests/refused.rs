//! Records that pass every check and are refused when they are applied: each is named, the rest goes on,
//! and the run ends.

use super::*;
use domain::Speaks as _;

/// A role of Cosmic that somebody makes as a general one while the feed waits to be applied.
const ROLE: &str = "role-0004";

impl Place {
    async fn execute(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
    }

    async fn make_role_beside(&self) {
        let id: id::RoleId = fresh(self.clock.as_ref());
        let sql = format!(
            "INSERT INTO role (id, source, external_id, name, name_sort, name_search, system_key, \
             privileged, patient_data) \
             VALUES ('{id}', 'region', '{ROLE}', 'Made beside', 'x', 'x', '', FALSE, FALSE)"
        );
        self.execute(&sql).await;
    }
}

fn line_of(feed: &str, part: &str) -> usize {
    1 + feed.lines().position(|line| line.contains(part)).unwrap()
}

#[tokio::test]
async fn what_was_made_beside_the_run_refuses_one_record_and_the_rest_is_applied() {
    for place in places().await {
        let feed = region();
        let permits = place.permits();
        let context = place.context(&permits);
        let (worker, mut standing) = checked(&context, &feed).await;
        place.make_role_beside().await;
        let mut lines = Vec::new();
        applying::carry_out(
            &worker,
            "region",
            &mut standing,
            Some(&mut lines),
            &Unwatched,
        )
        .await
        .unwrap();
        let summary = summary::of_checks(&worker, &options(), &standing, None)
            .await
            .unwrap();
        assert_eq!((summary.refused, summary.problem_count), (1, 1));
        assert_eq!(summary.kinds[&Kind::Role].rejected, 1);
        let told = summary.problems[0].words().to_string();
        let line = line_of(&feed, &format!(r#""kind":"role","externalId":"{ROLE}""#));
        assert!(
            told.starts_with(&format!("line {line}: the role was not applied")),
            "{told}"
        );
        assert!(
            told.contains("role keeps its system") && told.contains("expected"),
            "{told}"
        );
        let details = summary::details_of_standing("region", &standing, &[]);
        worker
            .finish(Outcome::Completed, &standing, details)
            .await
            .unwrap();
        let ended = place.events("operation").await;
        let details = &ended.last().unwrap()["details"];
        assert_eq!(details["refused"], 1);
        assert_eq!(details["kinds"]["person"]["created"], 304);
        let grants = place
            .number("SELECT COUNT(*) FROM role_grant WHERE source = 'region'")
            .await;
        assert_eq!(grants, 558);
        place.put_away().await;
    }
}

/// A trigger stands for any rule that the checks do not know.
async fn refuse(place: &Place, table: &str, external_ids: &[&str]) {
    let listed = external_ids.join("', '");
    let key = if table == "organisation" {
        "hsa_id"
    } else {
        "external_id"
    };
    let sql = if is_sqlite(place) {
        format!(
            "CREATE TRIGGER refusing BEFORE INSERT ON {table} WHEN NEW.{key} IN ('{listed}') \
             BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    } else {
        format!(
            "CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END $$; \
             CREATE TRIGGER refusing BEFORE INSERT ON {table} FOR EACH ROW \
             WHEN (NEW.{key} IN ('{listed}')) EXECUTE FUNCTION refusing()"
        )
    };
    place.execute(&sql).await;
}

#[tokio::test]
async fn a_run_that_was_left_behind_is_finished_around_what_is_refused() {
    for place in places().await {
        let run = {
            let permits = place.permits();
            let context = place.context(&permits);
            let (worker, mut standing) = checked(&context, &region()).await;
            applying::carry_out_steps(&worker, "region", &mut standing, 1)
                .await
                .unwrap();
            worker.run().to_string()
        };
        refuse(&place, "account", &["acct-0000", "acct-0002", "acct-0003"]).await;
        let lease = i64::try_from(LEASE.as_secs()).unwrap();
        place.clock.set(place.clock.now().plus_seconds(lease));
        let clock: Arc<dyn Clock> = place.clock.clone();
        let settled = settle_unfinished(&place.log, &clock).await.unwrap();
        assert!(settled[0].finished);
        let state = format!("SELECT state FROM import_run WHERE id = '{run}'");
        assert_eq!(place.texts(&state).await, ["completed"]);
        let problems = format!("SELECT problem FROM import_problem WHERE run_id = '{run}'");
        let problems = place.texts(&problems).await;
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems.iter().all(|wrong| wrong.contains("not this one")),
            "{problems:?}"
        );
        assert_eq!(settle_unfinished(&place.log, &clock).await.unwrap(), []);
        place.done().await;
    }
}

/// What stands below it and what refers to it is refused in its turn, and said so.
#[tokio::test]
async fn what_refers_to_a_refused_record_is_refused_too() {
    for place in places().await {
        let feed = region();
        let unit = "TSTNMT2321000001-1049";
        refuse(&place, "organisation", &[unit]).await;
        let mut lines = Vec::new();
        let summary = place
            .import_with(&feed, &options(), Some(&mut lines))
            .await
            .unwrap();
        assert!(summary.refused > 1, "{summary:?}");
        assert_eq!(summary.refused, summary.problem_count);
        let told: Vec<String> = summary
            .problems
            .iter()
            .map(|problem| problem.words().to_string())
            .collect();
        let others = told.iter().filter(|text| !text.contains("not this one"));
        for text in others {
            assert!(text.contains("that is not there any more"), "{text}");
        }
        let handed_back = String::from_utf8(lines).unwrap();
        assert_eq!(handed_back.lines().count() as u64, summary.refused);
        assert!(
            handed_back.lines().next().unwrap().contains(unit),
            "{handed_back}"
        );
        let applied = summary
            .kinds
            .values()
            .map(|kind| kind.created + kind.rejected);
        assert_eq!(
            applied.sum::<u64>() + 1,
            summary.lines,
            "each record has an end"
        );

        // When nothing refuses them any more, what was handed back can be applied.
        let stop = if is_sqlite(&place) {
            "DROP TRIGGER refusing"
        } else {
            "DROP TRIGGER refusing ON organisation"
        };
        place.execute(stop).await;
        let rest = ImportOptions {
            no_trailer: true,
            ..options()
        };
        let again = place.import(&handed_back, &rest).await.unwrap();
        let created = again.kinds.values().map(|kind| kind.created);
        assert_eq!(created.sum::<u64>(), summary.refused);
        assert_eq!(again.refused, 0);
        place.done().await;
    }
}
