//! Edits of the register that may amount to grants: carried out at once where nobody gains by them, else kept
//! until another human being accepts.
//!
//! An edit comes with who gains by it, or it does not come here: the store takes [`Weighed`] edits only. What a
//! second human being accepts is what they have seen, or less.

mod carry_out;
mod proposals;

use sea_orm::DatabaseTransaction;

use audit::EVERYTHING;
use domain::ChangeKind;
use domain::action::{EditRegister, Edits as _};
use domain::edit::Edit;
use domain::problem::EditProblem;
use gate::{Leave, Weighed};
use transparency::event::Change;

use super::{Made, Making, Unmade};
use carry_out::{Done, look};

pub use proposals::{accept_edit, decline_edit, fail_acceptance};

/// Says in the commit why an edit that could not be weighed is not made.
///
/// # Errors
/// Always: what stands against it now.
#[must_use]
pub fn fail_edit<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<EditRegister>,
    making: &'a Making,
) -> Made<'a, EditProblem> {
    Box::pin(async move {
        look(tx, leave.action().edit(), making.expected_version).await?;
        Err(Unmade::Conflict(EditProblem::VersionConflict))
    })
}

/// Says in the commit what stands against an edit that could not be weighed, unless it is so already: then nothing is
/// to be made.
///
/// # Errors
/// As [`fail_edit`].
#[must_use]
pub fn leave_as_is<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<EditRegister>,
    making: &'a Making,
) -> Made<'a, EditProblem> {
    Box::pin(async move {
        match fail_edit(tx, leave, making).await {
            Err(Unmade::Conflict(EditProblem::Unchanged)) => Ok(Vec::new()),
            other => other,
        }
    })
}

/// Makes the edit that the leave is for, or keeps it as a proposal where somebody gains by it.
///
/// # Errors
/// [`Unmade::Conflict`] where the register as it is now does not admit it.
#[must_use]
pub fn edit_register<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<Weighed<EditRegister>>,
    making: &'a Making,
) -> Made<'a, EditProblem> {
    Box::pin(async move {
        let weighed = leave.action();
        let edit = weighed.edit();
        let ready = look(tx, edit, making.expected_version).await?;
        if weighed.takes_two() {
            return proposals::propose(tx, leave, making)
                .await
                .map(|change| vec![change]);
        }
        let done = ready.carry_out(tx, making.now.date()).await?;
        let (thing, other) = changed(edit, &done, leave, making);
        Ok([thing].into_iter().chain(other).collect())
    })
}

/// The edit as the log tells it: what became of the thing, and of what was written on its behalf if that is another.
/// What it touches is everything: a move alters what any scope reaches.
fn changed<A>(
    edit: &Edit,
    done: &Done,
    leave: &Leave<A>,
    making: &Making,
) -> (Change, Option<Change>) {
    let thing = making
        .change(leave, edit.thing(), edit.change())
        .with(making.reason_slot("justification"))
        .touching([EVERYTHING]);
    let thing = told(thing, edit);
    if done.thing == edit.thing() {
        return (done.told(thing), None);
    }
    let other = making.change(leave, done.thing, ChangeKind::Changed);
    (thing, Some(done.told(other)))
}

/// With what the edit says of the thing.
fn told(change: Change, edit: &Edit) -> Change {
    let fields = edit.fields().into_iter();
    fields.fold(change, |change, (name, value)| {
        change.about(name, Some(value))
    })
}
