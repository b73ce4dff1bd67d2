//! The derived columns of an event (`transparency/FORMAT.md`, section 7), derived once more, from its bytes alone.

use std::collections::BTreeSet;

use serde_json::Value;

use domain::id::EntityRef;

/// The columns that are compared, in the order in which they are read.
pub(super) const COLUMNS: [&str; 20] = [
    "event_id",
    "t_us",
    "kind",
    "principal",
    "principal_name",
    "individual",
    "place",
    "asker",
    "permission",
    "action",
    "resource_type",
    "resource_id",
    "system",
    "path",
    "outcome",
    "level",
    "policy",
    "reasons",
    "decision",
    "owes",
];

/// What one event's columns hold.
pub(super) type Cells = [Option<String>; COLUMNS.len()];

/// What the columns should hold, in the order of [`COLUMNS`]; numbers as decimal text.
pub(super) fn derived(envelope: &Value) -> Cells {
    let at = |pointer: &str| envelope.pointer(pointer).and_then(text);
    let kind = at("/kind");
    let mut row = Cells::default();
    let mut set = |column: &str, value: Option<String>| {
        let place = COLUMNS.iter().position(|known| *known == column);
        if let Some(cell) = place.and_then(|place| row.get_mut(place)) {
            *cell = value;
        }
    };
    set("event_id", at("/id"));
    set("t_us", at("/recordedAt"));
    set("kind", kind.clone());
    match kind.as_deref() {
        Some("decision") => {
            set("principal", at("/principal/id"));
            let name = at("/principal/external").or_else(|| at("/principal/named"));
            set("principal_name", name);
            set("individual", at("/principal/individual"));
            set("place", joined(members(envelope, "/principal/path")));
            set("asker", at("/asker/id"));
            set("permission", at("/permission"));
            set("action", at("/action"));
            set("resource_type", at("/target/kind"));
            set("resource_id", at("/target/id"));
            set("system", at("/target/system"));
            set("path", joined(members(envelope, "/target/path")));
            set("outcome", at("/outcome"));
            set("level", at("/assurance/level"));
            set("policy", at("/reasons/0"));
            set("reasons", joined(reasons(envelope)));
            set("owes", owed(envelope).map(str::to_owned));
        }
        Some("change") => {
            let entity = at("/entity");
            let kind = entity.as_deref().and_then(|id| id.parse().ok());
            set("action", at("/change"));
            set("decision", at("/decision"));
            set(
                "resource_type",
                kind.map(|entity: EntityRef| entity.kind().name().to_owned()),
            );
            set("resource_id", entity);
        }
        Some("policy") => {
            set("action", at("/change"));
            set("decision", at("/decision"));
        }
        _ => {
            let run = at("/run");
            set("action", at("/operation"));
            set("decision", at("/decision"));
            set("resource_type", run.as_ref().map(|_| "Run".to_owned()));
            set("resource_id", run);
        }
    }
    row
}

fn members<'a>(envelope: &'a Value, pointer: &str) -> BTreeSet<&'a str> {
    let list = envelope.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Every policy that had a say.
fn reasons(envelope: &Value) -> BTreeSet<&str> {
    let mut all = members(envelope, "/reasons");
    all.extend(members(envelope, "/wouldRefuse"));
    let discounted = envelope.get("discounted").and_then(Value::as_array);
    for grant in discounted.into_iter().flatten() {
        all.extend(members(grant, "/reasons"));
    }
    all
}

/// The obligation that somebody else has to meet, where the decision opened something.
fn owed(envelope: &Value) -> Option<&str> {
    let mut owed = members(envelope, "/obligations").into_iter();
    let review = owed.find(|obligation| *obligation == "review");
    review.filter(|_| envelope.get("dryRun").is_none())
}

fn joined(members: BTreeSet<&str>) -> Option<String> {
    let members: Vec<&str> = members.into_iter().collect();
    (!members.is_empty()).then(|| format!("/{}/", members.join("/")))
}

/// A string or a number, as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
