//! The register as a process reads it from the log is the same whether it read the whole or went on from what it had,
//! and whoever began to read before a change has it from before that.

use super::*;
use ::store::facts::{Opening, Regions};
use audit::Snapshot;
use domain::Calendar;
use gate::RegisterAt;

#[tokio::test]
async fn a_process_that_goes_on_has_what_one_that_reads_the_whole_has() {
    for place in places().await {
        let now = async || Arc::new(place.log.database().snapshot().await.unwrap());
        let at = async |regions: &Regions, moment: &Arc<Snapshot>| -> RegisterAt {
            let (calendar, now) = (Calendar::default(), place.clock.now());
            let register =
                regions.register(Arc::new(Opening::from(Arc::clone(moment))), calendar, now);
            register.await.unwrap()
        };
        let regions = Regions::default();
        place.import(&region(), &options()).await.unwrap();
        let before = now().await;
        let had = at(&regions, &before).await;
        let whole = at(&Regions::default(), &before).await;
        assert!(had.region() == whole.region());
        // Another day: somebody has left.
        let line = region()
            .lines()
            .find(|line| {
                line.contains("\"kind\":\"engagement\"") && line.contains("\"until\":null")
            })
            .unwrap()
            .to_owned();
        let left = line.replace("\"until\":null", "\"until\":\"2026-01-01\"");
        place
            .import(&edited(&line, &left), &options())
            .await
            .unwrap();
        let after = now().await;
        let has = at(&regions, &after).await;
        let whole = at(&Regions::default(), &after).await;
        assert!(has.region() == whole.region());
        assert!(has.region() != had.region());
        assert!(had.region() == at(&regions, &before).await.region());
        // A moment that nobody keeps any more is told anew.
        let anew = Regions::default();
        at(&anew, &after).await;
        assert!(had.region() == at(&anew, &before).await.region());
        drop((anew, regions, had, has, whole, before, after));
        place.done().await;
    }
}
