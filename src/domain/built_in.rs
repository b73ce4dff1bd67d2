//! What is given as a reason besides policies: what the service itself says before, instead of or beside them.
//!
//! Apart from the policies because no release of them changes it, and in one place because events keep only the id.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::language::Words;
use super::named::Named as _;
use super::verdict::Reason;

/// A reason that is no policy's, by the name that events keep. No policy has such an id, but the one that says the same
/// of everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum BuiltIn {
    /// Nothing permitted it.
    NoPermit,
    /// No such permission is held over such a thing.
    NotApplicable,
    /// Rows of a list are shown by the filter that says what may be read.
    ListFilter,
    /// The caller has ended or has not begun.
    #[strum(serialize = "active-identity-required")]
    CallerNotLive,
    /// Whoever a question is about is not known.
    UnknownPrincipal,
    /// What a question is about is not known.
    UnknownTarget,
    /// The asker may not ask.
    AskerMayNotAsk,
}

impl BuiltIn {
    /// What it says.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::NoPermit => Words::new(
                "You lack permission for this. Turn to the contact person of the unit.",
                "Behörighet saknas. Vänd dig till enhetens kontaktperson.",
            ),
            Self::NotApplicable => Words::new(
                "The permission cannot be held over a target of this kind.",
                "Behörigheten kan inte gälla ett mål av det här slaget.",
            ),
            Self::ListFilter => Words::new(
                "A list shows what may be read one by one.",
                "En lista visar det som får läsas var för sig.",
            ),
            Self::CallerNotLive => Words::new(
                "The caller's employment or assignment has not begun or has ended. If that is wrong, turn to the manager.",
                "Anställningen eller uppdraget har inte börjat eller har upphört. Stämmer det inte, vänd dig till chefen.",
            ),
            Self::UnknownPrincipal => Words::new(
                "The person or service is not known here. Look at the id, or have it put into the register.",
                "Personen eller tjänsten är inte känd här. Kontrollera id:t, eller se till att den kommer in i registret.",
            ),
            Self::UnknownTarget => Words::new(
                "What the question is about is not known here. Look at the id, or have it put into the register.",
                "Det som frågan gäller är inte känt här. Kontrollera id:t, eller se till att det kommer in i registret.",
            ),
            Self::AskerMayNotAsk => Words::new(
                "The asker may not ask about this. Turn to whoever maintains the asking system.",
                "Systemet som frågar får inte fråga om detta. Vänd dig till den som förvaltar systemet.",
            ),
        }
    }

    /// It as the reason of a decision.
    #[must_use]
    pub fn reason(self) -> Reason {
        Reason::saying(self.name().to_owned(), &self.words())
    }
}
