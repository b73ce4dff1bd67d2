//! `behorig log rotate`: has the log itself introduce the key that signs from here on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use audit::key_file;
use super::super::opening::OnDatabase;
use super::super::{CommandError, opening, output};
use transparency::canonical::{Object};
use transparency::key::NoteSigner;
use audit::prove;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{verbatim, words};
use domain::text::Reference;
use transparency::keys::{ROTATED, endorsement_text};

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
    rotate: Rotate,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = opening::settings(config, &rotate.on)?;
    let db = opening::open(&settings).await?;
    let log = opening::open_log(&db, &settings, &clock).await?;
    let snapshot = opening::snapshot(&db).await?;
    let keys = prove::keys(snapshot.connection()).await?;
    drop(snapshot);
    let new = key_file::read(keys.origin(), &rotate.new)?;
    let mut details = Object::new().with("publicKey", new.verifier().to_string().as_str());
    if let Some(file) = &rotate.key {
        let old = key_file::read(keys.origin(), file)?;
        if old.verifier() != &keys.last().key {
            return Err(CommandError::Could(words!(
                "`{file}` is not the key that signs until now, `{key}`",
                "`{file}` är inte nyckeln som signerar hittills, `{key}`.",
                file,
                key = verbatim(&keys.last().key)
            )));
        }
        let signature = old.sign(endorsement_text(new.verifier()).as_bytes());
        details = details.with("endorsement", STANDARD.encode(signature).as_str());
    }
    if let Some(reason) = &rotate.lost {
        details = details.with("reason", reason.as_str());
    }
    if keys.iter().any(|known| &known.key == new.verifier()) {
        return Err(CommandError::Could(Words::new(
            "the log knows the new key already: make another with `behorig log keygen`",
            "Loggen känner redan till den nya nyckeln. Skapa en annan med `behorig log keygen`.",
        )));
    }
    let (id, receipt) = log.record(ROTATED, details).await?;
    db.close().await;
    let seq = receipt.seq(id).unwrap_or_default();
    output::print(&words!(
        "Event {seq} introduces `{key}`. Start the notary with it: checkpoints of more than {seq} events are \
         signed by no other.",
        "Händelse {seq} inför `{key}`. Starta notarien med den. Kontrollpunkter för fler än {seq} händelser signeras \
         inte med någon annan.",
        seq,
        key = verbatim(new.verifier())
    ))
}
