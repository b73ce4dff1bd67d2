//! One evaluation: request, entities and policies in, what the engine says out.
//!
//! Apart because it is the one place where the policies are asked, and where whatever goes wrong becomes
//! a [`Failure`], which is a refusal.

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityUid,
    PolicySet as Policies, Request, RequestValidationError,
};

use super::PolicySet;
use super::attributes::Misfit;
use super::context::Asking;
use super::load::Slice;
use domain::Words;
use domain::built_in::BuiltIn;
use domain::facts::Circumstances;
use domain::verdict::Reason;

/// Why there is no answer, which is a refusal.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// A policy failed.
    Policy(String),
    /// The question cannot be put to the policies, because of this part of it.
    Question(&'static str),
    /// The permission says nothing about targets of that kind, whoever holds it.
    NotApplicable,
}

impl From<Misfit> for Failure {
    fn from(_: Misfit) -> Self {
        Self::Question("facts")
    }
}

/// What one evaluation came to.
#[derive(Debug)]
pub(super) enum Answer {
    Permitted(Vec<String>),
    Forbidden(Vec<String>),
    NotPermitted,
}

impl Failure {
    pub(super) fn reason(&self) -> Reason {
        let words = match self {
            Self::Policy(id) => Words::made(
                format!(
                    "The policy `{id}` failed, and a failure denies. Report it to whoever maintains Behörig."
                ),
                format!(
                    "Regeln `{id}` gick inte att pröva, och då nekas åtkomst. Anmäl det till den som förvaltar Behörig."
                ),
            ),
            Self::Question(part) => Words::made(
                format!(
                    "The question cannot be put to the policies: its {part} do not fit. Report it to whoever maintains \
                     Behörig."
                ),
                "Frågan går inte att pröva mot reglerna. Anmäl det till den som förvaltar Behörig."
                    .to_owned(),
            ),
            Self::NotApplicable => return BuiltIn::NotApplicable.reason(),
        };
        Reason::saying("error".to_owned(), &words)
    }
}

impl PolicySet {
    /// The policies that can have a say about an action.
    pub(super) fn slice(&self, action: &str) -> Result<&Slice, Failure> {
        let slice = self.loaded.slices.get(action);
        slice.ok_or(Failure::Question("action"))
    }
}

/// What is asked, ready to be asked more than once.
pub(super) struct Matter<'a> {
    pub(super) slice: &'a Slice,
    pub(super) principal: EntityUid,
    pub(super) resource: EntityUid,
    pub(super) entities: Entities,
    pub(super) asking: Asking<'a>,
}

impl Matter<'_> {
    pub(super) fn ask(
        &self,
        set: &PolicySet,
        policies: &Policies,
        given: &Circumstances,
    ) -> Result<Answer, Failure> {
        let context = self.asking.context(given)?;
        let request = request(set, &self.principal, self.slice, &self.resource, context)?;
        ask(&request, policies, &self.entities)
    }
}

/// The entities with their hierarchy; held against the schema where that is not too dear.
pub(super) fn gather(set: &PolicySet, entities: Vec<Entity>) -> Result<Entities, Failure> {
    let schema = cfg!(debug_assertions).then_some(&set.loaded.schema);
    Entities::from_entities(entities, schema).map_err(|_| Failure::Question("entities"))
}

pub(super) fn request(
    set: &PolicySet,
    principal: &EntityUid,
    slice: &Slice,
    resource: &EntityUid,
    context: Context,
) -> Result<Request, Failure> {
    Request::new(
        principal.clone(),
        slice.action.clone(),
        resource.clone(),
        context,
        Some(&set.loaded.schema),
    )
    .map_err(|error| {
        if matches!(error, RequestValidationError::InvalidResourceType(_)) {
            Failure::NotApplicable
        } else {
            Failure::Question("principal, action and target")
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the policies are asked"
)]
pub(super) fn ask(
    request: &Request,
    policies: &Policies,
    entities: &Entities,
) -> Result<Answer, Failure> {
    let response = Authorizer::new().is_authorized(request, policies, entities);
    if let Some(error) = response.diagnostics().errors().next() {
        let AuthorizationError::PolicyEvaluationError(error) = error;
        return Err(Failure::Policy(error.policy_id().to_string()));
    }
    let mut causes: Vec<String> = response
        .diagnostics()
        .reason()
        .map(ToString::to_string)
        .collect();
    causes.sort();
    Ok(match response.decision() {
        Decision::Allow => Answer::Permitted(causes),
        Decision::Deny if causes.is_empty() => Answer::NotPermitted,
        Decision::Deny => Answer::Forbidden(causes),
    })
}
