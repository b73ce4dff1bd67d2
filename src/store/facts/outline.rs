//! What each kind of target says about itself, before what stands above it is read.

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, row_of, rows};
use domain::facts::{Hosting, Scope, TargetKind};
use domain::id::{INSTALLATION, IndividualId, OrganisationId, SystemId};
use domain::{Calendar, EntityKind, EntityRef};
use gate::FactError;

/// What a kind of target says about itself before what stands above it is read.
pub(super) struct Outline {
    pub(super) id: EntityRef,
    pub(super) external: Option<String>,
    pub(super) kind: TargetKind,
    pub(super) above: Above,
}

/// What stands directly above a target.
pub(super) enum Above {
    Organisations(Vec<OrganisationId>),
    /// As an event has stored it.
    Path(Vec<OrganisationId>, Option<SystemId>),
    /// The installation, for what may belong to a system and belongs to none.
    NoSystem,
    System(SystemId),
    Segment(EntityRef),
    Database(EntityRef),
    Scope(Scope),
}

pub(super) const SYSTEM: &str = "SELECT id, external_id, organisation_id FROM system WHERE id = $1";
pub(super) const ASSESSMENT: &str = "\
    SELECT id, external_id, system_id FROM supplier_assessment WHERE id = $1";
pub(super) const DATABASE: &str = "\
    SELECT d.id, d.external_id, d.system_id, d.server_id, v.segment_id, s.patient_data \
    FROM \"database\" d JOIN system s ON s.id = d.system_id JOIN server v ON v.id = d.server_id \
    WHERE d.id = $1";

pub(super) async fn organisation(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql = "SELECT id, hsa_id FROM organisation WHERE id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("organisation", &row);
    let itself: OrganisationId = row.id("id")?;
    Ok(Some(Outline {
        id: *id,
        external: row.get("hsa_id")?,
        kind: TargetKind::Organisation,
        above: Above::Organisations(vec![itself]),
    }))
}

pub(super) async fn service(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql = "SELECT id, external_id, organisation_id FROM service WHERE id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("service", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Service,
        above: Above::Organisations(vec![row.id("organisation_id")?]),
    }))
}

pub(super) async fn account(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql = "SELECT id, external_id, system_id FROM account WHERE id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("account", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Account,
        above: system_or_installation(row)?,
    }))
}

pub(super) async fn role(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql = "SELECT id, external_id, system_id, privileged FROM role WHERE id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("role", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Role {
            privileged: row.get("privileged")?,
        },
        above: system_or_installation(row)?,
    }))
}

fn system_or_installation(row: Row<'_>) -> Result<Above, FactError> {
    let system: Option<SystemId> = row.id_if("system_id")?;
    Ok(system.map_or(Above::NoSystem, Above::System))
}

pub(super) async fn database(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let Some(row) = row_of(connection, DATABASE, id).await? else {
        return Ok(None);
    };
    let row = Row::of("database", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Database {
            patient_data: row.get("patient_data")?,
        },
        above: Above::Database(*id),
    }))
}

pub(super) async fn of_system(
    connection: &DatabaseTransaction,
    id: &EntityRef,
    sql: &str,
    kind: impl Fn(Row<'_>) -> Result<TargetKind, FactError>,
) -> Result<Option<Outline>, FactError> {
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("system", &row);
    let above = if id.kind() == EntityKind::System {
        // What is known of the system itself comes with what stands above it.
        Above::System(row.id("id")?)
    } else {
        Above::System(row.id("system_id")?)
    };
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: kind(row)?,
        above,
    }))
}

const SEGMENT: &str = "\
    SELECT id, external_id, environment, patient_data, change_from, change_until \
    FROM segment WHERE id = $1";

pub(super) async fn segment(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let Some(row) = row_of(connection, SEGMENT, id).await? else {
        return Ok(None);
    };
    let row = Row::of("segment", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Segment(hosting(row, calendar)?),
        above: Above::Segment(*id),
    }))
}

fn hosting(row: Row<'_>, calendar: Calendar) -> Result<Hosting, FactError> {
    Ok(Hosting {
        production: row.get::<String>("environment")? == "production",
        patient_data: row.get("patient_data")?,
        change_from: row.date_if("change_from")?.map(|day| calendar.starts(day)),
        change_until: row.date_if("change_until")?.map(|day| calendar.ends(day)),
    })
}

const SERVER: &str = "\
    SELECT v.id, v.external_id, v.segment_id, g.environment, g.patient_data, g.change_from, \
    g.change_until FROM server v JOIN segment g ON g.id = v.segment_id WHERE v.id = $1";

pub(super) async fn server(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let Some(row) = row_of(connection, SERVER, id).await? else {
        return Ok(None);
    };
    let row = Row::of("server", &row);
    Ok(Some(Outline {
        id: *id,
        external: row.get("external_id")?,
        kind: TargetKind::Server(hosting(row, calendar)?),
        above: Above::Segment(row.entity("segment_id")?),
    }))
}

pub(super) async fn event(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql =
        "SELECT event_id AS id, path, system, individual FROM audit_event WHERE event_id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("audit_event", &row);
    let path: Option<String> = row.get("path")?;
    let known = path.unwrap_or_default();
    let mut units: Vec<OrganisationId> = known
        .split('/')
        .filter_map(|text| text.parse().ok())
        .collect();
    if units.is_empty() {
        units.push(INSTALLATION);
    }
    Ok(Some(Outline {
        id: *id,
        external: None,
        kind: TargetKind::Event {
            individual: row.id_if("individual")?,
        },
        above: Above::Path(units, row.id_if("system")?),
    }))
}

const RESPONSIBLE: &str = "\
    SELECT DISTINCT r.individual_id FROM engagement e JOIN person r ON r.id = e.responsible_id \
    WHERE e.person_id = $1 ORDER BY r.individual_id";

pub(super) async fn responsible_for(
    connection: &DatabaseTransaction,
    person: &EntityRef,
) -> Result<Vec<IndividualId>, FactError> {
    let found = rows(connection, RESPONSIBLE, [Value::from(person.to_string())]).await?;
    found
        .iter()
        .map(|row| Row::of("person", row).id("individual_id"))
        .collect()
}

/// A proposal lies where what it changes lay when it was made. Policies see it as a segment of the strictest
/// kind: it is kept by an organisation, and by a system where it is about one.
pub(super) async fn proposal(
    connection: &DatabaseTransaction,
    id: &EntityRef,
) -> Result<Option<Outline>, FactError> {
    let sql = "SELECT id, organisation_id, system_id FROM edit_proposal WHERE id = $1";
    let Some(row) = row_of(connection, sql, id).await? else {
        return Ok(None);
    };
    let row = Row::of("edit_proposal", &row);
    Ok(Some(Outline {
        id: *id,
        external: None,
        kind: TargetKind::Segment(Hosting {
            production: true,
            patient_data: true,
            change_from: None,
            change_until: None,
        }),
        above: Above::Path(vec![row.id("organisation_id")?], row.id_if("system_id")?),
    }))
}
