//! Snapshots of a source over time, as drawn by lot: whole ones, halves, empty ones, ones that come twice or late, and
//! what is said between them.

use std::collections::{BTreeMap, BTreeSet};

use domain::Date;
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use super::runs::{BEGIN, code, completed, fed_as_of, now, received, snapshot, told};
use super::said::{confirmed, integration, provisioned, record};
use crate::support::{App, Caller, today};

/// What an engagement's last day is in the source; `None`: until further notice.
type Source = BTreeMap<u32, Option<Date>>;

/// Numbers as if by lot, the same every time.
struct Lot(u64);

impl Lot {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a number") % most
    }
}

fn records(source: &Source, unit: &str) -> Vec<Value> {
    let of = |(number, until): (&u32, &Option<Date>)| {
        let id = format!("TSTNMT2321000001-93{number:02}");
        let person = json!({ "externalId": id, "individual": format!("iam-93{number:02}"), "givenName": "Nina",
            "familyName": "Ny", "email": "nina@example.se", "protectedIdentity": false });
        let until = until.map(|until| until.to_string());
        let engagement = json!({ "externalId": format!("iam-93{number:02}"), "person": id, "type": "employee",
            "employer": unit, "unit": unit, "from": "2026-10-01", "until": until });
        [record("person", &person), record("engagement", &engagement)]
    };
    source.iter().flat_map(of).collect()
}

/// Those who are engaged today, as the register has it.
async fn engaged(app: &App) -> BTreeSet<String> {
    let sql = format!(
        "SELECT external_id FROM engagement WHERE source = 'iam' AND (until_date IS NULL OR until_date >= '{}')",
        today()
    );
    app.column(&sql).await.into_iter().collect()
}

/// Those who are engaged today, as the source has it.
fn due(source: &Source) -> BTreeSet<String> {
    let live = source
        .iter()
        .filter(|(_, until)| until.is_none_or(|until| until >= today()));
    live.map(|(number, _)| format!("iam-93{number:02}"))
        .collect()
}

/// Joins, ends, corrections, and leaves without a word.
fn goes_on(source: &mut Source, lot: &mut Lot) {
    for _ in 0..=lot.below(3) {
        let number = u32::try_from(lot.below(14)).expect("a number");
        let day = |days: usize| today().plus_days(i32::try_from(days).expect("days") - 3);
        match lot.below(4) {
            0 => drop(source.remove(&number)),
            1 => drop(source.insert(number, day(lot.below(20)))),
            _ => drop(source.insert(number, None)),
        }
    }
}

/// What waits is right, so somebody confirms it.
async fn confirmed_by_somebody(app: &App, done: &Value) {
    if done["waiting"].is_null() {
        return;
    }
    let seen = json!({ "run": done["run"], "planDigest": done["waiting"]["planDigest"] });
    let done = confirmed(&app.first(), seen).await;
    assert_eq!(
        (&done["applied"], &done["errors"]),
        (&json!(true), &json!([])),
        "{done}"
    );
}

/// A snapshot that lacks some of what the source has, in another order.
fn torn(mut records: Vec<Value>, lot: &mut Lot) -> Vec<Value> {
    records.reverse();
    let less = lot.below(records.len() + 1);
    records.truncate(records.len() - less);
    records
}

async fn late(iam: &Caller, before: &str) {
    let input = json!({ "kinds": ["PERSON", "ENGAGEMENT"], "snapshot": true, "asOf": before });
    assert_eq!(code(&told(iam, BEGIN, "beginRun", input).await), "OLDER");
}

async fn whatever_snapshots_come_the_register_is_as_the_last_whole_one(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let mut chance = Lot(20_261_201);
    let mut source: Source = (0..10).map(|number| (number, None)).collect();
    let mut before = now();
    fed_as_of(&iam, &before, &records(&source, &unit)).await;
    for turn in 0..6 {
        let old = source.clone();
        goes_on(&mut source, &mut chance);
        // A half one ends nobody whom the source still has, whatever of it waits.
        let half = torn(records(&source, &unit), &mut chance);
        let at = now();
        let told = fed_as_of(&iam, &at, &half).await;
        let both: BTreeSet<String> = due(&old).intersection(&due(&source)).cloned().collect();
        let there = engaged(&app).await;
        let lost = both.difference(&there).count();
        assert!(lost <= 1, "{lost} of {both:?}: {told}");
        late(&iam, &before).await;
        // Somebody is hired while a whole one is on its way, which does not know of it.
        let run = snapshot(&iam).await;
        let hired = BTreeMap::from([(20 + turn, None)]);
        provisioned(&iam, &records(&hired, &unit)).await;
        let mut whole = records(&source, &unit);
        if chance.below(2) == 0 {
            whole.reverse();
        }
        received(&iam, &run, &whole).await;
        let done = completed(&iam, &run, whole.len()).await;
        confirmed_by_somebody(&app, &done).await;
        let mut expected = due(&source);
        expected.extend(due(&hired));
        assert_eq!(engaged(&app).await, expected, "{done}");
        assert_eq!(
            completed(&iam, &run, whole.len()).await["counts"],
            done["counts"]
        );
        before = at;
    }
    let done = fed_as_of(&iam, &now(), &records(&source, &unit)).await;
    confirmed_by_somebody(&app, &done).await;
    assert_eq!(engaged(&app).await, due(&source));
}

both_backends! {
    async whatever_snapshots_come_the_register_is_as_the_last_whole_one;
}
