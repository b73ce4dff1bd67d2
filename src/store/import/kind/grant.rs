//! What a feed fills of a grant: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer, refer_by_kind, when};
use crate::import::row::{References, Row, date, person_or_null, text};
use crate::import::table::{Column, plain, touching};
use domain::target::{PrincipalKey, ScopeName};
use feed::Kind;
use feed::record::Grant;

pub(in crate::import) const COLUMNS: &[Column] = &[
    touching("person_id"),
    touching("service_id"),
    plain("engagement_id"),
    plain("role_id"),
    plain("scope_kind"),
    plain("organisation_id"),
    plain("system_id"),
    plain("segment_id"),
    plain("database_id"),
    plain("from_date"),
    plain("until_date"),
    plain("needs_and_risk_analysis"),
    plain("analysis_review_by"),
    plain("ordered_by_id"),
    plain("approved_by_id"),
    plain("origin"),
    plain("attest_by"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer_by_kind!("principal", "person", Person),
    refer_by_kind!("principal", "service", Service),
    refer!(Grant, "engagement", Engagement),
    refer!(Grant, "role", Role),
    refer_by_kind!("scope", "organisation", Organisation),
    refer_by_kind!("scope", "system", System),
    refer_by_kind!("scope", "segment", Segment),
    refer_by_kind!("scope", "database", Database),
    when(
        refer!(Grant, "orderedBy", Person),
        "s.body ->> 'orderedBy' <> s.body -> 'principal' ->> 'externalId'",
    ),
    refer!(Grant, "approvedBy", Person),
];

pub(in crate::import) fn row(it: &Grant, refs: &mut dyn References) -> Row {
    let (person, service) = match &it.principal {
        PrincipalKey::Person(id) => (refs.id(Kind::Person, id.as_str()), Cell::Null),
        PrincipalKey::Service(id) => (Cell::Null, refs.id(Kind::Service, id)),
    };
    let mut scope = [Cell::Null, Cell::Null, Cell::Null, Cell::Null];
    let [organisation, system, segment, database] = &mut scope;
    match &it.scope {
        ScopeName::Installation => {}
        ScopeName::Organisation(id) => *organisation = refs.id(Kind::Organisation, id.as_str()),
        ScopeName::System(id) => *system = refs.id(Kind::System, id),
        ScopeName::Segment(id) => *segment = refs.id(Kind::Segment, id),
        ScopeName::Database(id) => *database = refs.id(Kind::Database, id),
    }
    let engagement = it.engagement.as_ref();
    let mut cells = vec![
        person,
        service,
        engagement.map_or(Cell::Null, |id| refs.id(Kind::Engagement, id)),
        refs.id(Kind::Role, &it.role),
        text(it.scope.kind()),
    ];
    cells.extend(scope);
    cells.extend([
        date(it.from),
        Cell::text_or_null(it.until),
        Cell::text_or_null(it.needs_and_risk_analysis.as_deref()),
        Cell::text_or_null(it.analysis_review_by),
        // A service that ordered for itself is not a person; the flag tells of it.
        match &it.ordered_by {
            PrincipalKey::Person(id) => refs.id(Kind::Person, id.as_str()),
            PrincipalKey::Service(_) => Cell::Null,
        },
        person_or_null(it.approved_by.as_ref(), refs),
        text(it.origin),
        Cell::text_or_null(it.attest_by),
    ]);
    Row::of(cells)
}
