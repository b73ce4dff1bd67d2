//! `behorig log replay`: every recorded decision made again, by whoever holds the host, on record.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use indicatif::ProgressBar;

use domain::Words;
use domain::clock::Clock;
use domain::speaks::{counted, joined, verbatim, words};
use service::replay::{LogReplay, PastDecision, Replayed};

use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::checking;

/// `behorig log replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The first number in the log.
    #[arg(long, value_name = "SEQ", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub from: i64,

    /// The last number in the log; without it, the last there is.
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(0..))]
    pub to: Option<i64>,
}

/// How many decisions that did not come out the same are spelled out.
const SHOWN: u64 = 100;

/// What came out.
#[derive(Debug, Default)]
struct Tally {
    same: u64,
    differing: u64,
    impossible: u64,
}

pub(super) async fn run(
    config: Option<&Path>,
    replay: Replay,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &replay.on, clock).await?;
    let again = LogReplay::begin(&opened.desk().await?, replay.from, replay.to).await?;
    let last = again.last();
    let tally = all(again).await?;
    opened.db.close().await;
    let made = tally.same.saturating_add(tally.differing);
    output::print(&words!(
        "{made} of the events {from} to {last} were made again: {same} came out the same, {differing} differ; \
         {impossible} cannot be made again",
        "Händelse {from} till {last}: {made} gjordes om. {same} blev likadana, {differing} blev det inte. {impossible} \
         går inte att göra om.",
        made = decisions(made),
        from = replay.from,
        last,
        same = tally.same,
        differing = tally.differing,
        impossible = tally.impossible
    ))?;
    if tally.differing > 0 {
        return Err(CommandError::NotRight(words!(
            "not the same as recorded: {decisions}",
            "Inte likadant som det som sparades: {decisions}.",
            decisions = decisions(tally.differing)
        ))
        .on_page());
    }
    if tally.impossible > 0 {
        return Err(CommandError::Incomplete(words!(
            "{decisions} cannot be made again",
            "{decisions} går inte att göra om.",
            decisions = decisions(tally.impossible)
        ))
        .on_page());
    }
    Ok(())
}

fn decisions(count: u64) -> Words {
    counted(count, ("decision", "decisions"), ("beslut", "beslut"))
}

async fn all(mut again: LogReplay) -> Result<Tally, CommandError> {
    let bar = checking::bar(&Words::part("replaying", "gör om"));
    let events = again.last().saturating_add(1).saturating_sub(again.next());
    bar.set_length(events.max(0).unsigned_abs());
    let mut tally = Tally::default();
    loop {
        let before = again.next();
        let made = again.some().await?;
        if made.is_empty() {
            break;
        }
        for (past, replayed) in &made {
            tally.add(past, replayed, &bar)?;
        }
        bar.inc(again.next().abs_diff(before));
    }
    bar.finish_and_clear();
    Ok(tally)
}

impl Tally {
    fn add(
        &mut self,
        past: &PastDecision,
        replayed: &Replayed,
        bar: &ProgressBar,
    ) -> Result<(), CommandError> {
        let PastDecision { seq, id, .. } = past;
        let said = match replayed {
            Replayed::Same => {
                self.same += 1;
                return Ok(());
            }
            Replayed::Differs(differences) => {
                self.differing += 1;
                let members = differences.iter().map(|difference| {
                    let said = |value: &Option<String>| {
                        let nothing = Words::part("nothing", "ingenting");
                        value.as_ref().map_or(nothing, verbatim)
                    };
                    words!(
                        "`{member}` is recorded as {recorded} and comes out as {replayed}",
                        "`{member}` är sparat som {recorded} och blir {replayed}",
                        member = verbatim(difference.member),
                        recorded = said(&difference.recorded),
                        replayed = said(&difference.replayed)
                    )
                });
                words!(
                    "event {seq} {id} differs: {members}",
                    "Händelse {seq} {id} skiljer sig: {members}.",
                    seq,
                    id = verbatim(id),
                    members = joined(members, "; ")
                )
            }
            Replayed::Impossible(why) => {
                self.impossible += 1;
                words!(
                    "event {seq} {id} cannot be made again: {why}",
                    "Händelse {seq} {id} går inte att göra om. {why}",
                    seq,
                    id = verbatim(id),
                    why
                )
            }
        };
        if self.differing + self.impossible > SHOWN {
            return Ok(());
        }
        bar.suspend(|| output::print(&said))
    }
}
