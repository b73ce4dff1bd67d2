//! People and their engagements.

use async_graphql::{Context, ID, Object};

use crate::filter::{EngagementFilter, GrantFilter};
use crate::kinds::{Credential, EngagementKind};
use crate::page::{Connection, Count, Cursor, page};
use crate::reach::Reach;
use crate::scalar::{Date, Given, HsaId};
use domain::id;
use service::register::By;

use super::thing::{Engagement, Grant, Organisation, Person};

/// A person: one employee HSA-id, behind which stands a human being.
#[Object]
impl Person {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The employee HSA-id.
    async fn hsa_id(&self) -> HsaId {
        HsaId(self.0.hsa_id.clone())
    }

    /// The id of the human being; the same for every HSA-id that one human being has.
    async fn individual_id(&self) -> ID {
        ID(self.0.individual_id.to_string())
    }

    /// Given name.
    async fn given_name(&self) -> &str {
        &self.0.given_name
    }

    /// Family name.
    async fn family_name(&self) -> &str {
        &self.0.family_name
    }

    /// E-mail address; null: none is known.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Whether the identity is protected.
    async fn protected_identity(&self) -> bool {
        self.0.protected_identity
    }

    /// When the security training was completed; null: never.
    async fn training_completed_on(&self) -> Option<Date> {
        self.0.training_completed_on.map(Date)
    }

    /// The credentials that the person holds.
    async fn credentials(&self) -> Vec<Credential> {
        self.0
            .credentials
            .iter()
            .copied()
            .map(Credential::from)
            .collect()
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The person's engagements, ended ones included, oldest first; null: the list could not be made.
    async fn engagements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Engagement>> {
        let filter = EngagementFilter {
            person: Some(Given(self.0.id)),
            ..EngagementFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Engagement, _>(ctx, wanted, By::Created, &filter, Engagement).await
    }

    /// The person's grants, revoked and ended ones included, oldest first; null: the list could not be
    /// made.
    async fn grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Grant>> {
        let filter = GrantFilter {
            person: Some(Given(self.0.id)),
            ..GrantFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Grant, _>(ctx, wanted, By::Created, &filter, Grant::from).await
    }
}

/// A person's relation to an employer and a unit; grants rest on it.
#[Object]
impl Engagement {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// What kind of engagement it is.
    async fn kind(&self) -> EngagementKind {
        self.0.kind.into()
    }

    /// Who is engaged; null: the caller may not see the person.
    async fn person(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.person_id).await.map(Person)
    }

    /// Who employs; null: the caller may not see the organisation.
    async fn employer(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.employer_id).await.map(Organisation)
    }

    /// Where the person works; null: the caller may not see the organisation.
    async fn unit(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.unit_id).await.map(Organisation)
    }

    /// The manager or sponsor; null: nobody is named, or the caller may not see the person.
    async fn responsible(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.responsible_id).await.map(Person)
    }

    /// First day.
    async fn from(&self) -> Date {
        Date(self.0.from_date)
    }

    /// Last day; null: no end is set.
    async fn until(&self) -> Option<Date> {
        self.0.until_date.map(Date)
    }

    /// First day of an absence, during which the grants that rest on it are suspended; null: none.
    async fn absent_from(&self) -> Option<Date> {
        self.0.absent_from.map(Date)
    }

    /// Last day of the absence; null: until further notice, or no absence.
    async fn absent_until(&self) -> Option<Date> {
        self.0.absent_until.map(Date)
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
