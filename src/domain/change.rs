//! What can become of a thing of the register, by the names that the log keeps.
//!
//! Apart from the events that tell of it because whoever changes something says which of these it is, and whoever
//! reads the log looks for them. To add one: its variant here, and its line in the log's format.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// What became of a thing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    VariantArray,
    IntoStaticStr,
    EnumString,
)]
#[strum(serialize_all = "camelCase")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It is otherwise than before: by a feed, by the host, or by an edit of another thing.
    Changed,
    /// A grant was revoked.
    Revoked,
    /// An edit of the register, or a policy set, was proposed.
    Proposed,
    /// A proposal was accepted by a second human being, and carried out.
    Accepted,
    /// A proposal was turned down.
    Declined,
    /// A proposal was taken back.
    Withdrawn,
    /// It was decided at what stage a guardrail is.
    StageSet,
    /// A policy set came into force.
    Released,
    /// A policy set is not in force any more.
    Replaced,
    /// Somebody has reviewed what was opened in an emergency.
    Reviewed,
    /// An organisation was moved with all that is below it.
    MoveOrganisation,
    /// A server was moved into a segment.
    MoveServer,
    /// A role was given a permission, or one was taken from it.
    SetRolePermission,
    /// It was said whether a role is privileged.
    SetRolePrivileged,
    /// It was said whether a permission is privileged.
    SetPermissionPrivileged,
    /// A system was classified.
    ClassifySystem,
    /// It was said whether servers of a segment can be taken over from another.
    SetControl,
    /// It was said whether a service is believed about how people signed in.
    SetTrustedToAssert,
}
