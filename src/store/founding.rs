//! What an installation begins with: the policy set, the bootstrap service's one right, and, when
//! named, a first administrator.
//!
//! The only writes that no permit stands behind: at genesis nobody holds anything yet, and in recovery
//! nobody can sign in. Both take the [`HostAuthority`], which there is while an event is recorded of them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};

use crate::cell::{Cell, expecting};
use crate::column;
use crate::new_row::NewRow;
use crate::rows::execute;
use audit::DatabaseError;
use domain::clock::{Clock, fresh};
use domain::id::{
    BOOTSTRAP, Engagement, EngagementId, EventId, Grant, GrantId, INSTALLATION, Individual,
    IndividualId, OrganisationId, PermissionId, Person, PersonId, PolicySet, Role, RoleId,
    ServiceId,
};
use domain::name::sort_key;
use domain::text::{Identifier, Name, search_words};
use domain::{ChangeKind, Date, EntityRef, HsaId, ServicePermission};
use gate::HostAuthority;
use register::Aggregate;
use transparency::event::{Change, Members};

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
    let id = fresh::<PolicySet>(by.clock);
    let columns = [
        ("generation", generation.into()),
        ("digest", release.digest.into()),
        ("activated_at", release.at.into()),
        ("active", true.into()),
    ];
    let event = ("event_id", release.event.to_string().into());
    let row = NewRow::new("policy_set", id, columns).beside([event]);
    row.insert(tx).await?;
    let text = "INSERT INTO policy_text (generation, path, text) VALUES ($1, $2, $3)";
    for (path, content) in release.files {
        let values: [Value; 3] = [
            generation.into(),
            path.as_str().into(),
            content.as_str().into(),
        ];
        execute(tx, text, values).await?;
    }
    Ok(row.told(by.told(id, ChangeKind::Released)))
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
    let mut things: Vec<EntityRef> = vec![INSTALLATION.into(), BOOTSTRAP.into()];
    for own in ServicePermission::ALL {
        things.push(own_permission(tx, *own).await?.into());
    }
    // Whatever the migrations have made of them: before the first event nobody else has said anything.
    let changes = things.into_iter().map(|thing| {
        let all = Aggregate::of(thing.kind()).into_iter();
        let change = by.told(thing, ChangeKind::Created);
        change.setting(all.flat_map(Aggregate::names))
    });
    Ok(changes.collect())
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
    let (engagement, engaged) = engage(tx, by, person).await?;
    changes.push(engaged);
    changes.push(grant(tx, by, ("person_id", person.into()), Some(engagement), role).await?);
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
    let columns = [
        ("source", SOURCE.into()),
        ("external_key", named.individual.as_str().into()),
    ];
    let human = NewRow::new("individual", individual, columns);
    human.insert(tx).await?;
    let person: PersonId = fresh::<Person>(by.clock);
    let name = format!("{} {}", named.family_name, named.given_name);
    let both: [&str; 2] = [&named.given_name, &named.family_name];
    let columns = [
        ("hsa_id", named.hsa_id.as_str().into()),
        ("source", SOURCE.into()),
        ("individual_id", individual.to_string().into()),
        ("given_name", named.given_name.as_str().into()),
        ("family_name", named.family_name.as_str().into()),
    ];
    let row = NewRow::new("person", person, columns).beside([
        ("name_sort", sort_key(&name).into()),
        (
            "name_search",
            search_words(&both, Some(&named.hsa_id)).into(),
        ),
    ]);
    row.insert(tx).await?;
    let key = format!("hsa:{}", named.hsa_id);
    let registered = [
        human.told(by.told(individual, ChangeKind::Created)),
        row.told(by.told(person, ChangeKind::Created))
            .touching([key]),
    ];
    Ok((person, registered))
}

/// An engagement of the installation itself, so that the administrator is live before any feed is.
async fn engage(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    person: PersonId,
) -> Result<(EngagementId, Change), DbErr> {
    let engagement = fresh::<Engagement>(by.clock);
    let columns = [
        ("source", SOURCE.into()),
        ("external_id", engagement.to_string().into()),
        ("person_id", person.to_string().into()),
        ("kind", "employee".into()),
        ("employer_id", INSTALLATION.to_string().into()),
        ("unit_id", INSTALLATION.to_string().into()),
        ("from_date", by.today.to_string().into()),
    ];
    let row = NewRow::new("engagement", engagement, columns);
    row.insert(tx).await?;
    let change = row.told(by.told(engagement, ChangeKind::Created));
    Ok((engagement, change.touching([person.to_string()])))
}

async fn built_in_role(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    external: &str,
    name: &str,
    holds: fn(ServicePermission) -> bool,
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
    let columns = [
        ("source", SOURCE.into()),
        ("external_id", external.into()),
        ("name", name.into()),
        ("privileged", true.into()),
    ];
    let row = NewRow::new("role", role, columns).beside([
        ("name_sort", sort_key(name).into()),
        ("name_search", search_words(&[name], None).into()),
        ("system_key", "".into()),
        ("patient_data", false.into()),
    ]);
    row.insert(tx).await?;
    let own = ServicePermission::ALL.iter().copied();
    let own: Vec<ServicePermission> = own.filter(|own| holds(*own)).collect();
    let mut held = BTreeSet::new();
    for own in own {
        let permission = own_permission(tx, own).await?.to_string();
        let sql = "INSERT INTO role_permission (role_id, permission_id, system_key) \
            VALUES ($1, $2, '')";
        let pair = [role.to_string(), permission.clone()].map(Value::from);
        execute(tx, sql, pair).await?;
        held.insert(permission);
    }
    let change = row.told(by.told(role, ChangeKind::Created));
    let change = change.having("permissions", Members::Exactly(held));
    Ok((role, Some(change)))
}

async fn grant(
    tx: &DatabaseTransaction,
    by: ByHost<'_>,
    (column, holder): (&'static str, EntityRef),
    engagement: Option<EngagementId>,
    role: RoleId,
) -> Result<Change, DbErr> {
    let id: GrantId = fresh::<Grant>(by.clock);
    let columns = [
        ("source", SOURCE.into()),
        ("external_id", id.to_string().into()),
        (column, holder.to_string().into()),
        ("engagement_id", Cell::text_or_null(engagement)),
        ("role_id", role.to_string().into()),
        ("scope_kind", "installation".into()),
        ("from_date", by.today.to_string().into()),
        ("origin", "order".into()),
    ];
    let row = NewRow::new("role_grant", id, columns);
    row.insert(tx).await?;
    let change = row.told(by.told(id, ChangeKind::Created));
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
    let change = expecting(change, &[("trusted_to_assert", true.into())]);
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
