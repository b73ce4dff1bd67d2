//! `behorig log prove`: proofs as texts that other people's tools verify.

use std::path::Path;

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{self, OnDatabase};
use super::super::output;
use audit::prove::{self, ProveError};
use audit::register_proof::{self, Asked, NotProved};
use audit::{Registers, Snapshot};
use domain::Words;
use domain::id::EntityRef;
use domain::speaks::{Speaks as _, events, words};

/// `behorig log prove`
#[derive(Debug, Args)]
pub struct Prove {
    /// The event's number in the log: prints a C2SP tlog-proof up to the newest checkpoint.
    #[arg(value_name = "SEQ", required_unless_present_any = ["continues", "register"])]
    pub seq: Option<u64>,

    /// Instead, that the newest checkpoint's log continues the one of so many events (C2SP tlog-witness).
    #[arg(long, value_name = "SIZE", conflicts_with = "seq", value_parser = clap::value_parser!(u64).range(1..))]
    pub continues: Option<u64>,

    /// Instead, what the register had of that id, or that it had nothing; `log verify` takes it. Without personal values.
    #[arg(long, value_name = "ID", conflicts_with_all = ["seq", "continues"])]
    pub register: Option<EntityRef>,

    /// After which event; without it, the last one that the newest checkpoint covers.
    #[arg(long, value_name = "SEQ", requires = "register")]
    pub at: Option<u64>,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,
}

pub(super) async fn run(config: Option<&Path>, wanted: &Prove) -> Result<(), CommandError> {
    let settings = opening::settings(config, &wanted.on)?;
    let db = opening::open(&settings).await?;
    let snapshot = opening::snapshot(&db).await?;
    let text = match (wanted.register, wanted.seq, wanted.continues) {
        (Some(id), ..) => Some(registered(&snapshot, id, wanted.at).await?),
        (None, Some(seq), _) => contained(&snapshot, seq).await?,
        (None, None, Some(earlier)) => continued(&snapshot, earlier).await?,
        (None, None, None) => None,
    };
    drop(snapshot);
    db.close().await;
    let text = text.ok_or_else(|| {
        CommandError::Incomplete(Words::new(
            "no checkpoint covers that yet: wait for the notary, or run `behorig notary`",
            "Ingen kontrollpunkt omfattar det ännu. Vänta på notarien, eller kör `behorig notary`.",
        ))
    })?;
    output::data(text.trim_end())
}

async fn contained(snapshot: &Snapshot, seq: u64) -> Result<Option<String>, CommandError> {
    let size = snapshot.log_size();
    if seq >= size {
        return Err(CommandError::Could(words!(
            "there is no event {seq}: the log has {size}, counted from 0. Give a lower number",
            "Det finns ingen händelse {seq}. Loggen har {size}, räknat från 0. Ange ett lägre nummer.",
            seq,
            size = events(size)
        )));
    }
    let proof = prove::inclusion(snapshot.connection(), seq).await?;
    Ok(proof.map(|proof| proof.text()))
}

async fn registered(
    snapshot: &Snapshot,
    id: EntityRef,
    at: Option<u64>,
) -> Result<String, CommandError> {
    let values = false;
    let asked = Asked { id, at, values };
    let proved = register_proof::prove(snapshot, &Registers::default(), asked).await;
    let proved = proved.map_err(|error| match error {
        NotProved::Log(error) => error.into(),
        NotProved::NotCovered { .. } => CommandError::Incomplete(error.words()),
        NotProved::Beyond(_) | NotProved::Pruned(_) => CommandError::Could(error.words()),
    })?;
    Ok(proved.text)
}

async fn continued(snapshot: &Snapshot, earlier: u64) -> Result<Option<String>, CommandError> {
    let db = snapshot.connection();
    let Some(checkpoint) = prove::checkpoint(db, None).await? else {
        return Ok(None);
    };
    let proof = prove::consistency(db, earlier, checkpoint.claim().size).await?;
    let Some(proof) = proof else { return Ok(None) };
    if proof.later.1 != checkpoint.claim().root {
        return Err(ProveError::Contradiction(Words::new(
            "the newest checkpoint has another root",
            "Den senaste kontrollpunkten har en annan rot.",
        ))
        .into());
    }
    Ok(Some(proof.text(&checkpoint)))
}
