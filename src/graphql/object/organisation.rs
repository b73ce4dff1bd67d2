//! Organisations.

use async_graphql::{Context, ID, Object};

use crate::filter::{EngagementFilter, OrganisationFilter};
use crate::kinds::OrganisationKind;
use crate::page::{Connection, Count, Cursor, page};
use crate::reach::Reach;
use crate::scalar::{Given, HsaId};
use domain::id;
use service::register::By;

use super::thing::{Engagement, Organisation};

/// A node of the organisation: a region, an authority, a unit, a vendor.
#[Object]
impl Organisation {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The HSA-id; null: the installation, which has none.
    async fn hsa_id(&self) -> Option<HsaId> {
        self.0.hsa_id.clone().map(HsaId)
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What kind of organisation it is.
    async fn kind(&self) -> OrganisationKind {
        self.0.kind.into()
    }

    /// Whether it is an authority (nämnd): everything below belongs to the nearest one.
    async fn authority(&self) -> bool {
        self.0.authority
    }

    /// Whether it is a care provider: everything below belongs to the nearest one.
    async fn care_provider(&self) -> bool {
        self.0.care_provider
    }

    /// What it is part of; null: the installation, or the caller may not see it.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.parent_id).await.map(Organisation)
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The organisations directly below, by name; null: the list could not be made.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Organisation>> {
        let filter = OrganisationFilter {
            parent: Some(Given(self.0.id)),
            ..OrganisationFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Organisation, _>(ctx, wanted, By::Name, &filter, Organisation).await
    }

    /// The engagements in the unit, oldest first; null: the list could not be made.
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
            unit: Some(Given(self.0.id)),
            ..EngagementFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Engagement, _>(ctx, wanted, By::Created, &filter, Engagement).await
    }
}
