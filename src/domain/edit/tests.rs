//! What an edit says of itself, and what is kept of a gain.

use uuid::Uuid;

use super::*;
use crate::id::PersonId;

fn gained(person: u128) -> Gained {
    Gained {
        holder: PersonId::from_uuid(Uuid::from_u128(person)).into(),
        individual: Some(IndividualId::from_uuid(Uuid::from_u128(person % 10))),
        permission: "server:administer".parse().unwrap(),
        over: ServerId::from_uuid(Uuid::from_u128(7)).into(),
        records_in: None,
        by: GainedBy::Reach,
        privileged: true,
        patient_data: false,
        grants: BTreeSet::new(),
    }
}

fn gain(people: &[u128], more: bool) -> Gain {
    Gain {
        rows: people.iter().copied().map(gained).collect(),
        more,
    }
}

#[test]
fn what_was_seen_covers_less_and_never_more() {
    let seen = gain(&[1, 2], false);
    assert!(gain(&[1], false).is_within(&seen) && gain(&[], false).is_within(&seen));
    assert!(!gain(&[1, 3], false).is_within(&seen));
    assert!(!gain(&[1, 2], true).is_within(&seen));
    let unknown = gain(&[1, 2], true);
    assert!(gain(&[1, 2], true).is_within(&unknown));
    assert!(!gain(&[1], true).is_within(&unknown));
}

#[test]
fn two_ids_of_one_human_being_are_two_people() {
    let both = gain(&[1, 11], false);
    assert_eq!((both.people(), both.services()), (2, 0));
    assert_ne!(both.digest().unwrap(), gain(&[1], false).digest().unwrap());
}

#[test]
fn a_blank_analysis_that_was_kept_is_none() {
    let kept = |analysis: &str| {
        let text = format!(
            r#"{{"kind":"classifySystem","system":"sys_00000000000000000000000001","confidentiality":4,"integrity":1,"availability":1,"decidedOn":"2026-11-01","analysis":"{analysis}"}}"#
        );
        let edit: Edit = serde_json::from_str(&text).unwrap();
        edit.fields().get("analysis").cloned()
    };
    assert_eq!(kept("\u{200b} "), None);
    assert_eq!(kept("BRA-4").as_deref(), Some("BRA-4"));
}

#[test]
fn an_edit_survives_being_kept() {
    let text = r#"{"kind":"setControl","controller":"seg_00000000000000000000000001","controlled":"seg_00000000000000000000000002","controls":true}"#;
    let edit: Edit = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&edit).unwrap(), text);
    assert_eq!(edit.name(), "setControl");
    assert!(text.contains(&format!("\"kind\":\"{}\"", edit.name())));
}
