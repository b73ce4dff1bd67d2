//! What looks like a Swedish personal identity number, found wherever somebody's own words go further.
//!
//! One rule for two uses: a word that would stand in clear in the log is not taken at all, and what is
//! said about a feed has such numbers masked. The check digit is left out on purpose: a mistyped number
//! still names somebody.

use std::ops::Range;

use uuid::Uuid;

/// Whether the text holds what looks like a personal identity number or a coordination number: a day as
/// `YYMMDD` or `YYYYMMDD` (a coordination number's day is 60 more) and four digits, with `-`, `+`, a dash
/// or a space between, or nothing.
#[must_use]
pub fn looks_like_personal_number(text: &str) -> bool {
    find(text).is_some()
}

/// Where the first such number stands, in bytes.
#[must_use]
pub fn find(text: &str) -> Option<Range<usize>> {
    // The groups of a UUID are random, and some of them are days.
    if Uuid::try_parse(text).is_ok() {
        return None;
    }
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let run = digits(rest);
        if run == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        if let Some(length) = number(rest, run) {
            return Some(at..at + length);
        }
        at += run;
    }
    None
}

/// How long the number is that the text begins with, whose first run of digits is so long.
fn number(text: &str, run: usize) -> Option<usize> {
    let (day, length) = match run {
        10 => (6, run),
        12 => (8, run),
        6 | 8 => {
            let mut after = text.get(run..)?.chars();
            let sign = after.next().filter(|sign| {
                matches!(
                    sign,
                    '-' | '+' | ' ' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{a0}'
                )
            })?;
            let serial = digits(after.as_str());
            (
                run,
                (serial == 4).then_some(run + sign.len_utf8() + serial)?,
            )
        }
        _ => return None,
    };
    is_day(text.get(..day)?).then_some(length)
}

/// How many digits the text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether the digits can be a day of birth; an organisation number's middle pair is 20 or more.
fn is_day(text: &str) -> bool {
    let short = match (text.len(), text.get(..2)) {
        (8, Some("18" | "19" | "20")) => text.get(2..),
        (6, _) => Some(text),
        _ => None,
    };
    let pair = |from: usize, to: usize| short?.get(from..to)?.parse::<u8>().ok();
    let month = pair(2, 4).is_some_and(|month| (1..=12).contains(&month));
    let day = pair(4, 6).is_some_and(|day| matches!(day, 1..=31 | 61..=91));
    month && day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_and_coordination_numbers_are_found_in_every_dress() {
        for (text, number) in [
            ("191212121212", "191212121212"),
            ("19121212-1212", "19121212-1212"),
            ("121212-1212", "121212-1212"),
            ("1212121212", "1212121212"),
            ("121212+1212", "121212+1212"),
            ("19121212 1212", "19121212 1212"),
            ("19121272-1212", "19121272-1212"),
            ("1212721212", "1212721212"),
            ("701063-2391", "701063-2391"),
            ("121212\u{2013}1212", "121212\u{2013}1212"),
            ("121212\u{a0}1212", "121212\u{a0}1212"),
            ("pat-19121212-1212", "19121212-1212"),
            ("p191212121212", "191212121212"),
            ("urn:pnr:191212121212/1", "191212121212"),
            ("åäö 121212-1212 besök", "121212-1212"),
            ("x:20121212 1212y", "20121212 1212"),
            ("7 200229-1234", "200229-1234"),
            ("2026-11-22 19121212-1212", "19121212-1212"),
        ] {
            let found = find(text).and_then(|range| text.get(range));
            assert_eq!(found, Some(number), "{text}");
            assert!(looks_like_personal_number(text));
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for other in [
            "",
            "7f3a",
            "SE2321000016-1001",
            "TSTNMT2321000001-1001",
            "TSTNMT2321000001-12AB",
            "232100001612",
            "1234567890",
            "191313131212",
            "12121212121212",
            "a1b2191212121212c3",
            "121232-1212",
            "121212-12125",
            "121212-121",
            "2026-11-22",
            "BRA-2024-117",
            "human-1-000001",
            "019a1212-1212-7000-8000-000000000000",
            "19121212-1212-4000-8000-191212121212",
        ] {
            assert_eq!(find(other), None, "{other}");
        }
    }
}
