//! One value, one spelling.

use proptest::prelude::*;

use super::*;

#[test]
fn the_bytes_are_those_of_rfc_8785() {
    let value = Object::new()
        .with("b", Value::set(["z", "a", "z"]))
        .with("a", "€ \" \\ / \u{8}\u{c}\n\r\t\u{1f}\u{7f}å")
        .with("A", Value::integer(-MAX_INTEGER).unwrap())
        .with("c", Object::new())
        .with("d", true);
    assert_eq!(
        Value::from(value).to_text(),
        "{\"A\":-9007199254740991,\"a\":\"€ \\\" \\\\ / \\b\\f\\n\\r\\t\\u001f\u{7f}å\",\
         \"b\":[\"a\",\"z\"],\"c\":{},\"d\":true}"
    );
}

#[test]
fn only_the_canonical_spelling_is_read() {
    for good in ["{}", "[1,-2,\"å\"]", "{\"a\":{\"b\":true}}", "0"] {
        assert_eq!(Value::parse(good.as_bytes()).unwrap().to_text(), good);
    }
    for bad in [
        "",
        " 1",
        "1.0",
        "1e2",
        "-0",
        "null",
        "{\"a\":null}",
        "{\"b\":1,\"a\":1}",
        "{\"a\":1,\"a\":1}",
        "{\"å\":1}",
        "\"\\u00e5\"",
        "\"\\/\"",
        "\"\\ud800\"",
        "9007199254740992",
        "{\"a\":1} ",
        "[1,]",
    ] {
        assert!(Value::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(Value::parse(b"\"\xff\"").is_err());
}

#[test]
fn what_is_not_in_the_profile_is_refused_and_so_is_what_is_too_long() {
    let spelled = |text: &str| {
        Spelled::of_json(&serde_json::from_str(text).unwrap(), 20)
            .map(|spelled| spelled.as_str().to_owned())
    };
    assert_eq!(
        spelled("{\"b\": 1, \"a\": [true]}").unwrap(),
        "{\"a\":[true],\"b\":1}"
    );
    assert_eq!(spelled("1.5"), Err(CanonicalError::Number));
    assert_eq!(spelled("9007199254740992"), Err(CanonicalError::Number));
    assert_eq!(spelled("[null]"), Err(CanonicalError::Null));
    assert_eq!(spelled("{\"ö\":1}"), Err(CanonicalError::Key));
    assert!(matches!(
        spelled("\"1234567890123456789\""),
        Err(CanonicalError::TooLong { size: 21, most: 20 })
    ));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-MAX_INTEGER..=MAX_INTEGER).prop_map(|n| Value::integer(n).unwrap()),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::array),
            prop::collection::btree_map("[ -~]{0,6}", inner, 0..8).prop_map(|members| {
                let mut object = Object::new();
                for (key, member) in members {
                    object.insert(&key, member).unwrap();
                }
                object.into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_is_read_back_and_a_json_reader_sees_the_same(value in values()) {
        let text = value.to_text();
        prop_assert_eq!(&Value::parse(text.as_bytes()).unwrap(), &value);
        let seen: serde_json::Value = serde_json::from_str(&text).unwrap();
        let spelled = Spelled::of_json(&seen, usize::MAX).unwrap();
        prop_assert_eq!(spelled.as_str(), text);
    }
}
