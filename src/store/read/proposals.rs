//! Proposed edits of the register.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr};

use entity::edit_proposal::Column;

use super::{Selection, narrowed, stored};
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column};
use domain::edit::{Edit, Gain};
use domain::id::{self, EditProposalId, EventId};
use domain::{EntityRef, Instant};

words! {
    /// What has become of a proposal.
    ProposalState {
        /// Nobody has decided on it.
        Open = "open",
        /// Somebody else accepted it, and it was made.
        Accepted = "accepted",
        /// Somebody else turned it down.
        Declined = "declined",
        /// Whoever proposed it took it back.
        Withdrawn = "withdrawn",
    }
}

row! {
    /// A proposed edit of the register.
    #[derive(Debug, Clone)]
    pub struct ProposalRecord {
        /// The id.
        pub id: EditProposalId,
        /// The edit's name.
        pub kind: String,
        /// What it changes.
        pub thing_id: EntityRef,
        /// The edit.
        pub edit: Edit,
        /// Who gains what, when it was proposed.
        pub gain: Gain,
        /// The digest of that.
        pub gain_digest: String,
        /// Whether whoever proposed it gains by it, under any HSA-id or through a service.
        pub proposers_gain: bool,
        /// What has become of it.
        pub state: ProposalState,
        /// Who proposed it.
        pub proposed_by: EntityRef,
        /// When.
        pub proposed_at: Instant,
        /// The decision by which.
        pub decision_id: EventId,
        /// Who decided on it; `None`: nobody yet.
        pub decided_by: Option<EntityRef>,
        /// When; `None`: not yet.
        pub decided_at: Option<Instant>,
    }
}

/// Which proposals.
#[derive(Debug, Clone, Default)]
pub struct ProposalSelection {
    /// Of which this has become.
    pub state: Option<ProposalState>,
    /// About this.
    pub thing: Option<EntityRef>,
}

impl Selection for ProposalSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.state => |state| Column::State.eq(state.word()),
            self.thing => |thing| Column::ThingId.eq(thing.to_string()),
        }
    }
}

impl Placed for id::EditProposal {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_organisation(column(Column::OrganisationId))
    }

    fn system() -> Option<Expr> {
        Some(column(Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(EditProposal in edit_proposal as ProposalRecord by ProposalSelection, Kind = kind);
