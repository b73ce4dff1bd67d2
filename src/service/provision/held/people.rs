//! What of organisations, people and engagements is not an integration's to say.

use domain::Date;
use domain::facts::EngagementKind;
use feed::record::{Engagement, Organisation, Person};

use super::{
    ALIAS, ANSWERING, AUDITOR, Held, Instead, LIMIT, OTHERS, PLACE, PROTECTED, PROTECTION, REVIVED,
    Registered, WHOSE, each, raised,
};

/// For how many days after its last day an engagement may be corrected to have gone on.
const CORRECTION_DAYS: i32 = 14;

pub(super) fn organisation(before: &Organisation, after: &Organisation) -> Vec<Held> {
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

/// Grants over an organisation reach what is put below it: no more than ids of its own.
pub(super) fn new_organisation(after: &Organisation) -> Vec<Held> {
    let parent = after.parent.as_ref();
    let others = parent
        .is_some_and(|parent| parent.of_organisation() != after.external_id.of_organisation());
    each([(others, "externalId", OTHERS, Instead::Import)])
}

/// A human being has what is theirs under each of their HSA-ids.
pub(super) fn new_person(after: &Person, register: &dyn Registered) -> Vec<Held> {
    let known = register.is_individual(&after.individual);
    each([(known, "individual", ALIAS, Instead::Import)])
}

pub(super) fn person(before: &Person, after: &Person) -> Vec<Held> {
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

/// Whoever is engaged by others than the region is held to more, and whoever looks into the books to most.
fn is_plain(kind: EngagementKind) -> bool {
    !kind.is_external()
}

pub(super) fn new_engagement(after: &Engagement, register: &dyn Registered) -> Vec<Held> {
    let seen = after.responsible.is_some() && register.is_protected(&after.person);
    let auditor = after.engagement_type == EngagementKind::AuditorExpert;
    each([
        (auditor, "type", AUDITOR, Instead::Import),
        (seen, "responsible", PROTECTED, Instead::Import),
    ])
}

pub(super) fn engagement(
    before: &Engagement,
    after: &Engagement,
    register: &dyn Registered,
    today: Date,
) -> Vec<Held> {
    let [was, is] = [before, after].map(|one| one.engagement_type);
    let other_kind = was != is && !(is_plain(was) && is_plain(is));
    let over = (before.until).filter(|until| until.days_until(today) > CORRECTION_DAYS);
    let revived = over.is_some_and(|over| after.until.is_none_or(|until| over < until));
    // Somebody from outside counts only with a sponsor, and whoever is one sees them.
    let sponsored = before.responsible != after.responsible && after.responsible.is_some();
    let sponsored = sponsored && (is.is_external() || register.is_protected(&after.person));
    let employed = before.employer != after.employer && is.is_external();
    each([
        (
            before.person != after.person,
            "person",
            WHOSE,
            Instead::NewEngagement,
        ),
        (other_kind, "type", PROTECTION, Instead::NewEngagement),
        (employed, "employer", PROTECTION, Instead::NewEngagement),
        (sponsored, "responsible", ANSWERING, Instead::Import),
        (revived, "until", REVIVED, Instead::NewEngagement),
    ])
}
