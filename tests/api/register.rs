//! The register as people see it: a list shows exactly what asking one by one would show.

use std::collections::BTreeSet;

use domain::EntityKind;
use serde_json::{Value, json};
use test_support::{Backend, block_on, both_backends};

use crate::support::{App, Caller, STRONG};

/// Lists that the region does not lay down: decisions grow by being read, and nobody has proposed anything.
const ELSEWHERE: [&str; 2] = ["decisions", "editProposals"];

/// Every other list of things that are found by their id, as the schema has them, with the table of its rows.
async fn lists(app: &App) -> Vec<(String, &'static str)> {
    let schema = app.schema().await;
    let lists: Vec<_> = (schema.fields("Query").iter())
        .filter_map(|(list, field)| Some((list, field.gives.name().strip_suffix("Connection")?)))
        .filter(|(list, of)| schema.fits(of, "Node") && !ELSEWHERE.contains(&list.as_str()))
        .map(|(list, of)| {
            let kind = EntityKind::named(of);
            (list.clone(), kind.expect("a kind of thing").table())
        })
        .collect();
    assert!(lists.len() >= 11, "{lists:?}");
    lists
}

/// The whole list, page by page; each page but the last is full and the count is right.
async fn listed(caller: &Caller, list: &str, size: usize) -> BTreeSet<String> {
    let document = format!(
        "query List($first: Int!, $after: String) {{ {list}(first: $first, after: $after) {{
            totalCount nodes {{ id }} edges {{ cursor node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let (mut found, mut after, mut rows) = (BTreeSet::new(), Value::Null, 0);
    loop {
        let page = caller
            .graphql(&document, json!({ "first": size, "after": after }))
            .await;
        let page = page.at(&format!("/{list}"));
        let nodes = page["nodes"].as_array().expect("rows");
        let edges = page["edges"].as_array().expect("edges");
        assert!(
            nodes.iter().eq(edges.iter().map(|edge| &edge["node"])),
            "{page}"
        );
        found.extend(
            nodes
                .iter()
                .map(|node| node["id"].as_str().expect("an id").to_owned()),
        );
        rows += nodes.len();
        let info = &page["pageInfo"];
        assert_eq!(info["hasPreviousPage"], json!(!after.is_null()), "{list}");
        if info["hasNextPage"] == json!(false) {
            assert_eq!(page["totalCount"], json!(rows), "{list}");
            break;
        }
        assert_eq!(nodes.len(), size, "{list}: a page that is not full");
        assert_eq!(info["endCursor"], edges[size - 1]["cursor"]);
        after = info["endCursor"].clone();
    }
    assert_eq!(found.len(), rows, "{list}: a row on two pages");
    found
}

/// Those of the ids that are answered one by one.
async fn answered(caller: &Caller, ids: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for ids in ids.chunks(100) {
        let document = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let answer = caller.graphql(document, json!({ "ids": ids })).await;
        let nodes = answer.at("/nodes").as_array().expect("a list");
        assert_eq!(nodes.len(), ids.len());
        for (id, node) in ids.iter().zip(nodes) {
            if !node.is_null() {
                assert_eq!(node["id"], json!(id));
                found.insert(id.clone());
            }
        }
    }
    found
}

/// Every list of somebody, held against single answers; returns how many rows each list has.
async fn lists_show_what_single_answers_show(app: &App, caller: &Caller) -> Vec<(String, usize)> {
    let mut seen = Vec::new();
    for (list, table) in lists(app).await {
        let ids = app.column(&format!("SELECT id FROM \"{table}\"")).await;
        assert!(!ids.is_empty(), "{table}");
        let rows = listed(caller, &list, 200).await;
        let single = answered(caller, &ids).await;
        assert_eq!(rows, single, "{list}");
        seen.push((list, rows.len()));
    }
    seen
}

/// A test of all lists of each of these people.
macro_rules! lists_of {
    ($($name:ident: $caller:expr, $sees:expr;)*) => {
        $(
            #[test]
            fn $name() {
                block_on(async {
                    let app = App::start(Backend::Sqlite);
                    let caller: Caller = $caller(&app);
                    let seen = lists_show_what_single_answers_show(&app, &caller).await;
                    let rows = |name: &str| {
                        seen.iter().find(|(list, _)| list == name).map_or(0, |(_, rows)| *rows)
                    };
                    let sees: fn(&App, &dyn Fn(&str) -> usize) = $sees;
                    sees(&app, &rows);
                });
            }
        )*
    };
}

fn person(app: &App, hsa_id: &str) -> Caller {
    app.person(hsa_id, STRONG)
}

lists_of! {
    an_auditors_lists_are_whole: App::auditor, |app, rows| {
        assert_eq!(rows("servers"), app.region().of("server").count());
        assert_eq!(rows("grants"), app.region().of("grant").count() + 2, "and two built in");
        // All but the one whose identity is protected.
        assert_eq!(rows("persons"), app.region().of("person").count());
    };
    a_managers_lists_hold_their_unit: |app: &App| person(app, &app.region().manager().0), |app, rows| {
        let (_, unit) = app.region().manager();
        assert!(rows("persons") >= app.region().members_of(&unit).len());
        assert!(rows("persons") < app.region().of("person").count() / 2);
        assert_eq!(rows("servers"), 0);
    };
    the_lists_of_somebody_without_grants_hold_themselves:
        |app: &App| person(app, &app.region().without_grants()), |_, rows| {
            assert_eq!(rows("persons"), 1);
            assert_eq!((rows("servers"), rows("grants"), rows("systems")), (0, 0, 0));
        };
    a_clinicians_lists_hold_themselves:
        |app: &App| person(app, &app.region().clinician().person), |_, rows| {
            assert_eq!((rows("persons"), rows("grants"), rows("servers")), (1, 1, 0));
        };
    the_lists_of_the_it_lead_of_a_system_hold_that_system:
        |app: &App| person(app, &app.region().segment_administrator().person), |_, rows| {
            assert!(rows("servers") > 0 || rows("systems") > 0);
        };
    the_lists_of_the_personnel_feed_hold_everybody: |app: &App| app.service("hr-feed"), |app, rows| {
        assert_eq!(rows("persons"), app.region().of("person").count() + 1, "and the first administrator");
        assert_eq!(rows("systems"), 0);
    };
}

#[test]
fn the_lists_of_a_machine_that_only_asks_are_empty() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let machine = app.service("journal-gateway");
        for (list, rows) in lists_show_what_single_answers_show(&app, &machine).await {
            if list != "services" && list != "grants" {
                assert_eq!(rows, 0, "{list}");
            }
        }
    });
}

async fn pages_of_any_size_hold_the_same_rows(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    for list in ["organisations", "servers", "grants"] {
        let whole = listed(&auditor, list, 200).await;
        assert_eq!(listed(&auditor, list, 7).await, whole, "{list}");
    }
}

async fn a_page_can_be_read_backwards(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let document =
        "query Back($last: Int!, $before: String) { segments(last: $last, before: $before) {
        nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor } } }";
    let (mut back, mut before) = (Vec::new(), Value::Null);
    loop {
        let page = auditor
            .graphql(document, json!({ "last": 9, "before": before }))
            .await;
        let nodes = page.at("/segments/nodes").as_array().expect("rows").clone();
        back.extend(nodes.into_iter().rev());
        if page.at("/segments/pageInfo/hasPreviousPage") == &json!(false) {
            break;
        }
        before = page.at("/segments/pageInfo/startCursor").clone();
    }
    let whole = auditor
        .graphql("{ segments(first: 200) { nodes { id } } }", json!({}))
        .await;
    back.reverse();
    assert_eq!(&json!(back), whole.at("/segments/nodes"));
}

async fn a_page_that_cannot_be_is_refused_with_the_argument(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let cursor = auditor
        .graphql("{ roles(first: 1) { pageInfo { endCursor } } }", json!({}))
        .await;
    let cursor = cursor
        .at("/roles/pageInfo/endCursor")
        .as_str()
        .expect("a cursor")
        .to_owned();
    // Whatever the second letter is, another one stands there now.
    let other = if cursor[1..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    let spoiled = format!("{}{other}{}", &cursor[..1], &cursor[2..]);
    for (arguments, who) in [
        ("first: 0".to_owned(), &auditor),
        ("first: 201".to_owned(), &auditor),
        ("last: -1".to_owned(), &auditor),
        ("first: 5, last: 5".to_owned(), &auditor),
        ("after: \"karin\"".to_owned(), &auditor),
        (format!("after: \"{spoiled}\""), &auditor),
        // A cursor is good for one list and one caller.
        (format!("after: \"{cursor}\""), &app.first()),
    ] {
        let document = format!("{{ roles({arguments}) {{ nodes {{ id }} }} }}");
        let answer = who.graphql(&document, json!({})).await;
        let _error = answer.refused("BAD_USER_INPUT");
    }
    let document = format!("{{ systems(after: \"{cursor}\") {{ nodes {{ id }} }} }}");
    let _error = auditor
        .graphql(&document, json!({}))
        .await
        .refused("BAD_USER_INPUT");
}

/// What may not be seen, and what is not there, are the same answer.
async fn what_may_not_be_seen_looks_like_what_is_not_there(backend: Backend) {
    let app = App::start(backend);
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let other = app.region().clinician();
    let there = app.id("person", &other.person).await;
    let (prefix, _) = there.split_once('_').expect("an id");
    let nowhere = format!("{prefix}_{}", "0".repeat(26));
    let by_id = "query ById($id: ID!) { node(id: $id) { __typename id } }";
    let by_name = "query ByName($id: HsaId!) { person(hsaId: $id) { id givenName familyName } }";
    let host = app.region().segment_administrator().server;
    let by_host = "query ByHost($id: String!) { server(hostName: $id) { id } }";
    for (document, one, another) in [
        (by_id, there.as_str(), nowhere.as_str()),
        (by_name, other.person.as_str(), "TSTNMT2321000001-N0B0DY"),
        (by_host, host.as_str(), "no-such-host"),
    ] {
        let seen = stranger.graphql(document, json!({ "id": one })).await;
        let unseen = stranger.graphql(document, json!({ "id": another })).await;
        assert_eq!(seen.text(), unseen.text());
        assert_eq!(seen.status(), unseen.status());
        let (_, value) = seen
            .data()
            .as_object()
            .and_then(|data| data.iter().next())
            .expect("data");
        assert!(value.is_null(), "{}", seen.text());
    }
    let strange = stranger.graphql(by_id, json!({ "id": "karin" })).await;
    assert!(
        strange.status() == 200 || strange.status() == 400,
        "{}",
        strange.text()
    );
}

async fn names_are_found_and_sorted_as_in_swedish(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let document = "query Named($name: String!) { persons(first: 200, filter: { name: $name }) {
        totalCount nodes { familyName givenName } } }";
    let found = auditor
        .graphql(document, json!({ "name": "åkesson" }))
        .await;
    let nodes = found.at("/persons/nodes").as_array().expect("rows");
    assert!(!nodes.is_empty(), "{}", found.text());
    assert!(
        nodes.iter().all(|node| node["familyName"] == "Åkesson"),
        "{}",
        found.text()
    );
    let a = auditor
        .graphql(document, json!({ "name": "akesson" }))
        .await;
    // Whoever has no such key finds them too.
    assert_eq!(a.at("/persons/nodes"), found.at("/persons/nodes"));
}

/// The auditor sees machines and accounts, and a supplier's people by who employs them.
async fn an_auditor_finds_machines_and_a_suppliers_people(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    for (list, table) in [("services", "service"), ("accounts", "account")] {
        let all = app.column(&format!("SELECT id FROM {table}")).await;
        assert!(!all.is_empty(), "{list}");
        let all: BTreeSet<String> = all.into_iter().collect();
        assert_eq!(listed(&auditor, list, 50).await, all, "{list}");
    }
    let vendor = app.region().vendor();
    let engagement = app.region().of("engagement");
    let mut engagement = engagement.filter(|one| one["person"] == vendor.as_str());
    let employer = engagement.next().expect("an engagement")["employer"].clone();
    let employer = app
        .id("organisation", employer.as_str().expect("an id"))
        .await;
    let document = "query By($of: ID!) { persons(first: 200, filter: { employer: $of }) {
        nodes { hsaId } } }";
    let found = auditor.graphql(document, json!({ "of": employer })).await;
    let nodes = found.at("/persons/nodes").as_array().expect("rows");
    assert!(
        nodes.iter().any(|node| node["hsaId"] == vendor.as_str()),
        "{}",
        found.text()
    );
    let today = crate::support::today().to_string();
    let sql = format!(
        "SELECT DISTINCT person_id FROM engagement WHERE employer_id = '{employer}' \
         AND from_date <= '{today}' AND (until_date IS NULL OR until_date >= '{today}')"
    );
    assert_eq!(nodes.len(), app.column(&sql).await.len());
}

both_backends! {
    async an_auditor_finds_machines_and_a_suppliers_people;
    async pages_of_any_size_hold_the_same_rows;
    async a_page_can_be_read_backwards;
    async a_page_that_cannot_be_is_refused_with_the_argument;
    async what_may_not_be_seen_looks_like_what_is_not_there;
    async names_are_found_and_sorted_as_in_swedish;
}
