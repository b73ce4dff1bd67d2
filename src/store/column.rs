//! How the domain's values are stored, so that rows are read straight into them.
//!
//! A column that does not hold what its type says is corrupt data, and the error says so without
//! repeating the value. To let rows hold another type: a line below, of what it is made of and how.

use std::str::FromStr;

use sea_orm::{DbErr, QueryResult, TryGetable};

use domain::edit::{Edit, Gain};
use domain::facts::{EngagementKind, Origin};
use domain::permission::Category;
use domain::review::ReviewOutcome;
use domain::{Date, EntityRef, HsaId, Id, Instant, Kind, PermissionName};

/// A value that a column can hold.
pub(crate) trait FromColumn: Sized {
    /// What the database keeps of it.
    type Stored: TryGetable;

    /// The value.
    ///
    /// # Errors
    /// [`DbErr::Type`]: the column holds something else.
    fn from_column(stored: Self::Stored) -> Result<Self, DbErr>;
}

/// The value in a column of a row; `prefix` is what the columns of its table begin with, mostly nothing.
pub(crate) fn read<C: FromColumn>(
    row: &QueryResult,
    prefix: &str,
    column: &str,
) -> Result<C, DbErr> {
    C::from_column(row.try_get(prefix, column)?)
}

pub(crate) fn corrupt(expected: &str) -> DbErr {
    DbErr::Type(format!("a column does not hold {expected}"))
}

impl<C: FromColumn> FromColumn for Option<C> {
    type Stored = Option<C::Stored>;

    fn from_column(stored: Self::Stored) -> Result<Self, DbErr> {
        stored.map(C::from_column).transpose()
    }
}

macro_rules! stored_as_they_are {
    ($($type:ty),*) => {$(
        impl FromColumn for $type {
            type Stored = Self;

            fn from_column(stored: Self) -> Result<Self, DbErr> {
                Ok(stored)
            }
        }
    )*};
}

stored_as_they_are!(bool, i32, i64, String, Vec<u8>);

impl<K: Kind> FromColumn for Id<K> {
    type Stored = String;

    fn from_column(stored: String) -> Result<Self, DbErr> {
        stored.parse().map_err(|_| corrupt(K::KIND.name()))
    }
}

impl FromColumn for Instant {
    type Stored = i64;

    fn from_column(stored: i64) -> Result<Self, DbErr> {
        Ok(Self::from_micros(stored))
    }
}

macro_rules! stored_as_text {
    ($($type:ty: $expected:literal, $read:expr;)*) => {$(
        impl FromColumn for $type {
            type Stored = String;

            fn from_column(stored: String) -> Result<Self, DbErr> {
                $read(stored.as_str()).ok_or_else(|| corrupt($expected))
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
    EngagementKind: "a kind of engagement", parsed;
    Origin: "an origin", parsed;
    Category: "a category", parsed;
    ReviewOutcome: "the outcome of a review", parsed;
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
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

        impl $crate::column::FromColumn for $name {
            type Stored = String;

            fn from_column(stored: String) -> Result<Self, sea_orm::DbErr> {
                match stored.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::column::corrupt(concat!("a ", stringify!($name)))),
                }
            }
        }
    };
}
pub(crate) use words;

/// Declares what is read of a row: a field for each column of its name, and those with a value to begin with,
/// which have no column and are filled in later.
macro_rules! row {
    (@field $row:ident, $prefix:ident, $field:ident) => {
        $crate::column::read($row, $prefix, stringify!($field))?
    };
    (@field $row:ident, $prefix:ident, $field:ident, $begin:expr) => { $begin };
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_doc:meta])* $field_vis:vis $field:ident: $type:ty $(= $begin:expr)?,)*
        }
    ) => {
        $(#[$doc])*
        $vis struct $name {
            $($(#[$field_doc])* $field_vis $field: $type,)*
        }

        impl sea_orm::FromQueryResult for $name {
            fn from_query_result(
                row: &sea_orm::QueryResult,
                prefix: &str,
            ) -> Result<Self, sea_orm::DbErr> {
                Ok(Self {
                    $($field: $crate::column::row!(@field row, prefix, $field $(, $begin)?),)*
                })
            }
        }
    };
}
pub(crate) use row;
