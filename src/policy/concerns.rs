//! Which policies can have a say about which actions.

use cedar_policy::{ActionConstraint, Entities, EntityUid, Policy};

use super::vocabulary;

/// Whether the policy's scope takes the action.
pub(super) fn applies(policy: &Policy, action: &EntityUid, actions: &Entities) -> bool {
    let within = |group: &EntityUid| group == action || actions.is_ancestor_of(group, action);
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == *action,
        ActionConstraint::In(groups) => groups.iter().any(within),
    }
}

/// Whether the policy can have a say about the action of that name.
pub(super) fn concerns(policy: &Policy, name: &str, actions: &Entities) -> bool {
    applies(policy, &vocabulary::action(name), actions)
}
