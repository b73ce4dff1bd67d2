//! Reads what the register has of the things that records are about, and has them planned by it.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::EngagementId;
use domain::text::Identifier;
use feed::Kind;
use feed::draft::Draft;
use gate::Territory;
use store::import as staging;

use super::plan::{Drafts, KnownThings, Looking, Planned};
use super::{brake, failed};
use crate::error::ServiceError;
use crate::session::Session;

/// How many things are read at once.
const AT_ONCE: usize = 1_000;

/// What the drafts would come to; `known`: what of the register has been read already.
pub(super) async fn planned(
    session: &Session,
    source: &Identifier,
    drafts: Vec<Draft>,
    territories: &BTreeMap<Kind, Territory>,
    mut known: KnownThings,
) -> Result<Vec<Planned>, ServiceError> {
    // What is of no form is not looked for either.
    let readable = drafts.iter().filter(|draft| draft.misread(0).is_empty());
    let named = readable.filter_map(|draft| Some((draft.kind, draft.external_id()?.to_owned())));
    read(session, source, named.collect(), &mut known).await?;
    let drafts = Drafts::completed(drafts, &known, source);
    read(session, source, drafts.referred(), &mut known).await?;
    let snapshot = session.snapshot().await?;
    let keys: Vec<&str> = drafts.individuals().into_iter().collect();
    let mut individuals = BTreeSet::new();
    for some in keys.chunks(AT_ONCE) {
        let others = staging::others_individuals(snapshot.connection(), source, some).await;
        individuals.extend(others.map_err(|error| failed(error.into()))?);
    }
    let looking = Looking {
        territories,
        known: &known,
        individuals: &individuals,
        source,
        today: session.operation().now().date(),
    };
    Ok(looking.plan(&drafts))
}

/// Reads what the register has of those things, unless it is known.
pub(super) async fn read(
    session: &Session,
    source: &Identifier,
    named: BTreeSet<(Kind, String)>,
    known: &mut KnownThings,
) -> Result<(), ServiceError> {
    let snapshot = session.snapshot().await?;
    for kind in Kind::ALL {
        let wanted: Vec<&str> = (named.iter())
            .filter(|(of, id)| of == kind && !known.contains_key(&(*of, id.clone())))
            .map(|(_, id)| id.as_str())
            .collect();
        for some in wanted.chunks(AT_ONCE) {
            let told = staging::told(snapshot.connection(), *kind, source, some).await;
            for told in told.map_err(|error| failed(error.into()))? {
                known.insert((*kind, told.external_id.clone()), told);
            }
        }
    }
    Ok(())
}

/// Holds that by which a unit would lose too much at once.
pub(super) async fn braked(
    session: &Session,
    planned: &mut [Planned],
    territories: &BTreeMap<Kind, Territory>,
) -> Result<(), ServiceError> {
    let lately = changed_lately(session, &brake::ends(planned)).await?;
    brake::brake(planned, territories.get(&Kind::Engagement), &lately);
    Ok(())
}

/// The engagements in the units of those, of which something was said since yesterday, and before that too.
async fn changed_lately(
    session: &Session,
    ends: &BTreeSet<EngagementId>,
) -> Result<BTreeSet<EngagementId>, ServiceError> {
    let now = session.operation().now();
    let yesterday = now.date().plus_days(-1).unwrap_or(now.date());
    let since = session.calendar().starts(yesterday);
    let ends: Vec<EngagementId> = ends.iter().copied().collect();
    let snapshot = session.snapshot().await?;
    let mut lately = BTreeSet::new();
    for some in ends.chunks(AT_ONCE) {
        let changed = staging::changed_beside(snapshot.connection(), some, since).await;
        lately.extend(changed.map_err(|error| failed(error.into()))?);
    }
    Ok(lately)
}
