//! What several inputs have in common.

use async_graphql::OneofObject;

use crate::domain::target::PrincipalKey;
use crate::graphql::scalar::HsaId;

/// A person or a service, by name.
#[derive(Debug, Clone, OneofObject)]
pub enum PrincipalInput {
    /// A person, by employee HSA-id.
    HsaId(HsaId),
    /// A service, by OAuth client id.
    ClientId(String),
}

impl From<PrincipalInput> for PrincipalKey {
    fn from(input: PrincipalInput) -> Self {
        match input {
            PrincipalInput::HsaId(hsa_id) => Self::Person(hsa_id.0),
            PrincipalInput::ClientId(client_id) => Self::Service(client_id),
        }
    }
}
