//! Enumerations whose variants have names: in events, in the database, in settings, on the wire.
//!
//! Apart, so that a name is written once, by a derive: `VariantArray`, `IntoStaticStr` and `EnumString` of `strum`,
//! with how names are spelled in `#[strum(serialize_all = …)]`. A name that is kept or sent must not change with the
//! variant that it is made of: give that one `#[strum(serialize = …)]`.

use std::str::FromStr;

use strum::VariantArray;

/// What has a closed list of names.
pub trait Named: VariantArray + Copy + Into<&'static str> + FromStr {
    /// Its name.
    #[must_use]
    fn name(self) -> &'static str {
        self.into()
    }

    /// What has that name, spelled just so; `None`: nothing.
    #[must_use]
    fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// Every name, in the order of the variants.
    fn names() -> impl Iterator<Item = &'static str> {
        Self::VARIANTS.iter().map(|one| (*one).name())
    }
}

impl<T: VariantArray + Copy + Into<&'static str> + FromStr> Named for T {}
