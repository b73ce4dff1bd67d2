use proptest::prelude::*;

use super::*;
use crate::record::Record;
use domain::target::ScopeName;

const PERSON: &str = concat!(
    r#"{"kind":"person","externalId":"TSTNMT2321000001-10A1","individual":"human-1","#,
    r#""givenName":"Anna","familyName":"Öberg","email":"anna@region.example","#,
    r#""protectedIdentity":false,"trainingCompletedOn":"2026-03-15","credentials":["siths"]}"#
);
const GRANT: &str = concat!(
    r#"{"kind":"grant","externalId":"grant-1","#,
    r#""principal":{"kind":"person","externalId":"TSTNMT2321000001-10A1"},"#,
    r#""engagement":"eng-1","role":"role-1","#,
    r#""scope":{"kind":"segment","externalId":"seg-1"},"from":"2026-01-01","#,
    r#""until":"2026-12-31","needsAndRiskAnalysis":"BRA-2026-117","#,
    r#""orderedBy":"TSTNMT2321000001-10A2","approvedBy":null,"origin":"order","attestBy":null}"#
);
const ROLE: &str = concat!(
    r#"{"kind":"role","externalId":"role-1","name":"Läkare","system":"sys-1","#,
    r#""privileged":false,"patientData":true,"permissions":["record:read"]}"#
);
const SYSTEM: &str = concat!(
    r#"{"kind":"system","externalId":"sys-1","name":"Cosmic","owner":null,"administrator":null,"#,
    r#""itOwner":null,"itManager":null,"organisation":"TSTNMT2321000001-1001","#,
    r#""classification":{"confidentiality":3,"integrity":2,"availability":1,"#,
    r#""decidedOn":"2026-01-01","reviewBy":"2027-01-01"},"patientData":true,"personalData":true,"#,
    r#""businessCritical":true,"enforcement":"runtime","supplier":null,"#,
    r#""passwordLoginUntil":null}"#
);

/// What is said about `line` after `from` has been replaced by `to`.
fn told(line: &str, from: &str, to: &str) -> Vec<String> {
    assert!(line.contains(from), "{from}");
    match parse(7, &line.replacen(from, to, 1)) {
        Ok(content) => panic!("{content:?}"),
        Err(bad) => bad.problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn good_lines_are_read_into_typed_records() {
    for line in [PERSON, GRANT, ROLE, SYSTEM] {
        assert!(parse(1, line).is_ok(), "{:?}", parse(1, line));
    }
    let Ok(Content::Record(record)) = parse(1, GRANT) else {
        panic!("not a record")
    };
    let Record::Grant(grant) = *record else {
        panic!("not a grant")
    };
    assert_eq!(grant.scope, ScopeName::Segment("seg-1".parse().unwrap()));
    assert_eq!(
        grant.until.map(|day| day.to_string()).as_deref(),
        Some("2026-12-31")
    );
}

#[test]
fn whoever_is_a_care_provider_by_law_is_one_unless_the_feed_says_otherwise() {
    let reads = |kind: &str, parent: &str, authority: bool, said: &str| {
        let line = format!(
            r#"{{"kind":"organisation","externalId":"TSTNMT2321000001-1001","name":"Norr","parent":{parent},"type":"{kind}","authority":{authority}{said}}}"#
        );
        let Ok(Content::Record(record)) = parse(1, &line) else {
            panic!("not a record: {line}")
        };
        let Record::Organisation(organisation) = *record else {
            panic!("not an organisation")
        };
        organisation.care_provider
    };
    let below = r#""TSTNMT2321000001-1000""#;
    assert!(reads("region", "null", true, ""));
    assert!(
        !reads("authority", below, true, ""),
        "a committee of a region"
    );
    assert!(reads("authority", "null", true, ""), "a municipality");
    assert!(reads("privateProvider", "null", false, ""));
    assert!(reads("privateProvider", below, false, ""));
    assert!(!reads("vendor", "null", false, ""));
    assert!(!reads("unit", below, false, ""));
    assert!(!reads("region", "null", true, r#","careProvider":false"#));
    assert!(reads("unit", below, false, r#","careProvider":true"#));
}

#[test]
fn a_bad_value_is_told_with_line_field_and_what_would_be_right() {
    assert_eq!(
        told(PERSON, "2026-03-15", "2026-02-30"),
        [
            "line 7, person, `trainingCompletedOn`: the text of 10 characters is not of the right form; \
             expected a day of the calendar as YYYY-MM-DD, from 1900 to 2199, or null where there \
             is none (no far day in its place)"
        ]
    );
    let cases = [
        (
            PERSON,
            "TSTNMT2321000001-10A1",
            "10A1",
            "`externalId`: the text of 4 characters",
        ),
        (
            PERSON,
            "\"siths\"",
            "\"sith\"",
            "one of siths, siths-reserve, mobile",
        ),
        (PERSON, "\"siths\"", "\"siths\",\"siths\"", "is given twice"),
        (
            PERSON,
            "false",
            "\"no\"",
            "`protectedIdentity`: it is a string",
        ),
        (
            PERSON,
            "\"individual\"",
            "\"person\"",
            "`individual`: the key is missing",
        ),
        (
            PERSON,
            "\"kind\":\"person\"",
            "\"kind\":\"patient\"",
            "`kind`: there is no such kind of record",
        ),
        (
            PERSON,
            "\"kind\":\"person\",",
            "",
            "`kind`: the key is missing",
        ),
        (
            ROLE,
            "record:read",
            "Record",
            "`permissions`: the text of 6 characters",
        ),
        (
            ROLE,
            "record:read",
            "grant:read",
            "is a permission of the service itself",
        ),
        (
            GRANT,
            "2026-12-31",
            "2025-12-31",
            "a day not before `from` (2026-01-01)",
        ),
        (
            GRANT,
            "\"segment\"",
            "\"rack\"",
            "`scope.kind`: the text of 4 characters",
        ),
        (
            GRANT,
            "\"segment\"",
            "\"installation\"",
            "the installation has no id",
        ),
        (GRANT, "\"order\"", "\"gift\"", "one of baseline, order"),
        (
            SYSTEM,
            "\"confidentiality\":3",
            "\"confidentiality\":5",
            "`5` is out of range",
        ),
        (
            SYSTEM,
            "\"integrity\":2,",
            "",
            "`classification.integrity`: the key is missing",
        ),
    ];
    for (line, from, to, expected) in cases {
        let told = told(line, from, to);
        assert!(
            told.iter().any(|text| text.contains(expected)),
            "{expected}: {told:?}"
        );
        assert!(told[0].starts_with("line 7"), "{told:?}");
    }
}

#[test]
fn a_far_day_is_out_of_range() {
    for far in ["9999-12-31", "2200-01-01", "1899-12-31", "0001-01-01"] {
        let said = told(PERSON, "2026-03-15", far).concat();
        assert!(said.contains(&format!("`{far}` is out of range")), "{said}");
    }
}

/// A feed whose columns have been shifted has names everywhere.
#[test]
fn what_is_not_of_the_form_of_its_field_is_not_repeated() {
    for line in [PERSON, GRANT, ROLE, SYSTEM] {
        let members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).unwrap();
        for name in members.keys() {
            let mut shifted = members.clone();
            shifted.insert(name.clone(), serde_json::json!("Anna\u{a0}Öberg "));
            let line = serde_json::Value::from(shifted).to_string();
            for problem in parse(7, &line)
                .err()
                .into_iter()
                .flat_map(|bad| bad.problems)
            {
                let said = problem.to_string();
                assert!(!said.contains("Anna") && !said.contains("Öberg"), "{said}");
            }
        }
    }
}

#[test]
fn every_problem_of_a_record_is_told_at_once() {
    let line = PERSON
        .replacen("2026-03-15", "soon", 1)
        .replacen("false", "0", 1);
    assert_eq!(parse(1, &line).unwrap_err().problems.len(), 2);
}

#[test]
fn unknown_keys_and_keys_given_twice_are_named_also_in_nested_objects() {
    let unknown = told(
        PERSON,
        "\"email\"",
        "\"personnummer\":\"19121212-1212\",\"email\"",
    );
    assert!(
        unknown[0].contains("`personnummer`: the key is unknown"),
        "{unknown:?}"
    );
    assert!(!unknown[0].contains("1212"), "{unknown:?}");
    let twice = told(GRANT, "\"role\"", "\"role\":\"role-2\",\"role\"");
    assert!(
        twice[0].contains("`role`: the key is given twice"),
        "{twice:?}"
    );
    let nested = told(GRANT, "\"segment\",", "\"segment\",\"kind\":\"segment\",");
    assert!(
        nested[0].contains("`scope.kind`: the key is given twice"),
        "{nested:?}"
    );
}

#[test]
fn people_are_not_quoted_and_personal_numbers_are_refused() {
    let name = told(PERSON, "Anna", "Anna\\u0007");
    assert!(!name[0].contains("Anna"), "{name:?}");
    let email = told(PERSON, "anna@region.example", "anna at region");
    assert!(!email[0].contains("anna"), "{email:?}");
    let individual = told(PERSON, "human-1", "19121212-1212");
    assert!(
        individual[0].contains("never a personal or reserve number"),
        "{individual:?}"
    );
    assert!(!individual[0].contains("1212"), "{individual:?}");
    assert!(!told(GRANT, "BRA-2026-117", "Vård av 191212121212")[0].contains("1912"));
}

#[test]
fn no_text_has_what_cannot_be_seen_or_names_a_human_being() {
    let texts = [
        (PERSON, "human-1"),
        (GRANT, "\"grant-1"),
        (GRANT, "eng-1"),
        (GRANT, "role-1"),
        (GRANT, "seg-1"),
        (GRANT, "BRA-2026-117"),
        (ROLE, "role-1"),
        (SYSTEM, "sys-1"),
    ];
    let names = [(PERSON, "Öberg"), (ROLE, "Läkare"), (SYSTEM, "Cosmic")];
    for (line, text) in texts.into_iter().chain(names) {
        let last = text.trim_start_matches('"');
        for unseen in ["\\ufeff", "\\u200b", "\\u202e", "\\u0000", "\\ue000"] {
            assert_eq!(
                told(line, text, &format!("{text}{unseen}x")).len(),
                1,
                "{last} {unseen}"
            );
        }
    }
    for (line, text) in texts {
        for number in [
            "19121212-1212",
            "１９１２１２１２１２１２",
            "19810829M071",
            "22810829NG29",
        ] {
            let told = told(line, text, &format!("{text} {number}"));
            assert!(told[0].contains("personal or reserve number"), "{told:?}");
            assert!(
                !told[0].contains("1212") && !told[0].contains("M071"),
                "{told:?}"
            );
        }
    }
    assert_eq!(told(SYSTEM, "Cosmic", "\\u2060\\u00a0").len(), 1);
}

#[test]
fn a_name_is_read_in_its_composed_form() {
    let Ok(Content::Record(record)) = parse(1, &ROLE.replace('ä', "a\u{308}")) else {
        panic!("not a record")
    };
    assert!(matches!(*record, Record::Role(role) if role.name == "Läkare"));
}

#[test]
fn a_machine_is_not_called_as_a_person_is() {
    let service = r#"{"kind":"service","externalId":"hr-feed","name":"HR","owner":"TSTNMT2321000001-10A1","deputy":"TSTNMT2321000001-10A2","organisation":"TSTNMT2321000001-1001","from":"2026-01-01","until":null}"#;
    assert!(parse(1, service).is_ok());
    for person in [
        "TSTNMT2321000001-10A1",
        "tstnmt2321000001-10a1",
        "191212121212",
    ] {
        let told = told(service, "hr-feed", person);
        assert!(told[0].contains("a client id"), "{told:?}");
    }
}

#[test]
fn a_bad_record_can_still_be_told_from_others() {
    let bad = parse(1, &PERSON.replacen("false", "0", 1)).unwrap_err();
    assert_eq!(bad.kind, Some(Kind::Person));
    assert_eq!(bad.external_id.as_deref(), Some("TSTNMT2321000001-10A1"));
}

#[test]
fn a_service_may_have_ordered_its_own_grant_but_nobody_elses() {
    let service = GRANT
        .replacen(
            "\"person\",\"externalId\":\"TSTNMT2321000001-10A1\"",
            "\"service\",\"externalId\":\"hr-feed\"",
            1,
        )
        .replacen("\"eng-1\"", "null", 1);
    assert!(parse(1, &service.replacen("TSTNMT2321000001-10A2", "hr-feed", 1)).is_ok());
    assert!(parse(1, &service.replacen("TSTNMT2321000001-10A2", "iam", 1)).is_err());
}

proptest! {
    /// Whatever happens to a line's bytes, it is a record or it is told what is wrong.
    #[test]
    fn any_mutation_is_read_or_told(
        which in 0..4_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let mut bytes = [PERSON, GRANT, ROLE, SYSTEM][which].as_bytes().to_vec();
        for (index, byte, edit) in edits {
            let at = index.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => { bytes.insert(at, byte); }
                _ => { bytes.remove(at); }
            }
        }
        if let Err(bad) = parse(1, &String::from_utf8_lossy(&bytes)) {
            prop_assert!(!bad.problems.is_empty());
            for problem in bad.problems {
                prop_assert!(problem.to_string().len() < 4_096);
            }
        }
    }
}

#[test]
fn keys_that_older_feeds_do_not_have_are_read_where_they_stand() {
    let with = ROLE.replace("\"privileged\"", "\"maxHolders\":3,\"privileged\"");
    let Ok(Content::Record(record)) = parse(1, &with) else {
        panic!("not a record")
    };
    assert!(matches!(*record, Record::Role(role) if role.max_holders == Some(3)));
    let wrong = told(ROLE, "\"privileged\"", "\"maxHolders\":-1,\"privileged\"");
    assert!(
        wrong[0].contains("`maxHolders`") && wrong[0].contains("0 or more"),
        "{wrong:?}"
    );
    let wrong = told(
        GRANT,
        "\"origin\"",
        "\"analysisReviewBy\":\"soon\",\"origin\"",
    );
    assert!(wrong[0].contains("`analysisReviewBy`"), "{wrong:?}");
}
