//! Keeps personal numbers, and long values, out of what is said about a feed.

/// How much of a given value is repeated.
const SHOWN: usize = 48;

/// Whether the text holds what looks like a Swedish personal or coordination number: a date of birth
/// (a coordination number's day is 60 more) and four digits, with or without a sign between.
#[must_use]
pub(super) fn looks_like_personal_number(text: &str) -> bool {
    find(text).is_some()
}

/// The value as it may be repeated: shortened, without control characters, personal numbers masked.
pub(super) fn shown(text: &str) -> String {
    let mut rest: String = text.chars().take(4 * SHOWN).collect();
    let mut out = String::new();
    while let Some((start, end)) = find(&rest) {
        out.push_str(rest.get(..start).unwrap_or_default());
        out.push_str("(personal number)");
        rest = rest.get(end..).unwrap_or_default().to_owned();
    }
    out.push_str(&rest);
    let cut = out.chars().count() > SHOWN || text.chars().count() > 4 * SHOWN;
    let mut short: String = out
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if cut {
        short.push('…');
    }
    short
}

/// The byte range of the first personal number: a run of 10 or 12 digits, or of 6 or 8 and four more
/// after a sign.
fn find(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = digits(bytes, at);
        if run == 0 {
            at += 1;
            continue;
        }
        let sign = bytes
            .get(at + run)
            .is_some_and(|b| matches!(b, b'-' | b'+' | b' '));
        let tail = if sign { digits(bytes, at + run + 1) } else { 0 };
        let (birth, end) = match (run, tail) {
            (10, _) => (6, at + run),
            (12, _) => (8, at + run),
            (6 | 8, 4) => (run, at + run + 1 + tail),
            _ => (0, 0),
        };
        let century_cut = birth.saturating_sub(6);
        if birth > 0 && is_day(text.get(at + century_cut..at + birth).unwrap_or_default()) {
            return Some((at, end));
        }
        at += run;
    }
    None
}

fn digits(bytes: &[u8], from: usize) -> usize {
    bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count()
}

/// Whether `YYMMDD` can be a day of birth; an organisation number's middle pair is 20 or more.
fn is_day(digits: &str) -> bool {
    let pair = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .and_then(|p| p.parse::<u8>().ok())
            .unwrap_or(0)
    };
    let (month, day) = (pair(2..4), pair(4..6));
    (1..=12).contains(&month) && ((1..=31).contains(&day) || (61..=91).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_and_coordination_numbers_are_seen_and_other_numbers_are_not() {
        for number in [
            "191212121212",
            "19121212-1212",
            "121212-1212",
            "121212+1212",
            "1212121212",
            "701063-2391",
            "x:20121212 1212y",
        ] {
            assert!(looks_like_personal_number(number), "{number}");
        }
        for other in [
            "SE2321000016-1001",
            "TSTNMT2321000001-12AB",
            "232100001612",
            "BRA-2024-117",
            "2026-11-01",
            "human-1-000001",
            "",
        ] {
            assert!(!looks_like_personal_number(other), "{other}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_masked() {
        assert_eq!(shown("id 19121212-1212!"), "id (personal number)!");
        assert_eq!(shown("a\nb"), "a\u{fffd}b");
        let long = shown(&"å".repeat(500));
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(!shown(&format!("{}121212-1212", "x".repeat(SHOWN - 4))).contains("1212"));
    }
}
