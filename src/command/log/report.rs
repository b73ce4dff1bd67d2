//! The page that `behorig log verify` prints: what was checked, whose word it rests on, and what it does
//! not prove.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::audit::bundle::{Checked, KeptResult, Tally, Trust, TrustedKey, Verdict};

/// How many names of a tally are shown.
const SHOWN: usize = 6;

/// What even a good verdict does not say.
const NOT_PROVED: &str = "\
What this does not prove
  - that nothing was left out before it was recorded, or that what was recorded is true
  - that nothing was recorded after the last event above: compare with the newest checkpoint
  - that the log was never rewritten by whoever holds its private key: keep checkpoints
    outside and give them with `--checkpoint`
  - anything about a value that is not in the bundle, nor when it was erased
";

/// The page.
pub(super) fn page(verdict: &Verdict, checked: &Checked) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}\n", headline(verdict));
    if checked.keys.is_empty() {
        return page;
    }
    let _ = write!(page, "{}", extent(verdict, checked));
    let _ = writeln!(page, "\nKeys of the log");
    for key in &checked.keys {
        let _ = write!(page, "{}", key_lines(key));
    }
    if checked.events > 0 {
        let _ = write!(page, "{}", contents(checked));
    }
    let _ = write!(page, "\n{NOT_PROVED}");
    page
}

fn contents(checked: &Checked) -> String {
    let mut text = "\nWhat was read\n".to_owned();
    for (name, tally) in [
        ("events", &checked.kinds),
        ("answers", &checked.outcomes),
        ("decided by", &checked.reasons),
        ("policy sets", &checked.policies),
        ("asked by", &checked.askers),
        ("too long", &checked.omitted),
    ] {
        let _ = write!(text, "{}", tally_lines(name, tally));
    }
    let _ = writeln!(text, "  {:<12} {}", "values", values(checked));
    text
}

fn headline(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good => "GOOD: these are the events that were recorded".to_owned(),
        Verdict::Tampered(tampered) => format!("TAMPERED: {tampered}"),
        Verdict::Incomplete(what) => format!("INCOMPLETE: {what}"),
        Verdict::CouldNotRun(what) => format!("COULD NOT VERIFY: {what}"),
    }
}

fn extent(verdict: &Verdict, checked: &Checked) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "log            {}", checked.origin);
    let range = if checked.to > checked.from {
        format!("{} to {}", checked.from, checked.to - 1)
    } else {
        "none".to_owned()
    };
    let read = if *verdict == Verdict::Good {
        String::new()
    } else {
        format!(", of which {} were read", checked.events)
    };
    let _ = writeln!(
        text,
        "events         {range} of the {} there were{read}",
        checked.size
    );
    if let Some((first, last)) = checked.time {
        let _ = writeln!(text, "recorded       {first} to {last}");
    }
    if let Some(root) = checked.root {
        let _ = writeln!(text, "root           {}", STANDARD.encode(root));
        let _ = writeln!(
            text,
            "checkpoints    that of {} events, and {} on the way; each signed by the log's key of its time",
            checked.size, checked.checkpoints
        );
    }
    for (size, result) in &checked.kept {
        let says = match result {
            KeptResult::Agrees | KeptResult::AgreesUnsigned | KeptResult::Lost
                if *verdict != Verdict::Good =>
            {
                "was given"
            }
            KeptResult::Agrees => "agrees, and is signed by the log's key",
            KeptResult::AgreesUnsigned => {
                "agrees; it is not signed by a key of the log, so it is worth what its keeper is worth"
            }
            KeptResult::Lost => {
                "is of what a restore from backup has lost, as the log accounts for"
            }
            KeptResult::NotCovered => "is not covered by this bundle",
            KeptResult::Beyond => "is of more events than this bundle knows of",
        };
        let _ = writeln!(text, "kept           that of {size} events {says}");
    }
    if checked.kept.is_empty() {
        let _ = writeln!(text, "kept           no checkpoint was given");
    }
    text
}

fn key_lines(key: &TrustedKey) -> String {
    let why = match key.trust {
        Trust::Given => "given by you",
        Trust::FollowsGiven => "endorsed by a key that you gave, or by one that it endorsed",
        Trust::LogsWord => {
            "on the log's own word: compare it with the one you have, or give that with `--key`"
        }
        Trust::Nobody => "endorsed by nobody: the key before it was lost",
    };
    let introduced = &key.introduced;
    format!(
        "  from event {}: {}\n    {why}\n",
        introduced.seq, introduced.key
    )
}

fn tally_lines(name: &str, tally: &Tally) -> String {
    let (top, rest) = tally.top(SHOWN);
    let mut text = String::new();
    for (index, (what, count)) in top.iter().enumerate() {
        let name = if index == 0 { name } else { "" };
        let _ = writeln!(text, "  {name:<12} {count:>10}  {what}");
    }
    if rest > 0 {
        let _ = writeln!(text, "  {:<12} {rest:>10}  others", "");
    }
    text
}

fn values(checked: &Checked) -> String {
    let Checked {
        values_shown,
        values_away,
        ..
    } = checked;
    if checked.values {
        format!("{values_shown} held against the events; {values_away} erased before the export")
    } else {
        format!("{values_away} stayed at home; only what commits to them is here")
    }
}
