//! What an installation begins with: the policy set, the bootstrap service's one right, and, when
//! named, a first administrator.
//!
//! The only writes that no permit stands behind: at genesis nobody holds anything yet, and in recovery
//! nobody can sign in. Both take the [`HostAuthority`], which there is while an event is recorded of them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};

use crate::column;
use crate::write::execute;
use audit::DatabaseError;
use domain::clock::{Clock, fresh};
use domain::id::{
    BOOTSTRAP, Engagement, EventId, Grant, GrantId, INSTALLATION, Individual, IndividualId,
    OrganisationId, PermissionId, Person, PersonId, PolicySet, Role, RoleId, ServiceId,
};
use domain::name::sort_key;
use domain::text::{Identifier, Name, search_words};
use domain::{ChangeKind, Date, EntityRef, HsaId, ServicePermission};
use gate::HostAuthority;
use transparency::event::Change;

/// The source of everything that this module writes.
const SOURCE: &str = "built-in";

/// Who is to be an administrator.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// The employee HSA-id.
    pub hsa_id: HsaId,
    /// The opaque key of the human being; never a personal number.
    pub individual: Identifier,
    /// Given name.
    pub given_name: Name,
    /// Family name.
    pub family_name: Name,
}

/// By what the host changes the register: an operation of the log, which every change names.
#[derive(Debug, Clone, Copy)]
pub struct ByHost<'a> {
    /// The operation.
    pub operation: EventId,
    /// Today.
    pub today: Date,
    /// Where ids come from.
    pub clock: &'a dyn Clock,
}

impl ByHost<'_> {
    fn told(&self, thing: impl Into<EntityRef>, kind: ChangeKind) -> Change {
        Change::new(fresh(self.clock), thing.into(), kind, self.operation)
    }
}

/// A policy set as it is released: its digest and its files.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// Its generation.
    pub generation: u64,
    /// Its digest.
    pub digest: &'a str,
    /// Path and text of every file.
    pub files: &'a [(String, String)],
    /// When it becomes active, in microseconds.
    pub at: i64,
    /// The event that says so.
    pub event: EventId,
}

/// Makes a policy set the active one.
///
/// # Errors
/// When the database refuses.
pub async fn release(
    tx: &DatabaseTransaction,
    _: &HostAuthority,
    by: ByHost<'_>,
    release: Release<'_>,
) -> Result<Change, DbErr> {
    let generation = i64::try_from(release.generation).unwrap_or(i64::MAX);
    let none = "UPDATE policy_set SET active = FALSE WHERE active";
    tx.execute_unprepared(none).await?;
    let set = "INSERT INTO policy_set (generation, digest, activated_at, active, event_id, id) \
        VALUES ($1, $2, $3, TRUE, $4, $5)";
    let id = fresh::<PolicySet>(by.clock);
    let values: [Value; 5] = [
        generation.into(),
        release.digest.into(),
        release.at.into(),
        release.event.to_string().into(),
        id.to_string().into(),
    ];
    execute(tx, set, values).await?;
    let text = "INSERT INTO policy_text (generation, path, text) VALUES ($1, $2, $3)";
    for (path, content) in release.files {
        let values: [Value; 3] = [
            generation.into(),
            path.as_str().into(),
            content.as_str().into(),
        ];
        execute(tx, text, values).await?;
    }
    Ok(by.told(id, ChangeKind::Released))
}

/// Tells of what a database has from the first: the installation, the bootstrap service, and the service's own
/// permissions.
///
/// # Errors
/// When the database refuses.
pub async fn built_in(
    tx: &DatabaseTransaction,
    _: &HostAuthority,
    by: ByHost<'_>,
) -> Result<Vec<Change>, DbErr> {
    let mut changes = vec![
        by.told(INSTALLATION, ChangeKind::Created),
        by.told(BOOTSTRAP, ChangeKind::Created),
    ];
    for own in ServicePermission::ALL {
        let id = own_permission(tx, *own).await?;
        changes.push(by.told(id, ChangeKind::Created));
    }
    Ok(changes)
}

async fn own_permission(
    tx: &DatabaseTransaction,
    own: ServicePermission,
) -> Result<PermissionId, DbErr> {
    let sql = "SELECT id FROM permission WHERE name = $1 AND system_key = ''";
    let statement =
        Statement::from_sql_and_values(tx.get_database_backend(), sql, [own.name().into()]);
    let missing = || DbErr::RecordNotFound(format!("no permission `{}`", own.name()));
    let row = tx.query_one_raw(statement).await?.ok_or_else(missing)?;
    column::read(&row, "", "id")
}

/// Gives the bootstrap service its role: importing, and nothing else.
///
/// # Errors
/// When the database refuses.
pub async fn bootstrap(
    tx: &DatabaseTransaction,
    _: &HostAuthority,
    by: ByHost<'_>,
) -> Result<Vec<Change>, DbErr> {
    let (role, made) = built_in_role(tx, by, "register-import", "Import", |own| {
        own == ServicePermission::RegisterImport
    })
    .await?;
    let grant = grant(tx, by, ("service_id", BOOTSTRAP.into()), None, role).await?;
    Ok(made.into_iter().chain([grant]).collect())
}

/// Registers a person and gives the administrator's role over the whole installation.
///
/// # Errors
/// When the database refuses.
pub async fn administrator(
    tx: &DatabaseTransaction,
    _: &HostAuthority,
    by: ByHost<'_>,
    named: &Administrator,
) -> Result<Vec<Change>, DbErr> {
    let (role, made) = built_in_role(tx, by, "administrator", "Administratör", |own| {
        own != ServicePermission::RegisterImport && own != ServicePermission::DecisionAsk
    })
    .await?;
    let mut changes: Vec<Change> = made.into_iter().collect();
    let person = if let Some(person) = known_person(tx, &named.hsa_id).await? {
        person
    } else {
        let (person, registered) = register(tx, by, named).await?;
        changes.extend(registered);
        person
    };
    let engagement = engage(tx, by, person).await?;
    let rests_on = by.told(engagement, ChangeKind::Created);
    changes.push(rests_on.touching([person.to_string()]));
    let rests_on = Some(engagement.to_string());
    changes.push(grant(tx, by, ("person_id", person.into()), rests_on, role).await?);
    Ok(changes)
}

async fn known_person(tx: &DatabaseTransaction, hsa_id: &HsaId) -> Result<Option<PersonId>, DbErr> {
    let sql = "SELECT id FROM person WHERE hsa_id = $1";
    let values: [Value; 1] = [hsa_id.as_str().into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let row = tx.query_one_raw(statement).await?;
    let id: Option<String> = row.map(|row| row.try_get("", "id")).transpose()?;
    Ok(id.and_then(|id| id.parse().ok()))
}

async fn register(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    named: &Administrator,
) -> Result<(PersonId, [Change; 2]), DbErr> {
    let individual: IndividualId = fresh::<Individual>(by.clock);
    let values: [Value; 3] = [
        individual.to_string().into(),
        SOURCE.into(),
        named.individual.as_str().into(),
    ];
    let sql = "INSERT INTO individual (id, source, external_key) VALUES ($1, $2, $3)";
    execute(tx, sql, values).await?;
    let person: PersonId = fresh::<Person>(by.clock);
    let name = format!("{} {}", named.family_name, named.given_name);
    let values: [Value; 8] = [
        person.to_string().into(),
        named.hsa_id.as_str().into(),
        SOURCE.into(),
        individual.to_string().into(),
        named.given_name.as_str().into(),
        named.family_name.as_str().into(),
        sort_key(&name).into(),
        search_words(
            &[&named.given_name, &named.family_name],
            Some(&named.hsa_id),
        )
        .into(),
    ];
    let sql = "INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, \
        name_sort, name_search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute(tx, sql, values).await?;
    let key = format!("hsa:{}", named.hsa_id);
    let registered = [
        by.told(individual, ChangeKind::Created),
        by.told(person, ChangeKind::Created).touching([key]),
    ];
    Ok((person, registered))
}

/// An engagement of the installation itself, so that the administrator is live before any feed is.
async fn engage(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    person: PersonId,
) -> Result<EntityRef, DbErr> {
    let engagement = fresh::<Engagement>(by.clock);
    let values: [Value; 6] = [
        engagement.to_string().into(),
        SOURCE.into(),
        engagement.to_string().into(),
        person.to_string().into(),
        INSTALLATION.to_string().into(),
        by.today.to_string().into(),
    ];
    let sql = "INSERT INTO engagement (id, source, external_id, person_id, kind, employer_id, \
        unit_id, from_date) VALUES ($1, $2, $3, $4, 'employee', $5, $5, $6)";
    execute(tx, sql, values).await?;
    Ok(engagement.into())
}

async fn built_in_role(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    external: &str,
    name: &str,
    holds: impl Fn(ServicePermission) -> bool,
) -> Result<(RoleId, Option<Change>), DbErr> {
    let sql = "SELECT id FROM role WHERE source = $1 AND external_id = $2";
    let values: [Value; 2] = [SOURCE.into(), external.into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    if let Some(row) = tx.query_one_raw(statement).await? {
        let id: String = row.try_get("", "id")?;
        let id = id
            .parse()
            .map_err(|_| DbErr::Custom("a role whose id is not one".to_owned()))?;
        return Ok((id, None));
    }
    let role: RoleId = fresh::<Role>(by.clock);
    let values: [Value; 6] = [
        role.to_string().into(),
        SOURCE.into(),
        external.into(),
        name.into(),
        sort_key(name).into(),
        search_words(&[name], None).into(),
    ];
    let sql = "INSERT INTO role (id, source, external_id, name, name_sort, name_search, \
        system_key, privileged, patient_data) VALUES ($1, $2, $3, $4, $5, $6, '', TRUE, FALSE)";
    execute(tx, sql, values).await?;
    let held: Vec<ServicePermission> = ServicePermission::ALL
        .iter()
        .copied()
        .filter(|own| holds(*own))
        .collect();
    for own in &held {
        let values: [Value; 2] = [role.to_string().into(), own.name().into()];
        let sql = "INSERT INTO role_permission (role_id, permission_id, system_key) \
            SELECT $1, id, system_key FROM permission WHERE name = $2 AND system_key = ''";
        execute(tx, sql, values).await?;
    }
    Ok((role, Some(by.told(role, ChangeKind::Created))))
}

async fn grant(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    (column, holder): (&str, EntityRef),
    engagement: Option<String>,
    role: RoleId,
) -> Result<Change, DbErr> {
    let id: GrantId = fresh::<Grant>(by.clock);
    let sql = format!(
        "INSERT INTO role_grant (id, source, external_id, {column}, engagement_id, role_id, \
         scope_kind, from_date, origin) VALUES ($1, $2, $3, $4, $5, $6, 'installation', $7, 'order')"
    );
    let values: [Value; 7] = [
        id.to_string().into(),
        SOURCE.into(),
        id.to_string().into(),
        holder.to_string().into(),
        engagement.into(),
        role.to_string().into(),
        by.today.to_string().into(),
    ];
    execute(tx, &sql, values).await?;
    let change = by.told(id, ChangeKind::Created);
    Ok(change.touching([holder.to_string()]))
}

/// Takes a service's word about how people signed in.
///
/// # Errors
/// When the database refuses.
pub async fn trust(
    tx: &DatabaseTransaction,
    _: &HostAuthority,
    by: ByHost<'_>,
    client: &str,
) -> Result<Change, DbErr> {
    let sql = "UPDATE service SET trusted_to_assert = TRUE, version = version + 1 \
        WHERE external_id = $1 RETURNING id";
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [client.into()]);
    let Some(row) = tx.query_one_raw(statement).await? else {
        return Err(DbErr::RecordNotFound(format!("no service `{client}`")));
    };
    let id: ServiceId = column::read(&row, "", "id")?;
    let change = by.told(id, ChangeKind::SetTrustedToAssert);
    Ok(change.touching([format!("client:{client}")]))
}

/// The organisation of that HSA-id, for whoever holds the host.
///
/// # Errors
/// When the database fails.
pub async fn organisation(
    connection: &DatabaseTransaction,
    hsa_id: &HsaId,
) -> Result<Option<OrganisationId>, DatabaseError> {
    let sql = "SELECT id FROM organisation WHERE hsa_id = $1";
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [hsa_id.to_string().into()]);
    let Some(row) = connection.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let id: String = row.try_get_by_index(0)?;
    Ok(id.parse().ok())
}

/// Whether a service's word about how people signed in is taken.
///
/// # Errors
/// When the database fails.
pub async fn is_trusted(
    connection: &DatabaseTransaction,
    client: &str,
) -> Result<bool, DatabaseError> {
    let sql = "SELECT id FROM service WHERE external_id = $1 AND trusted_to_assert";
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [client.into()]);
    Ok(connection.query_one_raw(statement).await?.is_some())
}
