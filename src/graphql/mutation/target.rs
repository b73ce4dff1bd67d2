//! What decisions and grants are aimed at, by the names that callers have for it.

use async_graphql::{InputObject, OneofObject};

use crate::domain::id;
use crate::domain::target::{ExternalKey, PrincipalKey, RecordDescription};
use crate::graphql::scalar::{HsaId, IdOf};
use crate::service::authorize::Target;
use crate::service::error::{InputPath, ServiceError};
use crate::service::grants::ScopeName;

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

impl From<TargetInput> for Target {
    fn from(input: TargetInput) -> Self {
        Self::Registered(match input {
            TargetInput::Organisation(hsa_id) => ExternalKey::Organisation(hsa_id.0),
            TargetInput::System(name) => ExternalKey::System(name),
            TargetInput::Segment(name) => ExternalKey::Segment(name),
            TargetInput::Server(host) => ExternalKey::Server(host),
            TargetInput::Database(name) => ExternalKey::Database(name),
            TargetInput::Person(hsa_id) => ExternalKey::Principal(PrincipalKey::Person(hsa_id.0)),
            TargetInput::Service(client) => ExternalKey::Principal(PrincipalKey::Service(client)),
            TargetInput::Role(name) => ExternalKey::Role(name),
            TargetInput::Grant(id) => return Self::Held(id.0.into()),
            TargetInput::Decision(id) => return Self::Held(id.0.into()),
            TargetInput::Record(record) => return Self::Described(record.into()),
        })
    }
}

impl From<RecordInput> for RecordDescription {
    fn from(input: RecordInput) -> Self {
        Self {
            system: input.system,
            organisation: input.organisation.0,
            kind: input.kind,
            id: input.id,
            blocked: input.blocked.unwrap_or(false),
            active_choice: input.active_choice,
            consent: input.consent.unwrap_or(false),
        }
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
    pub(super) fn into_name(self) -> Result<ScopeName, ServiceError> {
        Ok(match self {
            Self::Installation(true) => ScopeName::Installation,
            Self::Installation(false) => {
                let path = InputPath::input().at("scope").at("installation");
                let problem = "expected `true`, or another scope".to_owned();
                return Err(ServiceError::Input { path, problem });
            }
            Self::Organisation(hsa_id) => ScopeName::Organisation(hsa_id.0),
            Self::System(name) => ScopeName::System(name),
            Self::Segment(name) => ScopeName::Segment(name),
            Self::Database(name) => ScopeName::Database(name),
        })
    }
}
