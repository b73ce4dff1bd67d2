//! What an integration may not do on its own word: by what somebody might come to reach more than before.
//!
//! What follows from an employment (an engagement, its unit, its days) is the employer's to say and is done at once. What
//! decides what grants reach, what protects a system, or who answers for something, takes a human being: such a record is
//! held and changes nothing, and the others go on. It is told by what the record changes, not by who would gain today, so
//! that nobody gets round it by the order in which things are sent.
//!
//! To add a field to a kind of record: where a change of it can widen anything, its line here.

use domain::speaks::{verbatim, words};
use domain::{Date, PermissionName, ServicePermission, Words};
use feed::Record;
use feed::record::{
    Classification, Database, Engagement, Organisation, Person, Role, Segment, Server, Service,
    SupplierAssessment, System,
};

/// For how many days after its last day an engagement may be corrected to have gone on.
pub(super) const CORRECTION_DAYS: i32 = 14;

/// Why a record is held: a field of it, what the change would do, and what does it instead.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) field: &'static str,
    pub(super) wrong: Words,
    pub(super) right: Words,
}

/// What the register says of the roles that are given something.
pub(super) trait Roles {
    /// Whether the permission is privileged where a role of that system is given it.
    fn is_privileged(&self, permission: &PermissionName) -> bool;

    /// Whether anybody has the role.
    fn is_granted(&self) -> bool;
}

/// Everything that the record may not do on an integration's word; `before`: the thing as the register has it.
pub(super) fn held(
    before: Option<&Record>,
    after: &Record,
    roles: &dyn Roles,
    today: Date,
) -> Vec<Held> {
    match (before, after) {
        (None, Record::SupplierAssessment(_)) => vec![of("validUntil", VENDOR, Instead::Import)],
        (None, Record::Role(after)) => new_role(after, roles),
        (Some(Record::Organisation(before)), Record::Organisation(after)) => {
            organisation(before, after)
        }
        (Some(Record::Person(before)), Record::Person(after)) => person(before, after),
        (Some(Record::Engagement(before)), Record::Engagement(after)) => {
            engagement(before, after, today)
        }
        (Some(Record::System(before)), Record::System(after)) => system(before, after),
        (Some(Record::Segment(before)), Record::Segment(after)) => segment(before, after),
        (Some(Record::Server(before)), Record::Server(after)) => server(before, after),
        (Some(Record::Database(before)), Record::Database(after)) => database(before, after),
        (Some(Record::Service(before)), Record::Service(after)) => service(before, after, today),
        (Some(Record::SupplierAssessment(before)), Record::SupplierAssessment(after)) => {
            assessment(before, after)
        }
        (Some(Record::Role(before)), Record::Role(after)) => role(before, after, roles),
        // An account opens nothing here; what is new besides has no grants over it that were not given for its place.
        (
            None,
            Record::Organisation(_)
            | Record::Person(_)
            | Record::Engagement(_)
            | Record::System(_)
            | Record::Segment(_)
            | Record::Server(_)
            | Record::Database(_)
            | Record::Service(_),
        )
        | (_, Record::Account(_)) => Vec::new(),
        // Nothing is provisioned in the stead of something else, and no grants at all.
        (Some(_), _) | (None, Record::Grant(_)) => vec![of("kind", OTHER, Instead::Import)],
    }
}

const PLACE: Words = Words::part(
    "moves it, and with it what grants reach",
    "flyttar den, och därmed det som behörigheter når",
);
const PROTECTION: Words = Words::part(
    "takes away what protects it",
    "tar bort något som skyddar den",
);
const ANSWERING: Words = Words::part(
    "changes who answers for it and decides about it",
    "ändrar vem som ansvarar för den och beslutar om den",
);
const WHOSE: Words = Words::part("makes it somebody else's", "gör den till någon annans");
const VENDOR: Words = Words::part(
    "lets a supplier's staff reach a system",
    "låter en leverantörs personal nå ett system",
);
const LIMIT: Words = Words::part("raises a limit", "höjer en gräns");
const WIDER: Words = Words::part(
    "gives a role more than it has",
    "ger en roll mer än den har",
);
const PRIVILEGED: Words = Words::part(
    "gives a role something privileged",
    "ger en roll en hög behörighet",
);
const REVIVED: Words = Words::part(
    "makes what ended long ago count again",
    "gör att något som upphörde för länge sedan gäller igen",
);
const OTHER: Words = Words::part("is made in another way", "görs på annat sätt");

/// What does it instead.
#[derive(Debug, Clone, Copy)]
enum Instead {
    /// An edit of the register of that name, by a person.
    Edit(&'static str),
    /// An import on the host.
    Import,
    /// A new engagement.
    NewEngagement,
}

fn of(field: &'static str, wrong: Words, instead: Instead) -> Held {
    let right = match instead {
        Instead::Edit(name) => words!(
            "`editRegister` with `{name}`, by a person",
            "`editRegister` med `{name}`, av en person",
            name = verbatim(name)
        ),
        Instead::Import => Words::part(
            "an import on the host, by whoever answers for the register",
            "en import på servern, av den som ansvarar för registret",
        ),
        Instead::NewEngagement => Words::part("an engagement of its own", "en egen anställning"),
    };
    Held {
        field,
        wrong,
        right,
    }
}

/// The checks of a kind: each that is true is told.
fn each<const N: usize>(checks: [(bool, &'static str, Words, Instead); N]) -> Vec<Held> {
    let told = checks.into_iter().filter(|(held, ..)| *held);
    told.map(|(_, field, wrong, instead)| of(field, wrong, instead))
        .collect()
}

fn raised(before: Option<u32>, after: Option<u32>) -> bool {
    match (before, after) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => after > before,
    }
}

fn organisation(before: &Organisation, after: &Organisation) -> Vec<Held> {
    let raised = raised(before.max_privileged_grants, after.max_privileged_grants);
    each([
        (
            before.parent != after.parent,
            "parent",
            PLACE,
            Instead::Edit("moveOrganisation"),
        ),
        (
            before.authority != after.authority,
            "authority",
            PROTECTION,
            Instead::Import,
        ),
        (
            before.care_provider != after.care_provider,
            "careProvider",
            PROTECTION,
            Instead::Import,
        ),
        (raised, "maxPrivilegedGrants", LIMIT, Instead::Import),
    ])
}

fn person(before: &Person, after: &Person) -> Vec<Held> {
    let uncovered = before.protected_identity && !after.protected_identity;
    each([
        (
            before.individual != after.individual,
            "individual",
            WHOSE,
            Instead::Import,
        ),
        (uncovered, "protectedIdentity", PROTECTION, Instead::Import),
    ])
}

fn engagement(before: &Engagement, after: &Engagement, today: Date) -> Vec<Held> {
    let insider = before.engagement_type.is_external() && !after.engagement_type.is_external();
    let over = before
        .until
        .filter(|until| until.days_until(today) > CORRECTION_DAYS);
    let revived = over.is_some_and(|over| after.until.is_none_or(|until| over < until));
    each([
        (
            before.person != after.person,
            "person",
            WHOSE,
            Instead::NewEngagement,
        ),
        (insider, "type", PROTECTION, Instead::NewEngagement),
        (revived, "until", REVIVED, Instead::NewEngagement),
    ])
}

fn system(before: &System, after: &System) -> Vec<Held> {
    let lower = |class: fn(&Classification) -> u8| {
        let [before, after] = [before, after].map(|one| one.classification.as_ref().map(class));
        before > after
    };
    let lowered = lower(|one| one.confidentiality)
        || lower(|one| one.integrity)
        || lower(|one| one.availability);
    let longer = match (before.password_login_until, after.password_login_until) {
        (_, None) => false,
        (before, Some(after)) => before.is_none_or(|before| before < after),
    };
    each([
        (
            before.organisation != after.organisation,
            "organisation",
            PLACE,
            Instead::Import,
        ),
        (
            before.owner != after.owner,
            "owner",
            ANSWERING,
            Instead::Import,
        ),
        (
            before.supplier != after.supplier,
            "supplier",
            VENDOR,
            Instead::Import,
        ),
        (
            before.patient_data && !after.patient_data,
            "patientData",
            PROTECTION,
            Instead::Import,
        ),
        (
            lowered,
            "classification",
            PROTECTION,
            Instead::Edit("classifySystem"),
        ),
        (longer, "passwordLoginUntil", PROTECTION, Instead::Import),
    ])
}

fn segment(before: &Segment, after: &Segment) -> Vec<Held> {
    let sorted = |segment: &Segment| {
        let mut controls = segment.controls.clone();
        controls.sort_unstable();
        controls
    };
    let window = |segment: &Segment| (segment.change_from, segment.change_until);
    each([
        (
            before.system != after.system,
            "system",
            PLACE,
            Instead::Import,
        ),
        (
            before.organisation != after.organisation,
            "organisation",
            PLACE,
            Instead::Import,
        ),
        (
            before.patient_data && !after.patient_data,
            "patientData",
            PROTECTION,
            Instead::Import,
        ),
        (
            sorted(before) != sorted(after),
            "controls",
            PLACE,
            Instead::Edit("setControl"),
        ),
        (
            window(before) != window(after),
            "changeFrom",
            PROTECTION,
            Instead::Import,
        ),
    ])
}

fn server(before: &Server, after: &Server) -> Vec<Held> {
    let moved = before.segment != after.segment;
    each([(moved, "segment", PLACE, Instead::Edit("moveServer"))])
}

fn database(before: &Database, after: &Database) -> Vec<Held> {
    each([
        (
            before.system != after.system,
            "system",
            PLACE,
            Instead::Import,
        ),
        (
            before.server != after.server,
            "server",
            PLACE,
            Instead::Import,
        ),
    ])
}

fn service(before: &Service, after: &Service, today: Date) -> Vec<Held> {
    let over = before.until.filter(|until| *until < today);
    let revived = over.is_some_and(|over| after.until.is_none_or(|until| over < until));
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
        (revived, "until", REVIVED, Instead::Import),
    ])
}

fn assessment(before: &SupplierAssessment, after: &SupplierAssessment) -> Vec<Held> {
    let about = |one: &SupplierAssessment| {
        (
            one.supplier.clone(),
            one.authority.clone(),
            one.system.clone(),
        )
    };
    let wider = about(before) != about(after);
    each([
        (wider, "supplier", VENDOR, Instead::Import),
        (
            before.valid_until < after.valid_until,
            "validUntil",
            VENDOR,
            Instead::Import,
        ),
    ])
}

/// A permission of the service itself is privileged whatever the register says of it.
fn gives_privileged<'a>(
    mut added: impl Iterator<Item = &'a PermissionName>,
    roles: &dyn Roles,
) -> bool {
    added.any(|name| ServicePermission::named(name.as_str()).is_some() || roles.is_privileged(name))
}

fn new_role(after: &Role, roles: &dyn Roles) -> Vec<Held> {
    let privileged = gives_privileged(after.permissions.iter(), roles);
    each([(
        privileged,
        "permissions",
        PRIVILEGED,
        Instead::Edit("setRolePermission"),
    )])
}

fn role(before: &Role, after: &Role, roles: &dyn Roles) -> Vec<Held> {
    let added: Vec<&PermissionName> = (after.permissions.iter())
        .filter(|name| !before.permissions.contains(name))
        .collect();
    let privileged = gives_privileged(added.iter().copied(), roles);
    let wider = !privileged && !added.is_empty() && roles.is_granted();
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
