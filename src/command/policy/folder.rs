//! `behorig policy check` and `behorig policy test`: a policy folder, without a database or a person.

use std::path::Path;

use super::super::error::CommandError;
use super::super::output;
use domain::Named;
use domain::speaks::{verbatim, words};
use policy::{Cases, PolicySet, Report};

/// The policies in a folder, or those of this binary.
pub(super) fn policies(folder: Option<&Path>) -> Result<PolicySet, CommandError> {
    Ok(match folder {
        Some(folder) => PolicySet::load(folder)?,
        None => PolicySet::embedded()?,
    })
}

/// What the policies in a folder, or those of this binary, make of the cases beside them.
pub(super) fn tried(folder: Option<&Path>) -> Result<(PolicySet, Report), CommandError> {
    let set = policies(folder)?;
    let cases = match folder {
        Some(folder) => Cases::load(folder)?,
        None => Cases::embedded()?,
    };
    let report = set.try_cases(&cases);
    Ok((set, report))
}

pub(super) fn test(folder: Option<&Path>) -> Result<(), CommandError> {
    let (_, report) = tried(folder)?;
    output::print(&report)?;
    if report.is_good() {
        return Ok(());
    }
    Err(CommandError::NotRight(words!(
        "cases that fail: {failed}; policies that no case shows both allowing and refusing: {unshown}",
        "Fall som inte stämmer: {failed}. Regler som inget fall visar både tillåta och neka: {unshown}.",
        failed = report.failed.len(),
        unshown = report.unshown.len()
    )))
}

pub(super) fn check(folder: Option<&Path>) -> Result<(), CommandError> {
    let policies = policies(folder)?;
    output::print(&words!(
        "The policies are valid; digest {digest}.",
        "Reglerna är giltiga. Kontrollsumma {digest}.",
        digest = verbatim(policies.digest())
    ))?;
    for guardrail in policies.guardrails() {
        let name = verbatim(guardrail.stage.name());
        let stage = match guardrail.until {
            Some(day) => words!("{name} until {day}", "{name} till {day}", name, day),
            None => name,
        };
        output::print(&words!(
            "  {id:<34} {stage:<24} {source}",
            "  {id:<34} {stage:<24} {source}",
            id = verbatim(guardrail.id),
            stage,
            source = verbatim(guardrail.source)
        ))?;
    }
    Ok(())
}
