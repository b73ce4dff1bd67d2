//! The log as a security operations centre fetches it: every event, page by page, with what shows that
//! none is missing.

use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::support::{App, Caller, STRONG, claim, leaf, root_of_leaves};

/// A page of the log, taken apart.
struct Page {
    events: Vec<(u64, String)>,
    end: Value,
}

impl Page {
    #[track_caller]
    fn of(answer: &Response) -> Self {
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/x-ndjson; charset=utf-8"));
        assert!(answer.text().ends_with('\n'), "the last line is whole");
        let mut lines: Vec<Value> = answer
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let end = lines.pop().expect("a last line");
        let event = |line: &Value| {
            let envelope = line["envelope"].as_str().expect("an envelope");
            let seq = line["seq"].as_u64().expect("a number");
            (seq, envelope.to_owned())
        };
        let events: Vec<_> = lines.iter().map(event).collect();
        assert_eq!(end["end"], json!(events.len()));
        Self { events, end }
    }

    fn next(&self) -> u64 {
        self.end["next"].as_u64().expect("a number")
    }

    fn size(&self) -> u64 {
        self.end["size"].as_u64().expect("a number")
    }
}

async fn events(caller: &Caller, query: &str) -> Response {
    caller.raw().get(&format!("/log/events{query}")).await
}

async fn every_event_comes_once_and_gives_the_root_of_the_checkpoint(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let first = Page::of(&events(&auditor, "?limit=7").await);
    assert_eq!(first.events.len(), 7);
    assert_eq!(first.end.get("checkpoint"), None, "none has been made");
    let (size, root) = claim(&app.notarise(true));
    let (mut leaves, mut pages) = (Vec::new(), 0);
    let (mut page, mut asked) = (first, None);
    loop {
        for (seq, envelope) in &page.events {
            assert_eq!(
                *seq,
                u64::try_from(leaves.len()).expect("a count"),
                "no gap"
            );
            leaves.push(leaf(envelope));
        }
        assert_eq!(
            page.events.last().map(|(seq, _)| *seq).or(asked),
            Some(page.next())
        );
        pages += 1;
        if page.next() + 1 == page.size() {
            break;
        }
        asked = Some(page.next());
        let query = format!("?after={}&limit=600", page.next());
        page = Page::of(&events(&auditor, &query).await);
    }
    assert!(pages > 3, "{pages}");
    let served = page.end["checkpoint"].as_str().expect("a checkpoint");
    assert_eq!(claim(served), (size, root));
    let covered = usize::try_from(size).expect("a count");
    assert!(
        covered < leaves.len(),
        "each page is on record before the next"
    );
    assert_eq!(root_of_leaves(&leaves[..covered]), root);
}

async fn a_page_is_on_record_and_the_next_one_has_it(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let page = Page::of(&events(&auditor, "").await);
    assert_eq!(page.events.len(), 1_000, "unless it is said");
    let size = page.size();
    let query = format!("?after={}", size - 1);
    let next = Page::of(&events(&auditor, &query).await);
    assert_eq!(next.size(), size + 1);
    let [(seq, envelope)] = next.events.as_slice() else {
        panic!("expected one event: {:?}", next.events);
    };
    assert_eq!(*seq, size);
    let decision: Value = serde_json::from_str(envelope).expect("JSON");
    assert_eq!(decision["permission"], "decision:read");
    assert_eq!(decision["outcome"], "allow");
    // What it follows is not there yet: an empty page, which comes back to the same place.
    let at_the_end = next.size();
    let empty = Page::of(&events(&auditor, &format!("?after={at_the_end}")).await);
    assert_eq!((empty.events.len(), empty.next()), (0, at_the_end));
}

async fn only_those_who_may_read_all_of_it(backend: Backend) {
    let app = App::start(backend);
    let nobody = events(&app.nobody(), "").await;
    assert_eq!(nobody.status(), 401);
    assert_eq!(
        nobody.header("www-authenticate"),
        Some("Bearer realm=\"behorig\"")
    );
    let _ = nobody.refused("UNAUTHENTICATED");
    let unknown = events(&app.person("TSTNMT2321000001-N0B0DY", STRONG), "").await;
    assert_eq!(unknown.status(), 401);
    for who in [
        app.person(&app.region().without_grants(), STRONG),
        app.person(&app.region().manager().0, STRONG),
        app.service("server-login"),
    ] {
        let refused = events(&who, "").await;
        assert_eq!(refused.status(), 404, "{}", refused.text());
        let error = refused.refused("NOT_FOUND");
        let decision = error["extensions"]["decisionId"].as_str().expect("an id");
        let one = "query One($id: ID!) { decision(id: $id) { outcome permission } }";
        let found = app.auditor().graphql(one, json!({ "id": decision })).await;
        assert_eq!(found.at("/decision/outcome"), "DENY", "it is on record");
    }
}

async fn what_cannot_be_given_is_said(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    for (query, said) in [
        ("?after=x", "`after` must be a number from 0"),
        ("?limit=0", "`limit` must be a number from 1 to 10000"),
        ("?from=1", "no parameters but `after` and `limit`"),
    ] {
        let refused = events(&auditor, query).await;
        assert_eq!(refused.status(), 400);
        let error = refused.refused("BAD_USER_INPUT");
        assert!(
            error["message"].as_str().expect("text").contains(said),
            "{error}"
        );
    }
    let beyond = events(&auditor, "?after=1000000").await;
    assert_eq!(beyond.status(), 409, "{}", beyond.text());
    let error = beyond.refused("CONFLICT");
    assert!(error["extensions"]["size"].is_u64(), "{error}");

    app.tamper("UPDATE audit_head SET pruned_below = 5").await;
    for query in ["", "?after=3"] {
        let gone = events(&auditor, query).await;
        assert_eq!(gone.status(), 410, "{}", gone.text());
        assert_eq!(gone.refused("NOT_FOUND")["extensions"]["prunedBelow"], 5);
    }
    let left = Page::of(&events(&auditor, "?after=4&limit=2").await);
    assert_eq!(left.events[0].0, 5);
}

async fn a_row_that_was_altered_is_not_handed_out(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let trigger = match backend {
        Backend::Sqlite => "DROP TRIGGER audit_event_is_not_changed",
        Backend::Postgres => "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    };
    app.tamper(trigger).await;
    app.tamper("UPDATE audit_event SET leaf = (SELECT e.leaf FROM audit_event e WHERE e.seq = 2) WHERE seq = 3")
        .await;
    let refused = events(&auditor, "").await;
    assert_eq!(refused.status(), 500);
    let _ = refused.refused("INTERNAL_SERVER_ERROR");
    let others = Page::of(&events(&auditor, "?after=3&limit=10").await);
    assert_eq!(others.events.len(), 10);
}

both_backends! {
    async every_event_comes_once_and_gives_the_root_of_the_checkpoint;
    async a_page_is_on_record_and_the_next_one_has_it;
    async only_those_who_may_read_all_of_it;
    async what_cannot_be_given_is_said;
    async a_row_that_was_altered_is_not_handed_out;
}
