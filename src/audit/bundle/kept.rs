//! Checkpoints that somebody has kept, held against a bundle.
//!
//! Apart from the pass over the lines because they know nothing of lines: only how many events there have been,
//! and what root these give.

use super::super::checkpoint::SignedCheckpoint;
use super::super::tree::Hash;
use super::checked::{Checked, KeptResult};
use super::line::Header;
use super::trust::{Signed, signer};
use super::verdict::{Place, Verdict, Wrong};
use super::verify::{Walk, tampered};
use domain::Words;
use domain::speaks::{events, verbatim, words};

/// A checkpoint that was kept, and whether the bundle can say anything of it.
pub(super) fn covered(checked: &Checked) -> Result<(), Verdict> {
    let mut lost = checked
        .kept
        .iter()
        .filter(|(_, result)| *result == KeptResult::Lost);
    if let Some((size, _)) = lost.next() {
        return Err(Verdict::Incomplete(words!(
            "the checkpoint of {size} that was kept is of another log; the log accounts for a restore \
             from backup that has lost such a one, and what was lost cannot be verified here",
            "Den sparade kontrollpunkten för {size} hör till en annan logg. Loggen redovisar en återläsning från \
             säkerhetskopia där en sådan gick förlorad, och det som gick förlorat går inte att verifiera här.",
            size = events(*size)
        )));
    }
    let of = |wanted| {
        checked
            .kept
            .iter()
            .find(move |(_, result)| *result == wanted)
    };
    if let Some((size, _)) = of(KeptResult::Beyond) {
        return Err(Verdict::Incomplete(words!(
            "a checkpoint of {size} was kept, and the bundle knows of {known}: it was made before that \
             checkpoint, or the log was cut since. Export anew: a log that was not cut has a checkpoint of at \
             least {size}",
            "En kontrollpunkt för {size} är sparad, men bevisfilen känner till {known}. Den gjordes före \
             kontrollpunkten, eller så har loggen kortats av sedan dess. Exportera på nytt: en logg som inte har \
             kortats av har en kontrollpunkt för minst {size}.",
            size = events(*size),
            known = checked.size
        )));
    }
    match of(KeptResult::NotCovered) {
        None if checked.from == checked.to => Err(Verdict::Incomplete(Words::new(
            "the bundle has no events: it shows nothing of what was recorded",
            "Bevisfilen har inga händelser. Den visar inget av det som har sparats.",
        ))),
        None => Ok(()),
        Some((size, _)) => Err(Verdict::Incomplete(words!(
            "the bundle says nothing of the tree of {events}, of which a checkpoint was kept: \
             export a part that begins at {size} or before it and reaches there, and verify that",
            "Bevisfilen säger inget om trädet för {events}, som en kontrollpunkt är sparad för. Exportera en \
             del som börjar vid {size} eller före, och som når dit, och verifiera den.",
            events = events(*size),
            size
        ))),
    }
}

impl Walk<'_> {
    /// Whether a checkpoint that was kept can be compared at all.
    pub(super) fn admit(&self, kept: &SignedCheckpoint) -> Result<KeptResult, Verdict> {
        let claim = kept.claim();
        if claim.origin != self.header.origin {
            return Err(Verdict::CouldNotRun(words!(
                "the checkpoint that was kept is of the log `{kept}`, and the bundle of `{bundle}`",
                "Den sparade kontrollpunkten hör till loggen `{kept}` och bevisfilen till `{bundle}`.",
                kept = verbatim(&claim.origin),
                bundle = verbatim(&self.header.origin)
            )));
        }
        let signed = signer(kept, &self.keys);
        if signed == Signed::Wrongly {
            return Err(Verdict::CouldNotRun(words!(
                "the checkpoint of {size} that was kept is damaged: its signature is wrong",
                "Den sparade kontrollpunkten för {size} är skadad. Dess signatur är fel.",
                size = events(claim.size)
            )));
        }
        let Header { from, to, size, .. } = *self.header;
        if claim.size > size && self.account.lost(claim.size).is_some() {
            return Ok(KeptResult::Lost);
        }
        if claim.size > size {
            return Ok(KeptResult::Beyond);
        }
        Ok(
            if !(from..=to).contains(&claim.size) && claim.size != size {
                KeptResult::NotCovered
            } else if signed == Signed::ByTheLog {
                KeptResult::Agrees
            } else {
                KeptResult::AgreesUnsigned
            },
        )
    }

    /// Holds the checkpoints of that many events against the tree.
    pub(super) fn compare_kept(&mut self, size: u64, checked: &mut Checked) -> Result<(), Verdict> {
        let root = self.frontier.root();
        self.compare_with(size, root, checked)
    }

    /// Holds the checkpoints of that many events against a root.
    pub(super) fn compare_with(
        &mut self,
        size: u64,
        root: Hash,
        checked: &mut Checked,
    ) -> Result<(), Verdict> {
        let kept = self.question.kept.iter().map(SignedCheckpoint::claim);
        for (claim, (_, result)) in kept.zip(&mut checked.kept) {
            if claim.size != size {
                continue;
            }
            if claim.root == root {
                self.agreed = size;
            } else if self.account.lost(size).is_some() {
                *result = KeptResult::Lost;
            } else {
                let place = Place::Between(self.agreed, size);
                return Err(tampered(place, Wrong::Kept(size)));
            }
        }
        Ok(())
    }

    /// Before the events go on, or end: the published checkpoint that was kept must have been there.
    pub(super) fn leave(&mut self) -> Result<(), Verdict> {
        let size = self.frontier.size();
        let wanted = size > self.header.from && size != self.header.size && !self.published;
        let root = self.frontier.root();
        let mut kept = self.question.kept.iter().map(SignedCheckpoint::claim);
        if wanted && kept.any(|claim| claim.size == size && claim.root == root) {
            return Err(tampered(Place::Log, Wrong::Unpublished(size)));
        }
        self.published = false;
        Ok(())
    }
}
