//! Orders: every one ends in the id, so that a page has one end and the next begins there.

/// Declares the orders of a list, the first of which it has unless it is said.
macro_rules! orders {
    ($(#[$doc:meta])* $order:ident {
        $(#[$first_doc:meta])* $first:ident = $first_by:ident $first_way:ident,
        $($(#[$variant_doc:meta])* $variant:ident = $by:ident $way:ident,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, async_graphql::Enum, Copy, Clone, PartialEq, Eq, Default)]
        pub enum $order {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$variant_doc])* $variant,)*
        }

        impl From<$order> for service::register::Order {
            fn from(order: $order) -> Self {
                use service::register::{By, Order};

                match order {
                    $order::$first => Order::$first_way(By::$first_by),
                    $($order::$variant => Order::$way(By::$by),)*
                }
            }
        }
    };
}

/// Declares the orders of a list of things that have names.
macro_rules! ordered_by_name {
    ($(#[$doc:meta])* $order:ident;) => {
        $crate::filter::order::orders! {
            $(#[$doc])*
            $order {
                /// By name as Swedish sorts it, then by id.
                NameAsc = Name rising,
                /// By name as Swedish sorts it, then by id, backwards.
                NameDesc = Name falling,
                /// By when it was registered.
                CreatedAsc = Created rising,
                /// By when it was registered, the latest first.
                CreatedDesc = Created falling,
            }
        }
    };
}

pub(super) use {ordered_by_name, orders};

orders! {
    /// The orders of engagements.
    EngagementOrder {
        /// By when it was registered.
        CreatedAsc = Created rising,
        /// By when it was registered, the latest first.
        CreatedDesc = Created falling,
    }
}

orders! {
    /// The orders of grants.
    GrantOrder {
        /// By when it was registered.
        CreatedAsc = Created rising,
        /// By when it was registered, the latest first.
        CreatedDesc = Created falling,
    }
}

orders! {
    /// The orders of proposed edits.
    EditProposalOrder {
        /// By when it was proposed, the latest first.
        ProposedDesc = Created falling,
        /// By when it was proposed.
        ProposedAsc = Created rising,
    }
}

orders! {
    /// The orders of decisions.
    DecisionOrder {
        /// As they stand in the log, the latest first.
        RecordedDesc = Created falling,
        /// As they stand in the log.
        RecordedAsc = Created rising,
    }
}
