//! How the domain's values are stored, so that rows are read straight into them.
//!
//! A column that does not hold what its type says is corrupt data, and the error says so without
//! repeating the value.

use std::str::FromStr;

use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable};

use crate::domain::edit::{Edit, Gain};
use crate::domain::facts::{EngagementKind, Origin};
use crate::domain::permission::Category;
use crate::domain::review::ReviewOutcome;
use crate::domain::{Date, EntityRef, HsaId, Id, Instant, Kind, PermissionName};

/// A value that is stored as text.
trait Text: Sized {
    /// What the column should hold, in errors.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;
}

fn read<T: Text, I: ColIdx>(row: &QueryResult, index: I) -> Result<T, TryGetError> {
    let text = String::try_get_by(row, index)?;
    T::from_text(&text).ok_or_else(|| corrupt(T::EXPECTED))
}

fn corrupt(expected: &'static str) -> TryGetError {
    TryGetError::DbErr(DbErr::Type(format!("a column does not hold {expected}")))
}

impl<K: Kind> Text for Id<K> {
    const EXPECTED: &'static str = K::KIND.name();

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl<K: Kind> TryGetable for Id<K> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        read(row, index)
    }
}

impl TryGetable for Instant {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        i64::try_get_by(row, index).map(Self::from_micros)
    }
}

macro_rules! stored_as_text {
    ($($type:ty: $expected:literal, $read:expr;)*) => {$(
        impl Text for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Option<Self> {
                $read(text)
            }
        }

        impl TryGetable for $type {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                read(row, index)
            }
        }
    )*};
}

/// What is kept as JSON that this service wrote.
macro_rules! stored_as_json {
    ($($type:ty: $expected:literal;)*) => {
        stored_as_text! { $($type: $expected, |text| serde_json::from_str(text).ok();)* }
    };
}

stored_as_json! {
    Edit: "an edit";
    Gain: "a gain";
}

stored_as_text! {
    Date: "a date", parsed;
    HsaId: "an HSA-id", parsed;
    EntityRef: "an id", parsed;
    PermissionName: "the name of a permission", parsed;
    EngagementKind: "a kind of engagement", EngagementKind::named;
    Origin: "an origin", origin;
    Category: "a category", category;
    ReviewOutcome: "the outcome of a review", ReviewOutcome::named;
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn origin(text: &str) -> Option<Origin> {
    match text {
        "baseline" => Some(Origin::Baseline),
        "order" => Some(Origin::Order),
        _ => None,
    }
}

fn category(text: &str) -> Option<Category> {
    [Category::Use, Category::Administer]
        .into_iter()
        .find(|category| category.name() == text)
}

/// Declares a closed list of words that a column can hold, with the word for each.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word in the database.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                match String::try_get_by(row, index)?.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(sea_orm::TryGetError::DbErr(sea_orm::DbErr::Type(
                        concat!("a column does not hold a ", stringify!($name)).to_owned(),
                    ))),
                }
            }
        }
    };
}
pub(in crate::store) use words;
