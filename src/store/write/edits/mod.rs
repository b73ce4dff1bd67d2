//! Edits of the register that may amount to grants: carried out at once where nobody gains by them, else kept
//! until another human being accepts.
//!
//! An edit comes with who gains by it, or it does not come here: the store takes [`Weighed`] edits only. What a
//! second human being accepts is what they have seen, or less.

mod carry_out;
mod proposals;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;

use audit::EVERYTHING;
use domain::Date;
use domain::action::{EditRegister, Edits};
use domain::edit::Edit;
use domain::problem::EditProblem;
use gate::{Leave, Weighed, WritePermit};
use transparency::canonical;
use transparency::event::ChangeEvent;

use super::{Making, Unmade};

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
        carry_out::carry_out(tx, &self.edit, self.version, self.today).await
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
) -> BoxFuture<'a, Result<Option<ChangeEvent>, Unmade<EditProblem>>> {
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
) -> BoxFuture<'a, Result<Option<ChangeEvent>, Unmade<EditProblem>>> {
    Box::pin(async move {
        match fail_edit(tx, leave, making).await {
            Err(Unmade::Conflict(EditProblem::Unchanged)) => Ok(None),
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
) -> BoxFuture<'a, Result<Option<ChangeEvent>, Unmade<EditProblem>>> {
    Box::pin(async move {
        let weighed = leave.action();
        let edit = weighed.edit();
        if weighed.takes_two() {
            return proposals::propose(tx, leave, making).await.map(Some);
        }
        let version = making.expected_version;
        carry_out::carry_out(tx, edit, version, making.now.date()).await?;
        Ok(Some(changed(edit, leave, making, [])))
    })
}

/// The edit as the log tells it. What it touches is everything: a move alters what any scope reaches.
fn changed<A>(
    edit: &Edit,
    leave: &Leave<A>,
    making: &Making,
    besides: impl IntoIterator<Item = (&'static str, String)>,
) -> ChangeEvent {
    let mut clear = told(edit);
    clear.extend(
        besides
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into())),
    );
    let slots = making.reason_slot("justification");
    let touches = BTreeSet::from([EVERYTHING.to_owned()]);
    making.event(leave, (edit.thing(), edit.name()), clear, slots, touches)
}

fn told(edit: &Edit) -> BTreeMap<String, canonical::Value> {
    let fields = edit.fields().into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}
