//! How edits are ordered, accepted and read, and what is said of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{App, Caller, STRONG};

const EDIT: &str = "mutation Edit($input: EditRegisterInput!) { editRegister(input: $input) {
    made errors { code path } decision { outcome permission target }
    thing { __typename id }
    proposal { id kind state thingId proposedById decidedById changes { name value }
        gain { digest people services more rows(first: 200) { totalCount nodes {
            holderId permission overId recordsInId by privileged patientData grantIds } } } } } }";

const ACCEPT: &str = "mutation Accept($input: AcceptEditInput!) { acceptEdit(input: $input) {
    errors { code path } decision { outcome permission } proposal { id state decidedById } } }";

const DECLINE: &str = "mutation Decline($input: DeclineEditInput!) { declineEdit(input: $input) {
    errors { code } proposal { id state decidedById } } }";

const WHO_CAN: &str =
    "query Who($permission: String!, $target: ReachTargetInput!, $after: String) {
    whoCan(permission: $permission, target: $target, first: 200, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { principalId } } }";

/// What was asked for, without errors of the response.
pub(super) async fn told(caller: &Caller, document: &str, variables: Value) -> Value {
    let answer = caller.graphql(document, variables).await;
    assert_eq!(answer.json().get("errors"), None, "{}", answer.text());
    answer.json()["data"].clone()
}

/// What came of the edit.
pub(super) async fn edited(caller: &Caller, edit: &Value) -> Value {
    let input = json!({ "input": { "edit": edit, "justification": "Ärende 2026-17" } });
    told(caller, EDIT, input).await["editRegister"].clone()
}

/// The proposal that came of the edit.
pub(super) async fn proposed(caller: &Caller, edit: &Value) -> Value {
    let payload = edited(caller, edit).await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    assert_eq!(payload["made"], false, "{payload}");
    assert_eq!(payload["proposal"]["state"], "OPEN", "{payload}");
    payload["proposal"].clone()
}

/// That the edit was made at once.
pub(super) async fn made(caller: &Caller, edit: &Value) -> Value {
    let payload = edited(caller, edit).await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    assert_eq!(payload["made"], true, "{payload}");
    assert!(payload["proposal"].is_null(), "{payload}");
    payload
}

/// The kind of what stood against the edit.
pub(super) async fn against(caller: &Caller, edit: &Value) -> String {
    let payload = edited(caller, edit).await;
    assert_eq!(payload["made"], false, "{payload}");
    assert!(payload["proposal"].is_null(), "{payload}");
    text(&payload["errors"][0]["code"])
}

fn accepting(proposal: &Value) -> Value {
    json!({ "input": { "proposal": proposal["id"], "gainDigest": proposal["gain"]["digest"] } })
}

/// That somebody accepts the proposal.
pub(super) async fn accepted(caller: &Caller, proposal: &Value) {
    let payload = told(caller, ACCEPT, accepting(proposal)).await["acceptEdit"].clone();
    assert_eq!(payload["errors"], json!([]), "{payload}");
    assert_eq!(payload["proposal"]["state"], "ACCEPTED", "{payload}");
    assert_eq!(payload["decision"]["permission"], "grant:approve");
}

/// The kind of what stood against accepting it.
pub(super) async fn not_accepted(caller: &Caller, proposal: &Value) -> String {
    let payload = told(caller, ACCEPT, accepting(proposal)).await["acceptEdit"].clone();
    assert!(payload["proposal"].is_null(), "{payload}");
    text(&payload["errors"][0]["code"])
}

/// The error of the response where accepting is refused.
pub(super) async fn acceptance_refused(caller: &Caller, proposal: &Value) {
    let answer = caller.graphql(ACCEPT, accepting(proposal)).await;
    let _error = answer.refused("FORBIDDEN");
}

/// What came of turning it down.
pub(super) async fn declined(caller: &Caller, proposal: &Value) -> Value {
    let input = json!({ "input": { "proposal": proposal["id"], "reason": "nej" } });
    told(caller, DECLINE, input).await["declineEdit"].clone()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Who could do it now, with the strongest sign-in.
pub(super) async fn who_can(app: &App, permission: &str, target: &Value) -> BTreeSet<String> {
    let auditor = app.auditor();
    let mut found = BTreeSet::new();
    let mut variables = json!({ "permission": permission, "target": target });
    loop {
        let page = told(&auditor, WHO_CAN, variables.clone()).await["whoCan"].clone();
        let rows = page["nodes"].as_array().expect("rows");
        found.extend(rows.iter().map(|row| text(&row["principalId"])));
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        variables["after"] = page["pageInfo"]["endCursor"].clone();
    }
}

/// The rows of the gain, of a large one the first.
pub(super) fn rows(proposal: &Value) -> &[Value] {
    let gain = &proposal["gain"];
    assert_eq!(gain["more"], false, "{gain}");
    let rows = gain["rows"]["nodes"].as_array().expect("rows");
    let all = gain["rows"]["totalCount"].as_u64();
    if all != u64::try_from(rows.len()).ok() {
        assert_eq!(rows.len(), 200, "{gain}");
        return rows;
    }
    let holders: BTreeSet<String> = rows.iter().map(|row| text(&row["holderId"])).collect();
    let counted = gain["people"].as_u64().zip(gain["services"].as_u64());
    let counted = counted.map(|(people, services)| people + services);
    assert_eq!(counted, u64::try_from(holders.len()).ok(), "{gain}");
    rows
}

const GAIN: &str = "query Gain($id: ID!, $after: String) { node(id: $id) { ... on EditProposal { gain {
    rows(first: 20, after: $after) { pageInfo { hasNextPage endCursor } nodes {
        holder { ... on Person { hsaId } } permission over { ... on Organisation { hsaId } } by privileged patientData } } } } } }";

/// Every row of the gain, page by page.
pub(super) async fn every_row(caller: &Caller, proposal: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut variables = json!({ "id": proposal["id"] });
    loop {
        let page = told(caller, GAIN, variables.clone()).await["node"]["gain"]["rows"].clone();
        found.extend(page["nodes"].as_array().expect("rows").clone());
        if page["pageInfo"]["hasNextPage"] == false {
            let all = proposal["gain"]["rows"]["totalCount"].as_u64();
            assert_eq!(all, u64::try_from(found.len()).ok());
            return found;
        }
        variables["after"] = page["pageInfo"]["endCursor"].clone();
    }
}

/// Who gains a permission over that, and by that way.
pub(super) fn gaining(proposal: &Value, permission: &str, by: &str) -> BTreeSet<String> {
    let rows = rows(proposal).iter();
    rows.filter(|row| row["permission"] == permission && row["by"] == by)
        .map(|row| text(&row["holderId"]))
        .collect()
}

/// Whoever keeps the register.
pub(super) fn registrar(app: &App) -> Caller {
    let (person, _) = app.region().holder("Registeransvarig");
    app.person(&person, STRONG)
}

/// Whoever answers for the roles.
pub(super) fn role_keeper(app: &App) -> Caller {
    let (person, _) = app.region().holder("Rollansvarig");
    app.person(&person, STRONG)
}
