//! Events on their way into the log: their bytes, what stands beside them, and what a decision among them rests on.

use super::columns::Columns;
use super::facts::FactMemory;
use super::pending::{Depends, Pending};
use domain::Words;
use domain::id::{EntityRef, EventId};
use domain::speaks::{Speaks, verbatim, words};
use transparency::envelope::Draft;
use transparency::event::{ChangeEvent, DecisionEvent, EventError, OperationEvent, PolicyEvent};

/// An event on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) draft: Draft,
    pub(super) columns: Columns,
    /// The ids that a list returned, each once.
    pub(super) listed: Vec<EntityRef>,
    /// What a decision rests on; `None`: the event is no decision.
    pub(super) rests_on: Option<RestsOn>,
    /// About how many bytes it takes to store, facts that are there already left out.
    pub(super) bytes: usize,
}

#[derive(Debug, Clone)]
pub(super) struct RestsOn {
    pub(super) facts_at: u64,
    pub(super) depends: Depends,
}

impl Entry {
    pub(super) fn of_decision(pending: Pending, memory: &FactMemory) -> Result<Self, EventError> {
        let rests_on = RestsOn {
            facts_at: pending.event.facts_at,
            depends: pending.depends,
        };
        Self::resting_on(rests_on, &pending.event, memory)
    }

    pub(super) fn resting_on(
        rests_on: RestsOn,
        event: &DecisionEvent,
        memory: &FactMemory,
    ) -> Result<Self, EventError> {
        let mut listed = event.listed.clone();
        listed.sort_unstable();
        listed.dedup();
        let draft = Draft::of_decision(event, memory)?;
        Ok(Self {
            bytes: draft.size() + memory.unstored(draft.facts()),
            draft,
            columns: Columns::of_decision(event),
            listed,
            rests_on: Some(rests_on),
        })
    }

    pub(super) fn of_change(event: &ChangeEvent) -> Result<Self, EventError> {
        let draft = Draft::of_change(event)?;
        Ok(Self::of(draft, Columns::of_change(&event.change)))
    }

    pub(super) fn of_operation(event: &OperationEvent) -> Result<Self, EventError> {
        let draft = Draft::of_operation(event)?;
        Ok(Self::of(draft, Columns::of_operation(event)))
    }

    pub(super) fn of_policy(event: &PolicyEvent) -> Result<Self, EventError> {
        let draft = Draft::of_policy(event)?;
        Ok(Self::of(draft, Columns::of_policy(event)))
    }

    const fn of(draft: Draft, columns: Columns) -> Self {
        Self {
            bytes: draft.size(),
            draft,
            columns,
            listed: Vec::new(),
            rests_on: None,
        }
    }
}

/// Something is not to be recorded, or cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum EntryError {
    /// A change names a decision that does not allow it.
    ForeignDecision(EventId),
    /// A permit whose decision is not an allow.
    NotAllowed(EventId),
    /// What was changed is not in the register.
    NotThere(EntityRef),
    /// One commit would tell of a thing twice.
    ToldTwice(EntityRef),
    /// The database holds something else than was written in a column.
    Rewritten(EntityRef, &'static str),
    /// The database holds something else in a field than the log tells, and the change has not set it.
    Untold(EntityRef, String),
    /// The event that told of a thing last is not in the log, so nothing can be said of what is new.
    Lost(EntityRef, u64),
    /// An event cannot be recorded as it is.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl Speaks for EntryError {
    fn words(&self) -> Words {
        match self {
            Self::ForeignDecision(id) => words!(
                "`{id}` is not a decision of this transaction",
                "`{id}` är inget beslut i den här transaktionen.",
                id
            ),
            Self::NotAllowed(id) => words!(
                "`{id}` did not allow anything",
                "`{id}` tillät ingenting.",
                id
            ),
            Self::NotThere(thing) => words!(
                "`{thing}` was changed and is not in the register",
                "`{thing}` har ändrats men finns inte i registret.",
                thing
            ),
            Self::ToldTwice(thing) => words!(
                "one commit tells of `{thing}` twice",
                "Samma ändring berättar om `{thing}` två gånger.",
                thing
            ),
            Self::Rewritten(thing, column) => words!(
                "the database holds something else in `{column}` of `{thing}` than was written: a trigger or a rule of it \
                 rewrites rows",
                "Databasen har något annat i `{column}` för `{thing}` än det som skrevs. En utlösare eller regel i den \
                 skriver om rader.",
                column = verbatim(*column),
                thing
            ),
            Self::Untold(thing, field) => words!(
                "the database holds something else in `{field}` of `{thing}` than the log tells: somebody has written it \
                 by another way, and nothing that rests on it is recorded",
                "Databasen har något annat i `{field}` för `{thing}` än loggen berättar. Någon har skrivit det på ett annat \
                 sätt, och inget som bygger på det sparas.",
                field = verbatim(field),
                thing
            ),
            Self::Lost(thing, seq) => words!(
                "event {seq}, which told of `{thing}` last, is not in the log: nothing that rests on it is recorded",
                "Händelse {seq}, som senast berättade om `{thing}`, finns inte i loggen. Inget som bygger på den sparas.",
                seq = *seq,
                thing
            ),
            Self::Event(error) => error.words(),
        }
    }
}
