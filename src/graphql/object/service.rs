//! Services and technical accounts.

use async_graphql::{Context, ID, Object};

use crate::kinds::AccountKind;
use crate::reach::Reach;
use crate::scalar::Date;
use service::register::ServiceRecord;

use super::thing::{Account, Organisation, Person, Service, System};

impl From<ServiceRecord> for Service {
    fn from(record: ServiceRecord) -> Self {
        Self(record)
    }
}

/// A service: an OAuth client that calls by itself.
#[Object]
impl Service {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The OAuth client id.
    async fn client_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who owns it; null: nobody, or the caller may not see the person.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.owner_id).await.map(Person)
    }

    /// The owner's deputy; null: nobody, or the caller may not see the person.
    async fn deputy(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.deputy_id).await.map(Person)
    }

    /// The organisation that answers for it; null: the caller may not see it.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.organisation_id).await.map(Organisation)
    }

    /// First day.
    async fn from(&self) -> Date {
        Date(self.0.from_date)
    }

    /// Last day; null: no end is set.
    async fn until(&self) -> Option<Date> {
        self.0.until_date.map(Date)
    }

    /// Whether its word about how a person signed in is taken.
    async fn trusted_to_assert(&self) -> bool {
        self.0.trusted_to_assert
    }

    /// Whether it came with the installation and can only be used from the command line.
    async fn built_in(&self) -> bool {
        self.0.built_in
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A technical account in a directory, on a host or in a database.
#[Object]
impl Account {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// What kind of account it is.
    async fn kind(&self) -> AccountKind {
        self.0.kind.into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The system it is in; null: none, or the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.system_id).await.map(System)
    }

    /// Who owns it; null: nobody, or the caller may not see the person.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.owner_id).await.map(Person)
    }

    /// The owner's deputy; null: nobody, or the caller may not see the person.
    async fn deputy(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.deputy_id).await.map(Person)
    }

    /// Last day; null: no end is set.
    async fn until(&self) -> Option<Date> {
        self.0.until_date.map(Date)
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
