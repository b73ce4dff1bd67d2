//! What the first line of a file says of the log itself: its keys, and the restores it has been through.

use super::super::account::Account;
use super::super::keys::Keys;
use super::super::proof::inclusion;
use super::line::{OfLog, ProvedEvent};
use super::verdict::{Place, Verdict, Wrong};
use domain::Words;
use domain::speaks::{verbatim, words};

/// The log's keys and restores, by the events of the first line.
pub(crate) fn introduced(
    log: OfLog<'_>,
    wrong: &dyn Fn(Words) -> Verdict,
) -> Result<(Keys, Account), Verdict> {
    in_order(log.keys, log.size, "keys", wrong)?;
    in_order(log.restores, log.size, "restores", wrong)?;
    if log.keys.first().is_none_or(|first| first.seq != 0) {
        return Err(wrong(Words::new(
            "`keys` does not begin with event 0",
            "`keys` börjar inte med händelse 0.",
        )));
    }
    let events = log.keys.iter();
    let events = events.map(|event| (event.seq, event.envelope.as_bytes()));
    let keys = Keys::introduced_by(events)
        .map_err(|error| Verdict::tampered(Place::Event(error.seq()), Wrong::Key(error)))?;
    if keys.origin() != log.origin {
        return Err(wrong(Words::new(
            "`origin` is not the one of event 0",
            "`origin` är inte det som står i händelse 0.",
        )));
    }
    let mut account = Account::default();
    for event in log.restores {
        let before = account.restorations.len();
        account.add(event.seq, event.envelope.as_bytes());
        if account.restorations.len() == before {
            return Err(Verdict::tampered(Place::Event(event.seq), Wrong::NoRestore));
        }
    }
    Ok((keys, account))
}

/// Whether the events of a list are in order, and each has a path of the length that it must have.
fn in_order(
    events: &[ProvedEvent],
    size: u64,
    list: &str,
    wrong: &dyn Fn(Words) -> Verdict,
) -> Result<(), Verdict> {
    let mut before = None;
    for event in events {
        let path = inclusion(event.seq, size);
        if path.is_none_or(|path| path.len() != event.proof.len()) {
            return Err(wrong(words!(
                "a path in `{list}` does not belong to its seq and `size`",
                "En väg i `{list}` hör inte till sitt nummer och `size`.",
                list = verbatim(list)
            )));
        }
        if before.is_some_and(|before| before >= event.seq) {
            return Err(wrong(words!(
                "`{list}` are not in the order of their seqs",
                "`{list}` står inte i nummerordning.",
                list = verbatim(list)
            )));
        }
        before = Some(event.seq);
    }
    Ok(())
}
