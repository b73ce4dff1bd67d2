//! What several inputs have in common.

use async_graphql::OneofObject;

use crate::scalar::HsaId;
use domain::target::PrincipalKey;
use service::error::{InputPath, ServiceError};

/// A person or a service, by name.
#[derive(Debug, Clone, OneofObject)]
pub enum PrincipalInput {
    /// A person, by employee HSA-id.
    HsaId(HsaId),
    /// A service, by OAuth client id.
    ClientId(String),
}

impl PrincipalInput {
    /// The name, which stands at `path` in the input.
    pub(crate) fn into_key(self, path: &InputPath) -> Result<PrincipalKey, ServiceError> {
        Ok(match self {
            Self::HsaId(hsa_id) => PrincipalKey::Person(hsa_id.0),
            Self::ClientId(client_id) => PrincipalKey::Service(path.text("clientId", &client_id)?),
        })
    }
}
