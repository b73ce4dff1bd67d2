//! The derived columns of an event (`FORMAT.md`, section 7), derived once more, from its bytes alone.

use serde_json::Value;

use crate::domain::id::EntityRef;

/// The columns that are compared, in the order in which they are read.
pub(super) const COLUMNS: [&str; 14] = [
    "event_id",
    "t_us",
    "kind",
    "principal",
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
];

/// What the columns should hold, in the order of [`COLUMNS`]; numbers as decimal text.
pub(super) fn derived(envelope: &Value) -> [Option<String>; 14] {
    let at = |pointer: &str| envelope.pointer(pointer).and_then(text);
    let kind = at("/kind");
    let mut row: [Option<String>; 14] = Default::default();
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
            set("asker", at("/asker/id"));
            set("permission", at("/permission"));
            set("action", at("/action"));
            set("resource_type", at("/target/kind"));
            set("resource_id", at("/target/id"));
            set("system", at("/target/system"));
            set("path", path(envelope));
            set("outcome", at("/outcome"));
            set("level", at("/assurance/level"));
            set("policy", at("/reasons/0"));
        }
        Some("change") => {
            let entity = at("/entity");
            let kind = entity.as_deref().and_then(EntityRef::parse);
            set("action", at("/change"));
            set("resource_type", kind.map(|entity| entity.kind().to_owned()));
            set("resource_id", entity);
        }
        Some("policy") => set("action", at("/change")),
        _ => {
            let run = at("/run");
            set("action", at("/operation"));
            set("resource_type", run.as_ref().map(|_| "Run".to_owned()));
            set("resource_id", run);
        }
    }
    row
}

fn path(envelope: &Value) -> Option<String> {
    let ids = envelope.pointer("/target/path")?.as_array()?;
    let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
    (!ids.is_empty()).then(|| format!("/{}/", ids.join("/")))
}

/// A string or a number, as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
