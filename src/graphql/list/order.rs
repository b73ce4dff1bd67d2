//! Orders: every one ends in the id, so that a page has one end and the next begins there.

use async_graphql::Enum;

use service::register::{By, Order};

/// Declares the orders of a list of things that have names.
macro_rules! ordered_by_name {
    ($($(#[$doc:meta])* $order:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, async_graphql::Enum, Copy, Clone, PartialEq, Eq, Default)]
        pub enum $order {
            /// By name as Swedish sorts it, then by id.
            #[default]
            NameAsc,
            /// By name as Swedish sorts it, then by id, backwards.
            NameDesc,
            /// By when it was registered.
            CreatedAsc,
            /// By when it was registered, the latest first.
            CreatedDesc,
        }

        impl From<$order> for service::register::Order {
            fn from(order: $order) -> Self {
                use service::register::By;

                let (by, descending) = match order {
                    $order::NameAsc => (By::Name, false),
                    $order::NameDesc => (By::Name, true),
                    $order::CreatedAsc => (By::Created, false),
                    $order::CreatedDesc => (By::Created, true),
                };
                Self { by, descending }
            }
        }
    )*};
}

pub(super) use ordered_by_name;

/// The orders of engagements.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq, Default)]
pub enum EngagementOrder {
    /// By when it was registered.
    #[default]
    CreatedAsc,
    /// By when it was registered, the latest first.
    CreatedDesc,
}

/// The orders of grants.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq, Default)]
pub enum GrantOrder {
    /// By when it was registered.
    #[default]
    CreatedAsc,
    /// By when it was registered, the latest first.
    CreatedDesc,
}

/// The orders of proposed edits.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq, Default)]
pub enum EditProposalOrder {
    /// By when it was proposed, the latest first.
    #[default]
    ProposedDesc,
    /// By when it was proposed.
    ProposedAsc,
}

impl From<EditProposalOrder> for Order {
    fn from(order: EditProposalOrder) -> Self {
        Self {
            by: By::Created,
            descending: order == EditProposalOrder::ProposedDesc,
        }
    }
}

/// The orders of decisions.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq, Default)]
pub enum DecisionOrder {
    /// As they stand in the log, the latest first.
    #[default]
    RecordedDesc,
    /// As they stand in the log.
    RecordedAsc,
}

impl From<EngagementOrder> for Order {
    fn from(order: EngagementOrder) -> Self {
        Self {
            by: By::Created,
            descending: order == EngagementOrder::CreatedDesc,
        }
    }
}

impl From<GrantOrder> for Order {
    fn from(order: GrantOrder) -> Self {
        Self {
            by: By::Created,
            descending: order == GrantOrder::CreatedDesc,
        }
    }
}

impl From<DecisionOrder> for Order {
    fn from(order: DecisionOrder) -> Self {
        Self {
            by: By::Created,
            descending: order == DecisionOrder::RecordedDesc,
        }
    }
}
