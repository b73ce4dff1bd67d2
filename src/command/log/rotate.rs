//! `behorig log rotate`: has the log itself introduce the key that signs from here on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use audit::key_file;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{verbatim, words};
use domain::text::Reference;
use service::rotation::{Rotation, RotationError, Warrant};

/// `behorig log rotate`
#[derive(Debug, Args)]
pub struct Rotate {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The private key that signs until now; it endorses the new one.
    #[arg(long, value_name = "FILE", required_unless_present = "lost")]
    pub key: Option<PathBuf>,

    /// The new private key, made by `behorig log keygen`.
    #[arg(long, value_name = "FILE")]
    pub new: PathBuf,

    /// Why there is no key to endorse the new one; verifiers will not trust it unless they are given it.
    #[arg(long, value_name = "REASON", conflicts_with = "key")]
    pub lost: Option<Reference>,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: Rotate,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let Opened { db, log, .. } = Opened::new(config, &asked.on, clock).await?;
    let old = asked.key.unwrap_or_default();
    let failed = |error| failed(error, &old);
    let rotation = Rotation::of(&log).await.map_err(failed)?;
    let new = key_file::read(rotation.origin(), &asked.new)?;
    let warrant = match asked.lost {
        Some(reason) => Warrant::Lost(reason),
        None => Warrant::Endorsed(Box::new(key_file::read(rotation.origin(), &old)?)),
    };
    let introduced = rotation.introduce(new.verifier(), warrant).await;
    let seq = introduced.map_err(failed)?;
    db.close().await;
    output::print(&words!(
        "Event {seq} introduces `{key}`. Start the notary with it: checkpoints of more than {seq} events are \
         signed by no other.",
        "Händelse {seq} inför `{key}`. Starta notarien med den. Kontrollpunkter för fler än {seq} händelser signeras \
         inte med någon annan.",
        seq,
        key = verbatim(new.verifier())
    ))
}

/// Why the key was not introduced; `old` is the file that it was to be endorsed by.
fn failed(error: RotationError, old: &Path) -> CommandError {
    match error {
        RotationError::OtherKey(key) => CommandError::Could(words!(
            "`{file}` is not the key that signs until now, `{key}`",
            "`{file}` är inte nyckeln som signerar hittills, `{key}`.",
            file = old,
            key = verbatim(key)
        )),
        RotationError::Known => CommandError::Could(Words::new(
            "the log knows the new key already: make another with `behorig log keygen`",
            "Loggen känner redan till den nya nyckeln. Skapa en annan med `behorig log keygen`.",
        )),
        RotationError::Snapshot(error) => CommandError::unread_log(&error),
        RotationError::Prove(error) => error.into(),
        RotationError::Transact(error) => error.into(),
    }
}
