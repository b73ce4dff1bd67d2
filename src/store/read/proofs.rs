//! What callers are shown of the log as a whole: its bytes, checkpoints, keys and paths.
//!
//! Pages and proofs themselves are made by `audit`; here stands only who may have them.

use crate::StoreError;
use audit::Registers;
use audit::export::{Export, Part};
use audit::prove::{self, Consistency, Inclusion};
use audit::register_proof::{self, Asked, Proved};
use audit::tail::Page;
use domain::EntityRef;
use domain::action::{Read, Readable};
use domain::id;
use gate::Permit;
use transparency::checkpoint::SignedCheckpoint;
use transparency::keys::Keys;

use super::Reader;

/// What the log publishes of itself.
#[derive(Debug, Clone)]
pub struct Published {
    /// The newest checkpoint; `None`: the notary has not made one.
    pub checkpoint: Option<SignedCheckpoint>,
    /// The keys that checkpoints are signed by.
    pub keys: Keys,
}

impl Reader {
    /// The proof that a decision is in the log; `None`: no checkpoint covers it yet.
    ///
    /// # Errors
    /// The database does not answer, or what is stored does not prove it.
    pub async fn inclusion(
        &self,
        permit: Permit<Read<id::Event>>,
    ) -> Result<Option<Inclusion>, StoreError> {
        let record = self.one(permit).await?;
        let seq = u64::try_from(record.seq).unwrap_or_default();
        Ok(prove::inclusion(self.connection(), seq).await?)
    }

    /// What the register had of a thing after an event (`None`: the last one that the newest checkpoint covers), with
    /// its personal values where `about` is leave to read the thing.
    ///
    /// # Errors
    /// There is no such event, no checkpoint covers it, it was pruned, the database does not answer, what is stored does
    /// not prove it, or a permit is for something else.
    pub async fn register_proof<K: Readable>(
        &self,
        permit: Permit<Read<id::Event>>,
        about: Option<Permit<Read<K>>>,
        registers: &Registers,
        (id, at): (EntityRef, Option<u64>),
    ) -> Result<Proved, StoreError> {
        whole_log(&permit)?;
        if let Some(about) = &about {
            tracing::debug!(decision = %about.decision(), "showing what a thing of the register was");
            if *about.target() != id {
                return Err(StoreError::Gone { id });
            }
        }
        let values = about.is_some();
        let asked = Asked { id, at, values };
        Ok(register_proof::prove(self.snapshot(), registers, asked).await?)
    }

    /// What the log publishes of itself, for somebody who may read all of it.
    ///
    /// # Errors
    /// The database does not answer, or the permit is for something less than the log.
    pub async fn published(
        &self,
        permit: Permit<Read<id::Event>>,
    ) -> Result<Published, StoreError> {
        whole_log(&permit)?;
        Ok(Published {
            checkpoint: prove::checkpoint(self.connection(), None).await?,
            keys: prove::keys(self.connection()).await?,
        })
    }

    /// The events after that seq (`None`: from the first one on), at most so many, as they are stored.
    ///
    /// # Errors
    /// The log does not hold what follows, the database does not answer, what is stored is not what was
    /// recorded, or the permit is for something less than the log.
    pub async fn events(
        &self,
        permit: Permit<Read<id::Event>>,
        after: Option<u64>,
        most: u64,
    ) -> Result<Page, StoreError> {
        whole_log(&permit)?;
        Ok(Page::read(self.snapshot(), after, most).await?)
    }

    /// What a bundle of the events from one seq to before another needs (`None`: as far as the newest checkpoint
    /// goes), without the values of slots.
    ///
    /// # Errors
    /// There is no such part, no checkpoint covers it, the database does not answer, what is stored is not what
    /// was recorded, or the permit is for something less than the log.
    pub async fn bundle(
        &self,
        permit: Permit<Read<id::Event>>,
        from: u64,
        to: Option<u64>,
    ) -> Result<Export, StoreError> {
        whole_log(&permit)?;
        let values = false;
        Ok(Export::prepare(self.snapshot(), Part { from, to, values }).await?)
    }

    /// The proof that the log of `later` events continues the one of `earlier`, and the checkpoint of the
    /// later one if there is one of just so many; `None`: the log has not so many events.
    ///
    /// # Errors
    /// The database does not answer, what is stored does not prove it, or the permit is for something
    /// less than the log.
    pub async fn consistency(
        &self,
        permit: Permit<Read<id::Event>>,
        earlier: u64,
        later: u64,
    ) -> Result<Option<(Consistency, Option<SignedCheckpoint>)>, StoreError> {
        whole_log(&permit)?;
        if later > self.log_size() {
            return Ok(None);
        }
        let proof = prove::consistency(self.connection(), earlier, later).await?;
        let Some(proof) = proof else { return Ok(None) };
        let checkpoint = prove::checkpoint(self.connection(), Some(later)).await?;
        Ok(Some((proof, checkpoint)))
    }
}

/// Refuses a permit for anything but the whole log.
pub(super) fn whole_log(permit: &Permit<Read<id::Event>>) -> Result<(), StoreError> {
    if *permit.target() == id::INSTALLATION.to_ref() {
        Ok(())
    } else {
        Err(StoreError::Gone {
            id: *permit.target(),
        })
    }
}
