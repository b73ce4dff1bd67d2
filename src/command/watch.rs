//! What an import shows while it works, and what it says when it is done.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::flags::heading;
use super::output;
use domain::speaks::{Speaks, counted, joined, verbatim, words};
use domain::{FlagName, Words};
use feed::Kind;
use service::import::{Activity, Progress, Summary};

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
            "                          created  changed unchanged rejected  flagged",
            "                              nya  ändrade oändrade  avvisade flaggade",
        ),
    ];
    lines.extend(summary.kinds.iter().map(|(kind, counts)| {
        words!(
            "{kind:<24} {created:>8} {changed:>8} {unchanged:>9} {rejected:>8} {flagged:>8}",
            "{kind:<24} {created:>8} {changed:>8} {unchanged:>9} {rejected:>8} {flagged:>8}",
            kind = called(*kind),
            created = counts.created,
            changed = counts.changed,
            unchanged = counts.unchanged,
            rejected = counts.rejected,
            flagged = counts.flagged
        )
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
    lines.extend(whereabouts(summary));
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

/// What the records of a kind are called.
const fn called(kind: Kind) -> Words {
    match kind {
        Kind::Organisation => Words::part("organisations", "organisationer"),
        Kind::Person => Words::part("people", "personer"),
        Kind::Engagement => Words::part("engagements", "anställningar/uppdrag"),
        Kind::System => Words::part("systems", "system"),
        Kind::Segment => Words::part("segments", "segment"),
        Kind::Server => Words::part("servers", "servrar"),
        Kind::Database => Words::part("databases", "databaser"),
        Kind::Service => Words::part("services", "tjänster"),
        Kind::Account => Words::part("accounts", "tekniska konton"),
        Kind::SupplierAssessment => Words::part("supplier assessments", "leverantörsbedömningar"),
        Kind::Role => Words::part("roles", "roller"),
        Kind::Grant => Words::part("grants", "behörigheter"),
    }
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
        .map(|(flag, count)| heading(*flag, *count))
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
    let raised = [
        (FlagName::GainOfPrivilege, summary.gains_of_privilege),
        (FlagName::UnknownPermission, summary.unknown_permissions),
    ];
    let raised = raised.into_iter().filter(|(_, count)| *count > 0);
    raised.map(|(flag, count)| heading(flag, count)).collect()
}

/// Where it is told of each thing that is flagged, once it is in the register.
fn whereabouts(summary: &Summary) -> Option<Words> {
    if summary.dry_run {
        return Some(Words::new(
            "Who would gain more that is privileged is found when it is imported, and not by a dry run.",
            "Vem som skulle få utökad hög behörighet syns när filen importeras, inte vid en provkörning.",
        ));
    }
    let counts = summary.flags.values();
    let any = counts.sum::<u64>() + summary.gains_of_privilege + summary.unknown_permissions;
    let kinds = summary.kinds.values();
    let applied = kinds
        .map(|of| of.created + of.changed + of.unchanged)
        .sum::<u64>();
    (any > 0 && applied > 0).then(|| {
        Words::new(
            "Which these are, and what to do: `behorig flags`.",
            "Vilka det är, och vad du gör åt det: `behorig flags`.",
        )
    })
}
