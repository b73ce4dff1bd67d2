//! What looks like a Swedish personal identity number is not taken as a reference.
//!
//! Apart because it has to be the same wherever a caller may put a word of its own into the log. The
//! check digit is left out on purpose: a mistyped number still names somebody.

use uuid::Uuid;

/// Whether the text holds what looks like a personal identity number or a coordination number: a day
/// as `YYMMDD` or `YYYYMMDD` and four digits, with `-`, `+`, a space or nothing between.
#[must_use]
pub(super) fn looks_like_personal_number(text: &str) -> bool {
    // The groups of a UUID are random, and some of them are days.
    if Uuid::try_parse(text).is_ok() {
        return false;
    }
    let words: Vec<(Option<char>, &str)> = words(text);
    let alone = words.iter().any(|(_, word)| is_number(bare(word)));
    let apart = words.windows(2).any(|pair| match pair {
        [
            (_, day),
            (Some('-' | '+' | ' ' | '\u{2013}' | '\u{a0}'), serial),
        ] => {
            let day = day.trim_start_matches(|c: char| c.is_alphabetic());
            let serial = serial.trim_end_matches(|c: char| c.is_alphabetic());
            serial.len() == 4 && digits(serial) && matches!(day.len(), 6 | 8) && is_day(day)
        }
        _ => false,
    });
    alone || apart
}

/// The runs of letters and digits, each with the one character before it where there is only one.
fn words(text: &str) -> Vec<(Option<char>, &str)> {
    let mut found = Vec::new();
    let mut gap = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !word.is_empty() {
            let mut before = gap.chars();
            let only = before.next().filter(|_| before.next().is_none());
            found.push((only, word));
            gap.clear();
        }
        let mut after = after.chars();
        gap.extend(after.next());
        rest = after.as_str();
    }
    found
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_alphabetic())
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(word: &str) -> bool {
    let day = match word.len() {
        10 => word.get(..6),
        12 => word.get(..8),
        _ => None,
    };
    digits(word) && day.is_some_and(is_day)
}

/// Whether the digits are a day, or a day with 60 added as in coordination numbers.
fn is_day(text: &str) -> bool {
    if !digits(text) {
        return false;
    }
    let short = match (text.len(), text.get(..2)) {
        (8, Some("18" | "19" | "20")) => text.get(2..),
        (6, _) => Some(text),
        _ => None,
    };
    let part = |from: usize, to: usize| short?.get(from..to)?.parse::<u8>().ok();
    let month = part(2, 4).is_some_and(|month| (1..=12).contains(&month));
    let day = part(4, 6).is_some_and(|day| matches!(day, 1..=31 | 61..=91));
    month && day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_and_coordination_numbers_are_seen_in_every_dress() {
        for number in [
            "191212121212",
            "19121212-1212",
            "121212-1212",
            "1212121212",
            "121212+1212",
            "19121212 1212",
            "19121272-1212",
            "1212721212",
            "pat-19121212-1212",
            "p191212121212",
            "urn:pnr:191212121212/1",
            "patient 121212-1212 besök",
            "200229-1234",
        ] {
            assert!(looks_like_personal_number(number), "{number}");
        }
    }

    #[test]
    fn opaque_references_are_taken() {
        for reference in [
            "",
            "7f3a",
            "SE2321000016-1001",
            "TSTNMT2321000001-1001",
            "1234567890",
            "191313131212",
            "12121212121212",
            "019a1212-1212-7000-8000-000000000000",
            "19121212-1212-4000-8000-191212121212",
            "2026-11-22",
            "a1b2191212121212c3",
            "121232-1212",
        ] {
            assert!(!looks_like_personal_number(reference), "{reference}");
        }
    }
}
