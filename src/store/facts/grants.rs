//! The grants of a principal that confer a permission, whole enough to decide whether they count.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use crate::rows::{Row, places, row_of, rows};
use domain::facts::{
    EngagementFacts, GrantFacts, Origin, RoleFacts, RolePermission, Scope, SystemFacts,
};
use domain::id::{GrantId, IndividualId, RoleId, SystemId};
use domain::permission::Category;
use domain::{Calendar, Date, EntityKind, EntityRef, PermissionName};
use gate::{FactError, Facts};

use super::answerable;
use super::place::care_provider_of;
use super::system::systems;

/// What a grant is read by. `WHERE` stands for the condition.
const GRANTS: &str = "\
    SELECT g.id, g.person_id, g.service_id, g.role_id, g.scope_kind, g.organisation_id, \
    g.system_id, g.segment_id, g.database_id, g.from_date, g.until_date, \
    g.needs_and_risk_analysis, g.analysis_review_by, g.disclosure_basis, g.origin, g.attest_by, g.revoked_at, \
    g.engagement_id, ENGAGEMENT, \
    r.system_id AS r_system_id, r.privileged AS r_privileged, r.patient_data AS r_patient_data, \
    h.individual_id AS holder_individual, o.individual_id AS orderer_individual, \
    a.individual_id AS approver_individual, g.external_id, \
    COALESCE(g.system_id, s.system_id, d.system_id) AS s_system_id, \
    PROVIDER AS s_care_provider \
    FROM role_grant g JOIN role r ON r.id = g.role_id \
    LEFT JOIN segment s ON s.id = g.segment_id \
    LEFT JOIN \"database\" d ON d.id = g.database_id \
    LEFT JOIN engagement e ON e.id = g.engagement_id ANSWERABLE \
    LEFT JOIN person h ON h.id = g.person_id \
    LEFT JOIN person o ON o.id = g.ordered_by_id \
    LEFT JOIN person a ON a.id = g.approved_by_id ";

fn grants(today: Date) -> String {
    let sql = GRANTS.replace("ENGAGEMENT,", &format!("{},", answerable::columns(today)));
    let sql = sql.replace("PROVIDER", care_provider_of!("g.organisation_id"));
    sql.replace("ANSWERABLE", answerable::JOINS)
}

/// That one of the permissions is conferred.
const CONFER: &str = "\
    AND g.role_id IN (\
    SELECT rp.role_id FROM role_permission rp JOIN permission p ON p.id = rp.permission_id \
    WHERE p.name IN (NAMES)) ";

/// A grant with its external id and what its answer rests on.
pub(super) struct Found {
    pub(super) facts: GrantFacts,
    pub(super) external: String,
}

pub(super) async fn conferring(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    holder: EntityRef,
    permissions: Vec<PermissionName>,
) -> Result<Facts<Vec<GrantFacts>>, FactError> {
    let names = places(2, permissions.len());
    let column = holder_column(&holder);
    let confer = CONFER.replace("NAMES", &names);
    let grants = grants(today);
    let sql = format!("{grants}WHERE {column} = $1 AND g.revoked_at IS NULL {confer}ORDER BY g.id");
    let values = std::iter::once(Value::from(holder.to_string()))
        .chain(permissions.iter().map(|name| Value::from(name.as_str())));
    let found = rows(connection, &sql, values).await?;
    let grants = complete(connection, calendar, today, &found).await?;
    let mut depends = BTreeSet::from([holder.to_string()]);
    for grant in &grants {
        depends.extend(grant_depends(&grant.facts));
    }
    Ok(Facts::found(
        grants.into_iter().map(|grant| grant.facts).collect(),
        depends,
    ))
}

/// The grants of several that are not revoked, in the order of their ids: those that confer one of the
/// permissions; `None`: all of them.
pub(super) async fn held(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    holders: &[EntityRef],
    permissions: Option<&[PermissionName]>,
) -> Result<Vec<GrantFacts>, FactError> {
    let of_holders = places(1, holders.len());
    let grants = grants(today);
    let mut sql = format!(
        "{grants}WHERE (g.person_id IN ({of_holders}) OR g.service_id IN ({of_holders})) \
         AND g.revoked_at IS NULL "
    );
    let mut values: Vec<Value> = holders.iter().map(|id| id.to_string().into()).collect();
    if let Some(permissions) = permissions {
        let names = places(holders.len() + 1, permissions.len());
        sql.push_str(&CONFER.replace("NAMES", &names));
        values.extend(permissions.iter().map(|name| Value::from(name.as_str())));
    }
    sql.push_str("ORDER BY g.id");
    let found = rows(connection, &sql, values).await?;
    let whole = complete(connection, calendar, today, &found).await?;
    Ok(whole.into_iter().map(|grant| grant.facts).collect())
}

fn holder_column(holder: &EntityRef) -> &'static str {
    if holder.kind() == EntityKind::Service {
        "g.service_id"
    } else {
        "g.person_id"
    }
}

/// One grant by id, revoked or not.
pub(super) async fn grant(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    id: &EntityRef,
) -> Result<Option<Found>, FactError> {
    let sql = format!("{}WHERE g.id = $1", grants(today));
    let found = rows(connection, &sql, [Value::from(id.to_string())]).await?;
    Ok(complete(connection, calendar, today, &found).await?.pop())
}

/// The grants of those ids, revoked or not, in the order of their ids; those that are not there are left out.
pub(super) async fn by_id(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    ids: &[GrantId],
) -> Result<Vec<GrantFacts>, FactError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = places(1, ids.len());
    let sql = format!("{}WHERE g.id IN ({wanted}) ORDER BY g.id", grants(today));
    let values = ids.iter().map(|id| Value::from(id.to_string()));
    let found = rows(connection, &sql, values).await?;
    let whole = complete(connection, calendar, today, &found).await?;
    Ok(whole.into_iter().map(|grant| grant.facts).collect())
}

/// What an answer about a grant rests on besides its holder.
pub(super) fn grant_depends(grant: &GrantFacts) -> BTreeSet<String> {
    let mut depends = BTreeSet::from([grant.id.to_string(), grant.role.id.to_string()]);
    depends.insert(grant.scope.entity().to_string());
    let systems = [&grant.system, &grant.scope_system].into_iter().flatten();
    depends.extend(systems.map(|system| system.id.to_string()));
    let engagement = grant.engagement.as_ref();
    let responsible = engagement.and_then(|engagement| engagement.responsible.as_ref());
    depends.extend(responsible.map(|responsible| responsible.person.to_string()));
    let orderer = grant.order.as_ref().and_then(|order| order.person);
    depends.extend(orderer.map(|person| person.to_string()));
    depends
}

async fn complete(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    found: &[QueryResult],
) -> Result<Vec<Found>, FactError> {
    let mut ids = BTreeSet::new();
    let mut of_systems = BTreeSet::new();
    for row in found {
        let row = Row::of("role_grant", row);
        ids.insert(row.id::<domain::id::Role>("role_id")?);
        of_systems.extend(row.id_if::<domain::id::System>("r_system_id")?);
        of_systems.extend(row.id_if::<domain::id::System>("s_system_id")?);
    }
    let permissions = permissions_of(connection, &ids).await?;
    let systems = systems(connection, calendar, today, &of_systems).await?;
    let systems: BTreeMap<SystemId, SystemFacts> = systems
        .into_iter()
        .map(|(id, row)| (id, row.facts))
        .collect();
    found
        .iter()
        .map(|row| {
            let row = Row::of("role_grant", row);
            Ok(Found {
                facts: grant_of(row, calendar, &permissions, &systems)?,
                external: row.get("external_id")?,
            })
        })
        .collect()
}

fn grant_of(
    row: Row<'_>,
    calendar: Calendar,
    permissions: &BTreeMap<RoleId, Vec<RolePermission>>,
    systems: &BTreeMap<SystemId, SystemFacts>,
) -> Result<GrantFacts, FactError> {
    let role: RoleId = row.id("role_id")?;
    let system: Option<SystemId> = row.id_if("r_system_id")?;
    let of_scope: Option<SystemId> = row.id_if("s_system_id")?;
    let person: Option<String> = row.get("person_id")?;
    let holder = row.entity(if person.is_some() {
        "person_id"
    } else {
        "service_id"
    })?;
    let rests_on: Option<EngagementFacts> = match row.get::<Option<String>>("engagement_id")? {
        Some(_) => Some(answerable::answered(row, calendar)?),
        None => None,
    };
    Ok(GrantFacts {
        id: row.id("id")?,
        holder,
        holder_individual: row.id_if("holder_individual")?,
        engagement: rests_on,
        role: RoleFacts {
            id: role,
            system,
            privileged: row.get("r_privileged")?,
            patient_data: row.get("r_patient_data")?,
            permissions: permissions.get(&role).cloned().unwrap_or_default(),
        },
        system: system.and_then(|id| systems.get(&id).cloned()),
        scope: scope_of(row)?,
        scope_care_provider: row.id_if("s_care_provider")?,
        scope_system: of_scope.and_then(|id| systems.get(&id).cloned()),
        starts: calendar.starts(row.date("from_date")?),
        ends: row
            .date_if("until_date")?
            .map(|day| calendar.ends_with_grace(day)),
        revoked_at: row.instant_if("revoked_at")?,
        has_analysis: row.names("needs_and_risk_analysis")?,
        analysis_valid_until: row
            .date_if("analysis_review_by")?
            .map(|day| calendar.ends(day)),
        has_disclosure_basis: row.names("disclosure_basis")?,
        origin: match row.get::<String>("origin")?.as_str() {
            "baseline" => Origin::Baseline,
            "order" => Origin::Order,
            _ => return Err(row.corrupt("origin", "not an origin")),
        },
        attest_by: row.date_if("attest_by")?.map(|day| calendar.ends(day)),
        ordered_by: row.id_if("orderer_individual")?,
        approved_by: row.id_if("approver_individual")?,
        caps: None,
        order: None,
    })
}

fn scope_of(row: Row<'_>) -> Result<Scope, FactError> {
    Ok(match row.get::<String>("scope_kind")?.as_str() {
        "installation" => Scope::Installation,
        "organisation" => Scope::Organisation(row.id("organisation_id")?),
        "system" => Scope::System(row.id("system_id")?),
        "segment" => Scope::Segment(row.id("segment_id")?),
        "database" => Scope::Database(row.id("database_id")?),
        _ => return Err(row.corrupt("scope_kind", "not a kind of scope")),
    })
}

const PERMISSIONS: &str = "\
    SELECT rp.role_id, p.name, p.category, p.privileged FROM role_permission rp \
    JOIN permission p ON p.id = rp.permission_id WHERE rp.role_id IN (IDS) \
    ORDER BY rp.role_id, p.name";

/// What each role confers.
pub(super) async fn permissions_of(
    connection: &DatabaseTransaction,
    roles: &BTreeSet<RoleId>,
) -> Result<BTreeMap<RoleId, Vec<RolePermission>>, FactError> {
    let mut permissions: BTreeMap<RoleId, Vec<RolePermission>> = BTreeMap::new();
    if roles.is_empty() {
        return Ok(permissions);
    }
    let sql = PERMISSIONS.replace("IDS", &places(1, roles.len()));
    let found = rows(
        connection,
        &sql,
        roles.iter().map(|id| Value::from(id.to_string())),
    )
    .await?;
    for row in &found {
        let row = Row::of("role_permission", row);
        let name: String = row.get("name")?;
        let category = match row.get::<Option<String>>("category")?.as_deref() {
            Some("use") => Some(Category::Use),
            Some("administer") => Some(Category::Administer),
            None => None,
            Some(_) => return Err(row.corrupt("category", "not a category")),
        };
        permissions
            .entry(row.id("role_id")?)
            .or_default()
            .push(RolePermission {
                name: name
                    .parse()
                    .map_err(|_| row.corrupt("name", "not a permission"))?,
                category,
                privileged: row.get("privileged")?,
            });
    }
    Ok(permissions)
}

/// The human being behind a person.
pub(super) async fn individual_of(
    connection: &DatabaseTransaction,
    person: &EntityRef,
) -> Result<Option<IndividualId>, FactError> {
    let sql = "SELECT id, individual_id FROM person WHERE id = $1";
    let found = row_of(connection, sql, person).await?;
    let human = found.map(|row| Row::of("person", &row).id("individual_id"));
    human.transpose()
}
