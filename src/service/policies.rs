//! The life of a policy set: proposed with its texts, put in force by somebody else, and rolled back.
//!
//! Each is a decision, an effect and an event in one commit.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use audit::Tx;
use authn::Claimant;
use domain::Words;
use domain::action::{Action, ProposePolicies, ReleasePolicies, RollBackPolicies};
use domain::clock::fresh;
use domain::id::Event;
use domain::speaks::{Speaks, verbatim, words};
use gate::Leave;
use store::policies::{policies_of, previous_generation};
use store::write::{self, Unmade, propose_policies, release_policies, roll_back_policies};
use transparency::event::{Change, PolicyEvent};

pub use store::write::ReleaseConflict;

use super::host::{HostDesk, NotMade};

/// What stands against putting a set in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseProblem {
    /// What the register says.
    Conflict(ReleaseConflict),
    /// The generation has another digest than what was reviewed.
    OtherDigest {
        /// The generation.
        generation: u64,
        /// Its digest.
        digest: String,
    },
}

impl Speaks for ReleaseProblem {
    fn words(&self) -> Words {
        match self {
            Self::Conflict(conflict) => conflict.words(),
            Self::OtherDigest { generation, digest } => words!(
                "generation {generation} has the digest {digest}, which is not the one that was reviewed",
                "Generation {generation} har kontrollsumman {digest}, som inte är den som granskades.",
                generation,
                digest = verbatim(digest)
            ),
        }
    }
}

impl From<ReleaseConflict> for ReleaseProblem {
    fn from(conflict: ReleaseConflict) -> Self {
        Self::Conflict(conflict)
    }
}

/// A set that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Its generation.
    pub generation: u64,
    /// Its digest.
    pub digest: String,
    /// The number of the event in the log from which on it decides.
    pub seq: u64,
}

/// How many characters of a digest name what was reviewed.
const REVIEWED: usize = 12;

/// Keeps a set, by its digest and each file's path and text, as the next generation, for somebody else to release. Its
/// generation.
///
/// # Errors
/// When it was not kept.
pub async fn propose(
    desk: &HostDesk,
    by: &Claimant,
    digest: &str,
    files: Arc<[(String, String)]>,
) -> Result<u64, NotMade<ReleaseConflict>> {
    let action = ProposePolicies {
        digest: digest.to_owned(),
        files,
    };
    let permit = desk.permit(by, action).await.map_err(NotMade::first)?;
    let (leave, evidence) = permit.split();
    let clock = Arc::clone(desk.clock());
    let effect = desk.log().transact(evidence, Vec::new(), move |tx| {
        Box::pin(async move {
            let (now, clock) = (clock.now(), clock.as_ref());
            let (generation, event) = propose_policies(tx, &leave, now, clock).await?;
            Ok((generation, vec![event]))
        })
    });
    Ok(effect.await?.0)
}

/// A generation that is to be put in force: looked up, and not yet decided on.
#[derive(Debug)]
pub struct Planned<'a, A> {
    desk: &'a HostDesk,
    action: A,
    change: &'static str,
    generation: u64,
    digest: String,
    make: PutInForce<A>,
}

/// How a set is put in force in the log's transaction.
type PutInForce<A> = for<'a> fn(
    &'a Tx,
    &'a Leave<A>,
    write::Activation<'a>,
) -> BoxFuture<'a, Result<Vec<Change>, Unmade<ReleaseConflict>>>;

/// Plans to put a proposed generation in force, on every instance before its next decision; `reviewed`: the digest of
/// what was reviewed, or its first 12 characters or more.
///
/// # Errors
/// When there is no such generation, it is not what was reviewed, or it could not be looked up.
pub async fn release<'a>(
    desk: &'a HostDesk,
    generation: u64,
    reviewed: &str,
) -> Result<Planned<'a, ReleasePolicies>, NotMade<ReleaseProblem>> {
    let digest = digest_of(desk, generation).await?;
    if reviewed.len() < REVIEWED || !digest.starts_with(reviewed) {
        return Err(NotMade::Conflict(ReleaseProblem::OtherDigest {
            generation,
            digest,
        }));
    }
    Ok(Planned {
        desk,
        action: ReleasePolicies {
            generation,
            digest: digest.clone(),
        },
        change: "release",
        generation,
        digest,
        make: |tx, leave, at| Box::pin(release_policies(tx, leave, at)),
    })
}

/// Plans to put a generation in force again; `None`: the one that was before.
///
/// # Errors
/// When there is no such generation, or it could not be looked up.
pub async fn roll_back(
    desk: &HostDesk,
    to: Option<u64>,
) -> Result<Planned<'_, RollBackPolicies>, NotMade<ReleaseProblem>> {
    let snapshot = desk.snapshot().await?;
    let previous = previous_generation(snapshot.connection()).await?;
    drop(snapshot);
    let never = || NotMade::Conflict(ReleaseConflict::NeverReleased.into());
    let generation = to.or(previous).ok_or_else(never)?;
    let digest = digest_of(desk, generation).await?;
    Ok(Planned {
        desk,
        action: RollBackPolicies {
            generation,
            digest: digest.clone(),
        },
        change: "rollback",
        generation,
        digest,
        make: |tx, leave, at| Box::pin(roll_back_policies(tx, leave, at)),
    })
}

/// The digest of a generation.
async fn digest_of(desk: &HostDesk, generation: u64) -> Result<String, NotMade<ReleaseProblem>> {
    let snapshot = desk.snapshot().await?;
    let kept = policies_of(snapshot.connection(), generation).await?;
    kept.map(|kept| kept.digest)
        .ok_or_else(|| NotMade::Conflict(ReleaseConflict::Unknown.into()))
}

impl<A: Action> Planned<'_, A> {
    /// Puts it in force by the leave of that claimant.
    ///
    /// # Errors
    /// When nothing was changed, or it is not known whether it was.
    pub async fn by(self, claimant: &Claimant) -> Result<InForce, NotMade<ReleaseProblem>> {
        let Self {
            desk, action, make, ..
        } = self;
        let permit = desk
            .permit(claimant, action)
            .await
            .map_err(NotMade::first)?;
        let policy = PolicyEvent {
            id: fresh::<Event>(desk.clock().as_ref()),
            change: self.change,
            generation: self.generation,
            digest: self.digest,
            decision: Some(permit.decision()),
        };
        let (leave, evidence) = permit.split();
        let (clock, event) = (Arc::clone(desk.clock()), policy.id);
        let effect = desk.log().release(evidence, &policy, move |tx| {
            Box::pin(async move {
                let (now, clock) = (clock.now(), clock.as_ref());
                let at = write::Activation { now, event, clock };
                let changes = make(tx, &leave, at).await?;
                Ok::<_, Unmade<ReleaseConflict>>(((), changes))
            })
        });
        let ((), receipt) = Box::pin(effect).await?;
        Ok(InForce {
            generation: policy.generation,
            digest: policy.digest,
            seq: receipt.seq(event).unwrap_or_default(),
        })
    }
}
