//! Runs whose process dies: abandoned before the first applied chunk, finished after it.

use super::*;
use ::store::import::ApplyError;

/// A run that has been staged and checked, and then applied so many steps of its phases.
async fn run_until(place: &Place, steps: usize) -> (Standing, String) {
    let permits = place.permits();
    let context = place.context(&permits);
    let (worker, mut standing) = checked(&context, &region()).await;
    applying::carry_out_steps(&worker, "region", &mut standing, steps)
        .await
        .unwrap();
    let run = worker.run().to_string();
    (standing, run)
}

async fn state(place: &Place, run: &str) -> String {
    let sql = format!("SELECT state FROM import_run WHERE id = '{run}'");
    place.texts(&sql).await.remove(0)
}

fn later(place: &Place) {
    let lease = i64::try_from(LEASE.as_secs()).unwrap();
    place.clock.set(place.clock.now().plus_seconds(lease));
}

#[tokio::test]
async fn a_run_killed_before_its_first_chunk_is_abandoned() {
    for place in places().await {
        let (_, run) = run_until(&place, 0).await;
        let clock: Arc<dyn Clock> = place.clock.clone();
        assert_eq!(settle_unfinished(&place.log, &clock).await.unwrap(), []);
        assert_eq!(state(&place, &run).await, "validated");
        later(&place);
        let settled = settle_unfinished(&place.log, &clock).await.unwrap();
        assert!(!settled[0].finished);
        assert_eq!(state(&place, &run).await, "abandoned");
        assert_eq!(place.number("SELECT COUNT(*) FROM staged_record").await, 0);
        assert!(place.events("change").await.is_empty());
        assert_eq!(settle_unfinished(&place.log, &clock).await.unwrap(), []);
        place.done().await;
    }
}

#[tokio::test]
async fn a_run_killed_after_its_first_chunk_is_finished_wherever_it_stood() {
    for steps in [1, 2, 9, 14, 22, 27] {
        for place in places().await {
            let (_, run) = run_until(&place, steps).await;
            later(&place);
            let clock: Arc<dyn Clock> = place.clock.clone();
            let settled = settle_unfinished(&place.log, &clock).await.unwrap();
            assert!(settled[0].finished, "{steps}");
            assert_eq!(state(&place, &run).await, "completed");
            let ended = place.events("operation").await;
            let ended = ended.last().unwrap();
            assert_eq!(
                ended["details"]["kinds"]["person"]["created"], 304,
                "{steps}"
            );
            assert_eq!(
                ended["details"]["kinds"]["grant"]["created"], 558,
                "{steps}"
            );
            let again = place.import(&region(), &options()).await.unwrap();
            let changed = again.kinds.values().map(|kind| kind.created + kind.changed);
            assert_eq!(changed.sum::<u64>(), 0, "{steps}");
            if !is_sqlite(&place) {
                assert_eq!(place.number("SELECT COUNT(*) FROM staged_record").await, 0);
            }
            place.done().await;
        }
    }
}

#[tokio::test]
async fn a_process_that_was_taken_for_dead_cannot_go_on() {
    for place in places().await {
        let permits = place.permits();
        let context = place.context(&permits);
        let (worker, _) = begin(&context, &options()).await.unwrap();
        worker.say_alive().await.unwrap();
        later(&place);
        let clock: Arc<dyn Clock> = place.clock.clone();
        settle_unfinished(&place.log, &clock).await.unwrap();
        let error = worker.say_alive().await.unwrap_err();
        assert!(
            matches!(error, ImportError::Apply(ApplyError::Lost)),
            "{error}"
        );
        place.done().await;
    }
}
