//! Edits of the register that may amount to grants: carried out at once where nobody gains by them, else kept
//! until another human being accepts.
//!
//! An edit comes with who gains by it, or it does not come here: the store takes [`Weighed`] edits only. What a
//! second human being accepts is what they have seen, or less.

mod carry_out;
mod proposals;

use sea_orm::DatabaseTransaction;

use audit::EVERYTHING;
use domain::action::{EditRegister, Edits};
use domain::edit::Edit;
use domain::problem::EditProblem;
use domain::{ChangeKind, Date, EntityRef};
use gate::{Leave, Weighed, WritePermit};
use transparency::event::Change;

use super::{Made, Making, Unmade};

pub use proposals::{accept_edit, decline_edit, fail_acceptance};

/// An edit that is made to be looked at, and taken back.
#[derive(Debug)]
pub struct Attempt {
    edit: Edit,
    version: Option<i64>,
    today: Date,
}

impl Attempt {
    /// Of what the permit is for, on the thing as the caller saw it.
    pub fn of<A: Edits>(permit: &WritePermit<A>, version: Option<i64>, today: Date) -> Self {
        Self {
            edit: permit.action().edit().clone(),
            version,
            today,
        }
    }

    /// Makes it.
    ///
    /// # Errors
    /// [`Unmade::Conflict`] where the register as it is now does not admit it.
    pub async fn make(self, tx: &DatabaseTransaction) -> Result<(), Unmade<EditProblem>> {
        carry_out::carry_out(tx, &self.edit, self.version, self.today).await?;
        Ok(())
    }
}

/// Says in the commit why an edit that could not even be tried is not made.
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
        let (edit, today) = (leave.action().edit(), making.now.date());
        carry_out::carry_out(tx, edit, making.expected_version, today).await?;
        Err(Unmade::Conflict(EditProblem::VersionConflict))
    })
}

/// Says in the commit what stands against an edit that could not even be tried, unless it is so already: then
/// nothing is to be made.
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
        if weighed.takes_two() {
            return proposals::propose(tx, leave, making)
                .await
                .map(|change| vec![change]);
        }
        let version = making.expected_version;
        let done = carry_out::carry_out(tx, edit, version, making.now.date()).await?;
        let (thing, other) = changed(edit, done, leave, making);
        Ok([thing].into_iter().chain(other).collect())
    })
}

/// The edit as the log tells it: what became of the thing, and of what was written on its behalf if that is another.
/// What it touches is everything: a move alters what any scope reaches.
fn changed<A>(
    edit: &Edit,
    done: EntityRef,
    leave: &Leave<A>,
    making: &Making,
) -> (Change, Option<Change>) {
    let thing = making
        .change(leave, edit.thing(), edit.change())
        .with(making.reason_slot("justification"))
        .touching([EVERYTHING]);
    let thing = told(thing, edit);
    if done == edit.thing() {
        return (expecting(thing, edit), None);
    }
    let other = making.change(leave, done, ChangeKind::Changed);
    (thing, Some(expecting(other, edit)))
}

/// With what the row, or the members that hang on it, hold by the edit that it was made by.
fn expecting(change: Change, edit: &Edit) -> Change {
    let flag = |yes: bool| yes.then(|| true.to_string());
    match edit {
        Edit::MoveOrganisation { parent, .. } => {
            let change = change.expecting("parent_id", Some(parent.to_string()));
            change.setting(["parents"])
        }
        Edit::MoveServer { segment, .. } => {
            change.expecting("segment_id", Some(segment.to_string()))
        }
        Edit::SetRolePrivileged { privileged, .. }
        | Edit::SetPermissionPrivileged { privileged, .. } => {
            change.expecting("privileged", flag(*privileged))
        }
        Edit::SetTrustedToAssert { trusted, .. } => {
            change.expecting("trusted_to_assert", flag(*trusted))
        }
        Edit::SetRolePermission { .. } => change.setting(["permissions"]),
        Edit::ClassifySystem { .. } => change.setting(["classification"]),
        Edit::SetControl { .. } => change.setting(["controls"]),
    }
}

/// With what the edit says of the thing.
fn told(change: Change, edit: &Edit) -> Change {
    let fields = edit.fields().into_iter();
    fields.fold(change, |change, (name, value)| {
        change.about(name, Some(value))
    })
}
