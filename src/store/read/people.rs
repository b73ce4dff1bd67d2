//! People and their engagements.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use entity::{engagement, organisation_closure, person, person_credential};

use super::search::found;
use super::{Reader, Selection, narrowed, stored};
use crate::StoreError;
use crate::column::{row, words};
use crate::filter::{Moment, Placed, Places, column, live, opposite};
use domain::facts::EngagementKind;
use domain::id::{self, EngagementId, IndividualId, OrganisationId, PersonId};
use domain::text::SearchText;
use domain::{Date, HsaId};

words! {
    /// The kinds of credential that a person can hold.
    Credential {
        /// A SITHS card.
        Siths = "siths",
        /// A SITHS reserve card.
        SithsReserve = "siths-reserve",
        /// A mobile credential.
        Mobile = "mobile",
    }
}

row! {
    /// A person: one employee HSA-id.
    #[derive(Debug, Clone)]
    pub struct PersonRecord {
        /// The id.
        pub id: PersonId,
        /// The employee HSA-id.
        pub hsa_id: HsaId,
        /// The human being.
        pub individual_id: IndividualId,
        /// Given name.
        pub given_name: String,
        /// Family name.
        pub family_name: String,
        /// What the name sorts by.
        pub name_sort: String,
        /// Address; `None`: not known.
        pub email: Option<String>,
        /// Whether the identity is protected.
        pub protected_identity: bool,
        /// When the security training was completed; `None`: never.
        pub training_completed_on: Option<Date>,
        /// The credentials that the person holds.
        pub credentials: Vec<Credential> = Vec::new(),
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which people.
#[derive(Debug, Clone, Default)]
pub struct PersonSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Who are this human being.
    pub individual: Option<IndividualId>,
    /// Who are engaged in this unit now.
    pub unit: Option<OrganisationId>,
    /// Whom this organisation or one below it employs now.
    pub employer: Option<OrganisationId>,
}

impl Selection for PersonSelection {
    fn condition(&self, moment: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<person::Entity>(person::Column::Id, name),
            self.individual => |id| person::Column::IndividualId.eq(id.to_string()),
            self.unit => |id| person::Column::Id.in_subquery(engaged_in(*id, moment)),
            self.employer => |id| person::Column::Id.in_subquery(employed_by(*id, moment)),
        }
    }
}

/// The people whom an organisation, or one below it, employs now.
fn employed_by(organisation: OrganisationId, moment: Moment) -> SelectStatement {
    let within = Query::select()
        .column(organisation_closure::Column::DescendantId)
        .from(organisation_closure::Entity)
        .and_where(organisation_closure::Column::AncestorId.eq(organisation.to_string()))
        .to_owned();
    Query::select()
        .column((engagement::Entity, engagement::Column::PersonId))
        .from(engagement::Entity)
        .and_where(engagement::Column::EmployerId.in_subquery(within))
        .cond_where(live(engagement::Entity, moment))
        .to_owned()
}

/// The people who are engaged in a unit now.
fn engaged_in(unit: OrganisationId, moment: Moment) -> SelectStatement {
    Query::select()
        .column((engagement::Entity, engagement::Column::PersonId))
        .from(engagement::Entity)
        .and_where(engagement::Column::UnitId.eq(unit.to_string()))
        .cond_where(live(engagement::Entity, moment))
        .to_owned()
}

impl Placed for id::Person {
    fn lies_in(places: &Places, moment: Moment) -> Condition {
        places.over_person(column(person::Column::Id), moment)
    }

    fn about_person() -> Option<Expr> {
        Some(column(person::Column::Id))
    }

    fn system() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Person in person as PersonRecord by PersonSelection, NameSort = name_sort,
    with_credentials);

row! {
    struct Held {
        person_id: PersonId,
        kind: Credential,
    }
}

async fn with_credentials(reader: &Reader, people: &mut [PersonRecord]) -> Result<(), StoreError> {
    let ids = people.iter().map(|person| person.id.to_string());
    let held = person_credential::Entity::find()
        .filter(person_credential::Column::PersonId.is_in(ids))
        .order_by_asc(person_credential::Column::Kind)
        .into_model::<Held>()
        .all(reader.connection())
        .await?;
    let mut by_person: HashMap<PersonId, Vec<Credential>> = HashMap::new();
    for one in held {
        by_person.entry(one.person_id).or_default().push(one.kind);
    }
    for person in people {
        person.credentials = by_person.remove(&person.id).unwrap_or_default();
    }
    Ok(())
}

row! {
    /// An engagement.
    #[derive(Debug, Clone)]
    pub struct EngagementRecord {
        /// The id.
        pub id: EngagementId,
        /// The id at its source.
        pub external_id: String,
        /// Who.
        pub person_id: PersonId,
        /// The kind.
        pub kind: EngagementKind,
        /// Who employs.
        pub employer_id: OrganisationId,
        /// Where.
        pub unit_id: OrganisationId,
        /// The manager or sponsor; `None`: nobody is named.
        pub responsible_id: Option<PersonId>,
        /// First day.
        pub from_date: Date,
        /// Last day; `None`: no end is set.
        pub until_date: Option<Date>,
        /// First day of an absence; `None`: no absence.
        pub absent_from: Option<Date>,
        /// Last day of the absence; `None`: until further notice.
        pub absent_until: Option<Date>,
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

/// Which engagements.
#[derive(Debug, Clone, Default)]
pub struct EngagementSelection {
    /// Of this person.
    pub person: Option<PersonId>,
    /// In this unit.
    pub unit: Option<OrganisationId>,
    /// With this employer.
    pub employer: Option<OrganisationId>,
    /// For which this person is responsible.
    pub responsible: Option<PersonId>,
    /// Whether they have begun and not ended.
    pub live: Option<bool>,
}

impl Selection for EngagementSelection {
    fn condition(&self, moment: Moment) -> Condition {
        narrowed! {
            self.person => |id| engagement::Column::PersonId.eq(id.to_string()),
            self.unit => |id| engagement::Column::UnitId.eq(id.to_string()),
            self.employer => |id| engagement::Column::EmployerId.eq(id.to_string()),
            self.responsible => |id| engagement::Column::ResponsibleId.eq(id.to_string()),
            self.live => |wanted| match wanted {
                true => live(engagement::Entity, moment),
                false => opposite(live(engagement::Entity, moment)),
            },
        }
    }
}

impl Placed for id::Engagement {
    fn lies_in(places: &Places, moment: Moment) -> Condition {
        places.over_person(column(engagement::Column::PersonId), moment)
    }

    fn about_person() -> Option<Expr> {
        Some(column(engagement::Column::PersonId))
    }

    fn system() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Engagement in engagement as EngagementRecord by EngagementSelection,
    ExternalId = external_id);
