//! Whose word about a sign-in is taken.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;

use crate::audit::ChangeEvent;
use crate::domain::action::SetTrustedToAssert;
use crate::gate::Leave;

use super::{Making, Seen, Unmade, WriteError, for_change, rows};

/// Why it cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustConflict {
    /// The service is built in; nothing asks through it.
    BuiltIn,
    /// It is not as the caller saw it.
    VersionConflict,
}

/// Takes a service's word from now on, or ceases to. `None`: it was so already.
///
/// # Errors
/// [`Unmade::Conflict`] where the register as it is now does not admit it.
#[must_use]
pub fn set_trusted_to_assert<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<SetTrustedToAssert>,
    making: &'a Making,
) -> BoxFuture<'a, Result<Option<ChangeEvent>, Unmade<TrustConflict>>> {
    Box::pin(async move {
        let SetTrustedToAssert { service, trusted } = *leave.action();
        let sql = format!(
            "SELECT trusted_to_assert, built_in, version FROM service WHERE id = $1{}",
            for_change(tx)
        );
        let found = rows(tx, &sql, [service.to_string().into()]).await?;
        let row = found.first().ok_or_else(|| WriteError::Corrupt {
            table: "service",
            id: service.to_string(),
        })?;
        if row.try_get::<bool>("", "built_in")? {
            return Err(Unmade::Conflict(TrustConflict::BuiltIn));
        }
        let version: i64 = row.try_get("", "version")?;
        if making
            .expected_version
            .is_some_and(|expected| expected != version)
        {
            return Err(Unmade::Conflict(TrustConflict::VersionConflict));
        }
        if row.try_get::<bool>("", "trusted_to_assert")? == trusted {
            return Ok(None);
        }
        Seen::of("service", &service.to_string(), row)?
            .change(tx, "trusted_to_assert = $3,", [trusted.into()])
            .await?;
        Ok(Some(ChangeEvent {
            id: making.change,
            entity: service.into(),
            change: "changed",
            fields: vec!["trustedToAssert".to_owned()],
            clear: BTreeMap::from([("trustedToAssert".to_owned(), trusted.into())]),
            slots: making.reason_slot("reason"),
            decision: leave.decision(),
            run: None,
            touches: BTreeSet::from([service.to_string()]),
        }))
    })
}
