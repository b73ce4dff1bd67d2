//! What an event commits to of the facts, and how they are put together again.

use serde_json::{Value, json};

use super::*;
use crate::envelope::Draft;
use crate::fact::{
    Fact, MAX_FACT, NewSalts, Part, Salted, Salting, Texts, month, of_envelope, whole,
};
use data_encoding::HEXLOWER;
use domain::facts::Question;
use domain::id::OrganisationId;

/// The same salt for everything, so that what comes of it can be written down.
pub(super) struct OneSalt;

impl Salting for OneSalt {
    fn salted(&self, fact: &Fact) -> Salted {
        fact.salted([0x2a; 32])
    }
}

/// The fixture's question.
pub(super) fn question(about: OrganisationId) -> Question {
    serde_json::from_value(fixture::question(about)).unwrap()
}

fn drafted(question: &Question, salting: &dyn Salting) -> (Value, Texts) {
    let mut event = decision(1, 0);
    event.target.id = question.target.id;
    event.facts = Some(fixture::facts(question).unwrap());
    event.filter = Some(Fact::filter(&json!("all")).unwrap());
    let draft = Draft::of_decision(&event, salting).unwrap();
    let texts = draft.facts().iter().map(|one| {
        let text = one.fact.text().to_owned();
        (HEXLOWER.encode(&one.salted.commitment), text)
    });
    let envelope = draft.envelope(Instant::from_seconds(0), None).unwrap();
    (serde_json::from_slice(&envelope).unwrap(), texts.collect())
}

#[test]
fn a_question_is_put_together_again_from_the_envelope_and_its_facts() {
    let asked = question(UNIT);
    let (envelope, mut texts) = drafted(&asked, &NewSalts);
    let target = UNIT.to_string();
    let again = whole(&envelope["facts"], &target, &texts).unwrap();
    assert_eq!(serde_json::from_value::<Question>(again).unwrap(), asked);
    assert_eq!(
        whole(&envelope["filter"], &target, &texts),
        Some(json!("all"))
    );
    let named: Vec<Part> = of_envelope(&envelope).map(|(part, _)| part).collect();
    assert_eq!(named, Part::ALL);

    // What is in clear of it says nothing of who it was or what was known.
    let clear = envelope["facts"].to_string();
    assert!(
        !clear.contains("svc_") && !clear.contains(&target),
        "{clear}"
    );

    let first = texts.keys().next().unwrap().clone();
    texts.remove(&first);
    let held = [&envelope["facts"], &envelope["filter"]];
    let missing = held.map(|held| whole(held, &target, &texts).is_none());
    assert_eq!(missing.iter().filter(|missing| **missing).count(), 1);
}

#[test]
fn neighbours_have_one_commitment_under_one_salt_and_none_under_others() {
    let other = OrganisationId::from_uuid(Uuid::from_u128(0xb1));
    let target = |(envelope, _): (Value, Texts)| envelope["facts"]["target"].clone();
    let made =
        |salting: &dyn Salting| [UNIT, other].map(|unit| target(drafted(&question(unit), salting)));
    let [one, neighbour] = made(&OneSalt);
    assert_eq!(one, neighbour);
    let [one, neighbour] = made(&NewSalts);
    assert_ne!(one, neighbour);
}

#[test]
fn the_same_text_is_another_fact_as_another_part() {
    let salt = [1; 32];
    let filter = Fact::filter(&json!({ "id": "org" })).unwrap();
    let (same, other) = (filter.salted(salt), filter.salted([2; 32]));
    assert_eq!(filter.salted(salt), same);
    assert_ne!(other.commitment, same.commitment);
    let named = crate::slot::commitment(&salt, "principal", filter.text());
    assert_ne!(named, same.commitment);
}

#[test]
fn what_has_no_canonical_form_or_no_end_is_no_fact() {
    assert!(Fact::filter(&json!({ "at": 0.5 })).is_err());
    assert!(Fact::filter(&"x".repeat(MAX_FACT - 2)).is_ok());
    assert!(Fact::filter(&"x".repeat(MAX_FACT - 1)).is_err());
    let mut far = question(UNIT);
    far.principal.ends = Some(Instant::from_seconds(253_402_300_799));
    assert!(fixture::facts(&far).is_err());
}

#[test]
fn a_month_is_that_of_a_clock_in_stockholm() {
    for (seconds, expected) in [
        (1_793_483_999, "2026-10"),
        (1_793_487_600, "2026-11"),
        (0, "1970-01"),
    ] {
        assert_eq!(month(Instant::from_seconds(seconds)), expected);
    }
}
