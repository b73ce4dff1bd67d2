//! What imports have flagged, for whoever holds the host: each thing by the key and the name that the feed has of it.
//!
//! Of people whose identity is protected there is the HSA-id alone, and nothing that tells where they work.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use audit::DatabaseError;
use domain::FlagName;
use domain::action::ImportRegister;
use gate::Leave;

/// Something that is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedRow {
    /// The flag.
    pub flag: String,
    /// The key of what it stands on, as the feed and the API know it.
    pub key: String,
    /// What it is called: of a grant its role, of a human being the HSA-ids.
    pub name: Option<String>,
    /// Who has it: of a grant, an engagement.
    pub holder: Option<String>,
    /// Where it holds: of a grant, an engagement, a permission.
    pub place: Option<String>,
    /// What makes the flag true; `None`: it says it all.
    pub detail: Option<String>,
}

/// Everything that can carry a flag, told in the same columns.
const CARRIERS: &str = "\
    SELECT id, COALESCE(hsa_id, id) AS key, name, NULL AS holder, NULL AS place FROM organisation \
    UNION ALL SELECT id, hsa_id, CASE WHEN protected_identity THEN NULL ELSE given_name || ' ' || family_name END, \
      NULL, NULL FROM person \
    UNION ALL SELECT i.id, i.external_key, \
      (SELECT STRING_AGG(p.hsa_id, ', ' ORDER BY p.hsa_id) FROM person p WHERE p.individual_id = i.id), NULL, NULL \
      FROM individual i \
    UNION ALL SELECT e.id, e.external_id, NULL, p.hsa_id, CASE WHEN p.protected_identity THEN NULL ELSE o.name END \
      FROM engagement e JOIN person p ON p.id = e.person_id JOIN organisation o ON o.id = e.unit_id \
    UNION ALL SELECT id, external_id, name, NULL, NULL FROM system \
    UNION ALL SELECT id, external_id, name, NULL, NULL FROM segment \
    UNION ALL SELECT id, external_id, name, NULL, NULL FROM service \
    UNION ALL SELECT id, external_id, name, NULL, NULL FROM account \
    UNION ALL SELECT id, external_id, name, NULL, NULL FROM role \
    UNION ALL SELECT n.id, n.name, NULL, NULL, y.name FROM permission n LEFT JOIN system y ON y.id = n.system_id \
    UNION ALL SELECT g.id, g.external_id, r.name, COALESCE(p.hsa_id, v.external_id), \
      CASE WHEN p.protected_identity THEN NULL ELSE COALESCE(o.name, y.name, m.name, d.name) END \
      FROM role_grant g JOIN role r ON r.id = g.role_id LEFT JOIN person p ON p.id = g.person_id \
      LEFT JOIN service v ON v.id = g.service_id LEFT JOIN organisation o ON o.id = g.organisation_id \
      LEFT JOIN system y ON y.id = g.system_id LEFT JOIN segment m ON m.id = g.segment_id \
      LEFT JOIN \"database\" d ON d.id = g.database_id";

/// Everything that carries the flag, or any flag.
///
/// # Errors
/// When the database fails.
pub async fn flagged(
    connection: &DatabaseTransaction,
    leave: Leave<ImportRegister>,
    flag: Option<FlagName>,
) -> Result<Vec<FlaggedRow>, DatabaseError> {
    tracing::debug!(decision = %leave.decision(), "listing flags");
    let sql = format!(
        "SELECT f.flag, COALESCE(c.key, f.entity_id) AS key, c.name, c.holder, c.place, f.detail \
         FROM import_flag f LEFT JOIN ({CARRIERS}) c ON c.id = f.entity_id \
         WHERE $1 = '' OR f.flag = $1 ORDER BY f.flag, key, f.entity_id"
    );
    let flag = flag.map_or("", FlagName::as_str);
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [flag.into()]);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(FlaggedRow {
                flag: row.try_get("", "flag")?,
                key: row.try_get("", "key")?,
                name: row.try_get("", "name")?,
                holder: row.try_get("", "holder")?,
                place: row.try_get("", "place")?,
                detail: row.try_get("", "detail")?,
            })
        })
        .collect()
}
