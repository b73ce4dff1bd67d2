//! Where nothing permits: how near the principal came, and which part was unmet.

use super::place::Place;
use super::rely::Holdings;
use domain::facts::PrincipalFacts;
use domain::id::GrantId;
use domain::verdict::{Nearest, Unmet};

/// How many grants are named.
const MOST: usize = 10;

/// The grants that come nearest, and what they lack.
pub(super) fn nearest(
    principal: &PrincipalFacts,
    holdings: &Holdings<'_>,
    place: &Place,
) -> Nearest {
    let named = |unmet, grants: Vec<GrantId>| Nearest {
        unmet,
        grants: grants.into_iter().take(MOST).collect(),
    };
    let void: Vec<GrantId> = holdings
        .discounted
        .iter()
        .filter_map(|one| principal.grants.iter().find(|grant| grant.id == one.grant))
        .filter(|grant| place.fits(grant) && place.is_reached_by(grant.scope))
        .map(|grant| grant.id)
        .collect();
    if !void.is_empty() {
        return named(Unmet::DoesNotCount, void);
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) = holdings
        .counted
        .iter()
        .partition(|counted| counted.fits(place));
    let ids = |counted: Vec<&super::rely::Counted<'_>>| {
        counted
            .into_iter()
            .map(|counted| counted.grant.id)
            .collect()
    };
    if !here.is_empty() {
        return named(Unmet::Elsewhere, ids(here));
    }
    if !elsewhere.is_empty() {
        return named(Unmet::OtherSystem, ids(elsewhere));
    }
    named(Unmet::NotHeld, Vec::new())
}
