//! Reading without building: whether bytes are canonical, and where the members of the object stand.
//!
//! A verifier looks at millions of envelopes and needs a handful of members of each: this walks over the
//! bytes once and allocates nothing but the list of members. It admits exactly what [`Value::parse`]
//! admits; the test below holds the two together.
//!
//! [`Value::parse`]: super::Value::parse

use super::{CanonicalError, MAX_INTEGER};

/// How deep arrays and objects may stand in each other.
const MAX_DEPTH: u8 = 127;

/// The members of a canonical object: each key as it is spelled, and the bytes of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Members<'a> {
    /// The members of the object that the bytes spell.
    ///
    /// # Errors
    /// When the bytes are no object, or are not canonical.
    pub fn of(text: &'a str) -> Result<Self, CanonicalError> {
        let mut members = Vec::with_capacity(24);
        let mut scan = Scan {
            rest: text.as_bytes(),
        };
        let read = scan.object(MAX_DEPTH, |key, value| members.push((key, value)));
        if read.is_some() && scan.rest.is_empty() {
            Ok(Self(members))
        } else {
            Err(CanonicalError::Spelling)
        }
    }

    /// The members of a value that was read as part of a canonical text.
    pub(crate) fn within(value: &'a [u8]) -> Option<Self> {
        std::str::from_utf8(value)
            .ok()
            .and_then(|text| Self::of(text).ok())
    }

    /// The bytes of the value of that key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a [u8]> {
        let found = self.0.iter().find(|(known, _)| *known == key.as_bytes());
        found.map(|(_, value)| *value)
    }

    /// The string of that key, if it is one without escapes.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        plain_text(self.get(key)?)
    }

    /// The integer of that key, if it is one.
    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        std::str::from_utf8(self.get(key)?).ok()?.parse().ok()
    }

    /// Every member in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0.iter().copied()
    }
}

/// The string that canonical bytes spell, if they spell one without escapes.
pub(crate) fn plain_text(value: &[u8]) -> Option<&str> {
    let text = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if text.contains(&b'\\') {
        return None;
    }
    std::str::from_utf8(text).ok()
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn take(&mut self, expected: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        (*first == expected).then(|| self.rest = rest)
    }

    /// The next bytes, up to what comes after `read` has run.
    fn spanned(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<&'a [u8]> {
        let before = self.rest;
        read(self)?;
        before.get(..before.len() - self.rest.len())
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.string(),
            b'{' => self.object(depth, |_, _| ()),
            b'[' => self.array(depth),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            _ => self.integer(),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn object(&mut self, depth: u8, mut member: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        let mut before: Option<&[u8]> = None;
        loop {
            let key = self.spanned(Self::string)?;
            let key = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            let ordered = before.is_none_or(|before| unescaped(before).lt(unescaped(key)));
            if !ordered || !unescaped(key).all(|byte| matches!(byte, b' '..=b'~')) {
                return None;
            }
            before = Some(key);
            self.take(b':')?;
            let value = self.spanned(|scan| scan.value(depth))?;
            member(key, value);
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn array(&mut self, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let end = self.rest.iter().position(special)?;
            self.rest = self.rest.get(end..)?;
            if self.take(b'"').is_some() {
                return Some(());
            }
            self.take(b'\\')?;
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if matches!(first, b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r') {
            return Some(());
        }
        let (digits, rest) = rest.split_at_checked(4)?;
        self.rest = rest;
        // What has a short form, or needs none, is not spelled in this one.
        let [b'0', b'0', high @ (b'0' | b'1'), low] = digits else {
            return None;
        };
        let digit = matches!(low, b'0'..=b'9' | b'a'..=b'f');
        let short = *high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
        (*first == b'u' && digit && !short).then_some(())
    }

    fn integer(&mut self) -> Option<()> {
        let negative = self.take(b'-').is_some();
        let end = self.rest.iter().position(|byte| !byte.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let canonical = match digits {
            [b'0'] => !negative,
            [b'1'..=b'9', ..] => digits.len() <= 16,
            _ => false,
        };
        let number = digits.iter().fold(0_i64, |sum, digit| {
            sum.wrapping_mul(10) + i64::from(digit - b'0')
        });
        (canonical && number <= MAX_INTEGER).then_some(())
    }
}

/// The bytes of a key; only `"` and `\` are escaped in one.
fn unescaped(key: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = key.iter().copied();
    std::iter::from_fn(move || match bytes.next()? {
        // Another escape stands for what no key may hold.
        b'\\' => bytes.next().map(|byte| match byte {
            b'"' | b'\\' => byte,
            _ => 0,
        }),
        byte => Some(byte),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Spelled, Value};
    use super::*;

    fn admits(text: &str) -> bool {
        Members::of(text).is_ok()
    }

    #[track_caller]
    fn as_the_reader(text: &str) {
        let read = Value::parse(text.as_bytes());
        let object = read.is_ok_and(|value| value.as_object().is_some());
        assert_eq!(admits(text), object, "{text}");
    }

    #[test]
    fn members_are_found_and_read() {
        let text = "{\"a\":[1,{\"b\":\"x\"}],\"at\":-17,\"n\":\"å\",\"q\":\"\\\"\"}";
        let members = Members::of(text).unwrap();
        assert_eq!(members.get("a"), Some(&b"[1,{\"b\":\"x\"}]"[..]));
        assert_eq!(members.integer("at"), Some(-17));
        assert_eq!(members.text("n"), Some("å"));
        assert_eq!(members.text("q"), None);
        assert_eq!(members.text("at"), None);
        assert_eq!(members.get("b"), None);
    }

    #[test]
    fn it_admits_what_the_reader_admits() {
        for value in [
            "{}",
            "0",
            "-0",
            "-1",
            "01",
            "1.0",
            "1e2",
            "9007199254740991",
            "-9007199254740991",
            "9007199254740992",
            "99999999999999999999",
            "null",
            "truE",
            "true",
            "[1,]",
            "[,1]",
            "[1 ]",
            "\"\\/\"",
            "\"\\u001f\"",
            "\"\\u001F\"",
            "\"\\u0008\"",
            "\"\\u000b\"",
            "\"\\u0041\"",
            "\"\\b\\t\\n\\f\\r\\\"\\\\\"",
            "\"\t\"",
            "\"\u{7f}å\"",
            "\"\\ud800\"",
            "{\"\":1}",
            "{\"b\":1,\"a\":1}",
            "{\"a\":1,\"a\":1}",
            "{\"å\":1}",
            "{\"\\n\":1}",
            "{\"\\\"\":1,\"#\":1}",
            "{\"#\":1,\"\\\"\":1}",
            "{\"[\":1,\"\\\\\":2,\"]\":3}",
        ] {
            as_the_reader(&format!("{{\"a\":{value}}}"));
            as_the_reader(value);
        }
        for depth in [125, 126, 127, 128, 200] {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            as_the_reader(&format!("{{\"a\":{open}{close}}}"));
        }
    }

    proptest! {
        #[test]
        fn a_byte_that_was_changed_is_judged_alike(
            text in "[ -~åé\\n\\u{1}]{0,12}", number in any::<i32>(),
            at in any::<prop::sample::Index>(), byte in "[ -~]",
        ) {
            let value = json!({ "a": [text, number, true], "b": { "k\"": text }, "c": number });
            let spelled = Spelled::of_json(&value, 10_000).unwrap();
            let text = spelled.as_str();
            prop_assert!(admits(text));
            let at = at.index(text.len() + 1);
            if text.is_char_boundary(at) {
                let (before, after) = text.split_at(at);
                as_the_reader(&format!("{before}{byte}{after}"));
                let mut rest = after.chars();
                rest.next();
                as_the_reader(&format!("{before}{byte}{}", rest.as_str()));
                as_the_reader(&format!("{before}{}", rest.as_str()));
            }
        }
    }
}
