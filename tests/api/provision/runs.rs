//! Runs that take several calls, and what a snapshot does not have.

use domain::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use super::said::{a_month, integration, outcomes, paths, payload, provisioned, record};
use crate::support::today;
use crate::support::{App, Caller, STRONG, behorig};

pub(super) const BEGIN: &str = "mutation Begin($input: BeginRunInput!) { beginRun(input: $input) {
    run errors { code path message } decisions { permission outcome } } }";
const COMPLETE: &str = "mutation Complete($input: CompleteRunInput!) { completeRun(input: $input) {
    applied run moreRecords waiting { records planDigest } errors { code message path }
    counts { kind outcome records } records { kind externalId outcome fields problems { message expected path } } } }";
const ABANDON: &str = "mutation Abandon($input: AbandonRunInput!) { abandonRun(input: $input) {
    run errors { code } } }";

/// What is answered by a mutation.
pub(super) async fn told(caller: &Caller, document: &str, field: &str, input: Value) -> Value {
    let answer = caller.graphql(document, json!({ "input": input })).await;
    answer.at(&format!("/{field}")).clone()
}

async fn begun(caller: &Caller, input: Value) -> Value {
    told(caller, BEGIN, "beginRun", input).await
}

pub(super) async fn completed(caller: &Caller, run: &Value, records: usize) -> Value {
    let input = json!({ "run": run, "records": records });
    told(caller, COMPLETE, "completeRun", input).await
}

pub(super) fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or_default()
}

/// The instant that it is now.
pub(super) fn now() -> String {
    SystemClock.now().to_string()
}

/// How many records came to what, as text.
pub(super) fn counts(payload: &Value) -> Vec<String> {
    let counts = payload["counts"].as_array().expect("counts").iter();
    let text = |count: &Value| {
        let [kind, outcome] = ["kind", "outcome"].map(|key| count[key].as_str().expect("text"));
        format!("{kind} {outcome} {}", count["records"])
    };
    counts.map(text).collect()
}

/// The run of a snapshot of people and what they are engaged for.
pub(super) async fn snapshot(caller: &Caller) -> Value {
    snapshot_as_of(caller, &now()).await
}

async fn snapshot_as_of(caller: &Caller, at: &str) -> Value {
    let input =
        json!({ "kinds": ["ORGANISATION", "PERSON", "ENGAGEMENT"], "snapshot": true, "asOf": at });
    let begun = begun(caller, input).await;
    assert_eq!(begun["errors"], json!([]), "{begun}");
    begun["run"].clone()
}

/// Everything that is received, in so many calls.
pub(super) async fn received(caller: &Caller, run: &Value, records: &[Value]) {
    for some in records.chunks(3) {
        let done = payload(caller, json!({ "run": run, "records": some })).await;
        assert_eq!(outcomes(&done), vec!["RECEIVED"; some.len()], "{done}");
        assert_eq!(done["applied"], false);
    }
}

/// A snapshot of all of these, completed.
pub(super) async fn fed(caller: &Caller, records: &[Value]) -> Value {
    fed_as_of(caller, &now(), records).await
}

/// A snapshot of all of these, as of that instant, completed.
pub(super) async fn fed_as_of(caller: &Caller, at: &str, records: &[Value]) -> Value {
    let run = snapshot_as_of(caller, at).await;
    received(caller, &run, records).await;
    let done = completed(caller, &run, records.len()).await;
    assert_eq!(done["errors"], json!([]), "{done}");
    assert_eq!(done["applied"], true, "{done}");
    done
}

/// A person with an engagement in the unit.
fn employed(number: u32, unit: &str) -> [Value; 2] {
    let id = format!("TSTNMT2321000001-92{number:02}");
    let person = json!({ "externalId": id, "individual": format!("iam-92{number:02}"), "givenName": "Nina",
        "familyName": "Ny", "email": "nina@example.se", "protectedIdentity": false });
    let engagement = json!({ "externalId": format!("iam-92{number:02}"), "person": id, "type": "employee",
        "employer": unit, "unit": unit, "from": "2026-11-01", "until": null });
    [record("person", &person), record("engagement", &engagement)]
}

pub(super) fn staff(unit: &str, numbers: impl IntoIterator<Item = u32>) -> Vec<Value> {
    numbers
        .into_iter()
        .flat_map(|number| employed(number, unit))
        .collect()
}

/// The last days of the integration's engagements.
pub(super) async fn last_days(app: &App) -> Vec<String> {
    let sql = "SELECT external_id || ' ' || COALESCE(until_date, '-') FROM engagement WHERE source = 'iam' \
        ORDER BY external_id";
    app.column(sql).await
}

/// Nothing is applied before all is there, in whatever order it came, and then once.
async fn a_run_is_applied_when_it_is_completed(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let mut records: Vec<Value> = a_month(&app).into_iter().take(3).collect();
    records.reverse();
    let run = snapshot(&iam).await;
    for one in &records {
        received(&iam, &run, std::slice::from_ref(one)).await;
        received(&iam, &run, std::slice::from_ref(one)).await;
    }
    assert!(last_days(&app).await.is_empty());
    let wrong = completed(&iam, &run, 4).await;
    assert_eq!(code(&wrong), "OTHER_NUMBER");
    assert!(
        wrong["errors"][0]["message"]
            .as_str()
            .expect("text")
            .starts_with("3 "),
        "{wrong}"
    );
    let look = json!({ "run": run, "records": 3, "dryRun": true, "show": ["CREATED"], "after": 1 });
    let looked = told(&iam, COMPLETE, "completeRun", look).await;
    assert_eq!(outcomes(&looked), ["CREATED"; 2], "{looked}");
    let created = [
        "engagement CREATED 1",
        "organisation CREATED 1",
        "person CREATED 1",
    ];
    assert_eq!(counts(&looked), created);
    assert!(last_days(&app).await.is_empty());
    let done = completed(&iam, &run, 3).await;
    assert_eq!(
        (&done["applied"], &done["errors"]),
        (&json!(true), &json!([])),
        "{done}"
    );
    assert_eq!(counts(&done), created);
    assert_eq!(last_days(&app).await, ["iam-e1 -"]);
    assert_eq!(completed(&iam, &run, 3).await, done, "asked again");
    let kept = app.column("SELECT external_id FROM received_record").await;
    assert!(kept.is_empty(), "nothing is kept that was applied");
    let late = payload(&iam, json!({ "run": run, "records": records })).await;
    assert_eq!(code(&late), "NO_SUCH_RUN");
    let log = ["log", "verify", "--database", app.database().url()];
    let _verified = behorig().run(&log).succeeded();
}

/// It ends with the day before, is not deleted, and goes on where it comes back; what is another's stays.
async fn what_a_snapshot_does_not_have_ends(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let all = staff(&unit, 1..=4);
    let first = fed(&iam, &all).await;
    assert_eq!(counts(&first), ["engagement CREATED 4", "person CREATED 4"]);
    let live =
        "SELECT COUNT(*) || '' FROM engagement WHERE source = 'region' AND until_date IS NULL";
    let others = app.column(live).await;

    let left = fed(&iam, &staff(&unit, 1..=3)).await;
    let counted = [
        "engagement UNCHANGED 3",
        "engagement ENDED 1",
        "person UNCHANGED 3",
        "person ABSENT 1",
    ];
    assert_eq!(counts(&left), counted, "{left}");
    let ended = left["records"].as_array().expect("records").iter();
    let ended: Vec<_> = ended.filter(|one| one["outcome"] == "ENDED").collect();
    assert_eq!(ended[0]["externalId"], "iam-9204");
    assert_eq!(ended[0]["fields"], json!(["until"]));
    let yesterday = today().plus_days(-1).expect("a day");
    let days = |last: String| {
        ["iam-9201 -", "iam-9202 -", "iam-9203 -"]
            .into_iter()
            .map(str::to_owned)
            .chain([last])
    };
    let gone: Vec<_> = days(format!("iam-9204 {yesterday}")).collect();
    assert_eq!(last_days(&app).await, gone);
    assert_eq!(app.column(live).await, others);
    let again = fed(&iam, &staff(&unit, 1..=3)).await;
    assert!(
        again["records"]
            .as_array()
            .expect("records")
            .iter()
            .all(|one| one["outcome"] == "ABSENT"),
        "{again}"
    );
    assert_eq!(last_days(&app).await, gone);
    let back = fed(&iam, &all).await;
    assert_eq!(
        counts(&back),
        [
            "engagement CHANGED 1",
            "engagement UNCHANGED 3",
            "person UNCHANGED 4"
        ],
        "{back}"
    );
    let there: Vec<_> = days("iam-9204 -".to_owned()).collect();
    assert_eq!(last_days(&app).await, there);
}

/// Whoever had not begun is withdrawn, and does not begin.
async fn somebody_who_does_not_come_after_all_does_not_begin(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let later = today().plus_days(30).expect("a day").to_string();
    let mut all = staff(&unit, 1..=2);
    all[3]["engagement"]["from"] = later.as_str().into();
    fed(&iam, &all).await;
    let done = fed(&iam, &staff(&unit, 1..=1)).await;
    assert!(
        counts(&done).contains(&"engagement ENDED 1".to_owned()),
        "{done}"
    );
    let before = today().plus_days(-2).expect("a day");
    let sql =
        "SELECT from_date || ' ' || until_date FROM engagement WHERE external_id = 'iam-9202'";
    assert_eq!(app.column(sql).await, [format!("{before} {before}")]);
}

/// What was said after the instant that a snapshot tells of, it neither ends nor changes.
async fn what_was_said_later_stands(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let mut old = staff(&unit, 1..=2);
    fed(&iam, &old).await;
    let run = snapshot(&iam).await;
    let mail =
        json!({ "person": { "externalId": "TSTNMT2321000001-9201", "email": "ny@example.se" } });
    let mut said = vec![mail];
    said.extend(employed(3, &unit));
    provisioned(&iam, &said).await;
    old[0]["person"]["familyName"] = "Ny-Dal".into();
    received(&iam, &run, &old).await;
    let done = completed(&iam, &run, old.len()).await;
    assert_eq!(done["applied"], true, "{done}");
    let counted = [
        "engagement UNCHANGED 2",
        "person UNCHANGED 1",
        "person SUPERSEDED 1",
    ];
    assert_eq!(counts(&done), counted, "{done}");
    assert_eq!(last_days(&app).await.len(), 3);
    assert!(last_days(&app).await.iter().all(|one| one.ends_with(" -")));
    let sql =
        "SELECT family_name || ' ' || email FROM person WHERE hsa_id = 'TSTNMT2321000001-9201'";
    assert_eq!(app.column(sql).await, ["Ny ny@example.se"]);
}

/// It is told at once, counts, and is there: nobody ends for a date that was misspelled.
async fn what_cannot_be_read_is_there_all_the_same(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let all = staff(&unit, 1..=3);
    fed(&iam, &all).await;
    let live = last_days(&app).await;
    let run = snapshot(&iam).await;
    let mut wrong = all.clone();
    wrong[1]["engagement"]["from"] = "2026-02-30".into();
    let told = payload(&iam, json!({ "run": run, "records": wrong })).await;
    assert_eq!(told["errors"], json!([]));
    assert_eq!(outcomes(&told)[1], "REJECTED", "{told}");
    assert_eq!(paths(&told), ["input records 1 engagement from"]);
    let others = json!([
        { "person": { "email": "nobody@example.se" } },
        { "service": { "externalId": "lab", "name": "Labb" } },
        { "person": { "externalId": "TSTNMT2321000001-9201", "email": "other@example.se" } },
    ]);
    let told = payload(&iam, json!({ "run": run, "records": others })).await;
    assert_eq!(outcomes(&told), ["REJECTED"; 3], "{told}");
    let given = app
        .column(
            "SELECT COALESCE(given, 'nothing') FROM received_record WHERE external_id = 'iam-9201'",
        )
        .await;
    assert_eq!(given, ["nothing"], "what cannot be read is not kept");
    let done = completed(&iam, &run, all.len() + 1).await;
    assert_eq!(done["applied"], true, "{done}");
    assert_eq!(outcomes(&done), ["REJECTED"; 2], "{done}");
    assert_eq!(done["records"][0]["externalId"], "iam-9201");
    assert_eq!(paths(&done), ["engagement", "person"]);
    assert_eq!(last_days(&app).await, live);

    // What it is about cannot be known, so it may be what is missing; it is not kept, and put right it is taken.
    let run = snapshot(&iam).await;
    let mut misnamed = all.clone();
    misnamed[5]["engagement"]["externalId"] = "19121212-1212".into();
    misnamed[3]["engagement"]["from"] = "2026-02-30".into();
    payload(&iam, json!({ "run": run, "records": misnamed })).await;
    received(&iam, &run, &all[3..4]).await;
    let kept = app.column("SELECT external_id FROM received_record").await;
    assert!(!kept.concat().contains("1212-1212"), "{kept:?}");
    let done = completed(&iam, &run, all.len()).await;
    let counted = [
        "engagement UNCHANGED 2",
        "engagement HELD 1",
        "engagement REJECTED 1",
        "person UNCHANGED 3",
    ];
    assert_eq!(counts(&done), counted, "{done}");
    assert_eq!(last_days(&app).await, live);
}

/// Each is told why, and nobody touches another's run.
async fn what_no_run_is_begun_with_or_done_to(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let people = json!({ "kinds": ["PERSON"] });
    assert_eq!(
        code(&begun(&app.first(), people.clone()).await),
        "SERVICES_ONLY"
    );
    assert_eq!(code(&begun(&iam, json!({ "kinds": [] })).await), "NO_KINDS");
    let with = |more: Value| {
        let mut input = people.clone();
        let given = input.as_object_mut().expect("an object");
        given.extend(more.as_object().expect("an object").clone());
        input
    };
    assert_eq!(
        code(&begun(&iam, with(json!({ "snapshot": true }))).await),
        "AS_OF"
    );
    let to_come = json!({ "asOf": "2199-01-01T00:00:00Z" });
    assert_eq!(code(&begun(&iam, with(to_come)).await), "AS_OF");
    let stranger = app.service("journal-gateway");
    let refused = stranger.graphql(BEGIN, json!({ "input": people })).await;
    let _refused = refused.refused("NOT_FOUND");

    let run = begun(&iam, with(json!({ "asOf": now() }))).await["run"].clone();
    let beside = begun(&iam, people.clone()).await;
    assert_eq!((code(&beside), &beside["run"]), ("RUN_OPEN", &run));
    let unit = app.region().manager().1;
    let nina = &staff(&unit, 1..=1)[..1];
    for other in [
        &stranger,
        &app.person(&app.region().without_grants(), STRONG),
        &app.first(),
    ] {
        assert_eq!(code(&completed(other, &run, 0).await), "NOT_FOUND");
        let abandoned = told(other, ABANDON, "abandonRun", json!({ "run": run })).await;
        assert_eq!(code(&abandoned), "NOT_FOUND");
    }
    let foreign = payload(&stranger, json!({ "run": run, "records": nina })).await;
    assert_eq!(code(&foreign), "NO_SUCH_RUN");
    let placed = json!({ "run": run, "records": nina, "place": unit });
    assert_eq!(code(&payload(&iam, placed).await), "SAID_BY_THE_RUN");
    received(&iam, &run, nina).await;
    let abandoned = told(&iam, ABANDON, "abandonRun", json!({ "run": run })).await;
    assert_eq!(abandoned, json!({ "run": run, "errors": [] }));
    assert_eq!(code(&completed(&iam, &run, 1).await), "NOT_FOUND");
    assert!(
        app.column("SELECT kind FROM received_record")
            .await
            .is_empty()
    );
    let nobody = "SELECT id FROM person WHERE hsa_id = 'TSTNMT2321000001-9201'";
    assert!(app.column(nobody).await.is_empty());

    let done = fed(&iam, nina).await;
    assert_eq!(counts(&done), ["person CREATED 1"]);
    let older = with(json!({ "snapshot": true, "asOf": "2026-01-01T00:00:00Z" }));
    assert_eq!(code(&begun(&iam, older).await), "OLDER");
}

both_backends! {
    async a_run_is_applied_when_it_is_completed;
    async what_a_snapshot_does_not_have_ends;
    async somebody_who_does_not_come_after_all_does_not_begin;
    async what_was_said_later_stands;
    async what_cannot_be_read_is_there_all_the_same;
    async what_no_run_is_begun_with_or_done_to;
}
