//! What can stand against provisioning as a whole. What stands against a record is told with the record.

use strum::{EnumDiscriminants, EnumMessage, EnumString, IntoStaticStr, VariantArray};

use super::Coded;
use crate::{Speaks, Words};

/// What can stand against provisioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(ProvisionProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum ProvisionProblem {
    /// Records belong to the integration that brings them, and a person is none.
    ServicesOnly,
    /// There are no records, or more than 1 000.
    NumberOfRecords,
    /// A record cannot be used, so none was applied; what is wrong stands with each.
    RejectedRecords,
    /// Something else is provisioned or imported, and takes its time.
    RunUnderway,
}

impl Coded for ProvisionProblem {
    const NAME: &'static str = "ProvisionError";
    const ONE: &'static str = "Something that stands against provisioning.";
    const CODES: &'static str = "What can stand against provisioning. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NumberOfRecords | Self::RejectedRecords => Some("records"),
            Self::ServicesOnly | Self::RunUnderway => None,
        }
    }
}

impl Speaks for ProvisionProblem {
    fn words(&self) -> Words {
        match self {
            Self::ServicesOnly => Words::new(
                "records belong to the integration that brings them: use `editRegister`, or ask whoever runs the source",
                "Poster hör till den integration som lämnar dem. Använd `editRegister`, eller vänd dig till den som ansvarar för källan.",
            ),
            Self::NumberOfRecords => Words::new(
                "expected from 1 to 1,000 records: send more in several calls",
                "Skicka mellan 1 och 1 000 poster åt gången, och fler i flera anrop.",
            ),
            Self::RejectedRecords => Words::new(
                "nothing was applied: put right what is wrong with the records, or have each applied by itself",
                "Ingenting infördes. Rätta de poster som det är fel på, eller låt var och en införas för sig.",
            ),
            Self::RunUnderway => Words::new(
                "something else is being provisioned or imported: try again in a while",
                "En annan körning pågår. Försök igen om en stund.",
            ),
        }
    }
}
