//! How values are told that have a type of their own.

use domain::permission::Category;
use domain::{Instant, Named as _, verdict};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A yes that is kept as a word.
pub(super) fn spoken<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "true" => Ok(true),
        _ => Err(D::Error::custom("no yes")),
    }
}

pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Instant>, D::Error> {
    let at = Option::<Instant>::deserialize(deserializer)?;
    at.map(|at| {
        at.in_range()
            .ok_or_else(|| D::Error::custom("out of range"))
    })
    .transpose()
}

pub(super) fn category<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Category>, D::Error> {
    let named = Option::<String>::deserialize(deserializer)?;
    named
        .map(|name| Category::named(&name).ok_or_else(|| D::Error::custom("no category")))
        .transpose()
}

pub(super) fn stage<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<verdict::Stage, D::Error> {
    let name = String::deserialize(deserializer)?;
    verdict::Stage::named(&name).ok_or_else(|| D::Error::custom("no stage"))
}

/// What an empty text names is nothing.
pub(super) fn named<'de, D: Deserializer<'de>, T: std::str::FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| D::Error::custom("no id")))
        .transpose()
}
