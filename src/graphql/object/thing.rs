//! The things that fields lead to, each as what was read of it.
//!
//! Apart from their fields, which lead from each to each: whoever reads the fields of one has to know these, and no
//! other's fields.

use std::sync::Arc;

use async_graphql::MergedObject;
use tokio::sync::OnceCell;

use domain::Date;
use domain::facts::GrantFacts;
use service::decisions;
use service::register::{
    AccountRecord, DatabaseRecord, EngagementRecord, GrantRecord, OrganisationRecord, PersonRecord,
    ProposalRecord, RoleRecord, SegmentRecord, ServerRecord, ServiceRecord,
    SupplierAssessmentRecord, SystemRecord,
};
use service::turned::HeldGrant;

/// A node of the organisation: a region, an authority, a unit, a vendor.
#[derive(Debug, Clone)]
pub struct Organisation(pub OrganisationRecord);

/// A person: one employee HSA-id, behind which stands a human being.
#[derive(Debug, Clone)]
pub struct Person(pub PersonRecord);

/// A person's relation to an employer and a unit; grants rest on it.
#[derive(Debug, Clone)]
pub struct Engagement(pub EngagementRecord);

/// A service: an OAuth client that calls by itself.
#[derive(Debug, Clone)]
pub struct Service(pub ServiceRecord);

/// A technical account in a directory, on a host or in a database.
#[derive(Debug, Clone)]
pub struct Account(pub AccountRecord);

/// A system that people and services are given rights in.
#[derive(Debug, Clone)]
pub struct System(pub SystemRecord);

/// An authority's assessment of a supplier's access to a system (OSL 10 kap. 2 a §).
#[derive(Debug, Clone)]
pub struct SupplierAssessment(pub SupplierAssessmentRecord);

/// Servers that are administered together; rights over servers are given by segment.
#[derive(Debug, Clone)]
pub struct Segment(pub SegmentRecord);

/// A host.
#[derive(Debug, Clone)]
pub struct Server(pub ServerRecord);

/// A database of one system; it may share its host with others.
#[derive(Debug, Clone)]
pub struct Database(pub DatabaseRecord);

/// A named set of permissions, of one system or general.
#[derive(Debug, Clone)]
pub struct Role(pub RoleRecord);

/// A grant, or what a decision says of one to somebody who may not see it otherwise.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) view: GrantView,
    /// Whether it counts, found out once for all the fields that tell of it.
    pub(super) standing: Arc<OnceCell<Option<HeldGrant>>>,
}

/// As what a grant is seen: whole, or by what a decision says of it.
#[derive(Debug, Clone)]
pub(super) enum GrantView {
    Whole(Box<GrantRecord>),
    Extract {
        grant: Box<GrantFacts>,
        until: Option<Date>,
    },
}

/// An edit of the register that takes two, because somebody gains something privileged or access to patient data
/// by it, now or later, or a protection falls: it waits for another human being to accept it, with `grant:approve`
/// over what it changes.
#[derive(Debug, Clone)]
pub struct EditProposal(pub ProposalRecord);

/// An answer of the policies, with everything that explains it.
#[derive(Debug, Clone, MergedObject)]
pub struct Decision(pub(super) Said, pub(super) Links);

/// What every decision says.
#[derive(Debug, Clone)]
pub(super) struct Said(pub(super) Arc<decisions::Decision>);

/// What a decision leads to.
#[derive(Debug, Clone)]
pub(super) struct Links(pub(super) Arc<decisions::Decision>);
