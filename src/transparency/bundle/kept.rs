//! Checkpoints that somebody has kept, held against a bundle or another file of the log.
//!
//! Apart from the pass over the lines because they know nothing of lines: only how many events there have been,
//! and what root these give.

use std::ops::RangeInclusive;

use super::super::account::Account;
use super::super::checkpoint::SignedCheckpoint;
use super::super::keys::Keys;
use super::super::tree::Hash;
use super::checked::{Checked, KeptResult};
use super::line::OfLog;
use super::trust::{Signed, signer};
use super::verdict::{Place, Verdict, Wrong};
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

/// Whether a checkpoint that was kept can be compared at all, with a file that has the trees of so many events and the
/// anchor's, and what is to be said of it if it agrees.
pub(crate) fn admit(
    kept: &SignedCheckpoint,
    log: OfLog<'_>,
    has: RangeInclusive<u64>,
    (keys, account): (&Keys, &Account),
) -> Result<KeptResult, Verdict> {
    let claim = kept.claim();
    if claim.origin != log.origin {
        return Err(Verdict::CouldNotRun(words!(
            "the checkpoint that was kept is of the log `{kept}`, and this file of `{file}`",
            "Den sparade kontrollpunkten hör till loggen `{kept}` och bevisfilen till `{file}`.",
            kept = verbatim(&claim.origin),
            file = verbatim(log.origin)
        )));
    }
    let signed = signer(kept, keys);
    if signed == Signed::Wrongly {
        return Err(Verdict::CouldNotRun(words!(
            "the checkpoint of {size} that was kept is damaged: its signature is wrong",
            "Den sparade kontrollpunkten för {size} är skadad. Dess signatur är fel.",
            size = events(claim.size)
        )));
    }
    let size = log.size;
    if claim.size > size && account.lost(claim.size).is_some() {
        return Ok(KeptResult::Lost);
    }
    if claim.size > size {
        return Ok(KeptResult::Beyond);
    }
    Ok(if !has.contains(&claim.size) && claim.size != size {
        KeptResult::NotCovered
    } else if signed == Signed::ByTheLog {
        KeptResult::Agrees
    } else {
        KeptResult::AgreesUnsigned
    })
}

/// Holds the checkpoints of that many events against a root, where the events are known to be those that were
/// recorded up to `agreed`: up to where they are known to be so then.
pub(crate) fn compare(
    kept: &[SignedCheckpoint],
    (size, root): (u64, Hash),
    mut agreed: u64,
    account: &Account,
    results: &mut [(u64, KeptResult)],
) -> Result<u64, Verdict> {
    let claims = kept.iter().map(SignedCheckpoint::claim);
    for (claim, (_, result)) in claims.zip(results) {
        if claim.size != size {
            continue;
        }
        if claim.root == root {
            agreed = size;
        } else if account.lost(size).is_some() {
            *result = KeptResult::Lost;
        } else {
            let place = Place::Between(agreed, size);
            return Err(Verdict::tampered(place, Wrong::Kept(size)));
        }
    }
    Ok(agreed)
}

/// Whether a checkpoint of that many events and that root was kept.
pub(super) fn has(kept: &[SignedCheckpoint], size: u64, root: Hash) -> bool {
    let mut claims = kept.iter().map(SignedCheckpoint::claim);
    claims.any(|claim| claim.size == size && claim.root == root)
}
