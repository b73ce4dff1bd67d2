//! Questions to `authorize`, and their answers.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Issuer, Response};

use super::app::{Caller, STRONG};

/// Everything that an answer shows.
const AUTHORIZE: &str = "mutation Authorize($input: AuthorizeInput!) {
    authorize(input: $input) {
        decision {
            id outcome obligations
            reasons { policyId source text }
            matchedGrants { id }
            discountedGrants { grantId reasons { policyId source text } }
            wouldRefuse { policyId }
            stepUp { acrValues maxAgeSeconds }
            unmet { kind text grants { id } }
            principal permission target decidedAt policyDigest recordedAt
        }
        errors { code message path }
    }
}";

/// A question, by default about somebody who has signed in strongly.
pub(crate) fn about(hsa_id: &str, permission: &str, target: Value) -> Value {
    let mut question = json!({
        "principal": { "hsaId": hsa_id },
        "permission": permission,
        "assurance": signed_in(STRONG),
    });
    question["target"] = target;
    question
}

/// A sign-in of a moment ago, in a governed system's words.
pub(crate) fn signed_in(level: u8) -> Value {
    let claims = Issuer::person("", level, Duration::from_secs(5));
    let at = claims["auth_time"].as_i64().expect("seconds");
    json!({ "asserted": {
        "acr": claims["acr"],
        "amr": claims["amr"],
        "authenticatedAt": domain::Instant::from_seconds(at).to_string(),
    } })
}

/// Asks, and expects a decision.
pub(crate) async fn ask(asker: &Caller, question: Value) -> Asked {
    let answer = asker.graphql(AUTHORIZE, json!({ "input": question })).await;
    assert_eq!(answer.at("/authorize/errors"), &json!([]), "{question}");
    Asked { answer }
}

/// An answer to a question.
#[derive(Debug)]
pub(crate) struct Asked {
    answer: Response,
}

impl Asked {
    /// The decision.
    pub(crate) fn decision(&self) -> &Value {
        self.answer.at("/authorize/decision")
    }

    /// The decision's id.
    pub(crate) fn id(&self) -> &str {
        self.decision()["id"].as_str().expect("an id")
    }

    /// Whether it is an allow.
    pub(crate) fn is_allowed(&self) -> bool {
        self.decision()["outcome"] == "ALLOW"
    }

    /// The ids of the policies that determined it.
    pub(crate) fn reasons(&self) -> Vec<&str> {
        policies(&self.decision()["reasons"])
    }

    /// The ids of the grants that it rests on.
    pub(crate) fn matched(&self) -> Vec<&str> {
        let grants = self.decision()["matchedGrants"].as_array().expect("a list");
        grants
            .iter()
            .map(|grant| grant["id"].as_str().expect("an id"))
            .collect()
    }

    /// The policies for which a grant does not count; `None`: it is not mentioned.
    pub(crate) fn discounted(&self, grant: &str) -> Option<Vec<&str>> {
        let grants = self.decision()["discountedGrants"]
            .as_array()
            .expect("a list");
        let found = grants
            .iter()
            .find(|discounted| discounted["grantId"] == grant)?;
        Some(policies(&found["reasons"]))
    }

    /// What was unmet where nothing permitted; empty: something did.
    pub(crate) fn unmet(&self) -> &str {
        self.decision()["unmet"]["kind"]
            .as_str()
            .unwrap_or_default()
    }

    /// Whether a stronger sign-in would have helped.
    pub(crate) fn asks_for_more(&self) -> bool {
        !self.decision()["stepUp"].is_null()
    }

    /// The same answer, which is an allow.
    #[track_caller]
    pub(crate) fn allowed(self) -> Self {
        assert!(self.is_allowed(), "{}", self.decision());
        self
    }

    /// The same answer, which is a denial that no sign-in would have turned.
    #[track_caller]
    pub(crate) fn refused(self) -> Self {
        assert!(
            !self.is_allowed() && !self.asks_for_more(),
            "{}",
            self.decision()
        );
        assert!(
            !self.reasons().is_empty(),
            "a denial without a reason: {}",
            self.decision()
        );
        self
    }

    /// The same answer, which is a denial that a stronger sign-in would turn.
    #[track_caller]
    pub(crate) fn too_weak(self) -> Self {
        assert!(
            !self.is_allowed() && self.asks_for_more(),
            "{}",
            self.decision()
        );
        self
    }
}

fn policies(reasons: &Value) -> Vec<&str> {
    let reasons = reasons.as_array().expect("a list");
    reasons
        .iter()
        .map(|reason| reason["policyId"].as_str().expect("a policy"))
        .collect()
}
