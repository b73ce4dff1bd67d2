//! What an integration may not do on its own word: by what somebody might come to reach more than before.
//!
//! What follows from an employment (an engagement, its unit, its days) is the employer's to say and is done at once. What
//! decides what grants reach, what protects a system, or who answers for something, takes a human being: such a record is
//! held and changes nothing, and the others go on. It is told by what the record changes, not by who would gain today, so
//! that nobody gets round it by the order in which things are sent.
//!
//! To add a field to a kind of record: where a change of it can widen anything, its line here.

use domain::speaks::{verbatim, words};
use domain::text::Identifier;
use domain::{Date, HsaId, PermissionName, Words};
use feed::Record;
use gate::Loss;

mod people;
mod rights;
mod systems;

use people::{engagement, new_engagement, new_organisation, new_person, organisation, person};
use rights::{new_role, role, service};
use systems::{assessment, database, new_segment, segment, server, system};

/// Why a record is held: a field of it, what the change would do, and what does it instead.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) field: &'static str,
    pub(super) wrong: Words,
    pub(super) right: Words,
}

/// What the register says of what a record names.
pub(super) trait Registered {
    /// Whether the permission is privileged where the role that the record is of is given it.
    fn is_privileged(&self, permission: &PermissionName) -> bool;

    /// Whether anybody has the role that the record is of.
    fn is_granted(&self) -> bool;

    /// Whether that is the key of a human being whom another source has told of.
    fn is_individual(&self, key: &Identifier) -> bool;

    /// Whether that person is known, with a protected identity.
    fn is_protected(&self, person: &HsaId) -> bool;
}

/// Everything that the record may not do on an integration's word; `before`: the thing as the register has it.
pub(super) fn held(
    before: Option<&Record>,
    after: &Record,
    register: &dyn Registered,
    today: Date,
) -> Vec<Held> {
    match (before, after) {
        (None, Record::Organisation(after)) => new_organisation(after),
        (None, Record::Person(after)) => new_person(after, register),
        (None, Record::Engagement(after)) => new_engagement(after, register),
        (None, Record::Segment(after)) => new_segment(after),
        (None, Record::SupplierAssessment(_)) => {
            vec![of("validUntil", VENDOR, Instead::Import)]
        }
        (None, Record::Role(after)) => new_role(after, register),
        (Some(Record::Organisation(before)), Record::Organisation(after)) => {
            organisation(before, after)
        }
        (Some(Record::Person(before)), Record::Person(after)) => person(before, after),
        (Some(Record::Engagement(before)), Record::Engagement(after)) => {
            engagement(before, after, register, today)
        }
        (Some(Record::System(before)), Record::System(after)) => system(before, after),
        (Some(Record::Segment(before)), Record::Segment(after)) => segment(before, after),
        (Some(Record::Server(before)), Record::Server(after)) => server(before, after),
        (Some(Record::Database(before)), Record::Database(after)) => database(before, after),
        (Some(Record::Service(before)), Record::Service(after)) => service(before, after),
        (Some(Record::SupplierAssessment(before)), Record::SupplierAssessment(after)) => {
            assessment(before, after)
        }
        (Some(Record::Role(before)), Record::Role(after)) => role(before, after, register),
        // An account opens nothing here; what is new besides has no grants over it that were not given for its place.
        (
            None,
            Record::System(_) | Record::Server(_) | Record::Database(_) | Record::Service(_),
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
    "makes something count for longer, or again",
    "gör att något gäller längre eller igen",
);
const OTHERS: Words = Words::part(
    "puts another body's ids below an organisation",
    "lägger en annan huvudmans id under en organisation",
);
const ALIAS: Words = Words::part(
    "gives somebody of another source's one more HSA-id",
    "ger någon som hör till en annan källa ett HSA-id till",
);
const AUDITOR: Words = Words::part(
    "makes somebody an auditor, who may only read",
    "gör någon till sakkunnig revisor, som bara får läsa",
);
const PROTECTED: Words = Words::part(
    "shows somebody's protected identity to one more",
    "visar någons skyddade uppgifter för en till",
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

/// That an end or an absence, with the others, would take too much from a unit at once: by that field.
pub(super) fn too_much(loss: Loss, by: &'static str) -> Held {
    let wrong = match loss {
        Loss::Readers { lost, of } => words!(
            "with the others it takes from {lost} of {of} in the unit what lets them see patient data",
            "tar tillsammans med de andra ifrån {lost} av {of} på enheten det som låter dem se patientuppgifter",
            lost,
            of
        ),
        Loss::LastHolder => Words::part(
            "takes a role from the last who has it in the unit",
            "tar en roll från den sista som har den på enheten",
        ),
    };
    Held {
        field: by,
        wrong,
        right: Words::part(
            "a day that was known 14 days before, or `confirmRun` by a person",
            "en dag som är känd 14 dagar före, eller `confirmRun` av en person",
        ),
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
