//! Whether a grant is in force, and whether it counts: two things, wherever a grant is shown.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, text, today};

use super::{list, of, texts, told};

const GRANTS: &str = "query Grants($force: Boolean, $after: String) {
    grants(first: 200, after: $after, filter: { inForce: $force }) {
    pageInfo { hasNextPage endCursor } nodes { id } } }";

const STANDING: &str = "query Standing($ids: [ID!]!) { nodes(ids: $ids) { ... on Grant {
    id inForce counts whyNot { policyId text } } } }";

const HELD: &str =
    "query Held($of: PrincipalInput!) { whatCan(principal: $of, first: 200) { nodes {
    inForce counts whyNot { policyId } grant { id inForce } permissions { counts } } } }";

async fn listed(app: &App, in_force: bool) -> BTreeSet<String> {
    let (mut found, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let variables = json!({ "force": in_force, "after": after });
        let page = told(&app.auditor(), GRANTS, variables).await;
        found.extend(texts(list(&page, "/grants/nodes"), "/id"));
        let info = &page["grants"]["pageInfo"];
        if info["hasNextPage"] == false {
            return found;
        }
        after = info["endCursor"].clone();
    }
}

/// What is said of one grant.
async fn standing(app: &App, grant: &str) -> Value {
    let ids = json!({ "ids": [app.id("role_grant", grant).await] });
    told(&app.auditor(), STANDING, ids).await["nodes"][0].clone()
}

async fn in_force_is_about_the_dates_and_the_engagement(backend: Backend) {
    let app = App::start(backend);
    let day = today().to_string();
    let holds = |table: &str| {
        format!(
            "{table}.from_date <= '{day}' AND ({table}.until_date IS NULL \
             OR {table}.until_date >= '{day}')"
        )
    };
    let sql = format!(
        "SELECT g.id FROM role_grant g LEFT JOIN engagement e ON e.id = g.engagement_id \
         WHERE g.revoked_at IS NULL AND {} AND (e.id IS NULL OR ({}))",
        holds("g"),
        holds("e")
    );
    let expected: BTreeSet<String> = app.column(&sql).await.into_iter().collect();
    let all: BTreeSet<String> = app
        .column("SELECT id FROM role_grant")
        .await
        .into_iter()
        .collect();
    let in_force = listed(&app, true).await;
    assert!(in_force.is_superset(&expected), "what holds all day");
    let others = listed(&app, false).await;
    assert!(in_force.is_disjoint(&others));
    assert_eq!(&in_force | &others, all, "it is one or the other");
    // A grant says of itself what the list says.
    for ids in all.iter().collect::<Vec<_>>().chunks(8).take(6) {
        let told = told(&app.auditor(), STANDING, json!({ "ids": ids })).await;
        for grant in list(&told, "/nodes") {
            let listed = in_force.contains(&text(&grant["id"]));
            assert_eq!(grant["inForce"], listed, "{grant}");
            assert!(listed || grant["counts"] == false, "{grant}");
        }
    }
}

const PAGE: &str = "{ grants(first: 50) { nodes { id inForce counts whyNot { policyId text } } } }";

async fn a_page_is_judged_at_once_and_is_one_event(backend: Backend) {
    let app = App::start(backend);
    let size = async || {
        let size = app
            .column("SELECT CAST(size AS TEXT) FROM audit_head")
            .await;
        size[0].parse::<u64>().expect("a number")
    };
    let before = size().await;
    let page = told(&app.auditor(), PAGE, json!({})).await;
    assert_eq!(size().await, before + 1, "the list");
    let rows = list(&page, "/grants/nodes");
    assert_eq!(rows.len(), 50);
    // It says of each what is said of it alone.
    for row in rows.iter().step_by(7) {
        let alone = told(&app.auditor(), STANDING, json!({ "ids": [row["id"]] })).await;
        assert_eq!(alone["nodes"][0], *row);
    }
}

async fn whether_it_counts_is_another_question_with_its_reasons(backend: Backend) {
    let app = App::start(backend);
    let (_, left) = app.region().leaver();
    let ended = standing(&app, &text(&left["externalId"])).await;
    assert_eq!(ended["inForce"], false, "{ended}");
    assert_eq!(ended["counts"], false, "{ended}");
    assert!(texts(list(&ended, "/whyNot"), "/policyId").contains("engagement-live"));

    let (wide, grant) = app.region().wide_administrator();
    let discounted = standing(&app, &grant).await;
    assert_eq!(discounted["inForce"], true, "{discounted}");
    let why = texts(list(&discounted, "/whyNot"), "/policyId");
    assert!(why.contains("segment-server-admin"), "{discounted}");

    let olle = app.region().segment_administrator();
    let good = standing(&app, &olle.grant).await;
    let expected = json!([true, true, []]);
    assert_eq!(
        json!([good["inForce"], good["counts"], good["whyNot"]]),
        expected
    );

    let held = told(&app.auditor(), HELD, of(&wide)).await;
    let id = app.id("role_grant", &grant).await;
    let rows = list(&held, "/whatCan/nodes");
    let row = rows.iter().find(|row| row["grant"]["id"] == id.as_str());
    let row = row.expect("the grant");
    assert_eq!(row["inForce"], true, "{row}");
    assert_eq!(row["grant"]["inForce"], true, "{row}");
    assert_eq!(texts(list(row, "/whyNot"), "/policyId"), why);
    for row in rows {
        let permissions = list(row, "/permissions");
        let any = permissions.iter().any(|one| one["counts"] == true);
        assert_eq!(row["counts"], any, "{row}");
    }
}

both_backends! {
    async in_force_is_about_the_dates_and_the_engagement;
    async a_page_is_judged_at_once_and_is_one_event;
    async whether_it_counts_is_another_question_with_its_reasons;
}
