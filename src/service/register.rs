//! Reading the register: what the caller may not see looks exactly like what is not there.
//!
//! Each use case asks the gate and then the store; the contents come from the snapshot that was decided
//! on. Lists are decided by a filter instead of row by row, and show the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use domain::action::{List, Reach, Read, Readable};
use domain::id;
use domain::problem::Missing;
use domain::target::{ExternalKey, TargetKey};
use domain::{EntityRef, Id, Kind};
use gate::{Permit, Refusal};
use store::read::Selection as _;
use store::{Reader, StoreError};

pub use store::read::records::*;
pub use store::read::{By, COUNT_LIMIT, Key, Order, Page, Position, Stored, Window};

use super::error::{InputPath, ServiceError};
use super::session::Session;

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        if let StoreError::OutOfLog(error) = error {
            Self::OutOfLog(error)
        } else if error.is_corruption() {
            Self::Broken(Box::new(error))
        } else {
            Self::Unavailable(Box::new(error))
        }
    }
}

impl Session {
    /// What reads rows, at the moment of the register.
    pub(crate) fn reader(&self) -> BoxFuture<'_, Result<Reader, ServiceError>> {
        Box::pin(async {
            let snapshot = Arc::clone(self.snapshot().await?);
            Ok(Reader::new(snapshot, self.calendar()))
        })
    }

    /// Leave to read reports about something, which is refused to whoever may not have them; `None`: it is not
    /// there, or not to be seen. Whoever spells an HSA-id in small letters is told so, as by [`one_named`].
    pub(crate) async fn leave_to_report(
        &self,
        about: TargetKey,
        path: &InputPath,
    ) -> Result<Option<Permit<Read<Reach>>>, ServiceError> {
        let capitals = match &about {
            TargetKey::External(key) => key.in_capitals(),
            TargetKey::Entity(_) | TargetKey::Draft(_) | TargetKey::Record(_) => None,
        };
        let leave = async |about| {
            let action = Read::<Reach>::about(about);
            found(self.operation().read_report(action).await)
        };
        let found = leave(about).await?;
        if let (None, Some(capitals)) = (&found, capitals)
            && leave(TargetKey::External(capitals)).await?.is_some()
        {
            return Err(in_small_letters(path.clone()));
        }
        Ok(found)
    }

    /// Leave to read; `None`: it is not there, or not to be seen.
    pub(crate) async fn leave<K: Readable>(
        &self,
        action: Read<K>,
    ) -> Result<Option<Permit<Read<K>>>, ServiceError> {
        found(self.operation().read(action).await)
    }
}

fn found<T>(permit: Result<T, Refusal>) -> Result<Option<T>, ServiceError> {
    match permit {
        Ok(permit) => Ok(Some(permit)),
        Err(Refusal::NotFound { .. }) => Ok(None),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What has a name, with leave to read it; or why nothing is known by it.
pub(crate) type Named<K> = Result<(Id<K>, Permit<Read<K>>), Missing>;

/// What has that name, if the caller may see it.
pub(crate) async fn named<K: Kind + Readable>(
    session: &Session,
    key: ExternalKey,
) -> Result<Named<K>, ServiceError> {
    let capitals = key.in_capitals();
    let Some(permit) = session.leave(Read::<K>::by_name(key)).await? else {
        return Ok(Err(missing::<K>(session, capitals).await?));
    };
    let broken = || ServiceError::Broken("a name stands for another kind of thing".into());
    let id = permit.target().to_id().map_err(|_| broken())?;
    Ok(Ok((id, permit)))
}

async fn missing<K: Readable>(
    session: &Session,
    capitals: Option<ExternalKey>,
) -> Result<Missing, ServiceError> {
    let Some(capitals) = capitals else {
        return Ok(Missing::Nothing);
    };
    let found = session.leave(Read::<K>::by_name(capitals)).await?;
    Ok(found.map_or(Missing::Nothing, |_| Missing::InSmallLetters))
}

/// One thing by a name from outside; `None`: it is not there, or the caller may not see it.
///
/// # Errors
/// As [`one`]; or it is an HSA-id in small letters, which is told.
pub async fn one_named<K: Stored>(
    session: &Session,
    key: ExternalKey,
    path: &InputPath,
) -> Result<Option<K::Record>, ServiceError> {
    let capitals = key.in_capitals();
    let found = one(session, Read::<K>::by_name(key)).await?;
    if found.is_none() && missing::<K>(session, capitals).await? == Missing::InSmallLetters {
        return Err(in_small_letters(path.clone()));
    }
    Ok(found)
}

fn in_small_letters(path: InputPath) -> ServiceError {
    ServiceError::Input {
        path,
        problem: Missing::InSmallLetters.words(),
    }
}

/// One thing; `None`: it is not there, or the caller may not see it.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn one<K: Stored>(
    session: &Session,
    action: Read<K>,
) -> Result<Option<K::Record>, ServiceError> {
    match session.leave(action).await? {
        Some(permit) => Ok(Some(session.reader().await?.one(permit).await?)),
        None => Ok(None),
    }
}

/// Several things of a kind, in the order of the ids; what is not there or not to be seen is left out.
///
/// # Errors
/// They could not be decided or read, or a stronger sign-in would show one.
pub async fn several<K: Stored>(
    session: &Session,
    ids: Vec<Id<K>>,
) -> Result<Vec<K::Record>, ServiceError> {
    let actions = ids.into_iter().map(Read::by_id).collect();
    let mut permits = Vec::new();
    for permit in session.operation().read_each(actions).await? {
        match permit {
            Ok(permit) => permits.push(permit),
            Err(Refusal::NotFound { .. }) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(session
        .reader()
        .await?
        .several(permits)
        .await?
        .into_iter()
        .flatten()
        .collect())
}

/// Part of a list, with exactly the rows that the caller may read one by one.
///
/// # Errors
/// It could not be decided or read, or nothing was found by a permission that there is not.
pub async fn list<K: Stored>(
    session: &Session,
    selection: &K::Selection,
    window: &Window,
) -> Result<Page<K::Record>, ServiceError> {
    let (reader, operation) = (session.reader().await?, session.operation());
    let now = operation.now();
    let page: Page<K::Record> = operation
        .list(
            List::<K>::default(),
            async |permit| -> Result<_, ServiceError> {
                Ok(reader.page(permit, now, selection, window).await?)
            },
            |page: &Page<K::Record>| page.rows.iter().map(K::id).collect(),
            |page, hidden| page.rows.retain(|row| !hidden.contains(&K::id(row))),
        )
        .await?;
    // What an earlier register had is still found in the log; a name that nothing has is a slip, not an answer.
    if let (true, Some(permission)) = (page.rows.is_empty(), selection.permission())
        && !operation.is_permission(permission)
    {
        let path = InputPath::argument("filter").at("permission");
        return Err(ServiceError::unknown_permission(path));
    }
    Ok(page)
}

/// What a flag stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flagged {
    /// Organisations.
    Organisations,
    /// People.
    Persons,
    /// Human beings, by the people they are.
    Individuals,
    /// Engagements.
    Engagements,
    /// Systems.
    Systems,
    /// Segments.
    Segments,
    /// Technical accounts.
    Accounts,
    /// Grants.
    Grants,
    /// Roles.
    Roles,
    /// Services.
    Services,
}

/// What carries the flag, as far as the caller may read it.
///
/// # Errors
/// It could not be decided or read.
pub async fn flagged(
    session: &Session,
    flag: &str,
    carriers: Flagged,
    window: &Window,
) -> Result<Page<FlagRecord>, ServiceError> {
    match carriers {
        Flagged::Organisations => carrying::<id::Organisation>(session, flag, window).await,
        Flagged::Persons => carrying::<id::Person>(session, flag, window).await,
        Flagged::Engagements => carrying::<id::Engagement>(session, flag, window).await,
        Flagged::Systems => carrying::<id::System>(session, flag, window).await,
        Flagged::Segments => carrying::<id::Segment>(session, flag, window).await,
        Flagged::Accounts => carrying::<id::Account>(session, flag, window).await,
        Flagged::Grants => carrying::<id::Grant>(session, flag, window).await,
        Flagged::Roles => carrying::<id::Role>(session, flag, window).await,
        Flagged::Services => carrying::<id::Service>(session, flag, window).await,
        Flagged::Individuals => {
            let (reader, now) = (session.reader().await?, session.operation().now());
            let rows = async |permit| {
                Ok(reader
                    .flagged_individuals(permit, now, flag, window)
                    .await?)
            };
            session
                .operation()
                .list(
                    List::<id::Person>::default(),
                    rows,
                    carriers_of,
                    drop_carriers,
                )
                .await
        }
    }
}

async fn carrying<K: Stored>(
    session: &Session,
    flag: &str,
    window: &Window,
) -> Result<Page<FlagRecord>, ServiceError> {
    let (reader, now) = (session.reader().await?, session.operation().now());
    let rows = async |permit| Ok(reader.flagged::<K>(permit, now, flag, window).await?);
    session
        .operation()
        .list(List::<K>::default(), rows, carriers_of, drop_carriers)
        .await
}

fn carriers_of(page: &Page<FlagRecord>) -> Vec<EntityRef> {
    page.rows.iter().map(|row| row.entity_id).collect()
}

fn drop_carriers(page: &mut Page<FlagRecord>, hidden: &BTreeSet<EntityRef>) {
    page.rows.retain(|row| !hidden.contains(&row.entity_id));
}
