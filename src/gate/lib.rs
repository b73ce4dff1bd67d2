//! The front door: who is calling, and may they.
//!
//! Nothing but this module makes an [`Actor`] or a [`Permit`], and a store method takes a permit of its own
//! action or a witness that is made here too, so what was not decided cannot be done. A decision for reading waits in the
//! operation's docket until the response is sealed; a decision for writing travels inside the permit
//! and is committed with its effect.
//!
//! It stands apart from `policy`, which is pure, and from `store`, which fetches: here the facts of one
//! moment, one policy set and one instant are brought together, and the event that says so is made.
//!
//! To let a new thing be done: add its action in [`domain::action`], then ask for it with
//! [`Operation::read`] or [`Operation::write`].
#![warn(missing_docs)]

use std::sync::Arc;

use domain::clock::Clock;

use shelf::Shelf;

mod about;
mod actor;
mod ask;
mod at_all;
mod begin;
mod confirm;
mod decide;
mod event;
mod facts;
mod gain;
mod guardrails;
mod host;
mod inquiry;
mod lease;
mod list;
mod look_up;
mod missed;
mod operation;
mod otherwise;
mod overview;
mod past;
mod permit;
mod policies;
mod read_log;
mod refusal;
mod register;
mod replay;
mod reports;
mod run;
mod shelf;
mod stage;
mod territory;
mod turned;
mod worked;

pub use actor::{Actor, RequestContext};
pub use ask::{Answer, Unasked};
pub use begin::{BeginError, TURNED, Turned};
pub use confirm::CONFIRM_SECONDS;
pub use facts::{EarlierAnswer, FactError, STAGES};
pub use gain::{Weighed, Weighing};
pub use guardrails::Guardrail;
pub use host::{ByHost, HostAuthority};
pub use inquiry::{Ask, AskAssurance, Confirmation, Inquiry};
pub use lease::ListLease;
pub use operation::Operation;
pub use otherwise::{Otherwise, Turn};
pub use overview::Overview;
pub use past::{PastPolicies, Unreplayable};
pub use permit::{Evidence, Leave, Permit, WritePermit};
pub use policies::{Policies, UnusablePolicies};
pub use policy::SEGMENT_SERVER_ADMIN;
pub use refusal::Refusal;
pub use region::Loss;
pub use register::{EventPlace, LogSource, PolicyFiles, RegisterAt};
pub use replay::{Difference, RecordedDecision};
pub use run::RunAuthority;
pub use stage::WeighedStage;
pub use territory::Territory;
pub use turned::{
    Administrator, Administrators, Entitled, HeldGrant, Reached, ReachedSegment, ReachedSystem,
};
pub use worked::Worked;

/// Decides, for everybody.
#[derive(Debug)]
pub struct Gate {
    clock: Arc<dyn Clock>,
    shelf: Shelf,
}

impl Gate {
    /// A gate that decides by what is in force in the register, and by these policies where that says none.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, policies: impl Into<Arc<Policies>>) -> Self {
        Self {
            clock,
            shelf: Shelf::new(policies.into()),
        }
    }
}
