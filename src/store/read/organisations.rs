//! Organisations: nodes of the tree.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr};

use entity::organisation::{Column, Entity};

use super::search::found;
use super::{Selection, narrowed, stored};
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column};
use domain::HsaId;
use domain::id::{self, OrganisationId};
use domain::text::SearchText;

words! {
    /// The kinds of organisation.
    OrganisationKind {
        /// The built-in node above every root.
        Installation = "installation",
        /// A region.
        Region = "region",
        /// Nämnd.
        Authority = "authority",
        /// Förvaltning.
        Administration = "administration",
        /// Avdelning.
        Department = "department",
        /// Enhet.
        Unit = "unit",
        /// IT-centrum.
        ItCentre = "itCentre",
        /// A vendor.
        Vendor = "vendor",
        /// A private care provider.
        PrivateProvider = "privateProvider",
    }
}

row! {
    /// An organisation.
    #[derive(Debug, Clone)]
    pub struct OrganisationRecord {
        /// Its id.
        pub id: OrganisationId,
        /// Its HSA-id; `None`: the installation.
        pub hsa_id: Option<HsaId>,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// Its kind.
        pub kind: OrganisationKind,
        /// Whether it is an authority.
        pub authority: bool,
        /// Whether it is a care provider.
        pub care_provider: bool,
        /// What it is part of; `None`: the installation.
        pub parent_id: Option<OrganisationId>,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which organisations.
#[derive(Debug, Clone, Default)]
pub struct OrganisationSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Directly below this one.
    pub parent: Option<OrganisationId>,
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
}

impl Selection for OrganisationSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<Entity>(Column::Id, name),
            self.parent => |id| Column::ParentId.eq(id.to_string()),
            self.kind => |kind| Column::Kind.eq(kind.word()),
        }
    }
}

impl Placed for id::Organisation {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_organisation(column(Column::Id))
    }

    fn system() -> Option<Expr> {
        None
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Organisation in organisation as OrganisationRecord by OrganisationSelection,
    NameSort = name_sort);
