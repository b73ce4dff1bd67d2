//! What of a list somebody may read, as a condition on its rows that any database can answer.
//!
//! Apart from the policies' language so that `store` can turn it into SQL without knowing that. The
//! reference meaning is [`Filter::admits`]; a property test holds it against single decisions, and the
//! SQL is held against it.
//!
//! To add a form: a variant here with its meaning in `admits`, its shape in `grammar`, its translation
//! in `list`, and its SQL in `store`. To add an attribute: a variant of [`Attribute`] and the same.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::place::Place;
use domain::facts::{TargetFacts, TargetKind};
use domain::id::{EntityRef, INSTALLATION};

/// What a filter can ask about a row besides where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Attribute {
    /// The system it belongs to or is; for a grant, its scope's system.
    System,
    /// The human being that an entry about a person is about.
    Individual,
    /// Whether the person's identity is protected.
    ProtectedIdentity,
    /// The human beings responsible for an engagement of the person.
    Responsible,
    /// The human being who holds the grant.
    HolderIndividual,
    /// The units where the grant's holder works, and every organisation above them.
    HolderPlaces,
}

impl Attribute {
    /// Whether a row can have several of it; `None`: it is a flag.
    #[must_use]
    pub const fn is_set(self) -> Option<bool> {
        match self {
            Self::System | Self::Individual | Self::HolderIndividual => Some(false),
            Self::Responsible | Self::HolderPlaces => Some(true),
            Self::ProtectedIdentity => None,
        }
    }
}

/// A condition on a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Filter {
    /// Every row.
    All,
    /// No row.
    None,
    /// Rows that meet every condition.
    And(Vec<Filter>),
    /// Rows that meet one condition at least.
    Or(Vec<Filter>),
    /// Rows that do not meet the condition.
    Not(Box<Filter>),
    /// Rows that are one of these or lie below one, by the parents that carry reach.
    InAny(Vec<EntityRef>),
    /// Rows whose attribute is one of these, or, where it is a set, holds one of them.
    AttributeInAny {
        /// The attribute; a row without it does not meet the condition.
        attribute: Attribute,
        /// What it may be.
        of: Vec<EntityRef>,
    },
    /// Rows whose attribute, a flag, is set.
    Flag(Attribute),
    /// Rows that have the attribute.
    Has(Attribute),
}

impl Filter {
    /// Both conditions.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, one) | (one, Self::All) => one,
            (Self::And(mut many), Self::And(more)) => {
                many.extend(more);
                Self::And(many)
            }
            (Self::And(mut many), one) | (one, Self::And(mut many)) => {
                many.push(one);
                Self::And(many)
            }
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// One of the conditions.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, one) | (one, Self::None) => one,
            (Self::Or(mut many), Self::Or(more)) => {
                many.extend(more);
                Self::Or(many)
            }
            (Self::Or(mut many), one) | (one, Self::Or(mut many)) => {
                many.push(one);
                Self::Or(many)
            }
            (one, other) => Self::Or(vec![one, other]),
        }
    }

    /// The opposite.
    #[must_use]
    pub(super) fn negated(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Not(inner) => *inner,
            other @ (Self::And(_)
            | Self::Or(_)
            | Self::InAny(_)
            | Self::AttributeInAny { .. }
            | Self::Flag(_)
            | Self::Has(_)) => Self::Not(Box::new(other)),
        }
    }

    /// The same condition as it is always spelled: alternatives and parts in order, each once.
    #[must_use]
    pub(super) fn normal(self) -> Self {
        let in_order = |parts: Vec<Self>| {
            let mut parts: Vec<Self> = parts.into_iter().map(Self::normal).collect();
            parts.sort();
            parts.dedup();
            parts
        };
        let ids_in_order = |mut ids: Vec<EntityRef>| {
            ids.sort();
            ids.dedup();
            ids
        };
        match self {
            Self::And(parts) => Self::And(in_order(parts)),
            Self::Or(parts) => Self::Or(in_order(parts)),
            Self::Not(inner) => Self::Not(Box::new(inner.normal())),
            Self::InAny(places) => Self::InAny(ids_in_order(places)),
            Self::AttributeInAny { attribute, of } => Self::AttributeInAny {
                attribute,
                of: ids_in_order(of),
            },
            other @ (Self::All | Self::None | Self::Flag(_) | Self::Has(_)) => other,
        }
    }

    /// Rows in or below one of `places`; everything lies below the installation.
    #[must_use]
    pub(super) fn in_any(places: Vec<EntityRef>) -> Self {
        if places.is_empty() {
            Self::None
        } else if places.contains(&INSTALLATION.to_ref()) {
            Self::All
        } else {
            Self::InAny(places)
        }
    }

    /// Whether the condition is met: what it means, whatever the database.
    #[must_use]
    pub fn admits(&self, row: &TargetFacts) -> bool {
        self.meets(row, &Place::of(row))
    }

    fn meets(&self, row: &TargetFacts, place: &Place) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::And(all) => all.iter().all(|one| one.meets(row, place)),
            Self::Or(any) => any.iter().any(|one| one.meets(row, place)),
            Self::Not(inner) => !inner.meets(row, place),
            Self::InAny(places) => places.iter().any(|at| place.lies_in(at)),
            Self::AttributeInAny { attribute, of } => values(*attribute, row, place)
                .is_some_and(|held| held.iter().any(|one| of.contains(one))),
            Self::Flag(attribute) => is_set(*attribute, row),
            Self::Has(Attribute::ProtectedIdentity) => {
                matches!(row.kind, TargetKind::Person { .. })
            }
            Self::Has(attribute) => values(*attribute, row, place).is_some(),
        }
    }
}

/// What the attribute refers to; `None` where the row has no such attribute.
fn values(attribute: Attribute, row: &TargetFacts, place: &Place) -> Option<Vec<EntityRef>> {
    match (attribute, &row.kind) {
        (Attribute::System, _) => place.system.map(|system| vec![system.to_ref()]),
        (Attribute::Individual, TargetKind::Person { individual, .. }) => {
            Some(vec![individual.to_ref()])
        }
        (Attribute::Responsible, TargetKind::Person { responsible, .. }) => {
            Some(responsible.iter().map(|human| human.to_ref()).collect())
        }
        (Attribute::HolderIndividual, TargetKind::Grant { grant, .. }) => {
            grant.holder_individual.map(|human| vec![human.to_ref()])
        }
        (Attribute::HolderPlaces, TargetKind::Grant { .. }) => {
            Some(place.holder_places.iter().copied().collect())
        }
        _ => None,
    }
}

fn is_set(attribute: Attribute, row: &TargetFacts) -> bool {
    match (attribute, &row.kind) {
        (
            Attribute::ProtectedIdentity,
            TargetKind::Person {
                protected_identity, ..
            },
        ) => *protected_identity,
        _ => false,
    }
}
