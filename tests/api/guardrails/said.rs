//! Questions and orders in Swedish, and what came of them.

use domain::Named as _;
use domain::clock::{SystemClock, fresh};
use domain::id::StageId;
use domain::verdict::Stage;
use policy::PolicySet;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Caller, about, signed_in};

const JSON: (&str, &str) = ("content-type", "application/json");
const SWEDISH: (&str, &str) = ("accept-language", "sv-SE");

const AUTHORIZE: &str = "mutation Ask($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code } decision { outcome reasons { policyId text }
        discountedGrants { reasons { policyId text } } wouldRefuse { policyId text } } } }";

const CREATE: &str = "mutation Create($input: CreateGrantInput!) { createGrant(input: $input) {
    errors { code message path } grant { id } decision { outcome } } }";

/// What came of a question: the outcome, and the policies behind it with what they say.
#[derive(Debug)]
pub(super) struct Said {
    allowed: bool,
    refused: Vec<(String, String)>,
    would_refuse: Vec<(String, String)>,
}

impl Said {
    /// The same answer, which is an allow.
    #[track_caller]
    pub(super) fn allowed(&self) {
        assert!(self.allowed, "{self:?}");
    }

    /// The same answer, which is a denial for that reason, given in Swedish.
    #[track_caller]
    pub(super) fn refused_by(&self, policy: &str) {
        assert!(!self.allowed, "{policy}: {self:?}");
        swedish(&self.refused, policy);
    }

    /// The policies behind it.
    pub(super) fn policies(&self) -> Vec<&str> {
        self.refused.iter().map(|(id, _)| id.as_str()).collect()
    }

    /// The same answer, which is an allow that will be a denial once the guardrail is enforced.
    #[track_caller]
    pub(super) fn observed_by(&self, policy: &str) {
        assert!(self.allowed, "{policy}: {self:?}");
        swedish(&self.would_refuse, policy);
    }
}

#[track_caller]
fn swedish(reasons: &[(String, String)], policy: &str) {
    let set = PolicySet::embedded().expect("policies");
    let reason = set.reason(policy).expect("a policy of that name");
    assert!(
        reasons.contains(&(policy.to_owned(), reason.text_sv.clone())),
        "not by `{policy}`: {reasons:?}"
    );
}

fn reasons<'a>(lists: impl IntoIterator<Item = &'a Value>) -> Vec<(String, String)> {
    let text = |reason: &Value, key: &str| reason[key].as_str().expect("a text").to_owned();
    lists
        .into_iter()
        .flat_map(|list| list.as_array().expect("a list"))
        .map(|reason| (text(reason, "policyId"), text(reason, "text")))
        .collect()
}

async fn send(caller: &Caller, document: &str, input: &Value) -> Value {
    let body = json!({ "query": document, "variables": { "input": input } }).to_string();
    let client = caller.raw();
    let answer = client
        .send(Method::POST, "/graphql", &[JSON, SWEDISH], body)
        .await;
    answer.json().clone()
}

/// Asks as a system that is trusted to say how people signed in, in Swedish.
pub(super) async fn asked(app: &App, question: Value) -> Said {
    let answer = send(&app.service("server-login"), AUTHORIZE, &question).await;
    let decision = &answer["data"]["authorize"]["decision"];
    assert!(decision.is_object(), "{question}: {answer}");
    let discounted = decision["discountedGrants"].as_array().expect("a list");
    let lists = discounted.iter().map(|grant| &grant["reasons"]);
    Said {
        allowed: decision["outcome"] == "ALLOW",
        refused: reasons(lists.chain([&decision["reasons"]])),
        would_refuse: reasons([&decision["wouldRefuse"]]),
    }
}

/// Orders a grant, in Swedish.
pub(super) async fn created(caller: &Caller, input: &Value) -> Said {
    let answer = send(caller, CREATE, input).await;
    let payload = &answer["data"]["createGrant"];
    let refused = reasons(
        [&answer["errors"][0]["extensions"]["reasons"]]
            .into_iter()
            .filter(|list| list.is_array()),
    );
    assert!(
        payload["errors"] == json!([]) || !refused.is_empty(),
        "{input}: {answer}"
    );
    Said {
        allowed: payload["grant"]["id"].is_string(),
        refused,
        would_refuse: Vec::new(),
    }
}

/// The same question about somebody who has signed in with that level.
pub(super) fn weak(mut question: Value, level: u8) -> Value {
    question["assurance"] = signed_in(level);
    question
}

/// Reading a record where the clinician works.
pub(super) fn reading(app: &App) -> Value {
    let sara = app.region().clinician();
    let record = json!({ "system": "sys-000", "organisation": sara.unit, "kind": "patient", "id": "b7c1f0e2" });
    about(&sara.person, "record:read", json!({ "record": record }))
}

/// Administering a server of an own segment.
pub(super) fn administering(app: &App) -> Value {
    let olle = app.region().segment_administrator();
    about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    )
}

/// An order for reading records in the clinician's other unit.
pub(super) fn order(app: &App) -> Value {
    let sara = app.region().clinician();
    json!({
        "principal": { "hsaId": sara.person },
        "role": app.region().role_in("sys-000", "Läsbehörig"),
        "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001",
    })
}

/// Enforces a guardrail everywhere.
pub(super) async fn enforce(app: &App, policy: &str) {
    app.set(&staged(policy, Stage::Enforce)).await;
}

/// That a guardrail is at a stage everywhere.
pub(crate) fn staged(policy: &str, stage: Stage) -> String {
    let id: StageId = fresh(&SystemClock);
    let ends = match stage {
        Stage::Enforce => "NULL",
        Stage::Observe | Stage::Warn => "'2199-01-01'",
    };
    format!(
        "INSERT INTO guardrail_stage (id, policy, system_key, authority_key, stage, ends_on) \
         VALUES ('{id}', '{policy}', '', '', '{}', {ends}) \
         ON CONFLICT (policy, system_key, authority_key) \
         DO UPDATE SET stage = excluded.stage, ends_on = excluded.ends_on",
        stage.name()
    )
}
