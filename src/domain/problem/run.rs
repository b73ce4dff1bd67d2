//! What can stand against beginning, completing and abandoning a run that takes several calls.

use strum::{EnumDiscriminants, EnumMessage, EnumString, IntoStaticStr, VariantArray};

use super::{Coded, ProvisionProblem};
use crate::speaks::words;
use crate::{Speaks, Words};

/// What can stand against beginning a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(BeginRunProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum BeginRunProblem {
    /// Records belong to the integration that brings them, and a person is none.
    ServicesOnly,
    /// The kinds of record are not said.
    NoKinds,
    /// A snapshot says of which instant it is, which is not to come.
    AsOf,
    /// The source has another open run.
    RunOpen,
    /// The source has completed a run of a later instant.
    Older,
}

impl Coded for BeginRunProblem {
    const NAME: &'static str = "BeginRunError";
    const ONE: &'static str = "Something that stands against beginning a run.";
    const CODES: &'static str = "What can stand against beginning a run. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoKinds => Some("kinds"),
            Self::AsOf | Self::Older => Some("asOf"),
            Self::ServicesOnly | Self::RunOpen => None,
        }
    }
}

impl Speaks for BeginRunProblem {
    fn words(&self) -> Words {
        match self {
            Self::ServicesOnly => ProvisionProblem::ServicesOnly.words(),
            Self::NoKinds => Words::new(
                "expected the kinds of record that the run will have",
                "Ange de slag av poster som körningen ska ha.",
            ),
            Self::AsOf => Words::new(
                "expected the instant that the records tell of, which is not to come: a snapshot has to say it",
                "Ange den tidpunkt som posterna gäller, som inte får ligga i framtiden. Ett helt underlag måste ange den.",
            ),
            Self::RunOpen => Words::new(
                "your source has an open run, which is answered as `run`: complete or abandon it first",
                "Din källa har en öppen körning, som anges i `run`. Slutför eller avbryt den först.",
            ),
            Self::Older => Words::new(
                "your source has completed a run of a later instant: bring what is newest",
                "Din källa har slutfört en körning som gäller en senare tidpunkt. Lämna det senaste.",
            ),
        }
    }
}

/// What can stand against completing a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(CompleteRunProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum CompleteRunProblem {
    /// The caller has no such run, or has abandoned it.
    NotFound,
    /// The run has another number of records than the source.
    OtherNumber {
        /// How many have been received.
        received: u64,
    },
    /// Not one record can be used, so the run is as it was.
    NothingUsable,
    /// Something else is provisioned or imported, and takes its time.
    RunUnderway,
}

impl Coded for CompleteRunProblem {
    const NAME: &'static str = "CompleteRunError";
    const ONE: &'static str = "Something that stands against completing a run.";
    const CODES: &'static str = "What can stand against completing a run. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotFound | Self::NothingUsable => Some("run"),
            Self::OtherNumber { .. } => Some("records"),
            Self::RunUnderway => None,
        }
    }
}

impl Speaks for CompleteRunProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound => Words::new(
                "you have no run of that id: begin one with `beginRun`",
                "Du har ingen körning med det id:t. Börja en med `beginRun`.",
            ),
            Self::OtherNumber { received } => words!(
                "{received} records have been received: bring what is missing, or say how many the source has",
                "{received} poster har tagits emot. Lämna det som saknas, eller ange hur många källan har.",
                received
            ),
            Self::NothingUsable => Words::new(
                "nothing was applied: not one of the records can be used; abandon the run and bring them put right",
                "Ingenting infördes. Ingen av posterna går att använda. Avbryt körningen och lämna dem rättade.",
            ),
            Self::RunUnderway => ProvisionProblem::RunUnderway.words(),
        }
    }
}

/// What can stand against abandoning a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(AbandonRunProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum AbandonRunProblem {
    /// The caller has no open run of that id.
    NotFound,
}

impl Coded for AbandonRunProblem {
    const NAME: &'static str = "AbandonRunError";
    const ONE: &'static str = "Something that stands against abandoning a run.";
    const CODES: &'static str = "What can stand against abandoning a run. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        Some("run")
    }
}

impl Speaks for AbandonRunProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound => ProvisionProblem::NoSuchRun.words(),
        }
    }
}
