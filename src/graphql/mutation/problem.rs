//! What came of an order, and what stood against it: each mutation's types of that follow from its problems.

use std::borrow::Cow;
use std::marker::PhantomData;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, Name, OutputType, Positioned, ServerResult, SimpleObject, TypeName, Value,
};
use strum::{EnumMessage as _, VariantArray as _};

use crate::object::thing::Decision;
use crate::spoken::Told;
use domain::id::EntityKind;
use domain::problem::Coded;
use domain::{EntityRef, Named};
use service::change::Changed;
use service::error::Problem;

use super::seen::shown;

/// What came of an order, as every payload tells it.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
pub struct Outcome<C: Coded> {
    /// What stood against it.
    pub(super) errors: Vec<FormError<C>>,
    /// The decision; null where nothing could be decided on.
    pub(super) decision: Option<Decision>,
    #[graphql(skip)]
    pub(super) subject: Option<EntityRef>,
}

impl<C: Coded> Outcome<C> {
    /// What was changed, and no proposal to change it.
    pub(super) fn made(&self) -> Option<EntityRef> {
        self.subject
            .filter(|subject| subject.kind() != EntityKind::EditProposal)
    }
}

impl<C: Coded> TypeName for Outcome<C> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Outcome", C::NAME).into()
    }
}

impl<C: Coded> From<Changed<C>> for Outcome<C> {
    fn from(changed: Changed<C>) -> Self {
        Self {
            errors: changed.problems.into_iter().map(Into::into).collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

/// Something that stands against an order, as a form can show it.
#[derive(Debug, Clone)]
pub struct FormError<C: Coded>(Shown<C>);

#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
struct Shown<C: Coded> {
    /// What.
    code: Code<C>,
    /// The same in words.
    message: Told,
    /// Where in the input.
    path: Vec<String>,
}

impl<C: Coded> TypeName for Shown<C> {
    fn type_name() -> Cow<'static, str> {
        C::NAME.into()
    }
}

impl<C: Coded> From<Problem<C>> for FormError<C> {
    fn from(problem: Problem<C>) -> Self {
        Self(Shown {
            code: Code(problem.code.discriminant().name(), PhantomData),
            message: problem.code.words().into(),
            path: problem.path.segments().to_vec(),
        })
    }
}

impl<C: Coded> OutputType for FormError<C> {
    fn type_name() -> Cow<'static, str> {
        C::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let created = <Shown<C> as OutputType>::create_type_info(registry);
        if let Some(MetaType::Object { description, .. }) = registry.types.get_mut(C::NAME) {
            *description = Some(C::ONE.to_owned());
        }
        created
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

/// The code of a problem, by its name.
#[derive(Debug, Clone)]
struct Code<C: Coded>(&'static str, PhantomData<C>);

impl<C: Coded> OutputType for Code<C> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Code", C::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| MetaType::Enum {
            name: Self::type_name().into_owned(),
            description: Some(C::CODES.to_owned()),
            enum_values: codes::<C>(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }

    async fn resolve(
        &self,
        _ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(Value::Enum(Name::new(self.0)))
    }
}

/// The codes by name, each described as its variant is.
fn codes<C: Coded>() -> IndexMap<String, MetaEnumValue> {
    let codes = C::Discriminant::VARIANTS.iter();
    let described = codes.map(|code| MetaEnumValue {
        name: code.name().to_owned(),
        description: code.get_documentation().map(|said| said.trim().to_owned()),
        deprecation: Deprecation::NoDeprecated,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        directive_invocations: Vec::new(),
    });
    described.map(|code| (code.name.clone(), code)).collect()
}
