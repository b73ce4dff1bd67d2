//! What is shown while events are checked, and what it comes to.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::error::CommandError;
use super::super::output;
use domain::Words;
use domain::speaks::{Speaks, words};
use transparency::bundle::{Checked, Verdict};

/// What is going on while events are verified.
pub(super) const VERIFYING: Words = Words::part("verifying", "verifierar");

/// The exit code of a verdict.
pub(super) fn told(verdict: Verdict) -> Result<(), CommandError> {
    match verdict {
        Verdict::Good => Ok(()),
        Verdict::Tampered(tampered) => Err(CommandError::NotRight(self::tampered(&tampered))),
        Verdict::Incomplete(what) => Err(CommandError::Incomplete(words!(
            "incomplete: {what}",
            "Ofullständigt: {what}",
            what
        ))),
        Verdict::CouldNotRun(what) => Err(CommandError::Could(words!(
            "could not verify: {what}",
            "Det gick inte att verifiera: {what}",
            what
        ))),
    }
}

/// That it is not what was recorded.
pub(super) fn tampered(what: &impl Speaks) -> Words {
    words!("tampered: {what}", "Manipulerad: {what}", what)
}

/// A progress bar on a terminal; nothing where standard error is not one.
pub(super) fn bar(says: &Words) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(says.spoken(output::language()).to_owned());
    bar
}

pub(super) fn advance(bar: &ProgressBar, checked: &Checked) {
    bar.set_length(checked.to - checked.from);
    bar.set_position(checked.events);
}
