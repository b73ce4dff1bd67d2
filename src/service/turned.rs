//! Questions turned around: what somebody holds, what somebody can reach, who administers what.
//!
//! Such reports can be secret (OSL 18 kap. 8 §): each takes `reach:read` over what it is about, and is
//! refused to whoever lacks it: an empty report would say that nobody can.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::action::{List, Reach, Read};
use domain::id::{self, SegmentId};
use domain::target::{ExternalKey, PrincipalKey, RecordDescription, TargetKey};
use domain::{EntityRef, PermissionName, ServicePermission};
use gate::Permit;
use store::read::{COUNT_LIMIT, Key, Page, Position, Window};

use gate::Administrators;
pub use gate::{Administrator, Entitled, HeldGrant, Reached, ReachedSegment, ReachedSystem};

use super::error::{InputPath, ServiceError};
use super::register::named;
use super::session::Session;

/// How long a report may take for which everybody's grants are asked about.
pub(crate) const REPORTING: Duration = Duration::from_secs(30);

/// How many human beings a segment has to have who administer it.
const ENOUGH: usize = 2;

/// What somebody could do a thing to.
#[derive(Debug, Clone)]
pub enum About {
    /// Something in the register, and the records that lie there.
    Registered(ExternalKey),
    /// A record of a system that an organisation keeps, as it would be described.
    Described(RecordDescription),
}

impl About {
    /// What leave to report is needed over: of a record, whoever keeps it.
    fn place(&self) -> ExternalKey {
        match self {
            Self::Registered(key) => key.clone(),
            Self::Described(record) => ExternalKey::Organisation(record.organisation.clone()),
        }
    }

    /// Where that is named.
    fn path(&self) -> InputPath {
        let at = InputPath::argument("target");
        match self {
            Self::Registered(_) => at.at("organisation"),
            Self::Described(_) => at.at("record").at("organisation"),
        }
    }

    fn record(&self) -> Option<&RecordDescription> {
        match self {
            Self::Registered(_) => None,
            Self::Described(record) => Some(record),
        }
    }

    /// As the report and its cursors are told apart by.
    #[must_use]
    pub fn spelled(&self) -> String {
        let place = self.place().dependency();
        match self {
            Self::Registered(_) => place,
            Self::Described(record) => {
                let (system, kind) = (&record.system, &record.kind);
                format!("record {system} {place} {kind} {}", record.blocked)
            }
        }
    }
}

/// A segment with too few who administer it.
#[derive(Debug, Clone, Copy)]
pub struct Understaffed {
    /// The segment.
    pub segment: SegmentId,
    /// How many human beings administer it.
    pub administrators: usize,
}

/// Where a row of a report stands in it.
#[must_use]
pub fn position(id: &impl ToString) -> Position {
    Position {
        value: None,
        key: Key::Id(id.to_string()),
    }
}

/// Leave to report about somebody; `None`: nobody of that name, or not to be seen.
async fn somebody(
    session: &Session,
    principal: PrincipalKey,
) -> Result<Option<Permit<Read<Reach>>>, ServiceError> {
    let path = InputPath::argument("principal").at("hsaId");
    let key = TargetKey::External(ExternalKey::Principal(principal));
    session.leave_to_report(key, &path).await
}

/// A page of what somebody holds, by the grants' ids; `None`: nobody of that name, or not to be seen.
///
/// # Errors
/// It could not be decided or read.
pub async fn what_can(
    session: &Session,
    principal: PrincipalKey,
    window: &Window,
) -> Result<Option<Page<HeldGrant>>, ServiceError> {
    let Some(permit) = somebody(session, principal).await? else {
        return Ok(None);
    };
    let operation = Arc::clone(session.operation());
    let what = format!("held {}", permit.target());
    let held = session
        .report(what, async move { Ok(operation.held(&permit).await?) })
        .await?;
    let key = |held: &HeldGrant| held.grant.id.to_string();
    Ok(Some(Page::of_whole(held.as_ref().clone(), key, window)))
}

/// A page of those who could do a thing, with the strongest sign-in, by their ids; `None`: nothing of that name,
/// or not to be seen.
///
/// # Errors
/// It could not be decided or read.
pub async fn who_can(
    session: &Session,
    permission: &PermissionName,
    about: About,
    window: &Window,
) -> Result<Option<Page<Entitled>>, ServiceError> {
    let record = about.record().cloned();
    let key = TargetKey::External(about.place());
    let path = about.path();
    let Some(permit) = session.leave_to_report(key, &path).await? else {
        return Ok(None);
    };
    let operation = session.operation();
    if !operation.is_permission(permission) {
        let path = InputPath::argument("permission");
        return Err(ServiceError::unknown_permission(path));
    }
    if let Some(record) = &record {
        let system = ExternalKey::System(record.system.clone());
        if named::<id::System>(session, system).await?.is_err() {
            return Ok(None);
        }
    }
    let (after, most) = if window.count {
        (None, usize::try_from(COUNT_LIMIT).unwrap_or(usize::MAX))
    } else {
        let wanted = window.size.saturating_add(1);
        let after = window.after.as_ref().and_then(|at| match &at.key {
            Key::Id(id) => id.parse::<EntityRef>().ok(),
            Key::Seq(_) => None,
        });
        (after, usize::try_from(wanted).unwrap_or(usize::MAX))
    };
    let beyond = after.map(|id| id.to_string()).unwrap_or_default();
    let what = format!("entitled {permission} {} {beyond} {most}", about.spelled());
    let entitled = session.report(what, async {
        let page = (after, most);
        Ok(operation
            .entitled(&permit, permission, record, page)
            .await?)
    });
    let found = Box::pin(session.taking(REPORTING, entitled)).await?;
    let key = |one: &Entitled| one.id.to_string();
    Ok(Some(Page::of_whole(found.as_ref().clone(), key, window)))
}

/// What somebody can administer; `None`: nobody of that name, or not to be seen.
///
/// # Errors
/// It could not be decided or read.
pub async fn reach(
    session: &Session,
    principal: PrincipalKey,
) -> Result<Option<Reached>, ServiceError> {
    match somebody(session, principal).await? {
        Some(permit) => {
            let what = format!("reached {}", permit.target());
            let reached = session.report(what, async { Ok(session.operation().reached(&permit)) });
            Ok(Some(reached.await?.as_ref().clone()))
        }
        None => Ok(None),
    }
}

/// Everybody who administers servers, and the segments that the caller may know of; refused where that is none at
/// all.
async fn administered(
    session: &Session,
    permit: Permit<List<Reach>>,
) -> Result<(Arc<Administrators>, BTreeSet<SegmentId>), ServiceError> {
    if permit.shows_nothing() {
        let (operation, decision) = (session.operation(), permit.decision());
        let refused = operation.refused_everywhere(ServicePermission::ReachRead, decision);
        return Err(refused.await?.into());
    }
    let found = session.report("administrators".to_owned(), async {
        Ok(session.operation().administrators(&permit).await)
    });
    let found = found.await?;
    let visible = session.operation().reported(&permit, &found.segments);
    Ok((found, visible))
}

/// A page of those who administer servers, each with those of their segments that the caller may know of.
///
/// # Errors
/// It could not be decided or read.
pub async fn administrators(
    session: &Session,
    window: &Window,
) -> Result<Page<Administrator>, ServiceError> {
    let key = |one: &Administrator| one.id.to_string();
    let rows = async |permit: Permit<List<Reach>>| {
        let (found, visible) = administered(session, permit).await?;
        let mut all = found.all.clone();
        for one in &mut all {
            one.segments.retain(|segment, _| visible.contains(segment));
        }
        all.retain(|one| !one.segments.is_empty());
        Ok(Page::of_whole(all, key, window))
    };
    let ids = |page: &Page<Administrator>| page.rows.iter().map(|one| one.id).collect();
    session
        .operation()
        .list(List::<Reach>::default(), rows, ids, |_, _| ())
        .await
}

/// A page of the segments that fewer than two human beings administer, of those that the caller may know of.
///
/// # Errors
/// It could not be decided or read.
pub async fn understaffed(
    session: &Session,
    window: &Window,
) -> Result<Page<Understaffed>, ServiceError> {
    let rows = async |permit: Permit<List<Reach>>| {
        let key = |one: &Understaffed| one.segment.to_string();
        let (found, visible) = administered(session, permit).await?;
        let few = found.fewer_than(ENOUGH).into_iter();
        let few = few.filter(|(segment, _)| visible.contains(segment));
        let few = few.map(|(segment, administrators)| Understaffed {
            segment,
            administrators,
        });
        Ok(Page::of_whole(few.collect(), key, window))
    };
    let ids = |page: &Page<Understaffed>| -> Vec<EntityRef> {
        page.rows.iter().map(|one| one.segment.into()).collect()
    };
    session
        .operation()
        .list(List::<Reach>::default(), rows, ids, |_, _| ())
        .await
}
