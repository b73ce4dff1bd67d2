//! Keeps personal numbers, and long values, out of what is said about a feed.

use domain::text::characters::is_unseen;
use domain::text::personal_number::find;

/// How much of a given value is repeated.
const SHOWN: usize = 48;

/// The value as it may be repeated: shortened, with a mark for what cannot be seen, personal numbers masked.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut rest: String = text.chars().take(4 * SHOWN).collect();
    let mut out = String::new();
    while let Some(number) = find(&rest) {
        out.push_str(rest.get(..number.start).unwrap_or_default());
        out.push_str("(personal number)");
        rest = rest.get(number.end..).unwrap_or_default().to_owned();
    }
    out.push_str(&rest);
    let cut = out.chars().count() > SHOWN || text.chars().count() > 4 * SHOWN;
    let mut short: String = out
        .chars()
        .take(SHOWN)
        .map(|c| if is_unseen(c) { '\u{fffd}' } else { c })
        .collect();
    if cut {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_masked() {
        assert_eq!(shown("id 19121212-1212!"), "id (personal number)!");
        assert_eq!(shown("a\nb\u{202e}"), "a\u{fffd}b\u{fffd}");
        let long = shown(&"å".repeat(500));
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(!shown(&format!("{}121212-1212", "x".repeat(SHOWN - 4))).contains("1212"));
    }
}
