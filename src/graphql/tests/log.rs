//! Asking the log.

use super::*;

#[tokio::test]
async fn the_log_is_read_by_those_who_may_read_decisions_and_says_why() {
    let house = House::new().await;
    let begun = house.column("SELECT size FROM audit_head").await;
    let begun: i64 = begun.try_get_by_index(0).unwrap();
    let servers = "{ server(hostName: \"app-1\") { id } }";
    house.data("in-region", servers, json!({})).await;
    house.data("nowhere", servers, json!({})).await;
    let document = "{ log { size root origin } decisions(first: 5) { totalCount nodes {
        id seq outcome principal permission target targetKind recordedAt policyDigest
        reasons { policyId source text } matchedGrants { id roleId scope { targetId } until }
        assurance { level multiFactor } } } }";
    let data = house.data("everywhere", document, json!({})).await;
    let nodes = data["decisions"]["nodes"].as_array().unwrap();
    assert_eq!(data["decisions"]["totalCount"], 2, "{data}");
    assert_eq!(data["log"]["size"], begun + 2, "{data}");
    assert_eq!(data["log"]["root"].as_str().unwrap().len(), 64);
    assert_eq!(nodes[0]["principal"], "nowhere");
    assert_eq!(nodes[0]["outcome"], "DENY");
    assert_eq!(
        nodes[0]["reasons"][0]["text"],
        "Behörighet saknas. Vänd dig till enhetens kontaktperson."
    );
    assert_eq!(nodes[1]["principal"], "in-region");
    assert_eq!(nodes[1]["target"], "app-1");
    assert_eq!(nodes[1]["reasons"][0]["policyId"], "held-permission");
    assert_eq!(
        nodes[1]["matchedGrants"][0]["id"],
        "grt_0000000000000000000000000b"
    );

    let id = nodes[1]["id"].as_str().unwrap();
    let single = format!("{{ decision(id: \"{id}\") {{ seq outcome }} log {{ size }} }}");
    let data = house.data("everywhere", &single, json!({})).await;
    assert_eq!(
        data["decision"],
        json!({ "seq": begun, "outcome": "ALLOW" })
    );
    let data = house.data("nowhere", &single, json!({})).await;
    assert_eq!(data, json!({ "decision": null, "log": null }));
    let data = house.data("in-database", &single, json!({})).await;
    assert_eq!(data, json!({ "decision": null, "log": null }));
    for caller in ["in-region", "in-cosmic"] {
        let data = house.data(caller, &single, json!({})).await;
        assert_eq!(data["decision"]["seq"], begun, "{caller}: {data}");
        assert_eq!(data["log"], Value::Null);
    }
}

#[tokio::test]
async fn the_log_is_searched_by_who_what_and_when() {
    let house = House::new().await;
    house
        .data(
            "in-region",
            "{ server(hostName: \"app-1\") { id } }",
            json!({}),
        )
        .await;
    house
        .data(
            BO,
            "{ person(hsaId: \"SE2321000016-3000\") { id } }",
            json!({}),
        )
        .await;
    house
        .data("in-region", "{ segments { nodes { id } } }", json!({}))
        .await;
    for (filter, expected) in [
        (
            "principal: \"per_0000000000000000000000000b\"",
            "person:read",
        ),
        ("outcome: DENY", "person:read"),
        ("permission: \"server:read\"", "server:read server:read"),
        (
            "resource: \"srv_0000000000000000000000000a\"",
            "server:read",
        ),
        (
            "resource: \"seg_0000000000000000000000000b\"",
            "server:read",
        ),
        ("system: \"sys_0000000000000000000000000a\"", "server:read"),
        (
            "recordedFrom: \"2026-11-22T09:00:00+01:00\"",
            "server:read person:read server:read",
        ),
        ("recordedBefore: \"2026-11-22T08:00:00Z\"", ""),
    ] {
        let document =
            format!("{{ decisions(filter: {{ {filter} }}) {{ nodes {{ permission }} }} }}");
        let data = house.data("everywhere", &document, json!({})).await;
        let found: Vec<&str> = data["decisions"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|node| node["permission"].as_str())
            .filter(|permission| *permission != "decision:read")
            .collect();
        assert_eq!(found.join(" "), expected, "{filter}: {data}");
    }
}

/// The log's own counts, for whoever may read everything, and those of what others may read.
#[tokio::test]
async fn counts_are_of_what_is_listed_and_of_nothing_else() {
    let house = House::new().await;
    for (caller, document) in [
        ("in-region", "{ server(hostName: \"app-1\") { id } }"),
        (BO, "{ person(hsaId: \"SE2321000016-3000\") { id } }"),
        ("in-akut", "{ organisations { nodes { id } } }"),
    ] {
        house.data(caller, document, json!({})).await;
    }
    let document = "{ decisions(first: 200) { nodes { outcome } }
        decisionStats(groupBy: [OUTCOME]) { total complete counts { outcome count } } }";
    let mut totals = BTreeSet::new();
    for caller in CALLERS {
        let data = house.data(caller, document, json!({})).await;
        let nodes = data["decisions"]["nodes"].as_array().unwrap();
        let stats = &data["decisionStats"];
        assert_eq!(stats["complete"], json!(true), "{caller}");
        assert_eq!(stats["total"], json!(nodes.len()), "{caller}: {data}");
        for count in stats["counts"].as_array().unwrap() {
            let with = nodes
                .iter()
                .filter(|node| node["outcome"] == count["outcome"]);
            assert_eq!(count["count"], json!(with.count()), "{caller}: {data}");
        }
        totals.insert(nodes.len());
    }
    assert!(totals.len() > 2, "everybody sees the same: {totals:?}");
}
