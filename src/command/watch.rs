//! What an import shows while it works, and what it says when it is done.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
            Activity::Waiting => "waiting",
            Activity::Reading => "reading",
            Activity::Checking => "checking",
            Activity::Applying => "applying",
        };
        let template = match total {
            Some(_) => "{msg:>9} {wide_bar} {pos}/{len} {eta}",
            None => "{msg:>9} {pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_message(says);
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
pub(super) fn told(summary: &Summary) -> String {
    let mut text = String::new();
    let _written = writeln!(
        text,
        "run {} of source `{}`: {} lines{}",
        summary.run,
        summary.source,
        summary.lines,
        if summary.dry_run {
            ", nothing applied (dry run)"
        } else {
            ""
        }
    );
    let _written = writeln!(
        text,
        "{:<20} {:>8} {:>8} {:>9} {:>8} {:>8}",
        "kind", "created", "changed", "unchanged", "rejected", "flagged"
    );
    for (kind, counts) in &summary.kinds {
        let _written = writeln!(
            text,
            "{:<20} {:>8} {:>8} {:>9} {:>8} {:>8}",
            kind.name(),
            counts.created,
            counts.changed,
            counts.unchanged,
            counts.rejected,
            counts.flagged
        );
    }
    let flagged = summary.flags.iter().filter(|(_, count)| **count > 0);
    if let Some((source, count)) = &summary.taken_over {
        let _written = writeln!(text, "taken over from source `{source}`: {count}");
    }
    for (flag, count) in flagged {
        let _written = writeln!(text, "flag {flag:<32} {count:>6}");
    }
    for difference in &summary.flag_differences {
        let _written = writeln!(
            text,
            "flag {} was counted as {} by the sender and as {} here",
            difference.flag, difference.announced, difference.found
        );
    }
    if summary.gains_of_privilege > 0 {
        let _written = writeln!(
            text,
            "gains of privilege {:>24}",
            summary.gains_of_privilege
        );
    }
    if summary.unknown_permissions > 0 {
        let _written = writeln!(
            text,
            "unknown permissions {:>23}",
            summary.unknown_permissions
        );
    }
    for problem in summary.problems.iter().take(SHOWN) {
        let _written = writeln!(text, "{problem}");
    }
    if summary.problem_count > u64::try_from(SHOWN).unwrap_or(u64::MAX) {
        let _written = writeln!(text, "… {} problems in all", summary.problem_count);
    }
    text.truncate(text.trim_end().len());
    text
}
