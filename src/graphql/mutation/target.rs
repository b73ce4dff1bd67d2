//! What decisions and grants are aimed at, by the names that callers have for it.

use async_graphql::{InputObject, OneofObject};

use crate::scalar::{HsaId, IdOf};
use domain::Words;
use domain::id;
use domain::target::{ExternalKey, PrincipalKey, RecordDescription, ScopeName, TargetKey};
use service::error::{InputPath, ServiceError};

use super::input::{AskWrong, in_clear, reason};

/// What a question is about: something in the register by its name outside, or a record described.
#[derive(Debug, Clone, OneofObject)]
pub enum TargetInput {
    /// An organisation, by HSA-id.
    Organisation(HsaId),
    /// A system, by external id.
    System(String),
    /// A segment, by external id.
    Segment(String),
    /// A server, by host name.
    Server(String),
    /// A database, by external id.
    Database(String),
    /// The register's entry about a person, by HSA-id.
    Person(HsaId),
    /// The register's entry about a machine, by client id.
    Service(String),
    /// A role, by external id.
    Role(String),
    /// A grant.
    Grant(IdOf<id::Grant>),
    /// A decision of the log.
    Decision(IdOf<id::Event>),
    /// Something in the asker's own keeping.
    Record(RecordInput),
}

/// Something that the register does not hold, as the asker describes it.
#[derive(Debug, Clone, InputObject)]
pub struct RecordInput {
    /// The external id of the system that holds it.
    system: String,
    /// The organisation that owns it.
    organisation: HsaId,
    /// The asker's word for its kind.
    kind: String,
    /// The asker's opaque reference to it; what looks like a personal identity number is refused.
    id: String,
    /// Whether it is blocked (spärr); null: no.
    blocked: Option<bool>,
    /// The reason for an active choice, when one has been made; null: none has. It goes with `confirms`.
    active_choice: Option<String>,
    /// Whether the patient consents to a blocked record being opened; null: no.
    consent: Option<bool>,
}

impl TargetInput {
    /// The target, which stands at `path` in the input.
    pub(super) fn into_target(self, path: &InputPath) -> Result<TargetKey, AskWrong> {
        Ok(TargetKey::External(match self {
            Self::Organisation(hsa_id) => ExternalKey::Organisation(hsa_id.0),
            Self::System(name) => ExternalKey::System(in_clear(path, "system", &name)?),
            Self::Segment(name) => ExternalKey::Segment(in_clear(path, "segment", &name)?),
            Self::Server(host) => ExternalKey::Server(in_clear(path, "server", &host)?),
            Self::Database(name) => ExternalKey::Database(in_clear(path, "database", &name)?),
            Self::Person(hsa_id) => ExternalKey::Principal(PrincipalKey::Person(hsa_id.0)),
            Self::Service(client) => {
                let client = in_clear(path, "service", &client)?;
                ExternalKey::Principal(PrincipalKey::Service(client))
            }
            Self::Role(name) => ExternalKey::Role(in_clear(path, "role", &name)?),
            Self::Grant(id) => return Ok(TargetKey::Entity(id.0.into())),
            Self::Decision(id) => return Ok(TargetKey::Entity(id.0.into())),
            Self::Record(record) => {
                let record = record.described(&path.at("record"))?;
                return Ok(TargetKey::Record(Box::new(record)));
            }
        }))
    }
}

impl RecordInput {
    fn described(self, path: &InputPath) -> Result<RecordDescription, AskWrong> {
        Ok(RecordDescription {
            system: in_clear(path, "system", &self.system)?,
            organisation: self.organisation.0,
            kind: in_clear(path, "kind", &self.kind)?,
            id: in_clear(path, "id", &self.id)?,
            blocked: self.blocked.unwrap_or(false),
            active_choice: reason(path, "activeChoice", self.active_choice.as_deref())?,
            consent: self.consent.unwrap_or(false),
        })
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, OneofObject)]
pub enum ScopeInput {
    /// Everything; only `true` says so.
    Installation(bool),
    /// An organisation and all below it, by HSA-id.
    Organisation(HsaId),
    /// A system, by external id.
    System(String),
    /// A segment, by external id.
    Segment(String),
    /// A database, by external id.
    Database(String),
}

impl ScopeInput {
    pub(super) fn into_name(self, path: &InputPath) -> Result<ScopeName, ServiceError> {
        Ok(match self {
            Self::Installation(true) => ScopeName::Installation,
            Self::Installation(false) => {
                let path = path.at("installation");
                let problem = Words::new(
                    "expected `true`, or another scope",
                    "Ange `true`, eller en annan omfattning.",
                );
                return Err(ServiceError::Input { path, problem });
            }
            Self::Organisation(hsa_id) => ScopeName::Organisation(hsa_id.0),
            Self::System(name) => ScopeName::System(path.text("system", &name)?),
            Self::Segment(name) => ScopeName::Segment(path.text("segment", &name)?),
            Self::Database(name) => ScopeName::Database(path.text("database", &name)?),
        })
    }
}
