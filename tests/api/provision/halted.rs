//! What stops before it takes from many: halves of snapshots, and wards that would be emptied, at once or one by one.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use super::held::taken_over;
use super::runs::{code, counts, fed, last_days, staff};
use super::said::{confirmed, integration, outcomes, paths, payload, provisioned, record};
use crate::support::{App, today};

/// A half or an empty one: what would end waits for a human being, and a whole one makes that moot.
async fn half_a_snapshot_ends_nobody(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let all = staff(&unit, 1..=4);
    fed(&iam, &all).await;
    let live = last_days(&app).await;
    let mut half = staff(&unit, 1..=2);
    half[0]["person"]["familyName"] = "Ny-Dal".into();
    let halted = fed(&iam, &half).await;
    let counted = [
        "engagement UNCHANGED 2",
        "engagement HELD 2",
        "person CHANGED 1",
        "person UNCHANGED 1",
        "person ABSENT 2",
    ];
    assert_eq!(counts(&halted), counted, "{halted}");
    assert_eq!(halted["waiting"]["records"], 2);
    assert_eq!(last_days(&app).await, live);
    let name = "SELECT family_name FROM person WHERE hsa_id = 'TSTNMT2321000001-9201'";
    assert_eq!(
        app.column(name).await,
        ["Ny-Dal"],
        "what harms nobody goes on"
    );

    let empty = fed(&iam, &[]).await;
    assert_eq!(empty["waiting"]["records"], 4, "{empty}");
    assert_eq!(last_days(&app).await, live);
    let moot = json!({ "run": halted["run"], "planDigest": halted["waiting"]["planDigest"] });
    assert_eq!(code(&confirmed(&app.first(), moot).await), "NOT_FOUND");
    let seen = json!({ "run": empty["run"], "planDigest": empty["waiting"]["planDigest"] });
    assert_eq!(
        code(&confirmed(&iam, seen.clone()).await),
        "SECOND_INDIVIDUAL"
    );
    fed(&iam, &all).await;
    assert_eq!(code(&confirmed(&app.first(), seen).await), "NOT_FOUND");
    assert_eq!(last_days(&app).await, live);

    let closed = fed(&iam, &half).await;
    let seen = json!({ "run": closed["run"], "planDigest": closed["waiting"]["planDigest"] });
    let done = confirmed(&app.first(), seen).await;
    assert_eq!(
        (&done["applied"], &done["errors"]),
        (&json!(true), &json!([])),
        "{done}"
    );
    let yesterday = today().plus_days(-1).expect("a day");
    assert_eq!(
        last_days(&app).await[2..],
        [
            format!("iam-9203 {yesterday}"),
            format!("iam-9204 {yesterday}")
        ]
    );
}

/// A unit's staff are not made absent all at once either, nor hired later than they were.
async fn a_feed_makes_nobody_absent_by_the_dozen(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let sara = app.region().clinician();
    let all = taken_over(&app, &sara.unit);
    let tomorrow = today().plus_days(1).expect("a day").to_string();
    for field in ["absentFrom", "from"] {
        let one = |id: &String| record("engagement", &json!({ "externalId": id, field: tomorrow }));
        let some: Vec<_> = all.iter().map(one).collect();
        let looked = payload(&iam, json!({ "records": some, "dryRun": true })).await;
        assert_ne!(looked["waiting"], Value::Null, "{looked}");
        assert!(outcomes(&looked).contains(&"HELD"), "{looked}");
        let ends = paths(&looked);
        assert!(ends.iter().all(|path| path.ends_with(field)), "{ends:?}");
    }
}

/// What somebody sends piece by piece is weighed as one, by whatever field and for whatever day of the next two weeks.
async fn a_ward_is_not_emptied_one_by_one(backend: Backend) {
    for (field, days) in [("until", 1), ("from", 5), ("absentFrom", -2)] {
        let app = App::start(backend);
        let iam = integration(&app);
        let all = taken_over(&app, &app.region().clinician().unit);
        let day = today().plus_days(days).expect("a day").to_string();
        let mut held = 0;
        for id in &all {
            let one = record("engagement", &json!({ "externalId": id, field: day }));
            let done = payload(&iam, json!({ "records": [one] })).await;
            held += outcomes(&done).iter().filter(|one| **one == "HELD").count();
        }
        assert!(held > 0, "{field} {days}: {} of {} held", held, all.len());
    }
}

/// What waits is moot as soon as its source says something else of the thing: nobody is put back by confirming it.
async fn what_waits_is_moot_when_something_else_is_said(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let all = staff(&unit, 1..=4);
    fed(&iam, &all).await;
    let halted = fed(&iam, &staff(&unit, 1..=1)).await;
    assert_eq!(halted["waiting"]["records"], 3, "{halted}");
    let earlier = today().plus_days(-3).expect("a day").to_string();
    let ends = record(
        "engagement",
        &json!({ "externalId": "iam-9204", "until": earlier }),
    );
    let stays = record(
        "engagement",
        &json!({ "externalId": "iam-9203", "until": null }),
    );
    provisioned(&iam, &[ends, stays]).await;
    let stale = json!({ "run": halted["run"], "planDigest": halted["waiting"]["planDigest"] });
    assert_eq!(code(&confirmed(&app.first(), stale).await), "NOT_SEEN");
    let looked = confirmed(
        &app.first(),
        json!({ "run": halted["run"], "dryRun": true }),
    )
    .await;
    assert_eq!(looked["records"][0]["externalId"], "iam-9202", "{looked}");
    let seen = json!({ "run": halted["run"], "planDigest": looked["waiting"]["planDigest"] });
    let done = confirmed(&app.first(), seen).await;
    assert_eq!(done["applied"], true, "{done}");
    let yesterday = today().plus_days(-1).expect("a day");
    let days = [
        "iam-9201 -".to_owned(),
        format!("iam-9202 {yesterday}"),
        "iam-9203 -".to_owned(),
        format!("iam-9204 {earlier}"),
    ];
    assert_eq!(last_days(&app).await, days);
}

/// An only thing does not end because nothing came, and those that were over do not count for those that are not.
async fn what_is_over_weighs_nothing(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let mut all = staff(&unit, 1..=20);
    for one in all
        .iter_mut()
        .filter(|one| one["engagement"].is_object())
        .take(16)
    {
        one["engagement"]["until"] = "2026-11-02".into();
    }
    fed(&iam, &all).await;
    let gone = fed(&iam, &all[..36]).await;
    assert_eq!(gone["waiting"]["records"], 2, "{gone}");
    let one = fed(&iam, &all[..38]).await;
    assert!(
        counts(&one).contains(&"engagement ENDED 1".to_owned()),
        "{one}"
    );
    let none = fed(&iam, &all[..32]).await;
    assert_eq!(none["waiting"]["records"], 3, "{none}");
}

both_backends! {
    async half_a_snapshot_ends_nobody;
    async a_feed_makes_nobody_absent_by_the_dozen;
    async a_ward_is_not_emptied_one_by_one;
    async what_waits_is_moot_when_something_else_is_said;
    async what_is_over_weighs_nothing;
}
