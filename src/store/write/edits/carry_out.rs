//! What an edit writes: looked at first, so that what stands against it is known with nothing written.

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use crate::cell::{Written, expecting};
use crate::import::write_parents;
use domain::edit::Edit;
use domain::id::{INSTALLATION, OrganisationId, RoleId, SegmentId, ServerId, ServiceId, SystemId};
use domain::problem::EditProblem;
use domain::{Date, EntityRef, PermissionName, ServicePermission};
use transparency::event::{Change, Members};

use super::super::{Seen, Unmade, WriteError, locked, rows};
use crate::rows::execute;

/// What an edit is going to write, on rows that nobody else changes meanwhile.
pub(super) struct Ready {
    /// The thing's row.
    seen: Seen,
    /// Another row, which gets a new version and nothing else.
    also: Option<Seen>,
    /// A row of what hangs on the thing.
    member: Option<(&'static str, Vec<Value>)>,
    /// The organisation that comes to lie below another.
    moved: Option<(String, String)>,
    done: Done,
}

/// What was written, as the log is to find it.
pub(super) struct Done {
    /// What the change is told of: the thing, or what stands for it.
    pub(super) thing: EntityRef,
    columns: Vec<Written>,
    members: Option<(&'static str, Members)>,
    sets: Option<&'static str>,
}

impl Done {
    /// The change with what was written.
    pub(super) fn told(&self, change: Change) -> Change {
        let change = expecting(change, &self.columns).setting(self.sets);
        let members = self.members.clone();
        members.into_iter().fold(change, |change, (name, members)| {
            change.having(name, members)
        })
    }
}

type Looked = Result<Ready, Unmade<EditProblem>>;

const fn conflict(what: EditProblem) -> Looked {
    Err(Unmade::Conflict(what))
}

impl Ready {
    /// The thing's row as it was seen, and what is set in it.
    fn of<const N: usize>(thing: impl Into<EntityRef>, seen: Seen, columns: [Written; N]) -> Self {
        Self {
            seen,
            also: None,
            member: None,
            moved: None,
            done: Done {
                thing: thing.into(),
                columns: columns.into(),
                members: None,
                sets: None,
            },
        }
    }

    /// With a row of what hangs on the thing, by which its members of that name become others.
    fn member(
        mut self,
        (name, members): (&'static str, Members),
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        self.done.members = Some((name, members));
        self.member = Some((sql, values.into_iter().collect()));
        self
    }

    /// Writes it.
    pub(super) async fn carry_out(
        self,
        tx: &DatabaseTransaction,
        today: Date,
    ) -> Result<Done, WriteError> {
        if let Some((sql, values)) = self.member {
            execute(tx, sql, values).await?;
        }
        if let Some(also) = self.also {
            also.change(tx, &[]).await?;
        }
        self.seen.change(tx, &self.done.columns).await?;
        write_parents(tx, self.moved.as_slice(), today).await?;
        Ok(self.done)
    }
}

/// Looks whether the rows, which nobody else changes from then on, admit an edit of the thing as the caller saw it.
pub(super) async fn look(tx: &DatabaseTransaction, edit: &Edit, version: Option<i64>) -> Looked {
    match edit {
        Edit::MoveOrganisation {
            organisation,
            parent,
        } => move_organisation(tx, (*organisation, *parent), version).await,
        Edit::MoveServer { server, segment } => move_server(tx, (*server, *segment), version).await,
        Edit::SetRolePermission {
            role,
            permission,
            held,
        } => set_role_permission(tx, (*role, permission, *held), version).await,
        Edit::SetRolePrivileged { role, privileged } => {
            set_role_privileged(tx, (*role, *privileged), version).await
        }
        Edit::SetPermissionPrivileged {
            permission,
            system,
            privileged,
        } => set_permission_privileged(tx, (permission, *system, *privileged), version).await,
        Edit::ClassifySystem {
            system,
            confidentiality,
            integrity,
            availability,
            decided_on,
            review_by,
            analysis,
        } => {
            let id = system.to_string();
            let class = |class: &u8| Value::from(i64::from(*class));
            let values: [Value; 7] = [
                id.as_str().into(),
                class(confidentiality),
                class(integrity),
                class(availability),
                decided_on.to_string().into(),
                review_by.map(|day| day.to_string()).into(),
                analysis.as_deref().into(),
            ];
            classify(tx, *system, values, version).await
        }
        Edit::SetControl {
            controller,
            controlled,
            controls,
        } => set_control(tx, (*controller, *controlled, *controls), version).await,
        Edit::SetTrustedToAssert { service, trusted } => {
            set_trusted_to_assert(tx, (*service, *trusted), version).await
        }
    }
}

/// The row that is to be changed, with its version, if it is as the caller saw it.
async fn row(
    tx: &DatabaseTransaction,
    (table, columns): (&'static str, &str),
    id: &str,
    version: Option<i64>,
) -> Result<(QueryResult, Seen), Unmade<EditProblem>> {
    let row = locked(tx, table, &format!("version{columns}"), id).await?;
    let seen = Seen::of(table, id, &row)?;
    if version.is_some_and(|version| version != seen.version) {
        return Err(Unmade::Conflict(EditProblem::VersionConflict));
    }
    Ok((row, seen))
}

async fn move_organisation(
    tx: &DatabaseTransaction,
    (organisation, parent): (OrganisationId, OrganisationId),
    version: Option<i64>,
) -> Looked {
    if organisation == INSTALLATION {
        return conflict(EditProblem::NoPlace);
    }
    let (id, above) = (organisation.to_string(), parent.to_string());
    let (found, seen) = row(tx, ("organisation", ", parent_id"), &id, version).await?;
    if found.try_get::<Option<String>>("", "parent_id")?.as_ref() == Some(&above) {
        return conflict(EditProblem::Unchanged);
    }
    let sql = "SELECT ancestor_id FROM organisation_closure \
        WHERE ancestor_id = $1 AND descendant_id = $2";
    let inside = rows(tx, sql, [id.as_str().into(), above.as_str().into()]).await?;
    if !inside.is_empty() {
        return conflict(EditProblem::NoPlace);
    }
    let columns = [("parent_id", above.as_str().into())];
    let mut ready = Ready::of(organisation, seen, columns);
    ready.moved = Some((id, above));
    ready.done.sets = Some("parents");
    Ok(ready)
}

async fn move_server(
    tx: &DatabaseTransaction,
    (server, segment): (ServerId, SegmentId),
    version: Option<i64>,
) -> Looked {
    let (id, segment) = (server.to_string(), segment.to_string());
    let (found, seen) = row(tx, ("server", ", segment_id"), &id, version).await?;
    if found.try_get::<String>("", "segment_id")? == segment {
        return conflict(EditProblem::Unchanged);
    }
    Ok(Ready::of(server, seen, [("segment_id", segment.into())]))
}

async fn set_role_permission(
    tx: &DatabaseTransaction,
    (role, permission, held): (RoleId, &PermissionName, bool),
    version: Option<i64>,
) -> Looked {
    let (thing, role) = (role, role.to_string());
    let (found, seen) = row(tx, ("role", ", system_key"), &role, version).await?;
    let key: String = found.try_get("", "system_key")?;
    let sql = "SELECT id FROM permission WHERE system_key = $1 AND name = $2";
    let values: [Value; 2] = [key.as_str().into(), permission.as_str().into()];
    let Some(known) = rows(tx, sql, values).await?.pop() else {
        return conflict(EditProblem::NoSuchPermission);
    };
    let permission: String = known.try_get("", "id")?;
    let sql = "SELECT role_id FROM role_permission WHERE role_id = $1 AND permission_id = $2";
    let pair = || [Value::from(role.as_str()), Value::from(permission.as_str())];
    if rows(tx, sql, pair()).await?.is_empty() != held {
        return conflict(EditProblem::Unchanged);
    }
    let ready = Ready::of(thing, seen, []);
    Ok(if held {
        let sql =
            "INSERT INTO role_permission (role_id, permission_id, system_key) VALUES ($1, $2, $3)";
        let values = pair().into_iter().chain([Value::from(key)]);
        ready.member(("permissions", Members::With(permission)), sql, values)
    } else {
        let sql = "DELETE FROM role_permission WHERE role_id = $1 AND permission_id = $2";
        let values = pair();
        ready.member(("permissions", Members::Without(permission)), sql, values)
    })
}

async fn set_role_privileged(
    tx: &DatabaseTransaction,
    (role, privileged): (RoleId, bool),
    version: Option<i64>,
) -> Looked {
    let id = role.to_string();
    let (found, seen) = row(tx, ("role", ", privileged"), &id, version).await?;
    if found.try_get::<bool>("", "privileged")? == privileged {
        return conflict(EditProblem::Unchanged);
    }
    Ok(Ready::of(role, seen, [("privileged", privileged.into())]))
}

async fn set_permission_privileged(
    tx: &DatabaseTransaction,
    (permission, system, privileged): (&PermissionName, Option<SystemId>, bool),
    version: Option<i64>,
) -> Looked {
    if ServicePermission::named(permission.as_str()).is_some() {
        return conflict(EditProblem::OwnPermission);
    }
    let key = system.map(|id| id.to_string()).unwrap_or_default();
    let sql = "SELECT id FROM permission WHERE system_key = $1 AND name = $2";
    let values: [Value; 2] = [key.into(), permission.as_str().into()];
    let Some(known) = rows(tx, sql, values).await?.pop() else {
        return conflict(EditProblem::NoSuchPermission);
    };
    let id: String = known.try_get("", "id")?;
    let (found, seen) = row(tx, ("permission", ", privileged, flagged"), &id, version).await?;
    let flagged: bool = found.try_get("", "flagged")?;
    if found.try_get::<bool>("", "privileged")? == privileged && !flagged {
        return conflict(EditProblem::Unchanged);
    }
    let thing: EntityRef = id.parse().map_err(|_| {
        let table = "permission";
        WriteError::Corrupt { table, id }
    })?;
    // Whoever says how it is treated has looked at it.
    let columns = [("privileged", privileged.into()), ("flagged", false.into())];
    Ok(Ready::of(thing, seen, columns))
}

const CLASSIFY: &str = "\
    INSERT INTO system_classification \
    (system_id, confidentiality, integrity, availability, decided_on, review_by, analysis) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (system_id) DO UPDATE SET \
    confidentiality = excluded.confidentiality, integrity = excluded.integrity, \
    availability = excluded.availability, decided_on = excluded.decided_on, \
    review_by = excluded.review_by, analysis = excluded.analysis";

async fn classify(
    tx: &DatabaseTransaction,
    system: SystemId,
    class: [Value; 7],
    version: Option<i64>,
) -> Looked {
    let (_, seen) = row(tx, ("system", ""), &system.to_string(), version).await?;
    let mut ready = Ready::of(system, seen, []);
    ready.member = Some((CLASSIFY, class.into()));
    ready.done.sets = Some("classification");
    Ok(ready)
}

async fn set_control(
    tx: &DatabaseTransaction,
    (from, into, controls): (SegmentId, SegmentId, bool),
    version: Option<i64>,
) -> Looked {
    if from == into {
        return conflict(EditProblem::ControlsItself);
    }
    let thing = from;
    let (from, into) = (from.to_string(), into.to_string());
    let (_, target) = row(tx, ("segment", ""), &into, version).await?;
    let (_, controller) = row(tx, ("segment", ""), &from, None).await?;
    let pair = || [Value::from(from.as_str()), Value::from(into.as_str())];
    let sql = "SELECT controller_id FROM segment_control \
        WHERE controller_id = $1 AND controlled_id = $2";
    if rows(tx, sql, pair()).await?.is_empty() != controls {
        return conflict(EditProblem::Unchanged);
    }
    let mut ready = Ready::of(thing, controller, []);
    ready.also = Some(target);
    Ok(if controls {
        let sql = "INSERT INTO segment_control (controller_id, controlled_id) VALUES ($1, $2)";
        let values = pair();
        ready.member(("controls", Members::With(into)), sql, values)
    } else {
        let sql = "DELETE FROM segment_control WHERE controller_id = $1 AND controlled_id = $2";
        let values = pair();
        ready.member(("controls", Members::Without(into)), sql, values)
    })
}

async fn set_trusted_to_assert(
    tx: &DatabaseTransaction,
    (service, trusted): (ServiceId, bool),
    version: Option<i64>,
) -> Looked {
    let id = service.to_string();
    let columns = ", trusted_to_assert, built_in";
    let (found, seen) = row(tx, ("service", columns), &id, version).await?;
    if found.try_get::<bool>("", "built_in")? {
        return conflict(EditProblem::BuiltIn);
    }
    if found.try_get::<bool>("", "trusted_to_assert")? == trusted {
        return conflict(EditProblem::Unchanged);
    }
    Ok(Ready::of(
        service,
        seen,
        [("trusted_to_assert", trusted.into())],
    ))
}
