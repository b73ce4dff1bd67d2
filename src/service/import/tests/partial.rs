//! A partial file is a whole feed of which the register has the rest: the flags are the same, whatever is cut out.

use serde_json::{Value, json};

use super::*;

/// What is flagged, by the sources' own ids: a gain stands until somebody has looked, and is another matter.
const FLAGGED: &str = "SELECT f.flag || ' ' || x.name || ' ' || COALESCE(f.detail, '') FROM import_flag f JOIN (
    SELECT id, hsa_id AS name FROM organisation UNION ALL SELECT id, hsa_id FROM person
    UNION ALL SELECT id, external_key FROM individual UNION ALL SELECT id, external_id FROM engagement
    UNION ALL SELECT id, external_id FROM system UNION ALL SELECT id, external_id FROM segment
    UNION ALL SELECT id, external_id FROM service UNION ALL SELECT id, external_id FROM account
    UNION ALL SELECT id, external_id FROM role UNION ALL SELECT id, external_id FROM role_grant
    ) x ON x.id = f.entity_id WHERE f.flag <> 'gainOfPrivilege' AND f.flag <> 'unknownPermission'";

impl Place {
    async fn flagged(&self) -> BTreeSet<String> {
        self.texts(FLAGGED).await.into_iter().collect()
    }

    /// Imports the records, without a last line; what is flagged then, which is also what the summary counts.
    async fn flagged_after(&self, records: &[Value]) -> BTreeSet<String> {
        let options = ImportOptions {
            no_trailer: true,
            ..options()
        };
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        let feed = lines.join("\n");
        let summary = self.import(&feed, &options).await.unwrap();
        let flagged = self.flagged().await;
        let counted: u64 = summary.flags.values().sum();
        assert_eq!(counted, flagged.len() as u64, "{:?}", summary.flags);
        flagged
    }
}

fn records() -> Vec<Value> {
    let region = region();
    let lines = region
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|record: &Value| record["kind"] != "expectation")
        .collect()
}

/// Every `n`th of the records, from a different one each time.
fn some(records: &[Value], n: usize, from: usize) -> Vec<Value> {
    records.iter().skip(from).step_by(n).cloned().collect()
}

#[tokio::test]
async fn whatever_is_cut_out_of_the_region_lowers_no_flag_and_raises_none() {
    for place in places().await {
        let all = records();
        let whole = place.flagged_after(&all).await;
        for flag in ["wideServerAdmin ", "unitWithoutContact ", "endedWithGrant "] {
            assert!(whole.iter().any(|one| one.starts_with(flag)), "{flag}");
        }
        for kind in Kind::ALL {
            let only: Vec<_> = all
                .iter()
                .filter(|record| record["kind"] == kind.name())
                .cloned()
                .collect();
            assert_eq!(place.flagged_after(&only).await, whole, "only {kind}");
        }
        for (n, from) in [(2, 1), (5, 0), (17, 5), (101, 7)] {
            let cut = some(&all, n, from);
            assert_eq!(
                place.flagged_after(&cut).await,
                whole,
                "every {n}th from {from}"
            );
        }
        place.done().await;
    }
}

/// Changes of one or a few records, each of which raises or lowers flags on others too.
fn edits() -> Vec<(&'static str, Vec<Value>)> {
    let all = records();
    let find = |wanted: &dyn Fn(&Value) -> bool| {
        let found = all.iter().find(|record| wanted(record));
        found.unwrap().clone()
    };
    let with = |mut record: Value, field: &str, value: Value| {
        record[field] = value;
        record
    };
    let is = |kind: &'static str| move |record: &Value| record["kind"] == kind;
    let administers = |record: &Value| {
        is("role")(record)
            && record["permissions"]
                .as_array()
                .unwrap()
                .contains(&json!("server:administer"))
    };
    let contact = find(&|record| is("role")(record) && record["name"] == "Kontaktperson");
    let assigned = find(&|record| is("grant")(record) && record["role"] == contact["externalId"]);
    let bare = |record: &Value| {
        let held = |grant: &Value| {
            grant["role"] == contact["externalId"]
                && grant["scope"]["externalId"] == record["externalId"]
        };
        is("organisation")(record) && record["type"] == "unit" && !all.iter().any(held)
    };
    let unit = find(&bare)["externalId"].clone();
    let given = with(assigned.clone(), "externalId", json!("grant-new-contact"));
    let given = with(
        given,
        "scope",
        json!({ "kind": "organisation", "externalId": unit }),
    );
    let untrained = find(&|record| is("person")(record) && record["trainingCompletedOn"].is_null());
    let resting = find(&|record| is("grant")(record) && record["engagement"].is_string());
    let engagement =
        find(&|record| is("engagement")(record) && record["externalId"] == resting["engagement"]);
    let twin = with(
        untrained.clone(),
        "externalId",
        json!("TSTNMT2321000001-TW1N"),
    );
    let owned = find(&|record| is("account")(record) && record["owner"].is_string());
    let assessed = find(&is("supplierAssessment"));
    let read = json!(["record:read"]);
    vec![
        (
            "a role that administers no more",
            vec![with(find(&administers), "permissions", read)],
        ),
        ("a contact for a unit", vec![given]),
        (
            "a contact who leaves",
            vec![with(assigned, "until", json!("2026-10-30"))],
        ),
        (
            "somebody who is trained",
            vec![with(untrained, "trainingCompletedOn", json!("2026-10-01"))],
        ),
        (
            "an engagement that has ended",
            vec![with(engagement, "until", json!("2026-10-30"))],
        ),
        ("a second identity of somebody", vec![twin]),
        (
            "an account that nobody owns",
            vec![with(owned, "owner", Value::Null)],
        ),
        (
            "an assessment that has run out",
            vec![with(assessed, "validUntil", json!("2026-10-30"))],
        ),
    ]
}

#[tokio::test]
async fn partial_files_flag_what_the_whole_feed_would_have() {
    let all = records();
    let key = |record: &Value| (record["kind"].clone(), record["externalId"].clone());
    for (place, other) in places().await.into_iter().zip(places().await) {
        let mut flagged = place.flagged_after(&all).await;
        let mut whole = all.clone();
        for (named, partial) in edits() {
            let before = flagged;
            flagged = place.flagged_after(&partial).await;
            assert_ne!(flagged, before, "{named} changes something");
            whole.retain(|record| partial.iter().all(|changed| key(changed) != key(record)));
            whole.extend(partial);
        }
        assert_eq!(flagged, other.flagged_after(&whole).await);
        place.done().await;
        other.done().await;
    }
}
