//! Accepting a restore: the notary forgets nothing, and goes on from where the log does.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::super::accounted;
use super::super::prove;
use super::super::restore::Loss;
use super::kept::copied;
use super::{Notary, NotaryError, tree};
use domain::Words;
use domain::speaks::{Speaks, words};

impl Notary {
    /// Accepts the restore by which the epoch began, if the log accounts for it as this notary's own memory bears
    /// out. The memory of what was lost is kept aside; how many events stay.
    ///
    /// # Errors
    /// When the log does not account for it, or says something else than the memory; nothing is changed then.
    pub async fn accept_restore(&mut self, epoch: u64) -> Result<u64, NotaryError> {
        let refused = |why| NotaryError::Restore { epoch, why };
        let snapshot = self.db.snapshot().await?;
        let account = accounted::read(snapshot.connection()).await?;
        let mut restorations = account.restorations.iter();
        let said = restorations
            .find(|restoration| restoration.epoch == epoch)
            .ok_or_else(|| {
                refused(Words::new(
                    "no event of the log says so",
                    "Ingen händelse i loggen säger det.",
                ))
            })?;
        let own = Loss::find(&snapshot, &mut self.leaves).await;
        let own = own.map_err(|error| refused(error.whole()))?;
        if (own.common, own.lost) != (said.common, said.lost) {
            return Err(refused(words!(
                "event {seq} says that {common} of {lost} events are in common, and this notary knows of \
                 {own_common} of {own_lost}",
                "Händelse {seq} säger att {common} av {lost} händelser är gemensamma, men den här notarien känner \
                 till {own_common} av {own_lost}.",
                seq = said.seq,
                common = said.common,
                lost = said.lost,
                own_common = own.common,
                own_lost = own.lost
            )));
        }
        if HEXLOWER.encode(&own.root) != said.root {
            return Err(refused(Words::new(
                "what was lost had another root than the event says",
                "Det som gick förlorat hade en annan rot än händelsen säger.",
            )));
        }
        drop(snapshot);
        let aside = self.aside(epoch);
        copied(&self.memory, &aside)?;
        self.kept.forget_above(&self.memory, own.common, &aside)?;
        self.leaves.cut(own.common)?;
        self.leaves.sync()?;
        self.frontier = tree(&mut self.leaves)?;
        self.next = 0;
        self.found = None;
        self.publish_again().await?;
        Ok(own.common)
    }

    /// Publishes what was published after the backup was made, of events that it has.
    async fn publish_again(&self) -> Result<(), NotaryError> {
        let snapshot = self.db.snapshot().await?;
        let mut missing = Vec::new();
        for note in self.kept.notes() {
            let size = Some(note.claim().size);
            if prove::checkpoint(snapshot.connection(), size)
                .await?
                .is_none()
            {
                missing.push(note.clone());
            }
        }
        drop(snapshot);
        for note in &missing {
            self.publish(note).await?;
        }
        Ok(())
    }

    /// Where the memory of what was lost is kept.
    fn aside(&self, epoch: u64) -> PathBuf {
        let mut name = self.memory.as_os_str().to_owned();
        name.push(format!(".before-epoch-{epoch}"));
        name.into()
    }
}
