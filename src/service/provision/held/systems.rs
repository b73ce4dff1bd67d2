//! What of systems, segments, servers, databases and suppliers' assessments is not an integration's to say.

use feed::record::{Classification, Database, Segment, Server, SupplierAssessment, System};

use super::{ANSWERING, Held, Instead, PLACE, PROTECTION, VENDOR, each};

/// The class that what has none counts as.
const UNCLASSIFIED: u8 = 3;

pub(super) fn system(before: &System, after: &System) -> Vec<Held> {
    let lowered = match (&before.classification, &after.classification) {
        (_, None) => before.classification.is_some(),
        (before, Some(after)) => {
            let before = before.as_ref();
            let lower = |class: fn(&Classification) -> u8| {
                class(after) < before.map_or(UNCLASSIFIED, class)
            };
            let analysed = before.is_some_and(|before| before.analysis.is_some());
            lower(|one| one.confidentiality)
                || lower(|one| one.integrity)
                || lower(|one| one.availability)
                || (analysed && after.analysis.is_none())
        }
    };
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

pub(super) fn new_segment(after: &Segment) -> Vec<Held> {
    let controls = !after.controls.is_empty();
    let edit = Instead::Edit("setControl");
    each([(controls, "controls", PLACE, edit)])
}

pub(super) fn segment(before: &Segment, after: &Segment) -> Vec<Held> {
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
            before.environment != after.environment,
            "environment",
            PROTECTION,
            Instead::Import,
        ),
        (
            window(before) != window(after),
            "changeFrom",
            PROTECTION,
            Instead::Import,
        ),
    ])
}

pub(super) fn server(before: &Server, after: &Server) -> Vec<Held> {
    let moved = before.segment != after.segment;
    each([(moved, "segment", PLACE, Instead::Edit("moveServer"))])
}

pub(super) fn database(before: &Database, after: &Database) -> Vec<Held> {
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

pub(super) fn assessment(before: &SupplierAssessment, after: &SupplierAssessment) -> Vec<Held> {
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
