//! What of services and roles is not an integration's to say.

use domain::{PermissionName, ServicePermission};
use feed::record::{Role, Service};

use super::{
    ANSWERING, Held, Instead, LIMIT, PLACE, PRIVILEGED, PROTECTION, REVIVED, Registered, WIDER,
    each, raised,
};

pub(super) fn service(before: &Service, after: &Service) -> Vec<Held> {
    let longer = (before.until).is_some_and(|over| after.until.is_none_or(|until| over < until));
    each([
        (
            before.owner != after.owner,
            "owner",
            ANSWERING,
            Instead::Import,
        ),
        (
            before.deputy != after.deputy,
            "deputy",
            ANSWERING,
            Instead::Import,
        ),
        (
            before.organisation != after.organisation,
            "organisation",
            PLACE,
            Instead::Import,
        ),
        (
            before.declared_scope != after.declared_scope,
            "declaredScope",
            PLACE,
            Instead::Import,
        ),
        (after.from < before.from, "from", REVIVED, Instead::Import),
        (longer, "until", REVIVED, Instead::Import),
    ])
}

/// A permission of the service itself is privileged whatever the register says of it.
fn gives_privileged<'a>(
    mut added: impl Iterator<Item = &'a PermissionName>,
    register: &dyn Registered,
) -> bool {
    added.any(|name| {
        ServicePermission::named(name.as_str()).is_some() || register.is_privileged(name)
    })
}

pub(super) fn new_role(after: &Role, register: &dyn Registered) -> Vec<Held> {
    let privileged = gives_privileged(after.permissions.iter(), register);
    each([(
        privileged,
        "permissions",
        PRIVILEGED,
        Instead::Edit("setRolePermission"),
    )])
}

pub(super) fn role(before: &Role, after: &Role, register: &dyn Registered) -> Vec<Held> {
    let added: Vec<&PermissionName> = (after.permissions.iter())
        .filter(|name| !before.permissions.contains(name))
        .collect();
    let privileged = gives_privileged(added.iter().copied(), register);
    let wider = !privileged && !added.is_empty() && register.is_granted();
    let edit = Instead::Edit("setRolePermission");
    each([
        (privileged, "permissions", PRIVILEGED, edit),
        (wider, "permissions", WIDER, edit),
        (
            before.privileged && !after.privileged,
            "privileged",
            PROTECTION,
            Instead::Edit("setRolePrivileged"),
        ),
        (
            before.patient_data && !after.patient_data,
            "patientData",
            PROTECTION,
            Instead::Import,
        ),
        (
            before.system != after.system,
            "system",
            PLACE,
            Instead::Import,
        ),
        (
            raised(before.max_holders, after.max_holders),
            "maxHolders",
            LIMIT,
            Instead::Import,
        ),
    ])
}
