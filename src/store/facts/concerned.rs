//! Whom an edit of the register concerns, and what is kept in the thing that it changes.

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{CONFERS_PRIVILEGED, Row, rows};
use domain::EntityRef;
use domain::edit::Edit;
use domain::id::PlaceKind;
use gate::FactError;

/// `THOSE` stands for a condition on the grant and its role, with `$3` and, where it needs one, `$4`.
const HOLDERS: &str = "\
    SELECT DISTINCT COALESCE(g.person_id, g.service_id) AS id FROM role_grant g \
    JOIN role r ON r.id = g.role_id \
    WHERE g.revoked_at IS NULL AND COALESCE(g.person_id, g.service_id) > $1 AND (THOSE) \
    ORDER BY id LIMIT $2";

/// That the role `r` is for use of a system, whose records may be of patients.
const CONFERS_USE: &str = "EXISTS (\
    SELECT 1 FROM role_permission ru JOIN permission u ON u.id = ru.permission_id \
    WHERE ru.role_id = r.id AND u.category = 'use')";

/// Roles through which somebody may gain by a move: privileged ones, those that may open patient data, and those
/// that administer.
fn weighty() -> String {
    format!("(r.privileged OR r.patient_data OR {CONFERS_USE} OR {CONFERS_PRIVILEGED})")
}

/// Over something above the organisation, over everything, or over something in it, whose care provider and authority
/// become others; or held by who works in it, and works for another care provider then.
const MOVED: &str = "(g.scope_kind = 'installation' \
    OR g.person_id IN (SELECT e.person_id FROM engagement e JOIN organisation_closure m \
    ON m.descendant_id = e.unit_id WHERE m.ancestor_id = $3) \
    OR g.organisation_id IN (SELECT ancestor_id FROM organisation_closure WHERE descendant_id = $3) \
    OR g.organisation_id IN (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = $3))";

/// Of the system's roles, or of general ones that reach systems and hold something that systems ask about.
const CLASSIFIED: &str = "r.system_id = $3 OR g.system_id = $3 \
    OR g.segment_id IN (SELECT id FROM segment WHERE system_id = $3) \
    OR g.database_id IN (SELECT id FROM \"database\" WHERE system_id = $3) \
    OR (r.system_id IS NULL AND g.scope_kind IN ('installation', 'organisation') AND EXISTS (\
    SELECT 1 FROM role_permission m JOIN permission p ON p.id = m.permission_id \
    WHERE m.role_id = r.id AND (p.category IS NOT NULL OR p.privileged)))";

const HOLDING: &str = "r.system_key = $4 AND EXISTS (\
    SELECT 1 FROM role_permission m JOIN permission p ON p.id = m.permission_id \
    WHERE m.role_id = r.id AND p.name = $3)";

pub(super) async fn concerned(
    connection: &DatabaseTransaction,
    edit: &Edit,
    after: Option<String>,
    limit: u64,
) -> Result<Vec<EntityRef>, FactError> {
    let (those, values): (String, Vec<Value>) = match edit {
        Edit::MoveOrganisation { organisation, .. } => (
            format!("{} AND {MOVED}", weighty()),
            vec![organisation.to_string().into()],
        ),
        Edit::MoveServer { .. } | Edit::SetControl { .. } => {
            (CONFERS_PRIVILEGED.to_owned(), Vec::new())
        }
        Edit::SetRolePermission { role, .. } | Edit::SetRolePrivileged { role, .. } => {
            ("g.role_id = $3".to_owned(), vec![role.to_string().into()])
        }
        Edit::SetPermissionPrivileged {
            permission, system, ..
        } => {
            let key = system.map(|id| id.to_string()).unwrap_or_default();
            (
                HOLDING.to_owned(),
                vec![permission.as_str().into(), key.into()],
            )
        }
        Edit::ClassifySystem { system, .. } => {
            (CLASSIFIED.to_owned(), vec![system.to_string().into()])
        }
        // Whose sign-ins it will tell of is not known; nobody's grants are.
        Edit::SetTrustedToAssert { .. } => return Ok(Vec::new()),
    };
    let mut given = vec![
        Value::from(after.unwrap_or_default()),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    given.extend(values);
    let found = rows(connection, &HOLDERS.replace("THOSE", &those), given).await?;
    entities("role_grant", &found)
}

const IN_ORGANISATION: &str = "\
    WITH here AS (SELECT descendant_id AS id FROM organisation_closure WHERE ancestor_id = $1) \
    SELECT s.id FROM system s JOIN here ON here.id = s.organisation_id \
    UNION SELECT s.id FROM segment s JOIN here ON here.id = s.organisation_id \
    UNION SELECT d.id FROM \"database\" d JOIN server v ON v.id = d.server_id \
    JOIN segment s ON s.id = v.segment_id JOIN here ON here.id = s.organisation_id";

const IN_SYSTEM: &str = "\
    SELECT id FROM segment WHERE system_id = $1 \
    UNION SELECT id FROM \"database\" WHERE system_id = $1";

const ON_SERVER: &str = "SELECT id FROM \"database\" WHERE server_id = $1";

pub(super) async fn kept_in(
    connection: &DatabaseTransaction,
    thing: EntityRef,
) -> Result<Vec<EntityRef>, FactError> {
    let sql = match thing.kind().place() {
        Some(PlaceKind::Organisation) => IN_ORGANISATION,
        Some(PlaceKind::System) => IN_SYSTEM,
        Some(PlaceKind::Server) => ON_SERVER,
        Some(PlaceKind::Segment | PlaceKind::Database) | None => return Ok(vec![thing]),
    };
    let found = rows(connection, sql, [Value::from(thing.to_string())]).await?;
    let mut kept = entities("organisation", &found)?;
    kept.push(thing);
    Ok(kept)
}

fn entities(
    table: &'static str,
    found: &[sea_orm::QueryResult],
) -> Result<Vec<EntityRef>, FactError> {
    let rows = found.iter().map(|row| Row::of(table, row));
    rows.map(|row| row.entity("id")).collect()
}
