//! What says itself to people: reports and errors, in whatever language the reader has.
//!
//! Apart from [`language`](super::language) because that holds what is said, and this who says it. A text is put
//! together by `words!`, whose parts all say themselves, so that a sentence without its Swedish, or with an
//! English one inside, does not compile. What is the same in every language is marked as that: [`verbatim`].
//!
//! An error says itself in Display as well, in English, for the service's own log:
//! `#[error("{}", self.words())]`.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::language::{Language, Words};

/// A text of that many parts or one, each of which says itself.
#[macro_export]
macro_rules! words {
    (@part $name:ident) => {
        $name
    };
    (@part $name:ident = $value:expr) => {
        $value
    };
    ($english:literal, $swedish:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        match ($(
            $crate::Speaks::words(
                &$crate::speaks::words!(@part $name $(= $value)?)
            ),
        )+) {
            ($($name,)+) => $crate::Words::made(
                // `concat!`, for a literal of its own could name a variable, which would not be asked for its words.
                format!(
                    concat!($english),
                    $($name = $name.spoken($crate::Language::English)),+
                ),
                format!(
                    concat!($swedish),
                    $($name = $name.spoken($crate::Language::Swedish)),+
                ),
            ),
        }
    };
}
pub use crate::words;

/// Says itself in every language.
pub trait Speaks {
    /// What it says of itself.
    fn words(&self) -> Words;

    /// What is behind it, if anything is that it does not say itself.
    fn cause(&self) -> Option<Words> {
        None
    }

    /// What it says, and what is behind it.
    fn whole(&self) -> Words {
        let words = self.words();
        match self.cause() {
            None => words,
            Some(cause) => words!("{words}: {cause}", "{words} Orsak: {cause}", words, cause),
        }
    }
}

/// What is the same in every language: a name, a path, a date, what the operating system or a library says.
pub fn verbatim(text: impl fmt::Display) -> Words {
    let text = text.to_string();
    Words::made(text.clone(), text)
}

/// What a library says, with everything behind it.
pub fn foreign(error: &(dyn Error + 'static)) -> Words {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    verbatim(text)
}

/// What a library says of JSON that has not the form that it should have, without the value that stands there: what
/// would be right. Names of members, and what our own types say, it repeats.
#[must_use]
pub fn misread(error: &serde_json::Error) -> Words {
    let text = error.to_string();
    let (text, _place) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    if !error.is_data() {
        return Words::new("it is no JSON", "Det är inte JSON.");
    }
    if !text.starts_with("invalid ") {
        return verbatim(text);
    }
    match text.rsplit_once("expected ") {
        Some((_found, right)) => {
            words!(
                "expected {right}",
                "Förväntat: {right}.",
                right = form(right)
            )
        }
        None => Words::new(
            "a value has not the form that it should have",
            "Ett värde har inte den form som det ska ha.",
        ),
    }
}

/// What the library calls a form of JSON. Types of ours are nothing to whoever writes it.
fn form(right: &str) -> Words {
    match right {
        "a boolean" => Words::part("a boolean", "true eller false"),
        "a string" => Words::part("a string", "en text"),
        "a sequence" => Words::part("a list", "en lista"),
        "a map" => Words::part("an object", "ett objekt"),
        "u8" | "u16" | "u32" | "u64" | "usize" => {
            Words::part("a whole number, not negative", "ett heltal, inte negativt")
        }
        "i8" | "i16" | "i32" | "i64" => Words::part("a whole number", "ett heltal"),
        ours if ours.starts_with("struct ") => Words::part("an object", "ett objekt"),
        other => verbatim(other),
    }
}

/// So many of what is called by these names, one and several.
pub fn counted(
    count: impl TryInto<u64>,
    english: (&'static str, &'static str),
    swedish: (&'static str, &'static str),
) -> Words {
    let count = count.try_into().unwrap_or(u64::MAX);
    let of = |(one, several): (&'static str, &'static str)| {
        format!("{count} {}", if count == 1 { one } else { several })
    };
    Words::made(of(english), of(swedish))
}

/// So many events.
#[must_use]
pub fn events(count: u64) -> Words {
    counted(count, ("event", "events"), ("händelse", "händelser"))
}

/// The texts one after another, with the same between them.
pub fn joined(texts: impl IntoIterator<Item = Words>, between: &str) -> Words {
    let texts: Vec<Words> = texts.into_iter().collect();
    let of = |language| {
        let spoken: Vec<&str> = texts.iter().map(|text| text.spoken(language)).collect();
        spoken.join(between)
    };
    Words::made(of(Language::English), of(Language::Swedish))
}

impl Speaks for Words {
    fn words(&self) -> Words {
        self.clone()
    }
}

impl<T: Speaks + ?Sized> Speaks for &T {
    fn words(&self) -> Words {
        (*self).words()
    }

    fn cause(&self) -> Option<Words> {
        (*self).cause()
    }
}

impl<T: Speaks + ?Sized> Speaks for Box<T> {
    fn words(&self) -> Words {
        (**self).words()
    }

    fn cause(&self) -> Option<Words> {
        (**self).cause()
    }
}

impl Speaks for Path {
    fn words(&self) -> Words {
        verbatim(self.display())
    }
}

impl Speaks for PathBuf {
    fn words(&self) -> Words {
        self.as_path().words()
    }
}

impl Speaks for io::Error {
    fn words(&self) -> Words {
        foreign(self)
    }
}

/// What has no words of its own, and looks the same to everybody.
macro_rules! same_everywhere {
    ($($type:ty),+ $(,)?) => {$(
        impl Speaks for $type {
            fn words(&self) -> Words {
                verbatim(self)
            }
        }
    )+};
}

same_everywhere!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i64,
    SocketAddr,
    super::Date,
    super::Instant,
    super::HsaId,
    super::EntityRef,
    super::PermissionName,
    super::text::ClientId,
    super::text::Identifier,
    super::text::Reference,
);

impl<K: super::Kind> Speaks for super::Id<K> {
    fn words(&self) -> Words {
        verbatim(self)
    }
}

/// What has its words already, for callers of every kind.
macro_rules! worded {
    ($($type:ty),+ $(,)?) => {$(
        impl Speaks for $type {
            fn words(&self) -> Words {
                Self::words(*self)
            }
        }
    )+};
}

worded!(super::text::TextError, super::DateParseError);
