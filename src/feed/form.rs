//! The forms that texts of a feed have, and how they are told to somebody who got one wrong.

use crate::domain::looks_like_personal_number;

/// The longest external id, in characters.
const LONGEST_ID: usize = 128;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

pub(super) const HSA_ID: &str = "an HSA-id: `SE` or `TSTNMT`, 10 or 12 digits, `-` and letters or digits, at \
                      most 31 characters";
pub(super) const DATE: &str = "a day of the calendar as YYYY-MM-DD, from 1900 to 2199";
pub(super) const DATE_OR_NULL: &str = "a day of the calendar as YYYY-MM-DD, from 1900 to 2199, or null \
                            where there is none (no far day in its place)";

pub(super) fn one_of(known: &[&str]) -> String {
    format!("one of {}", known.join(", "))
}

pub(super) fn id_right() -> String {
    format!("1 to {LONGEST_ID} characters without spaces at the ends or control characters")
}

pub(super) fn name_right() -> String {
    format!("1 to {LONGEST_NAME} characters without spaces at the ends or control characters")
}

pub(super) fn reference_right() -> String {
    format!("{}, without a personal number", name_right())
}

fn plain(text: &str, longest: usize) -> Option<String> {
    let good = !text.is_empty()
        && text.trim() == text
        && text.chars().count() <= longest
        && !text.chars().any(char::is_control);
    good.then(|| text.to_owned())
}

pub(super) fn id_form(text: &str) -> Option<String> {
    plain(text, LONGEST_ID)
}

pub(super) fn name_form(text: &str) -> Option<String> {
    plain(text, LONGEST_NAME)
}

pub(super) fn reference_form(text: &str) -> Option<String> {
    name_form(text).filter(|text| !looks_like_personal_number(text))
}

pub(super) fn email_form(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let good = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    good.then(|| text.to_owned())
}

pub(super) fn client_form(text: &str) -> Option<String> {
    let good = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    good.then(|| text.to_owned())
}

pub(super) fn host_form(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_owned())
}
