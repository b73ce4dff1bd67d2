//! What looks like a Swedish personal identity number, found wherever somebody's own words go further.
//!
//! One rule for two uses: a word that would stand in clear in the log is not taken at all, and what is
//! said about a feed has such numbers masked. Coordination numbers (the day is 60 more) and the reserve
//! identities that regions give patients count as well: letters among the last four, a century of their own,
//! or a day that no month has. Digits are compared after NFKC and without what cannot be seen, and separators
//! may stand where people write them. The check digit is left out on purpose: a mistyped number still names
//! somebody. Habits and slips are found, not ciphers: a number among more digits, or in what is a UUID, is
//! told from chance by nobody.

use std::ops::Range;

use icu_properties::props::GeneralCategory;
use uuid::Uuid;

use super::characters::{category, compatible, is_unseen};

/// The most separators that stand in one place of a number.
const MOST_SEPARATORS: usize = 8;
/// How many characters the part after the day has.
const SERIAL: usize = 4;
/// The fewest digits that a number is written with: a day of six, and one among letters after it.
const FEWEST_DIGITS: usize = 7;

/// Whether the text holds what looks like a number that names a human being: a day as `YYMMDD` or `YYYYMMDD`
/// and four digits, or digits and letters, with or without separators.
#[must_use]
pub fn looks_like_personal_number(text: &str) -> bool {
    find(text).is_some()
}

/// Where the first such number stands, in bytes.
#[must_use]
pub fn find(text: &str) -> Option<Range<usize>> {
    // The groups of what was drawn by lot are random, and some of them are days.
    if has_too_few_digits(text) || is_drawn_by_lot(text) {
        return None;
    }
    look_for(text)
}

/// Whether a text of ASCII alone, in which digits are what they look like, has too few of them: most texts.
fn has_too_few_digits(text: &str) -> bool {
    text.is_ascii() && text.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS
}

fn look_for(text: &str) -> Option<Range<usize>> {
    let plain = Plain::of(text);
    let starts = (0..plain.signs.len()).filter(|at| plain.begins_number(*at));
    starts.into_iter().find_map(|at| {
        let end = [8, 6]
            .into_iter()
            .find_map(|day| plain.number(at, day))
            .or_else(|| plain.spelled_out(at))?;
        let first = plain.signs.get(at)?;
        let last = plain.signs.get(end.checked_sub(1)?)?;
        Some(first.from..last.to)
    })
}

/// Whether the text is a UUID, or a long number in hexadecimal whose digits are mixed as chance would.
fn is_drawn_by_lot(text: &str) -> bool {
    let versioned =
        |uuid: Uuid| uuid.get_version().is_some() && uuid.get_variant() == uuid::Variant::RFC4122;
    if text.contains('-') {
        return Uuid::try_parse(text).is_ok_and(versioned);
    }
    let letters = text.bytes().filter(|b| matches!(b, b'a'..=b'f')).count();
    let hexadecimal = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    hexadecimal && text.len() >= 32 && letters >= text.len() / 8
}

/// A character as it is compared, and where it stands in the text.
#[derive(Debug, Clone, Copy)]
struct Sign {
    as_read: char,
    from: usize,
    to: usize,
}

/// A text as numbers are looked for in it.
struct Plain {
    signs: Vec<Sign>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let mut signs = Vec::with_capacity(text.len());
        for (from, c) in text.char_indices() {
            let to = from + c.len_utf8();
            if c.is_ascii() {
                signs.push(Sign {
                    as_read: c,
                    from,
                    to,
                });
            } else if !is_unseen(c) {
                let mut buffer = [0; 4];
                let read = compatible(c.encode_utf8(&mut buffer)).into_owned();
                signs.extend(read.chars().map(|c| Sign {
                    as_read: digit_of(c).unwrap_or(c),
                    from,
                    to,
                }));
            }
        }
        Self { signs }
    }

    fn at(&self, at: usize) -> Option<char> {
        self.signs.get(at).map(|sign| sign.as_read)
    }

    fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|at| self.at(at))
    }

    fn is_digit(&self, at: usize) -> bool {
        self.at(at).is_some_and(|c| c.is_ascii_digit())
    }

    /// Whether a run of digits begins there, or goes on after nothing but zeros.
    fn begins_number(&self, at: usize) -> bool {
        let earlier = (0..at).rev().filter_map(|at| self.at(at));
        let mut run = earlier.take_while(char::is_ascii_digit).peekable();
        let first = run.peek().is_none();
        self.is_digit(at) && (first || (self.at(at) != Some('0') && run.all(|c| c == '0')))
    }

    /// Where the separators end that begin there; `None`: there are too many.
    fn gap(&self, at: usize, separates: fn(char) -> bool) -> Option<usize> {
        let separates = |at: &usize| self.at(*at).is_some_and(separates);
        let end = at + (at..self.signs.len()).take_while(separates).count();
        (end - at <= MOST_SEPARATORS).then_some(end)
    }

    /// Where the number ends that begins there with a day of so many digits.
    fn number(&self, start: usize, day: usize) -> Option<usize> {
        let mut digits = String::with_capacity(day);
        let mut at = start;
        while digits.len() < day {
            if !self.is_digit(at) && digits.len().is_multiple_of(2) {
                at = self.gap(at, is_separator)?;
            }
            digits.push(self.at(at).filter(char::is_ascii_digit)?);
            at += 1;
        }
        if !is_day(&digits) {
            return None;
        }
        let serial = self.gap(at, sets_apart)?;
        let numbered = (serial..serial + SERIAL).all(|at| self.is_digit(at));
        if numbered && !self.is_digit(serial + SERIAL) {
            return Some(serial + SERIAL);
        }
        self.lettered(start, day, at..serial)
            .then_some(serial + SERIAL)
    }

    /// Whether what follows a day is the end of a reserve identity: two kinds of character, no word of three
    /// letters, and nothing that it could be a part of.
    fn lettered(&self, start: usize, day: usize, gap: Range<usize>) -> bool {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let serial: Vec<char> = (gap.end..gap.end + SERIAL)
            .filter_map(|at| self.at(at))
            .collect();
        let fits = serial.len() == SERIAL
            && serial.iter().all(char::is_ascii_alphanumeric)
            && serial.iter().any(char::is_ascii_digit)
            && serial.iter().any(char::is_ascii_alphabetic)
            && !serial
                .windows(3)
                .any(|three| three.iter().all(char::is_ascii_alphabetic));
        // A day and a word after a space is ordinary writing.
        let close = gap.clone().all(|at| self.at(at).is_some_and(is_dash))
            || serial.iter().all(|c| !c.is_ascii_lowercase());
        let apart = day == 8 || !word(self.before(start));
        fits && close && apart && !word(self.at(gap.end + SERIAL))
    }

    /// How many digits stand there in a row.
    fn run_of_digits(&self, at: usize) -> usize {
        let rest = at..self.signs.len();
        rest.take_while(|at| self.is_digit(*at)).count()
    }

    /// Where a number ends that begins there and is written in ones, pairs or threes throughout.
    fn spelled_out(&self, start: usize) -> Option<usize> {
        let size = self.run_of_digits(start);
        if !(1..=3).contains(&size) {
            return None;
        }
        let mut digits = String::new();
        let (mut at, mut end) = (start, start);
        while self.run_of_digits(at) == size {
            digits.extend((at..at + size).filter_map(|at| self.at(at)));
            end = at + size;
            match self.gap(end, is_separator) {
                Some(next) if next > end => at = next,
                _ => break,
            }
        }
        let day = digits
            .len()
            .checked_sub(SERIAL)
            .filter(|day| matches!(day, 6 | 8))?;
        is_day(digits.get(..day)?).then_some(end)
    }
}

/// The digit that a decimal digit of any script stands for, or one in a circle that NFKC leaves there.
fn digit_of(c: char) -> Option<char> {
    let circled = |zero: u32| char::from_digit(u32::from(c) - zero, 10);
    match c {
        '\u{24ff}' | '\u{1f10b}' | '\u{1f10c}' => return Some('0'),
        '\u{24f5}'..='\u{24fd}' => return circled(0x24f4),
        '\u{2776}'..='\u{277e}' => return circled(0x2775),
        '\u{2780}'..='\u{2788}' => return circled(0x277f),
        '\u{278a}'..='\u{2792}' => return circled(0x2789),
        _ => {}
    }
    let is_decimal = |c: char| category(c) == GeneralCategory::DecimalNumber;
    if !is_decimal(c) {
        return None;
    }
    // The digits of a script follow each other from zero.
    let below = (1..10_u32)
        .take_while(|n| {
            let other = u32::from(c).checked_sub(*n).and_then(char::from_u32);
            other.is_some_and(is_decimal)
        })
        .count();
    char::from_digit(u32::try_from(below).ok()?, 10)
}

fn is_dash(c: char) -> bool {
    category(c) == GeneralCategory::DashPunctuation
        || matches!(
            c,
            '+' | '_' | '\u{2212}' | '\u{2d7}' | '\u{2043}' | '\u{2796}'
        )
}

fn is_separator(c: char) -> bool {
    is_dash(c)
        || c.is_whitespace()
        || matches!(
            c,
            '.' | '/'
                | '\\'
                | '*'
                | '~'
                | '\u{b7}'
                | '\u{2022}'
                | '\u{2027}'
                | '\u{2219}'
                | '\u{22c5}'
                | '\u{30fb}'
                | '\u{2e31}'
        )
}

/// Whether the character may stand between a day and what follows it: every mark and symbol may. Within a day
/// fewer do, for addresses of networks and devices are pairs of digits with colons.
fn sets_apart(c: char) -> bool {
    use GeneralCategory as Is;
    let is_mark = matches!(
        category(c),
        Is::OtherPunctuation
            | Is::OpenPunctuation
            | Is::ClosePunctuation
            | Is::InitialPunctuation
            | Is::FinalPunctuation
            | Is::ConnectorPunctuation
            | Is::MathSymbol
            | Is::CurrencySymbol
            | Is::ModifierSymbol
            | Is::OtherSymbol
    );
    is_separator(c) || is_mark
}

/// Whether the digits can be a day of birth, or what stands in its place in a reserve identity; an organisation
/// number's middle pair is 20 or more, and those of regions and municipalities have no month.
fn is_day(digits: &str) -> bool {
    let pair = |from: usize| digits.get(from..from + 2)?.parse::<u8>().ok();
    let month = |from: usize| pair(from).is_some_and(|month| (1..=12).contains(&month));
    match (digits.len(), pair(0)) {
        (8, Some(18..=20)) => month(4) && pair(6).is_some_and(|day| (1..=91).contains(&day)),
        // The century of a national reserve identity.
        (8, Some(21..=23)) => {
            month(4) && pair(6).is_some_and(|day| matches!(day, 1..=31 | 61..=91))
        }
        // A reserve identity of Region Stockholm: a year of birth, and no day.
        (8, Some(99)) => pair(2).is_some_and(|century| (18..=20).contains(&century)),
        // The 32nd is a day of reserve identities only.
        (6, _) => month(2) && pair(4).is_some_and(|day| matches!(day, 1..=32 | 61..=91)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
