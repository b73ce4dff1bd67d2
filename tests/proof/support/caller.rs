//! Callers that go on when the service dies under them.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Issuer, Serving, Shapes};

use super::clinic::Clinician;

/// The governed system that asks, and is trusted to say how people signed in.
pub(super) const GATEWAY: &str = "journal-gateway";

const AUTHORIZE: &str = "mutation A($input: AuthorizeInput!) { authorize(input: $input) { \
    decision { id outcome obligations reasons { policyId } matchedGrants { id } \
    discountedGrants { grant { id } reasons { policyId } } stepUp { acrValues maxAgeSeconds } } \
    errors { code message } } }";
const CREATE: &str = "mutation C($input: CreateGrantInput!) { createGrant(input: $input) { \
    grant { id } decision { id outcome } errors { code message } } }";
const REVOKE: &str = "mutation R($input: RevokeGrantInput!) { revokeGrant(input: $input) { \
    decision { id outcome } errors { code message } } }";

/// What every answer is held against, also those of a service that dies or lacks its database.
static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::of(include_str!("../../api/schema.graphql")));

/// Somebody who calls one server process.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// A question to `authorize`.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    input: Value,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Caller {
    /// The governed system.
    pub(crate) fn gateway(serving: &Serving) -> Self {
        Self::service(serving, GATEWAY)
    }

    /// The governed system, of whatever answers at that address.
    pub(crate) fn gateway_at(address: SocketAddr) -> Self {
        Self::at(address, &Issuer::service(GATEWAY))
    }

    /// A service that authenticated with a private key.
    pub(crate) fn service(serving: &Serving, client: &str) -> Self {
        Self::bearing(serving, &Issuer::service(client))
    }

    /// A person who has just signed in at that level.
    pub(crate) fn person(serving: &Serving, hsa_id: &str, level: u8) -> Self {
        let mut claims = Issuer::person(hsa_id, level, Duration::ZERO);
        claims["amr"] = if level >= 3 {
            json!(["mfa", "sc"])
        } else {
            json!(["pwd"])
        };
        Self::bearing(serving, &claims)
    }

    fn bearing(serving: &Serving, claims: &Value) -> Self {
        Self::at(serving.address(), claims)
    }

    fn at(address: SocketAddr, claims: &Value) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10));
        Self {
            http: http.build().expect("an HTTP client"),
            url: format!("http://{address}/graphql"),
            token: Issuer::TRUSTED.token(claims),
        }
    }

    /// Runs a document; `None`: no whole answer came.
    pub(crate) async fn ask(&self, document: &str, variables: Value) -> Option<Answered> {
        let sent = json!({ "query": document, "variables": variables });
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
            .body(sent.to_string());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let flaws = SHAPES.flaws(&sent, &body);
        assert!(flaws.is_empty(), "{}\nin {status} {text}", flaws.join("\n"));
        Some(Answered { status, body })
    }

    /// Fetches that path as it comes to whoever takes those codings: the status, and the bytes if they are all there.
    pub(crate) async fn fetch(&self, path: &str, codings: &str) -> (u16, Option<Vec<u8>>) {
        let url = self.url.replace("/graphql", path);
        let request = self.http.get(url).bearer_auth(&self.token);
        let answer = request.header("accept-encoding", codings).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.bytes().await.ok().map(|all| all.to_vec()))
    }

    /// Asks for a decision about somebody.
    pub(crate) async fn authorize(&self, question: &Question) -> Option<Answered> {
        self.ask(AUTHORIZE, json!({ "input": question.input }))
            .await
    }

    /// Orders a grant of a role with patient data, over a unit that the person holds nothing in.
    pub(crate) async fn create_grant(&self, to: &Clinician, role: &str) -> Option<Answered> {
        let input = json!({
            "principal": { "hsaId": to.person }, "engagement": to.engagement, "role": role,
            "scope": { "organisation": to.elsewhere }, "needsAndRiskAnalysis": "BRA-2026-001",
        });
        self.ask(CREATE, json!({ "input": input })).await
    }

    /// Ends a grant.
    pub(crate) async fn revoke_grant(&self, grant: &str) -> Option<Answered> {
        self.ask(REVOKE, json!({ "input": { "grant": grant } }))
            .await
    }
}

impl Question {
    /// May this person administer that server, just signed in at level 3?
    pub(crate) fn server(person: &str, host: &str) -> Self {
        Self::new(person, "server:administer", &json!({ "server": host }))
    }

    /// May this person read a record of that unit in that system?
    pub(crate) fn record(person: &str, system: &str, unit: &str) -> Self {
        let record =
            json!({ "system": system, "organisation": unit, "kind": "note", "id": "ref-77" });
        Self::new(person, "record:read", &json!({ "record": record }))
    }

    fn new(person: &str, permission: &str, target: &Value) -> Self {
        let input = json!({
            "principal": { "hsaId": person }, "permission": permission, "target": target,
        });
        Self { input }.signed_in(3, Duration::ZERO)
    }

    /// The same for that reason.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.input["justification"] = json!(reason);
        self
    }

    /// The same about somebody who signed in like that.
    pub(crate) fn signed_in(mut self, level: u8, age: Duration) -> Self {
        let at = now() - jiff::SignedDuration::try_from(age).expect("an age");
        let methods = if level >= 3 {
            json!(["mfa", "sc"])
        } else {
            json!(["pwd"])
        };
        self.input["assurance"] = json!({ "asserted": {
            "acr": format!("http://id.sambi.se/loa/loa{level}"), "amr": methods,
            "authenticatedAt": at.to_string(),
        } });
        self
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service under test goes by the machine's clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

impl Answered {
    /// The payload of the one mutation; null without data.
    pub(crate) fn payload(&self) -> &Value {
        let data = self.body["data"].as_object();
        data.and_then(|data| data.values().next())
            .unwrap_or(&Value::Null)
    }

    /// The decision in the payload.
    pub(crate) fn decision(&self) -> &Value {
        &self.payload()["decision"]
    }

    /// The decision's id, in the payload or in a refusal.
    pub(crate) fn decision_id(&self) -> Option<&str> {
        let refused = &self.body["errors"][0]["extensions"]["decisionId"];
        self.decision()["id"].as_str().or_else(|| refused.as_str())
    }

    /// The answer.
    pub(crate) fn outcome(&self) -> Option<&str> {
        self.decision()["outcome"].as_str()
    }

    /// The code of the first error of the response.
    pub(crate) fn code(&self) -> Option<&str> {
        self.body["errors"][0]["extensions"]["code"].as_str()
    }

    /// Every error's code, of the response and of the payload.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let lists = [&self.body["errors"], &self.payload()["errors"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        all.map(|error| {
            let code = error["extensions"]["code"]
                .as_str()
                .or_else(|| error["code"].as_str());
            code.unwrap_or("?")
        })
        .collect()
    }

    /// Why grants did not count.
    pub(crate) fn discounted(&self) -> Vec<&str> {
        let grants = self.decision()["discountedGrants"].as_array();
        grants
            .into_iter()
            .flatten()
            .flat_map(|one| policies(&one["reasons"]))
            .collect()
    }

    /// Whether a stronger sign-in was offered.
    pub(crate) fn offers_step_up(&self) -> bool {
        self.decision()["stepUp"].is_object()
    }
}

fn policies(reasons: &Value) -> Vec<&str> {
    let reasons = reasons.as_array().into_iter().flatten();
    reasons
        .filter_map(|reason| reason["policyId"].as_str())
        .collect()
}
