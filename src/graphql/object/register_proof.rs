//! What the register had of one thing, proved.

use async_graphql::SimpleObject;
use data_encoding::HEXLOWER;

use crate::scalar::SequenceNumber;
use service::register_proof::Proved;

/// The proof that a thing was, or was not, in the register after an event of the log.
#[derive(Debug, Clone, SimpleObject)]
pub struct RegisterProof {
    /// The event after which it is said: the last one up to then that changed the register and tells its root; null:
    /// nothing had changed yet.
    after: Option<SequenceNumber>,
    /// The root of the register then, in hexadecimal.
    root: String,
    /// Whether the thing was there.
    was_there: bool,
    /// The event that told what it was; null: it was not there.
    told_by: Option<SequenceNumber>,
    /// The SHA-256 of what it was, in hexadecimal; null: it was not there.
    digest: Option<String>,
    /// What it was in clear, as canonical JSON; null: it was not there.
    state: Option<String>,
    /// The names of what else it was and has been erased since, where values are asked for and may be seen.
    erased: Vec<String>,
    /// How many events the checkpoint covers.
    size: SequenceNumber,
    /// The checkpoint that it is proved against, as a signed note.
    checkpoint: String,
    /// All of it: what an offline verifier takes.
    text: String,
}

impl From<Proved> for RegisterProof {
    fn from(proved: Proved) -> Self {
        let Proved {
            found,
            checkpoint,
            text,
        } = proved;
        let was = found.was;
        let erased = was.as_ref().map(|was| was.erased().map(str::to_owned));
        Self {
            after: found.after.map(|told| told.seq.into()),
            root: found
                .root
                .map(|root| HEXLOWER.encode(&root))
                .unwrap_or_default(),
            was_there: was.is_some(),
            told_by: was.as_ref().map(|was| was.told.seq.into()),
            digest: was.as_ref().map(|was| HEXLOWER.encode(&was.digest)),
            erased: erased.into_iter().flatten().collect(),
            state: was.map(|was| was.state),
            size: found.size.into(),
            checkpoint,
            text,
        }
    }
}
