//! The reader of canonical JSON: one spelling a value, and two readers that admit the same.

use transparency::canonical::{Members, Value};

use crate::format;

/// Envelopes, and values at the profile's edges.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let edges = [
        r#"{"a":[true,false,{"b":[]},{}],"b":-9007199254740991,"c":9007199254740991}"#,
        "{\" ~\":\"\\u0000\\\"\\\\\\b\\f\\n\\r\\t\\u001f\u{7f}å\u{ffff}😀\"}",
    ];
    let edges = edges.into_iter().map(str::to_owned);
    let all = format::envelopes().into_iter().chain(edges);
    all.map(String::into_bytes).collect()
}

/// What is read is written as the same bytes; the reader that builds nothing admits the same objects.
///
/// # Errors
/// Why they are not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let built = Value::parse(data);
    if let Ok(value) = &built {
        assert_eq!(value.to_text().as_bytes(), data, "another spelling");
        let again = Value::parse(value.to_text().as_bytes());
        assert_eq!(again.as_ref(), Ok(value), "another value");
    }
    let Ok(text) = std::str::from_utf8(data) else {
        assert!(built.is_err(), "not UTF-8");
        return Err("not UTF-8".to_owned());
    };
    let object = built.as_ref().ok().and_then(Value::as_object);
    let scanned = Members::of(text);
    assert_eq!(
        object.is_some(),
        scanned.is_ok(),
        "one reader takes it, the other does not"
    );
    for ((key, value), (spelled, bytes)) in object
        .into_iter()
        .flat_map(transparency::canonical::Object::iter)
        .zip(scanned.iter().flat_map(Members::iter))
    {
        assert_eq!(
            Value::from(key).to_text().as_bytes(),
            [&b"\""[..], spelled, b"\""].concat()
        );
        assert_eq!(value.to_text().as_bytes(), bytes);
    }
    built.map(drop).map_err(|error| error.to_string())
}
