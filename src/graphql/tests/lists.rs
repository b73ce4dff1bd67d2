//! Lists: what is on them, page by page, narrowed down and turned.

use super::*;

/// Lists whose rows this register does not lay down: decisions grow by being read, and nobody has proposed anything.
const ELSEWHERE: [&str; 2] = ["decisions", "editProposals"];

/// Every other list of things that are found by their id, as the schema has them.
fn lists() -> Vec<String> {
    let sdl = crate::sdl();
    let things: BTreeSet<&str> = sdl
        .lines()
        .filter_map(|line| {
            line.strip_prefix("type ")?
                .strip_suffix(" implements Node {")
        })
        .collect();
    let (_, query) = sdl.split_once("\ntype Query {\n").unwrap();
    let (query, _) = query.split_once("\n}").unwrap();
    let (mut lists, mut field) = (Vec::new(), "");
    for line in query.lines() {
        let Some(line) = line.strip_prefix('\t') else {
            continue;
        };
        if let Some((name, _)) = line.split_once('(')
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            field = name;
        }
        let listed = line.strip_suffix("Connection");
        let listed = listed.and_then(|line| line.rsplit_once(": "));
        if listed.is_some_and(|(_, of)| things.contains(of)) && !ELSEWHERE.contains(&field) {
            lists.push(field.to_owned());
        }
    }
    lists
}

#[tokio::test]
async fn a_list_shows_exactly_what_is_shown_one_by_one() {
    let house = House::new().await;
    let mut all: Vec<String> = Vec::new();
    let lists = lists();
    assert!(lists.len() >= 11, "{lists:?}");
    for list in &lists {
        let (ids, total) = house.listed("everywhere", list).await;
        assert_eq!(ids.len(), total, "{list}");
        assert!(ids.len() > 1, "{list}: {ids:?}");
        all.extend(ids);
    }
    // Protected, so not even an auditor of the whole installation lists her or her engagement.
    all.push("per_0000000000000000000000000e".to_owned());
    all.push("eng_0000000000000000000000000g".to_owned());
    for caller in CALLERS {
        let mut in_lists = BTreeSet::new();
        for list in &lists {
            let (ids, total) = house.listed(caller, list).await;
            assert_eq!(ids.len(), total, "{caller}: {list}");
            in_lists.extend(ids);
        }
        let mut one_by_one = BTreeSet::new();
        for some in all.chunks(100) {
            let data = house.data(caller, NODES, json!({ "ids": some })).await;
            one_by_one.extend(ids(&data["nodes"]));
        }
        let only_listed: Vec<_> = in_lists.difference(&one_by_one).collect();
        let only_single: Vec<_> = one_by_one.difference(&in_lists).collect();
        assert!(
            only_listed.is_empty() && only_single.is_empty(),
            "{caller}: only in lists {only_listed:?}, only one by one {only_single:?}"
        );
    }
}

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    persons(first: $first, after: $after, last: $last, before: $before) {
        nodes { id } edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn row_ids(page: &Value) -> Vec<&str> {
    page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions_without_gap_or_overlap() {
    let house = House::new().await;
    let whole = house.data("everywhere", PAGE, json!({})).await;
    let whole = row_ids(&whole["persons"]).join(" ");
    for (size, cursor, end, more) in [
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ] {
        let mut seen: Vec<Vec<String>> = Vec::new();
        let mut at = Value::Null;
        loop {
            let variables = json!({ size: 2, cursor: at });
            let data = house.data("everywhere", PAGE, variables).await;
            let page = &data["persons"];
            let edges = page["edges"].as_array().unwrap();
            let info = &page["pageInfo"];
            assert_eq!(info["startCursor"], edges[0]["cursor"]);
            seen.push(row_ids(page).into_iter().map(str::to_owned).collect());
            at = info[end].clone();
            if info[more] == false {
                break;
            }
        }
        if size == "last" {
            seen.reverse();
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(seen.concat().join(" "), whole, "{size}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_order_filter_and_caller_only() {
    let house = House::new().await;
    let first = house.data("everywhere", PAGE, json!({ "first": 1 })).await;
    let cursor = &first["persons"]["pageInfo"]["endCursor"];
    let mut forged = cursor.as_str().unwrap().to_owned();
    forged.replace_range(
        30..31,
        if forged.get(30..31) == Some("A") {
            "B"
        } else {
            "A"
        },
    );
    let variables = json!({ "after": cursor });
    for (caller, document, variables) in [
        ("in-region", PAGE.to_owned(), variables.clone()),
        ("everywhere", PAGE.to_owned(), json!({ "after": forged })),
        ("everywhere", PAGE.to_owned(), json!({ "after": "" })),
        (
            "everywhere",
            after("servers(after: $after)"),
            variables.clone(),
        ),
        (
            "everywhere",
            after("persons(after: $after, orderBy: NAME_DESC)"),
            variables.clone(),
        ),
        (
            "everywhere",
            after("persons(after: $after, filter: {name: \"a\"})"),
            variables.clone(),
        ),
        (
            "everywhere",
            PAGE.to_owned(),
            json!({ "first": 1, "last": 1 }),
        ),
        ("everywhere", PAGE.to_owned(), json!({ "first": 0 })),
        ("everywhere", PAGE.to_owned(), json!({ "last": 201 })),
        ("everywhere", PAGE.to_owned(), json!({ "first": -1 })),
    ] {
        let answer = house.answer(caller, &document, variables).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "BAD_USER_INPUT", "{document}: {answer}");
        let data = answer["data"].as_object().unwrap();
        assert!(data.values().all(Value::is_null), "{answer}");
    }
}

fn after(field: &str) -> String {
    format!("query ($after: String) {{ {field} {{ nodes {{ id }} }} }}")
}

#[tokio::test]
async fn filters_and_orders_narrow_and_turn_a_list() {
    let house = House::new().await;
    let cases = [
        (
            "persons(filter: {name: \"ALM\"}, orderBy: CREATED_DESC)",
            "per_c per_b",
        ),
        (
            "persons(orderBy: NAME_DESC)",
            "per_v per_a per_d per_c per_b",
        ),
        (
            "persons(filter: {unit: \"org_0000000000000000000000000c\"})",
            "per_b",
        ),
        ("engagements(filter: {live: true})", "eng_a eng_b eng_v"),
        (
            "engagements(filter: {person: \"per_0000000000000000000000000c\"})",
            "eng_c eng_d",
        ),
        ("grants(filter: {inForce: false})", "grt_h"),
        (
            "grants(filter: {scope: {organisation: \"org_00000000000000000000000001\"}})",
            "grt_a",
        ),
        ("roles(filter: {permission: \"record:read\"})", "rol_a"),
        ("servers(orderBy: NAME_DESC)", "srv_c srv_b srv_a"),
    ];
    for (field, expected) in cases {
        let document = format!("{{ list: {field} {{ nodes {{ id }} }} }}");
        let data = house.data("everywhere", &document, json!({})).await;
        let short: Vec<String> = row_ids(&data["list"])
            .into_iter()
            .map(|id| id.replace("0000000000000000000000000", ""))
            .collect();
        assert_eq!(short.join(" "), expected, "{field}");
    }
}
