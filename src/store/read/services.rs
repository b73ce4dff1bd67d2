//! Callers and accounts that are not people.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr};

use entity::{account, service};

use super::search::found;
use super::{Selection, narrowed, stored};
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column, never};
use domain::Date;
use domain::id::{self, AccountId, OrganisationId, PersonId, ServiceId, SystemId};
use domain::text::SearchText;

row! {
    /// A service: an OAuth client.
    #[derive(Debug, Clone)]
    pub struct ServiceRecord {
        /// The id.
        pub id: ServiceId,
        /// The client id.
        pub external_id: String,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// Who owns it; `None`: nobody.
        pub owner_id: Option<PersonId>,
        /// The owner's deputy; `None`: nobody.
        pub deputy_id: Option<PersonId>,
        /// The organisation that answers for it.
        pub organisation_id: OrganisationId,
        /// First day.
        pub from_date: Date,
        /// Last day; `None`: no end is set.
        pub until_date: Option<Date>,
        /// Whether its word about a person's sign-in is taken.
        pub trusted_to_assert: bool,
        /// Whether it came with the program.
        pub built_in: bool,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which services.
#[derive(Debug, Clone, Default)]
pub struct ServiceSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// That this organisation answers for.
    pub organisation: Option<OrganisationId>,
    /// That this person owns.
    pub owner: Option<PersonId>,
}

impl Selection for ServiceSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<service::Entity>(service::Column::Id, name),
            self.organisation => |id| service::Column::OrganisationId.eq(id.to_string()),
            self.owner => |id| service::Column::OwnerId.eq(id.to_string()),
        }
    }
}

impl Placed for id::Service {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_organisation(column(service::Column::OrganisationId))
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

stored!(Service in service as ServiceRecord by ServiceSelection, NameSort = name_sort);

words! {
    /// The kinds of technical account.
    AccountKind {
        /// In a directory.
        Directory = "directory",
        /// On one host.
        Local = "local",
        /// In a database.
        Database = "database",
        /// Used by several people.
        Shared = "shared",
    }
}

row! {
    /// A technical account.
    #[derive(Debug, Clone)]
    pub struct AccountRecord {
        /// The id.
        pub id: AccountId,
        /// The id at its source.
        pub external_id: String,
        /// Its kind.
        pub kind: AccountKind,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// The system; `None`: none.
        pub system_id: Option<SystemId>,
        /// Who owns it; `None`: nobody.
        pub owner_id: Option<PersonId>,
        /// The owner's deputy; `None`: nobody.
        pub deputy_id: Option<PersonId>,
        /// Last day; `None`: no end is set.
        pub until_date: Option<Date>,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Of this system.
    pub system: Option<SystemId>,
    /// That this person owns.
    pub owner: Option<PersonId>,
}

impl Selection for AccountSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<account::Entity>(account::Column::Id, name),
            self.system => |id| account::Column::SystemId.eq(id.to_string()),
            self.owner => |id| account::Column::OwnerId.eq(id.to_string()),
        }
    }
}

impl Placed for id::Account {
    fn lies_in(_: &Places, _: Moment) -> Condition {
        never()
    }

    fn system() -> Option<Expr> {
        Some(column(account::Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Account in account as AccountRecord by AccountSelection, NameSort = name_sort);
