//! Who is calling, and what a request brings.

use std::sync::Arc;

use audit::Depends;
use domain::facts::{Assurance, PrincipalKind};
use domain::target::Holder;
use domain::{EntityRef, HsaId};

use region::PrincipalRecord;

/// What a request brings besides its token.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    /// The request's id.
    pub request_id: String,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// The network zone it came from.
    pub network_zone: Option<String>,
    /// What everything that it asks for is for; `None`: it does not say.
    pub purpose: Option<String>,
}

/// Who is calling, found in the register. Only the gate makes one.
#[derive(Debug)]
pub struct Actor {
    pub(crate) record: Arc<PrincipalRecord>,
    pub(crate) assurance: Assurance,
    pub(crate) commission: Option<HsaId>,
    pub(crate) depends: Depends,
}

impl Actor {
    /// The person or service.
    #[must_use]
    pub fn id(&self) -> &EntityRef {
        &self.record.facts.id
    }

    /// Its HSA-id or client id.
    #[must_use]
    pub fn external(&self) -> &str {
        &self.record.external
    }

    /// How it signed in.
    #[must_use]
    pub fn assurance(&self) -> &Assurance {
        &self.assurance
    }

    /// Which person or service it is.
    #[must_use]
    pub fn holder(&self) -> Holder {
        match self.kind() {
            PrincipalKind::Person { person, .. } => Holder::Person(*person),
            PrincipalKind::Service { service, .. } => Holder::Service(*service),
        }
    }

    /// The person or service in full.
    #[must_use]
    pub fn kind(&self) -> &PrincipalKind {
        &self.record.facts.kind
    }
}
