//! `behorig flags`: what imports have flagged, read by whoever holds the host, on record like any reading.

use std::path::Path;
use std::sync::Arc;

use domain::clock::Clock;
use domain::speaks::{counted, joined, verbatim, words};
use domain::{FlagName, Words};
use service::flags::{FlaggedRow, flags};
use service::host::HostReadError;

use super::arguments::Flags;
use super::error::CommandError;
use super::opening::Opened;
use super::output;

mod said;

use said::{Said, said};

pub(super) async fn run(
    config: Option<&Path>,
    asked: Flags,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let found = flags(&opened.desk().await?, asked.flag).await;
    let found = found.map_err(|error| {
        if let HostReadError::Snapshot(error) = error {
            CommandError::unread_register(&error)
        } else {
            error.into()
        }
    })?;
    if found.is_empty() {
        output::print(&Words::new("Nothing is flagged.", "Inget är flaggat."))?;
    } else {
        let of_each = found.chunk_by(|one, other| one.flag == other.flag);
        output::print(&joined(of_each.map(told), "\n\n"))?;
    }
    opened.db.close().await;
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
