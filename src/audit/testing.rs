//! For the tests of other rooms: a register that was laid down by hand is one that the log tells.

use std::collections::BTreeMap;
use std::convert::Infallible;

use domain::clock::fresh;
use domain::{ChangeKind, EntityRef};
use register::{Aggregate, aggregates};
use sea_orm::{DatabaseTransaction, DbErr};
use transparency::canonical::Object;
use transparency::event::{Change, OperationEvent, State};

use super::log::Log;
use super::stale::EVERYTHING;
use super::state::{Erased, latest, page, told};

impl Log {
    /// Has the log tell what rows of the register hold otherwise than it has told, of those kinds whose tables may have
    /// been written, their own or those of their members; how many things that is.
    ///
    /// # Errors
    /// When the register cannot be read, or the log not written.
    pub async fn tell_rows(
        &self,
        is_written: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        let snapshot = self.database().snapshot().await?;
        let mut things = Vec::new();
        let written = aggregates().filter(|one| {
            let members = one.members.iter().map(|members| members.table);
            std::iter::once(one.table).chain(members).any(&is_written)
        });
        for aggregate in written {
            things.extend(untold(snapshot.connection(), aggregate).await?);
        }
        drop(snapshot);
        let clock = self.shared.clock.as_ref();
        let operation = OperationEvent {
            id: fresh(clock),
            name: "recover",
            decision: None,
            run: None,
            details: Object::new(),
        };
        // They may alter everything: nobody says what else rests on them.
        let change = |thing: EntityRef| {
            let all = Aggregate::of(thing.kind()).into_iter();
            Change::new(fresh(clock), thing, ChangeKind::Changed, operation.id)
                .touching([EVERYTHING])
                .setting(all.flat_map(Aggregate::names))
        };
        let changes: Vec<Change> = things.into_iter().map(change).collect();
        let count = changes.len();
        if count > 0 {
            self.by_host(&operation, |_| {
                Box::pin(async move { Ok::<_, Infallible>(((), changes)) })
            })
            .await?;
        }
        Ok(count)
    }
}

/// The things of a kind whose rows are otherwise than was told.
async fn untold(db: &DatabaseTransaction, aggregate: &Aggregate) -> Result<Vec<EntityRef>, DbErr> {
    let mut untold = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let things: BTreeMap<String, State> = page(db, aggregate, after.as_deref()).await?;
        let Some((last, _)) = things.last_key_value() else {
            return Ok(untold);
        };
        after = Some(last.clone());
        let ids: Vec<String> = things.keys().cloned().collect();
        let seqs = latest(db, &ids).await?;
        let events: Vec<u64> = seqs.values().copied().collect();
        let events = told(db, &events).await?;
        for (thing, state) in things {
            let told = seqs.get(&thing).and_then(|seq| events.get(seq));
            let is_told =
                told.is_some_and(|told| told.differing(&state, Erased::Agrees).is_empty());
            // What has an id that is none cannot be told.
            if let (false, Ok(thing)) = (is_told, thing.parse()) {
                untold.push(thing);
            }
        }
    }
}
