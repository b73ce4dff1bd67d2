//! What is asked about somebody else, as the asker says it and as the gate is asked.

use authn::{Claimant, Subject};
use domain::facts::Assurance;
use domain::id::EventId;
use domain::target::{PrincipalKey, TargetKey};
use domain::text::{ErasableText, Reference};
use domain::{HsaId, Instant, PermissionName};

/// How the person asked about signed in, as the asker shows it.
#[derive(Debug, Clone)]
pub enum AskAssurance {
    /// The person's own token, verified here.
    Verified(Box<Claimant>),
    /// The asker's word, taken only from services that are trusted to give it.
    Asserted(Assurance),
    /// Nothing: a service is asked about.
    None,
}

/// What is asked about somebody else, as the asker says it.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Who wants to do it.
    pub principal: PrincipalKey,
    /// What.
    pub permission: PermissionName,
    /// To what.
    pub target: TargetKey,
    /// What it is for.
    pub purpose: Option<Reference>,
    /// Why, in free text; kept erasable.
    pub justification: Option<ErasableText>,
    /// The case it belongs to; kept erasable.
    pub case_reference: Option<ErasableText>,
    /// The device it is done from; kept erasable.
    pub device: Option<ErasableText>,
    /// The network zone the principal is in.
    pub network_zone: Option<Reference>,
    /// The commission chosen at sign-in.
    pub commission: Option<HsaId>,
    /// When it happened, if not now.
    pub occurred_at: Option<Instant>,
    /// Why it is an emergency, in free text; kept erasable. `None`: it is none.
    pub emergency: Option<ErasableText>,
    /// Whether only the answer and its explanation are wanted: it opens nothing, and its event says so.
    pub dry_run: bool,
}

/// A question about somebody else, with what was found out of what the asker shows.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What is asked.
    pub inquiry: Inquiry,
    /// How the principal signed in.
    pub assurance: AskAssurance,
    /// The earlier answer that the question goes on from.
    pub confirmation: Option<Confirmation>,
}

/// That a question goes on from an earlier answer to the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation(pub(super) EventId);

impl Confirmation {
    /// The earlier answer's event.
    #[must_use]
    pub const fn decision(self) -> EventId {
        self.0
    }
}

impl Ask {
    /// An active choice counts only where the user was shown that it was needed.
    pub(super) fn without_unconfirmed_choice(mut self) -> Self {
        if let (TargetKey::Record(record), None) = (&mut self.inquiry.target, self.confirmation) {
            record.active_choice = None;
        }
        self
    }

    /// Whether a token shown for the principal is the principal's own.
    #[must_use]
    pub fn shows_own_token(&self) -> bool {
        match (&self.assurance, &self.inquiry.principal) {
            (AskAssurance::Verified(claimant), PrincipalKey::Person(hsa_id)) => {
                matches!(claimant.subject(), Subject::Person(subject) if subject == hsa_id)
            }
            (AskAssurance::Verified(claimant), PrincipalKey::Service(client_id)) => {
                matches!(claimant.subject(), Subject::Service(subject) if subject == client_id)
            }
            (AskAssurance::Asserted(_) | AskAssurance::None, _) => true,
        }
    }
}
