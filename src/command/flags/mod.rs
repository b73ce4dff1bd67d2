//! `behorig flags`: what imports have flagged, read by whoever holds the host, on record like any reading.

use std::path::Path;
use std::sync::Arc;

use audit::Authorised as _;
use domain::clock::Clock;
use domain::speaks::{counted, joined, verbatim, words};
use domain::{FlagName, Words};
use store::import::{FlaggedRow, flagged};

use super::arguments::Flags;
use super::feed::Host;
use super::{CommandError, opening, output, serve};

mod said;

use said::{Said, said};

pub(super) async fn run(
    config: Option<&Path>,
    flags: Flags,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = opening::settings(config, &flags.on)?;
    let db = opening::open(&settings).await?;
    let log = opening::open_log(&db, &settings, &clock).await?;
    let host = Host::new(&log, &clock, serve::policies(&settings, &db).await?);
    let (leave, evidence) = host.permit("flags").await?.split();
    let snapshot = opening::register(&db).await?;
    let found = flagged(snapshot.connection(), leave, flags.flag).await?;
    drop(snapshot);
    log.seal(vec![evidence.into_pending()])
        .await
        .map_err(|error| opening::unrecorded(&error))?;
    if found.is_empty() {
        output::print(&Words::new("Nothing is flagged.", "Inget är flaggat."))?;
    } else {
        let of_each = found.chunk_by(|one, other| one.flag == other.flag);
        output::print(&joined(of_each.map(told), "\n\n"))?;
    }
    db.close().await;
    Ok(())
}

/// One flag: what it means and what to do, then everything that carries it, one a line.
fn told(rows: &[FlaggedRow]) -> Words {
    let name = rows.first().map_or("", |row| row.flag.as_str());
    let flag = FlagName::named(name);
    let mut lines = match flag {
        Some(flag) => vec![heading(flag, rows.len()), said(flag).to_do],
        // Raised by another version of this program.
        None => vec![verbatim(name)],
    };
    lines.extend(rows.iter().map(|row| thing(flag, row)));
    joined(lines, "\n")
}

/// So many things carry it; its name stands behind, for `--flag` and for scripts.
pub(super) fn heading(flag: FlagName, count: impl TryInto<u64>) -> Words {
    let Said {
        english, swedish, ..
    } = said(flag);
    words!(
        "{said} (flag {name})",
        "{said} (flagga {name})",
        said = counted(count, english, swedish),
        name = verbatim(flag.as_str())
    )
}

/// What carries it, by its key and what it is called.
fn thing(flag: Option<FlagName>, row: &FlaggedRow) -> Words {
    let mut parts = vec![words!("  `{key}`", "  `{key}`", key = verbatim(&row.key))];
    parts.extend(
        row.name
            .as_ref()
            .map(|name| words!(" {name}", " {name}", name = verbatim(name))),
    );
    parts.extend(row.holder.as_ref().map(|holder| {
        words!(
            " for `{holder}`",
            " för `{holder}`",
            holder = verbatim(holder)
        )
    }));
    parts.extend(
        row.place
            .as_ref()
            .map(|place| words!(" at {place}", " i {place}", place = verbatim(place))),
    );
    let detail = row.detail.as_deref();
    parts.extend(
        flag.zip(detail)
            .and_then(|(flag, detail)| why(flag, detail)),
    );
    joined(parts, "")
}

/// What makes it true of this one thing, where that says more than the flag does.
fn why(flag: FlagName, detail: &str) -> Option<Words> {
    let detail = verbatim(detail);
    match flag {
        FlagName::EndedWithGrant | FlagName::ExpiredGrant => Some(words!(
            ": ended on {detail}",
            ": sista dagen var {detail}",
            detail
        )),
        FlagName::PasswordLoginPastDate => Some(words!(
            ": passwords were allowed until {detail}",
            ": lösenord tilläts till och med {detail}",
            detail
        )),
        FlagName::VendorWithoutAssessment => Some(words!(
            ": the supplier is `{detail}`",
            ": leverantören är `{detail}`",
            detail
        )),
        FlagName::SegmentWithFewAdmins => Some(words!(": has {detail}", ": har {detail}", detail)),
        FlagName::RoleLooksAlike | FlagName::SystemLooksAlike | FlagName::ServiceLooksAlike => {
            Some(words!(": as `{detail}`", ": som `{detail}`", detail))
        }
        // The kinds of engagement, account, scope and origin, the HSA-ids and the permission are told already.
        FlagName::AccountWithoutOwner
        | FlagName::Class4
        | FlagName::ExternalWithoutEnd
        | FlagName::ExternalWithoutSponsor
        | FlagName::GainOfPrivilege
        | FlagName::NoCredential
        | FlagName::OwnerMissing
        | FlagName::PatientGrantWithoutAnalysis
        | FlagName::SelfOrdered
        | FlagName::ServiceOwnerGone
        | FlagName::TrainingMissing
        | FlagName::TwoIdsOneHuman
        | FlagName::Unclassified
        | FlagName::UnitWithoutContact
        | FlagName::UnknownPermission
        | FlagName::VendorWithoutEnd
        | FlagName::WideServerAdmin => None,
    }
}
