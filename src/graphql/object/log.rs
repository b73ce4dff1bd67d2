//! The log as a whole: its head, what it publishes, and proofs about it.

use async_graphql::{ComplexObject, Context, SimpleObject};
use data_encoding::HEXLOWER;

use crate::reach::Reach;
use crate::scalar::{DateTime, SequenceNumber};
use service::decisions::HeadRecord;
use service::proofs::{self, Consistency, Inclusion, SignedCheckpoint};

/// The head of the log.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Log {
    /// The log's name.
    origin: String,
    /// How many events it had when this operation began to read.
    size: SequenceNumber,
    /// The root of the Merkle tree over them (RFC 9162), in hexadecimal.
    root: String,
    /// When the last of them was recorded.
    last_recorded_at: DateTime,
}

#[ComplexObject]
impl Log {
    /// The newest checkpoint, a C2SP tlog-checkpoint as a signed note; null: the notary has made none.
    async fn checkpoint(&self, ctx: &Context<'_>) -> Option<String> {
        let published = ctx
            .shown(proofs::published(ctx.session()).await)
            .flatten()?;
        published
            .checkpoint
            .map(|checkpoint| checkpoint.to_string())
    }

    /// The keys that checkpoints are signed by, the first one first, as C2SP verifier keys.
    async fn public_keys(&self, ctx: &Context<'_>) -> Vec<String> {
        let published = ctx.shown(proofs::published(ctx.session()).await).flatten();
        let keys = published.map(|published| published.keys);
        let keys = keys.iter().flat_map(proofs::Keys::iter);
        keys.map(|known| known.key.to_string()).collect()
    }

    /// The proof that the log of `to` events continues the one of `from`; null: it could not be given, for
    /// the reason among the errors.
    async fn consistency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many events the earlier log has, at least 1.")] from: SequenceNumber,
        #[graphql(desc = "How many events the later log has, at most its size.")]
        to: SequenceNumber,
    ) -> Option<ConsistencyProof> {
        let found = proofs::consistency(ctx.session(), from.0, to.0).await;
        let (proof, checkpoint) = ctx.shown(found).flatten()?;
        Some(ConsistencyProof::of(&proof, checkpoint.as_ref()))
    }
}

impl From<HeadRecord> for Log {
    fn from(head: HeadRecord) -> Self {
        Self {
            origin: head.origin,
            size: head.size.into(),
            root: HEXLOWER.encode(&head.root),
            last_recorded_at: DateTime(head.last_t),
        }
    }
}

/// The proof that an event is in the log (RFC 9162 section 2.1.3).
#[derive(Debug, Clone, SimpleObject)]
pub struct InclusionProof {
    /// The event's number, the index of its leaf.
    index: SequenceNumber,
    /// How many events the checkpoint covers.
    size: SequenceNumber,
    /// The SHA-256 of the event as a leaf, in hexadecimal.
    leaf: String,
    /// The hashes of the path, the lowest first, in hexadecimal.
    hashes: Vec<String>,
    /// The checkpoint that it is proved against, as a signed note.
    checkpoint: String,
    /// All of it, with the event's bytes, as a C2SP tlog-proof: what an offline verifier takes.
    text: String,
}

impl From<Inclusion> for InclusionProof {
    fn from(proof: Inclusion) -> Self {
        Self {
            index: proof.index.into(),
            size: proof.checkpoint.claim().size.into(),
            leaf: HEXLOWER.encode(&proof.leaf()),
            hashes: hexadecimal(&proof.path),
            checkpoint: proof.checkpoint.to_string(),
            text: proof.text(),
        }
    }
}

/// The proof that a later log continues an earlier one (RFC 9162 section 2.1.4).
#[derive(Debug, Clone, SimpleObject)]
pub struct ConsistencyProof {
    /// How many events the earlier log has.
    from: SequenceNumber,
    /// Its root, in hexadecimal.
    from_root: String,
    /// How many events the later log has.
    to: SequenceNumber,
    /// Its root, in hexadecimal.
    to_root: String,
    /// The hashes of the path, the lowest first, in hexadecimal.
    hashes: Vec<String>,
    /// All of it up to the checkpoint of the later log, as witnesses take it (C2SP tlog-witness); null: no
    /// checkpoint of just so many events was published.
    text: Option<String>,
}

impl ConsistencyProof {
    fn of(proof: &Consistency, checkpoint: Option<&SignedCheckpoint>) -> Self {
        Self {
            from: proof.earlier.0.into(),
            from_root: HEXLOWER.encode(&proof.earlier.1),
            to: proof.later.0.into(),
            to_root: HEXLOWER.encode(&proof.later.1),
            hashes: hexadecimal(&proof.path),
            text: checkpoint.map(|checkpoint| proof.text(checkpoint)),
        }
    }
}

fn hexadecimal(path: &[[u8; 32]]) -> Vec<String> {
    path.iter().map(|hash| HEXLOWER.encode(hash)).collect()
}
