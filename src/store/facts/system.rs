//! Systems and how permissions are treated in them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, places, rows};
use domain::facts::{Asked, SystemFacts};
use domain::id::{OrganisationId, SystemId};
use domain::permission::Category;
use domain::{Calendar, Date, PermissionName, ServicePermission};
use gate::{FactError, Facts};

/// A system with the organisation that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct SystemRow {
    pub(super) facts: SystemFacts,
    pub(super) organisation: OrganisationId,
}

const SYSTEMS: &str = "\
    SELECT s.id, s.organisation_id, s.patient_data, s.patient_level, s.supplier_id, \
    s.password_login_until, c.confidentiality, \
    c.analysis, w.individual_id AS owner_individual, \
    (SELECT MAX(a.valid_until) FROM supplier_assessment a WHERE a.system_id = s.id \
     AND a.supplier_id = s.supplier_id AND a.decided_on <= TODAY) AS assessed_until \
    FROM system s LEFT JOIN system_classification c ON c.system_id = s.id \
    LEFT JOIN person w ON w.id = s.owner_id \
    WHERE s.id IN (IDS)";

/// Systems by id.
pub(super) async fn systems(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    ids: &BTreeSet<SystemId>,
) -> Result<BTreeMap<SystemId, SystemRow>, FactError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = SYSTEMS
        .replace("TODAY", "$1")
        .replace("IDS", &places(2, ids.len()));
    let values = std::iter::once(Value::from(today.to_string()))
        .chain(ids.iter().map(|id| Value::from(id.to_string())));
    let found = rows(connection, &sql, values).await?;
    found
        .iter()
        .map(|row| {
            let system = system(Row::of("system", row), calendar)?;
            Ok((system.facts.id, system))
        })
        .collect()
}

/// Every system.
pub(super) async fn every(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
) -> Result<Vec<SystemFacts>, FactError> {
    let found = rows(connection, "SELECT id FROM system", []).await?;
    let table = "system";
    let ids = found.iter().map(|row| Row::of(table, row).id("id"));
    let ids = ids.collect::<Result<_, _>>()?;
    let every = systems(connection, calendar, today, &ids).await?;
    Ok(every.into_values().map(|system| system.facts).collect())
}

fn system(row: Row<'_>, calendar: Calendar) -> Result<SystemRow, FactError> {
    let small = |value: i64| u8::try_from(value).map_err(|_| row.corrupt("level", "out of range"));
    Ok(SystemRow {
        facts: SystemFacts {
            id: row.id("id")?,
            owner: row.id_if("owner_individual")?,
            confidentiality: row
                .get::<Option<i64>>("confidentiality")?
                .map(small)
                .transpose()?,
            class_analysis: row.names("analysis")?,
            patient_data: row.get("patient_data")?,
            patient_level: small(row.get("patient_level")?)?,
            password_login_until: row
                .date_if("password_login_until")?
                .map(|day| calendar.ends(day)),
            supplier: row.id_if("supplier_id")?,
            assessment_valid_until: row.date_if("assessed_until")?.map(|day| calendar.ends(day)),
        },
        organisation: row.id("organisation_id")?,
    })
}

/// A permission, and the system that it is asked for in.
type Wanted = (PermissionName, Option<SystemId>);

/// How permissions are treated, in that order: each as the system says, else as a general one, else as its name
/// suggests.
pub(super) async fn asked(
    connection: &DatabaseTransaction,
    wanted: Vec<Wanted>,
) -> Result<Vec<Facts<Asked>>, FactError> {
    let registered = registered(connection, &wanted).await?;
    let told = wanted.into_iter().map(|(name, system)| {
        let depends = BTreeSet::from([format!("permission:{name}")]);
        if let Some(own) = ServicePermission::named(name.as_str()) {
            let asked = Asked {
                privileged: own.demands_recent_sign_in(),
                permission: name,
                category: None,
            };
            return Facts::found(asked, depends);
        }
        let mut keys = [key_of(system), String::new()].into_iter();
        match keys.find_map(|key| registered.get(&(name.to_string(), key))) {
            Some((category, privileged)) => {
                let asked = Asked {
                    permission: name,
                    category: Some(*category),
                    privileged: *privileged,
                };
                Facts::found(asked, depends)
            }
            None => Facts::missing(depends),
        }
    });
    Ok(told.collect())
}

/// Whether there is a permission of that name, of the service itself or of any system.
pub(super) async fn is_permission(
    connection: &DatabaseTransaction,
    name: PermissionName,
) -> Result<bool, FactError> {
    let sql = "SELECT id FROM permission WHERE name = $1 LIMIT 1";
    let found = rows(connection, sql, [Value::from(name.as_str())]).await?;
    Ok(!found.is_empty() || ServicePermission::named(name.as_str()).is_some())
}

fn key_of(system: Option<SystemId>) -> String {
    system.map(|id| id.to_string()).unwrap_or_default()
}

/// What the register says of permissions of those names, in those systems and in none, by name and system.
async fn registered(
    connection: &DatabaseTransaction,
    wanted: &[Wanted],
) -> Result<BTreeMap<(String, String), (Category, bool)>, FactError> {
    let of_systems = wanted
        .iter()
        .filter(|(name, _)| ServicePermission::named(name.as_str()).is_none());
    let names: BTreeSet<&str> = of_systems.clone().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut keys: BTreeSet<String> = of_systems.map(|(_, system)| key_of(*system)).collect();
    keys.insert(String::new());
    let sql = format!(
        "SELECT id, name, system_key, category, privileged FROM permission \
         WHERE name IN ({}) AND system_key IN ({})",
        places(1, names.len()),
        places(names.len() + 1, keys.len())
    );
    let values = names.into_iter().map(Value::from);
    let values = values.chain(keys.into_iter().map(Value::from));
    let found = rows(connection, &sql, values).await?;
    found
        .iter()
        .map(|row| {
            let row = Row::of("permission", row);
            let category = match row.get::<Option<String>>("category")?.as_deref() {
                Some("use") => Category::Use,
                Some("administer") => Category::Administer,
                _ => return Err(row.corrupt("category", "not a category")),
            };
            let key = (row.get("name")?, row.get("system_key")?);
            Ok((key, (category, row.get("privileged")?)))
        })
        .collect()
}
