//! What a feed fills of a person: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::Reference;
use crate::import::row::{References, Row, text};
use crate::import::table::{Column, NAME_SEARCH, NAME_SORT, flag, plain};
use domain::name::sort_key;
use domain::text::search_words;
use feed::record::Person;

pub(in crate::import) const COLUMNS: &[Column] = &[
    plain("individual_id"),
    plain("given_name"),
    plain("family_name"),
    NAME_SORT,
    NAME_SEARCH,
    plain("email"),
    flag("protected_identity"),
    plain("training_completed_on"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.hsa_id"),
    (
        "individual",
        "(SELECT i.external_key FROM individual i WHERE i.id = x.individual_id)",
    ),
    ("givenName", "x.given_name"),
    ("familyName", "x.family_name"),
    ("email", "x.email"),
    ("protectedIdentity", "TRUTH(x.protected_identity)"),
    ("trainingCompletedOn", "x.training_completed_on"),
    (
        "credentials",
        "(SELECT LIST(c.kind) FROM person_credential c WHERE c.person_id = x.id)",
    ),
];

pub(in crate::import) fn row(it: &Person, refs: &mut dyn References) -> Row {
    Row::of(vec![
        refs.individual(&it.individual),
        text(&it.given_name),
        text(&it.family_name),
        Cell::Text(sort_key(&format!("{} {}", it.family_name, it.given_name))),
        Cell::Text(search_words(
            &[&it.given_name, &it.family_name],
            Some(&it.external_id),
        )),
        text(&it.email),
        Cell::Bool(it.protected_identity),
        Cell::text_or_null(it.training_completed_on),
    ])
    .with_members(it.credentials.iter().map(|kind| (*kind).to_owned()))
}
