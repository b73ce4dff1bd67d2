//! Turns records into rows, in the order of [`super::table`]'s columns.

use sea_orm::Value;

use super::table::Sort;
use crate::domain::id::INSTALLATION;
use crate::domain::name::sort_key;
use crate::domain::text::{Identifier, search_words};
use crate::domain::{Date, HsaId};
use crate::feed::record::{
    Account, Classification, Database, Engagement, Grant, Organisation, Person, Principal, Role,
    Scope, Segment, Server, Service, SupplierAssessment, System,
};
use crate::feed::{Kind, Record};

/// The value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
}

impl Cell {
    /// As bound in SQL; a null is bound with the column's type.
    pub(super) fn bound(&self, sort: Sort) -> Value {
        match (self, sort) {
            (Self::Text(text), _) => text.clone().into(),
            (Self::Bool(value), _) => (*value).into(),
            (Self::Int(value), _) => (*value).into(),
            (Self::Null, Sort::Text) => Value::String(None),
            (Self::Null, Sort::Bool) => Value::Bool(None),
            (Self::Null, Sort::Int) => Value::BigInt(None),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }
}

/// Where a row's references are looked up: first all are collected, then all are found at once.
pub(super) trait References {
    /// The register's id of the thing that the source calls so.
    fn id(&mut self, kind: Kind, external_id: &str) -> Cell;

    /// The register's id of the human being that the source calls so.
    fn individual(&mut self, key: &str) -> Cell;
}

/// A record as its row, and what hangs on it in tables of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Credentials of a person, permissions of a role; sorted.
    pub(super) members: Vec<String>,
    /// Empty where there is none.
    pub(super) classification: Vec<Cell>,
}

pub(super) fn row(record: &Record, refs: &mut dyn References) -> Row {
    let mut members = Vec::new();
    let mut classification = Vec::new();
    let cells = match record {
        Record::Organisation(it) => organisation(it, refs),
        Record::Person(it) => {
            members.extend(it.credentials.iter().map(|kind| (*kind).to_owned()));
            person(it, refs)
        }
        Record::Engagement(it) => engagement(it, refs),
        Record::System(it) => {
            classification.extend(it.classification.iter().flat_map(classified));
            system(it, refs)
        }
        Record::Segment(it) => segment(it, refs),
        Record::Server(it) => server(it, refs),
        Record::Database(it) => database(it, refs),
        Record::Service(it) => service(it, refs),
        Record::Account(it) => account(it, refs),
        Record::SupplierAssessment(it) => assessment(it, refs),
        Record::Role(it) => {
            members.extend(it.permissions.iter().map(ToString::to_string));
            role(it, refs)
        }
        Record::Grant(it) => grant(it, refs),
    };
    members.sort_unstable();
    Row {
        cells,
        members,
        classification,
    }
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn text_or_null(value: Option<&str>) -> Cell {
    value.map_or(Cell::Null, text)
}

fn date(value: Date) -> Cell {
    Cell::Text(value.to_string())
}

fn date_or_null(value: Option<Date>) -> Cell {
    value.map_or(Cell::Null, date)
}

fn count_or_null(value: Option<u32>) -> Cell {
    value.map_or(Cell::Null, |count| Cell::Int(i64::from(count)))
}

fn person_or_null(value: Option<&HsaId>, refs: &mut dyn References) -> Cell {
    value.map_or(Cell::Null, |id| refs.id(Kind::Person, id.as_str()))
}

fn system_or_null(value: Option<&Identifier>, refs: &mut dyn References) -> Cell {
    value.map_or(Cell::Null, |id| refs.id(Kind::System, id))
}

fn names(name: &str, hsa_id: Option<&HsaId>) -> [Cell; 3] {
    [
        text(name),
        Cell::Text(sort_key(name)),
        Cell::Text(search_words(&[name], hsa_id)),
    ]
}

fn organisation(it: &Organisation, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, Some(&it.external_id));
    let parent = match &it.parent {
        Some(parent) => refs.id(Kind::Organisation, parent.as_str()),
        None => Cell::Text(INSTALLATION.to_string()),
    };
    vec![
        name,
        sort,
        search,
        text(it.organisation_type),
        Cell::Bool(it.authority),
        Cell::Bool(it.care_provider),
        parent,
        count_or_null(it.max_privileged_grants),
    ]
}

fn person(it: &Person, refs: &mut dyn References) -> Vec<Cell> {
    vec![
        refs.individual(&it.individual),
        text(&it.given_name),
        text(&it.family_name),
        Cell::Text(sort_key(&format!("{} {}", it.family_name, it.given_name))),
        Cell::Text(search_words(
            &[&it.given_name, &it.family_name],
            Some(&it.external_id),
        )),
        text(&it.email),
        Cell::Bool(it.protected_identity),
        date_or_null(it.training_completed_on),
    ]
}

fn engagement(it: &Engagement, refs: &mut dyn References) -> Vec<Cell> {
    vec![
        refs.id(Kind::Person, it.person.as_str()),
        text(it.engagement_type.name()),
        refs.id(Kind::Organisation, it.employer.as_str()),
        refs.id(Kind::Organisation, it.unit.as_str()),
        person_or_null(it.responsible.as_ref(), refs),
        date(it.from),
        date_or_null(it.until),
        date_or_null(it.absent_from),
        date_or_null(it.absent_until),
    ]
}

fn system(it: &System, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    let supplier = it.supplier.as_ref();
    vec![
        name,
        sort,
        search,
        person_or_null(it.owner.as_ref(), refs),
        person_or_null(it.administrator.as_ref(), refs),
        person_or_null(it.it_owner.as_ref(), refs),
        person_or_null(it.it_manager.as_ref(), refs),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        supplier.map_or(Cell::Null, |id| refs.id(Kind::Organisation, id.as_str())),
        Cell::Bool(it.patient_data),
        Cell::Bool(it.personal_data),
        Cell::Bool(it.business_critical),
        text(it.enforcement),
        date_or_null(it.password_login_until),
    ]
}

fn classified(it: &Classification) -> [Cell; 6] {
    [
        Cell::Int(i64::from(it.confidentiality)),
        Cell::Int(i64::from(it.integrity)),
        Cell::Int(i64::from(it.availability)),
        date(it.decided_on),
        date(it.review_by),
        text_or_null(it.analysis.as_deref()),
    ]
}

fn segment(it: &Segment, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    vec![
        name,
        sort,
        search,
        system_or_null(it.system.as_ref(), refs),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        text(it.environment),
        Cell::Bool(it.patient_data),
        date_or_null(it.change_from),
        date_or_null(it.change_until),
    ]
}

fn server(it: &Server, refs: &mut dyn References) -> Vec<Cell> {
    vec![
        refs.id(Kind::Segment, &it.segment),
        text(&it.operating_system),
    ]
}

fn database(it: &Database, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    vec![
        name,
        sort,
        search,
        refs.id(Kind::System, &it.system),
        refs.id(Kind::Server, &it.server),
    ]
}

fn service(it: &Service, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    vec![
        name,
        sort,
        search,
        refs.id(Kind::Person, it.owner.as_str()),
        refs.id(Kind::Person, it.deputy.as_str()),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        date(it.from),
        date_or_null(it.until),
        it.declared_scope
            .as_ref()
            .map_or(Cell::Null, |id| refs.id(Kind::Organisation, id.as_str())),
    ]
}

fn account(it: &Account, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    vec![
        text(it.account_type),
        name,
        sort,
        search,
        system_or_null(it.system.as_ref(), refs),
        person_or_null(it.owner.as_ref(), refs),
        person_or_null(it.deputy.as_ref(), refs),
        date_or_null(it.until),
    ]
}

fn assessment(it: &SupplierAssessment, refs: &mut dyn References) -> Vec<Cell> {
    vec![
        refs.id(Kind::Organisation, it.supplier.as_str()),
        refs.id(Kind::Organisation, it.authority.as_str()),
        refs.id(Kind::System, &it.system),
        date(it.decided_on),
        date(it.valid_until),
        refs.id(Kind::Person, it.decided_by.as_str()),
        text(&it.agreement),
    ]
}

fn role(it: &Role, refs: &mut dyn References) -> Vec<Cell> {
    let [name, sort, search] = names(&it.name, None);
    let system = system_or_null(it.system.as_ref(), refs);
    let key = Cell::Text(system.text().unwrap_or_default().to_owned());
    vec![
        name,
        sort,
        search,
        system,
        key,
        Cell::Bool(it.privileged),
        Cell::Bool(it.patient_data),
        count_or_null(it.max_holders),
    ]
}

fn grant(it: &Grant, refs: &mut dyn References) -> Vec<Cell> {
    let (person, service) = match &it.principal {
        Principal::Person(id) => (refs.id(Kind::Person, id.as_str()), Cell::Null),
        Principal::Service(id) => (Cell::Null, refs.id(Kind::Service, id)),
    };
    let mut scope = [Cell::Null, Cell::Null, Cell::Null, Cell::Null];
    let [organisation, system, segment, database] = &mut scope;
    let scope_kind = match &it.scope {
        Scope::Installation => "installation",
        Scope::Organisation(id) => {
            *organisation = refs.id(Kind::Organisation, id.as_str());
            "organisation"
        }
        Scope::System(id) => {
            *system = refs.id(Kind::System, id);
            "system"
        }
        Scope::Segment(id) => {
            *segment = refs.id(Kind::Segment, id);
            "segment"
        }
        Scope::Database(id) => {
            *database = refs.id(Kind::Database, id);
            "database"
        }
    };
    let engagement = it.engagement.as_ref();
    let mut cells = vec![
        person,
        service,
        engagement.map_or(Cell::Null, |id| refs.id(Kind::Engagement, id)),
        refs.id(Kind::Role, &it.role),
        text(scope_kind),
    ];
    cells.extend(scope);
    cells.extend([
        date(it.from),
        date_or_null(it.until),
        text_or_null(it.needs_and_risk_analysis.as_deref()),
        date_or_null(it.analysis_review_by),
        // A service that ordered for itself is not a person; the flag tells of it.
        match &it.ordered_by {
            Principal::Person(id) => refs.id(Kind::Person, id.as_str()),
            Principal::Service(_) => Cell::Null,
        },
        person_or_null(it.approved_by.as_ref(), refs),
        text(it.origin),
        date_or_null(it.attest_by),
    ]);
    cells
}
