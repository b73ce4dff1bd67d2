//! Columns that follow from the rest of their row, for SQL to sort, search and compare by: they are not told, and whoever
//! writes a row anew finds here what they hold.

use domain::HsaId;
use domain::name::sort_key;
use domain::text::search_words;

/// A column that follows from what is told.
#[derive(Debug, Clone, Copy)]
pub struct Derived {
    /// The column.
    pub column: &'static str,
    /// What it holds.
    pub from: Follows,
}

/// What a column follows from.
#[derive(Debug, Clone, Copy)]
pub enum Follows {
    /// The names in those fields: the key that they are sorted by in Swedish.
    SortKey(&'static [&'static str]),
    /// The names in those fields, and the HSA-id: the words that they are found by.
    SearchWords(&'static [&'static str]),
    /// That field, and the empty text where there is none.
    OrEmpty(&'static str),
    /// That column of the event that has the thing's id.
    Event(&'static str),
    /// The decision by which the thing was changed last.
    Decision,
}

impl Follows {
    /// The column's text, by the texts that the thing has in its fields; `None`: it follows from the log, and not from
    /// the fields.
    pub fn text<'a>(self, field: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let texts = |fields: &[&str]| -> Vec<&'a str> {
            fields.iter().filter_map(|name| field(name)).collect()
        };
        match self {
            Self::SortKey(fields) => Some(sort_key(&texts(fields).join(" "))),
            Self::SearchWords(fields) => {
                let id = field("hsaId").and_then(|id| id.parse::<HsaId>().ok());
                Some(search_words(&texts(fields), id.as_ref()))
            }
            Self::OrEmpty(name) => Some(field(name).unwrap_or_default().to_owned()),
            Self::Event(_) | Self::Decision => None,
        }
    }

    /// Whether it follows from that field.
    #[must_use]
    pub fn reads(self, field: &str) -> bool {
        match self {
            Self::SortKey(fields) => fields.contains(&field),
            Self::SearchWords(fields) => field == "hsaId" || fields.contains(&field),
            Self::OrEmpty(name) => field == name,
            Self::Event(_) | Self::Decision => false,
        }
    }
}
