//! What an import shows while it works, and what it says when it is done.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::domain::Words;
use crate::domain::speaks::{Speaks, counted, joined, verbatim, words};
use crate::service::import::{Activity, Progress, Summary};

/// How many problems are spelled out.
const SHOWN: usize = 100;

/// A progress bar on a terminal; nothing where standard error is not one.
#[derive(Debug)]
pub(super) struct Watching(ProgressBar);

impl Watching {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self(bar)
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Watching {
    fn begin(&self, activity: Activity, total: Option<u64>) {
        let says = match activity {
            Activity::Waiting => Words::part("waiting", "väntar"),
            Activity::Reading => Words::part("reading", "läser"),
            Activity::Checking => Words::part("checking", "prövar"),
            Activity::Applying => Words::part("applying", "för in"),
        };
        let template = match total {
            Some(_) => "{msg:>9} {wide_bar} {pos}/{len} {eta}",
            None => "{msg:>9} {pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0
            .set_message(says.spoken(output::language()).to_owned());
        self.0.set_position(0);
        match total {
            Some(total) => self.0.set_length(total),
            None => self.0.unset_length(),
        }
    }

    fn advance(&self, done: u64) {
        self.0.inc(done);
    }
}

/// The summary, for people.
pub(super) fn told(summary: &Summary) -> Words {
    let mut lines = vec![
        headline(summary),
        Words::part(
            "kind                  created  changed unchanged rejected  flagged",
            "slag                      nya  ändrade oändrade  avvisade flaggade",
        ),
    ];
    lines.extend(summary.kinds.iter().map(|(kind, counts)| {
        verbatim(format!(
            "{:<20} {:>8} {:>8} {:>9} {:>8} {:>8}",
            kind.name(),
            counts.created,
            counts.changed,
            counts.unchanged,
            counts.rejected,
            counts.flagged
        ))
    }));
    if let Some((source, count)) = &summary.taken_over {
        lines.push(words!(
            "taken over from source `{source}`: {count}",
            "övertagna från källan `{source}`: {count}",
            source = verbatim(source),
            count
        ));
    }
    lines.extend(flags(summary));
    lines.extend(privileges(summary));
    let problems = summary.problems.iter().take(SHOWN);
    lines.extend(problems.map(Speaks::words));
    if summary.problem_count > u64::try_from(SHOWN).unwrap_or(u64::MAX) {
        lines.push(words!(
            "… {count} problems in all",
            "… {count} problem sammanlagt",
            count = summary.problem_count
        ));
    }
    joined(lines, "\n")
}

fn headline(summary: &Summary) -> Words {
    let dry = if summary.dry_run {
        Words::part(
            ", nothing applied (dry run)",
            ", inget är infört (provkörning)",
        )
    } else {
        verbatim("")
    };
    words!(
        "run {run} of source `{source}`: {lines}{dry}",
        "Körning {run} av källan `{source}`: {lines}{dry}",
        run = summary.run,
        source = verbatim(&summary.source),
        lines = counted(summary.lines, ("line", "lines"), ("rad", "rader")),
        dry
    )
}

/// What is flagged, and where the sender has counted otherwise.
fn flags(summary: &Summary) -> Vec<Words> {
    let flagged = summary.flags.iter().filter(|(_, count)| **count > 0);
    let mut lines: Vec<Words> = flagged
        .map(|(flag, count)| {
            words!(
                "flag {flag:<32} {count:>6}",
                "flagga {flag:<32} {count:>6}",
                flag = verbatim(flag),
                count
            )
        })
        .collect();
    lines.extend(summary.flag_differences.iter().map(|difference| {
        words!(
            "flag {flag} was counted as {announced} by the sender and as {found} here",
            "flagga {flag} räknades till {announced} av avsändaren och till {found} här",
            flag = verbatim(&difference.flag),
            announced = difference.announced,
            found = difference.found
        )
    }));
    lines
}

fn privileges(summary: &Summary) -> Vec<Words> {
    let mut lines = Vec::new();
    if summary.gains_of_privilege > 0 {
        lines.push(words!(
            "gains of privilege {count:>24}",
            "nya höga behörigheter {count:>23}",
            count = summary.gains_of_privilege
        ));
    }
    if summary.unknown_permissions > 0 {
        lines.push(words!(
            "unknown permissions {count:>23}",
            "okända behörigheter {count:>25}",
            count = summary.unknown_permissions
        ));
    }
    lines
}
