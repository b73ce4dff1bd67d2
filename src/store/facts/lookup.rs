//! From a name outside to an id in the register.

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, rows};
use domain::EntityRef;
use domain::target::{ExternalKey, PrincipalKey};
use gate::FactError;

/// The id of what has that name; `None`: nothing has it.
pub(super) async fn id_of(
    connection: &DatabaseTransaction,
    key: &ExternalKey,
) -> Result<Option<EntityRef>, FactError> {
    let sql = match key {
        ExternalKey::Organisation(_) => "SELECT id FROM organisation WHERE hsa_id = $1",
        ExternalKey::Principal(PrincipalKey::Person(_)) => {
            "SELECT id FROM person WHERE hsa_id = $1"
        }
        ExternalKey::Principal(PrincipalKey::Service(_)) => {
            "SELECT id FROM service WHERE external_id = $1"
        }
        ExternalKey::System(_) => "SELECT id FROM system WHERE external_id = $1 LIMIT 2",
        ExternalKey::Segment(_) => "SELECT id FROM segment WHERE external_id = $1 LIMIT 2",
        ExternalKey::Server(_) => "SELECT id FROM server WHERE external_id = $1 LIMIT 2",
        ExternalKey::Database(_) => "SELECT id FROM \"database\" WHERE external_id = $1 LIMIT 2",
        ExternalKey::Role(_) => "SELECT id FROM role WHERE external_id = $1 LIMIT 2",
        ExternalKey::Engagement(_) => "SELECT id FROM engagement WHERE external_id = $1 LIMIT 2",
    };
    let found = rows(connection, sql, [Value::from(key.as_str())]).await?;
    match found.as_slice() {
        [] => Ok(None),
        [row] => Row::of("register", row).entity("id").map(Some),
        _ => Err(FactError::Ambiguous {
            kind: key.kind().name(),
        }),
    }
}
