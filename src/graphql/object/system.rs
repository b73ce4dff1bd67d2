//! Systems, their classification, and the assessments of their suppliers.

use async_graphql::{Context, ID, Object};

use crate::filter::{DatabaseFilter, RoleFilter, SegmentFilter, SupplierAssessmentFilter};
use crate::kinds::Enforcement;
use crate::page::{Connection, Count, Cursor, page};
use crate::reach::Reach;
use crate::scalar::{Date, Given};
use domain::id;
use service::register::{By, ClassificationRecord};

use super::thing::{Database, Organisation, Person, Role, Segment, SupplierAssessment, System};

/// A system that people and services are given rights in.
#[Object]
impl System {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Systemägare; null: nobody is named, or the caller may not see the person.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.owner_id).await.map(Person)
    }

    /// Systemförvaltare; null: nobody is named, or the caller may not see the person.
    async fn administrator(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.administrator_id).await.map(Person)
    }

    /// IT-systemägare; null: nobody is named, or the caller may not see the person.
    async fn it_owner(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.it_owner_id).await.map(Person)
    }

    /// Förvaltningsledare IT; null: nobody is named, or the caller may not see the person.
    async fn it_manager(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.it_manager_id).await.map(Person)
    }

    /// The organisation that answers for it; null: the caller may not see it.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.organisation_id).await.map(Organisation)
    }

    /// The supplier; null: none, or the caller may not see it.
    async fn supplier(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.supplier_id).await.map(Organisation)
    }

    /// How its information is classified; null: it is not.
    async fn classification(&self) -> Option<Classification> {
        self.0.classification.clone().map(Classification)
    }

    /// Whether it holds patient data.
    async fn patient_data(&self) -> bool {
        self.0.patient_data
    }

    /// Whether it holds personal data.
    async fn personal_data(&self) -> bool {
        self.0.personal_data
    }

    /// Whether care or business stops without it.
    async fn business_critical(&self) -> bool {
        self.0.business_critical
    }

    /// Why it is critical; null: not said.
    async fn criticality_reason(&self) -> Option<&str> {
        self.0.criticality_reason.as_deref()
    }

    /// How long its data is kept; null: not said.
    async fn retention(&self) -> Option<&str> {
        self.0.retention.as_deref()
    }

    /// How grants take effect in it.
    async fn enforcement(&self) -> Enforcement {
        self.0.enforcement.into()
    }

    /// The last day on which sign-in with password is tolerated; null: it is not.
    async fn password_login_until(&self) -> Option<Date> {
        self.0.password_login_until.map(Date)
    }

    /// The assurance level that patient data demands, 1 to 4.
    async fn patient_level(&self) -> i64 {
        self.0.patient_level
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Its segments, by name; null: the list could not be made.
    async fn segments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Segment>> {
        let filter = SegmentFilter {
            system: Some(Given(self.0.id)),
            ..SegmentFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Segment, _>(ctx, wanted, By::Name, &filter, Segment).await
    }

    /// Its databases, by name; null: the list could not be made.
    async fn databases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Database>> {
        let filter = DatabaseFilter {
            system: Some(Given(self.0.id)),
            ..DatabaseFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Database, _>(ctx, wanted, By::Name, &filter, Database).await
    }

    /// Its roles, by name; null: the list could not be made.
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Role>> {
        let filter = RoleFilter {
            system: Some(Given(self.0.id)),
            ..RoleFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Role, _>(ctx, wanted, By::Name, &filter, Role).await
    }

    /// The assessments of suppliers' access to it, oldest first; null: the list could not be made.
    async fn supplier_assessments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<SupplierAssessment>> {
        let filter = SupplierAssessmentFilter {
            system: Some(Given(self.0.id)),
            ..SupplierAssessmentFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::SupplierAssessment, _>(ctx, wanted, By::Created, &filter, SupplierAssessment)
            .await
    }
}

/// How a system's information is classified.
#[derive(Debug, Clone)]
pub struct Classification(ClassificationRecord);

/// How a system's information is classified.
#[Object]
impl Classification {
    /// Konfidentialitet, 1 to 4.
    async fn confidentiality(&self) -> i64 {
        self.0.confidentiality
    }

    /// Riktighet, 1 to 4.
    async fn integrity(&self) -> i64 {
        self.0.integrity
    }

    /// Tillgänglighet, 1 to 4.
    async fn availability(&self) -> i64 {
        self.0.availability
    }

    /// When it was decided.
    async fn decided_on(&self) -> Date {
        Date(self.0.decided_on)
    }

    /// When it has to be reviewed; null: no date is set.
    async fn review_by(&self) -> Option<Date> {
        self.0.review_by.map(Date)
    }

    /// The analysis behind it; null: none is named.
    async fn analysis(&self) -> Option<&str> {
        self.0.analysis.as_deref()
    }
}

/// An authority's assessment of a supplier's access to a system (OSL 10 kap. 2 a §).
#[Object]
impl SupplierAssessment {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The supplier; null: the caller may not see it.
    async fn supplier(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.supplier_id).await.map(Organisation)
    }

    /// The authority that assessed; null: the caller may not see it.
    async fn authority(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.authority_id).await.map(Organisation)
    }

    /// The system; null: the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.system_id).await.map(System)
    }

    /// When it was decided.
    async fn decided_on(&self) -> Date {
        Date(self.0.decided_on)
    }

    /// The last day on which it holds.
    async fn valid_until(&self) -> Date {
        Date(self.0.valid_until)
    }

    /// Who decided; null: nobody is named, or the caller may not see the person.
    async fn decided_by(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(self.0.decided_by_id).await.map(Person)
    }

    /// The agreement; null: none is named.
    async fn agreement(&self) -> Option<&str> {
        self.0.agreement.as_deref()
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
