//! Systems, their classification, and the assessments of their suppliers.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use entity::{supplier_assessment, system, system_classification};

use super::search::found;
use super::{Reader, Selection, narrowed, stored};
use crate::StoreError;
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column, never};
use domain::Date;
use domain::id::{self, OrganisationId, PersonId, SupplierAssessmentId, SystemId};
use domain::text::SearchText;

words! {
    /// How grants take effect in a system.
    Enforcement {
        /// The system asks for decisions.
        Runtime = "runtime",
        /// Accounts in the system follow the grants.
        Provisioned = "provisioned",
        /// Somebody carries the grants over by hand.
        Manual = "manual",
        /// Grants have no effect in the system.
        None = "none",
    }
}

row! {
    /// A system.
    #[derive(Debug, Clone)]
    pub struct SystemRecord {
        /// The id.
        pub id: SystemId,
        /// The id at its source.
        pub external_id: String,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// Systemägare; `None`: nobody.
        pub owner_id: Option<PersonId>,
        /// Systemförvaltare; `None`: nobody.
        pub administrator_id: Option<PersonId>,
        /// IT-ägare; `None`: nobody.
        pub it_owner_id: Option<PersonId>,
        /// Förvaltningsledare IT; `None`: nobody.
        pub it_manager_id: Option<PersonId>,
        /// The organisation that answers for it.
        pub organisation_id: OrganisationId,
        /// The supplier; `None`: none.
        pub supplier_id: Option<OrganisationId>,
        /// Whether it holds patient data.
        pub patient_data: bool,
        /// Whether it holds personal data.
        pub personal_data: bool,
        /// Whether care or business stops without it.
        pub business_critical: bool,
        /// Why it is critical; `None`: not said.
        pub criticality_reason: Option<String>,
        /// How long its data is kept; `None`: not said.
        pub retention: Option<String>,
        /// How grants take effect.
        pub enforcement: Enforcement,
        /// Until when sign-in with password is tolerated; `None`: it is not.
        pub password_login_until: Option<Date>,
        /// The assurance level that patient data demands.
        pub patient_level: i64,
        /// The classification; `None`: not classified.
        pub classification: Option<ClassificationRecord> = None,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

row! {
    /// A classification of a system's information, each class 1 to 4.
    #[derive(Debug, Clone)]
    pub struct ClassificationRecord {
        /// The system.
        pub system_id: SystemId,
        /// Konfidentialitet.
        pub confidentiality: i64,
        /// Riktighet.
        pub integrity: i64,
        /// Tillgänglighet.
        pub availability: i64,
        /// When it was decided.
        pub decided_on: Date,
        /// When it has to be reviewed; `None`: no date is set.
        pub review_by: Option<Date>,
        /// The analysis behind it; `None`: none is named.
        pub analysis: Option<String>,
    }
}

/// Which systems.
#[derive(Debug, Clone, Default)]
pub struct SystemSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// That this organisation answers for.
    pub organisation: Option<OrganisationId>,
    /// From this supplier.
    pub supplier: Option<OrganisationId>,
    /// That this person owns.
    pub owner: Option<PersonId>,
}

impl Selection for SystemSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<system::Entity>(system::Column::Id, name),
            self.organisation => |id| system::Column::OrganisationId.eq(id.to_string()),
            self.supplier => |id| system::Column::SupplierId.eq(id.to_string()),
            self.owner => |id| system::Column::OwnerId.eq(id.to_string()),
        }
    }
}

impl Placed for id::System {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_owner_of_system(column(system::Column::Id))
    }

    fn system() -> Option<Expr> {
        Some(column(system::Column::Id))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(System in system as SystemRecord by SystemSelection, NameSort = name_sort,
    with_classification);

async fn with_classification(
    reader: &Reader,
    systems: &mut [SystemRecord],
) -> Result<(), StoreError> {
    let ids = systems.iter().map(|system| system.id.to_string());
    let classes = system_classification::Entity::find()
        .filter(system_classification::Column::SystemId.is_in(ids))
        .into_model::<ClassificationRecord>()
        .all(reader.connection())
        .await?;
    let mut by_system: HashMap<SystemId, ClassificationRecord> = classes
        .into_iter()
        .map(|class| (class.system_id, class))
        .collect();
    for system in systems {
        system.classification = by_system.remove(&system.id);
    }
    Ok(())
}

row! {
    /// An assessment of a supplier's access to a system (OSL 10 kap. 2 a §).
    #[derive(Debug, Clone)]
    pub struct SupplierAssessmentRecord {
        /// The id.
        pub id: SupplierAssessmentId,
        /// The id at its source.
        pub external_id: String,
        /// The supplier.
        pub supplier_id: OrganisationId,
        /// The authority that assessed.
        pub authority_id: OrganisationId,
        /// The system.
        pub system_id: SystemId,
        /// When it was decided.
        pub decided_on: Date,
        /// The last day on which it holds.
        pub valid_until: Date,
        /// Who decided; `None`: not known.
        pub decided_by_id: Option<PersonId>,
        /// The agreement; `None`: none is named.
        pub agreement: Option<String>,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which assessments.
#[derive(Debug, Clone, Default)]
pub struct SupplierAssessmentSelection {
    /// Of this system.
    pub system: Option<SystemId>,
    /// Of this supplier.
    pub supplier: Option<OrganisationId>,
}

impl Selection for SupplierAssessmentSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.system => |id| supplier_assessment::Column::SystemId.eq(id.to_string()),
            self.supplier => |id| supplier_assessment::Column::SupplierId.eq(id.to_string()),
        }
    }
}

impl Placed for id::SupplierAssessment {
    fn lies_in(_: &Places, _: Moment) -> Condition {
        never()
    }

    fn system() -> Option<Expr> {
        Some(column(supplier_assessment::Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(SupplierAssessment in supplier_assessment as SupplierAssessmentRecord
    by SupplierAssessmentSelection, ExternalId = external_id);
