//! What can be done, each with its target.
//!
//! An action is a value: what it is aimed at travels inside the permit, so nothing can be allowed on
//! one thing and done to another. To add one: a struct here with its [`ServicePermission`], the policy
//! cases, the store method that takes its permit, the service's use case, and the row in the access
//! matrix.

use std::marker::PhantomData;
use std::sync::Arc;

use super::id::{self, EntityRef, GrantId, Id, Kind};
use super::permission::ServicePermission;
use super::target::{ExternalKey, GrantDraft, TargetKey};
use super::time::Date;
use super::verdict::{Stage, StagedAt};

mod edits;
mod provision;

pub use super::kind::{ListKind, Listable, Reach, Readable};
pub use edits::{AcceptEdit, DeclineEdit, EditRegister, Edits};
pub use provision::Provision;

/// Something that can be asked for.
pub trait Action: Clone + Send + Sync + 'static {
    /// The permission it takes.
    fn permission(&self) -> ServicePermission;

    /// What it is aimed at.
    fn target(&self) -> TargetKey;
}

/// Reading one thing.
#[derive(Debug)]
pub struct Read<K> {
    key: TargetKey,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Read<K> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            kind: PhantomData,
        }
    }
}

impl<K: Readable + Kind> Read<K> {
    /// Reading what has this id.
    #[must_use]
    pub fn by_id(id: Id<K>) -> Self {
        Self {
            key: TargetKey::Entity(id.into()),
            kind: PhantomData,
        }
    }
}

impl<K: Readable> Read<K> {
    /// Reading what has this name outside.
    #[must_use]
    pub fn by_name(name: ExternalKey) -> Self {
        Self {
            key: TargetKey::External(name),
            kind: PhantomData,
        }
    }
}

impl Read<id::Event> {
    /// Reading what concerns the whole log, such as its size and root.
    #[must_use]
    pub fn whole_log() -> Self {
        Self {
            key: TargetKey::installation(),
            kind: PhantomData,
        }
    }
}

impl Read<id::PolicySet> {
    /// Reading the texts of policies that were released.
    #[must_use]
    pub fn released() -> Self {
        Self {
            key: TargetKey::installation(),
            kind: PhantomData,
        }
    }
}

impl Read<Reach> {
    /// Reading the reports about that.
    #[must_use]
    pub fn about(key: TargetKey) -> Self {
        Self {
            key,
            kind: PhantomData,
        }
    }
}

impl<K: Readable> Action for Read<K> {
    fn permission(&self) -> ServicePermission {
        K::READ
    }

    fn target(&self) -> TargetKey {
        self.key.clone()
    }
}

/// Listing things of a kind; each row is shown only if reading it alone would be allowed.
#[derive(Debug)]
pub struct List<K> {
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for List<K> {
    fn clone(&self) -> Self {
        Self { kind: PhantomData }
    }
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self { kind: PhantomData }
    }
}

/// Making a grant.
#[derive(Debug, Clone)]
pub struct CreateGrant {
    /// The grant as it will be.
    pub draft: GrantDraft,
}

impl Action for CreateGrant {
    fn permission(&self) -> ServicePermission {
        ServicePermission::GrantProvision
    }

    fn target(&self) -> TargetKey {
        TargetKey::Draft(Box::new(self.draft.clone()))
    }
}

/// Ending a grant at once.
#[derive(Debug, Clone)]
pub struct RevokeGrant {
    /// The grant.
    pub grant: GrantId,
}

impl Action for RevokeGrant {
    fn permission(&self) -> ServicePermission {
        ServicePermission::GrantRevoke
    }

    fn target(&self) -> TargetKey {
        TargetKey::Entity(self.grant.into())
    }
}

/// Going on from a backup that lacks events which were recorded.
#[derive(Debug, Clone)]
pub struct AdoptRestore;

impl Action for AdoptRestore {
    fn permission(&self) -> ServicePermission {
        ServicePermission::PolicyManage
    }

    fn target(&self) -> TargetKey {
        TargetKey::installation()
    }
}

/// Keeping a policy set that somebody else is to release.
#[derive(Debug, Clone)]
pub struct ProposePolicies {
    /// The digest of schema and policies.
    pub digest: String,
    /// Schema and policies: path and text.
    pub files: Arc<[(String, String)]>,
}

/// Putting a proposed policy set in force.
#[derive(Debug, Clone)]
pub struct ReleasePolicies {
    /// Its generation.
    pub generation: u64,
    /// Its digest, so that what was reviewed is what is released.
    pub digest: String,
}

/// Putting a policy set in force again that was before.
#[derive(Debug, Clone)]
pub struct RollBackPolicies {
    /// Its generation.
    pub generation: u64,
    /// Its digest.
    pub digest: String,
}

macro_rules! manages_policies {
    ($($action:ident)*) => {$(
        impl Action for $action {
            fn permission(&self) -> ServicePermission {
                ServicePermission::PolicyManage
            }

            fn target(&self) -> TargetKey {
                TargetKey::installation()
            }
        }
    )*};
}

manages_policies! { ProposePolicies ReleasePolicies RollBackPolicies }

/// Deciding at what stage a guardrail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStage {
    /// The guardrail.
    pub guardrail: String,
    /// The stage that it is written with.
    pub written: Stage,
    /// The last day of that; `None`: it is enforced.
    pub written_until: Option<Date>,
    /// Where; neither a system nor an authority: everywhere.
    pub at: StagedAt,
    /// The stage.
    pub stage: Stage,
    /// The last day of it; `None`: being enforced does not end.
    pub until: Option<Date>,
}

impl Action for SetStage {
    fn permission(&self) -> ServicePermission {
        ServicePermission::PolicyManage
    }

    fn target(&self) -> TargetKey {
        let system = self.at.system.map(EntityRef::from);
        let here = system.or_else(|| self.at.authority.map(EntityRef::from));
        here.map_or_else(TargetKey::installation, TargetKey::Entity)
    }
}

/// Importing records of one kind.
#[derive(Debug, Clone)]
pub struct ImportRegister {
    /// The kind of record, as in the feed.
    pub kind: &'static str,
}

impl Action for ImportRegister {
    fn permission(&self) -> ServicePermission {
        ServicePermission::RegisterImport
    }

    fn target(&self) -> TargetKey {
        TargetKey::installation()
    }
}

/// Asking for a decision about somebody else.
#[derive(Debug, Clone)]
pub struct AskDecision {
    /// What the question is about.
    pub about: TargetKey,
}

impl Action for AskDecision {
    fn permission(&self) -> ServicePermission {
        ServicePermission::DecisionAsk
    }

    fn target(&self) -> TargetKey {
        self.about.clone()
    }
}
