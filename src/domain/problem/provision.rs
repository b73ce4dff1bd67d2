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
    /// The caller has no open run of that id.
    NoSuchRun,
    /// Place and key are of a call by itself, not of one that is part of a run.
    SaidByTheRun,
    /// The run would have more records than a run may have.
    RunFull,
}

impl Coded for ProvisionProblem {
    const NAME: &'static str = "ProvisionError";
    const ONE: &'static str = "Something that stands against provisioning.";
    const CODES: &'static str = "What can stand against provisioning. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NumberOfRecords | Self::RejectedRecords => Some("records"),
            Self::NoSuchRun | Self::SaidByTheRun | Self::RunFull => Some("run"),
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
            Self::NoSuchRun => Words::new(
                "you have no open run of that id: begin one with `beginRun`",
                "Du har ingen öppen körning med det id:t. Börja en med `beginRun`.",
            ),
            Self::SaidByTheRun => Words::new(
                "leave `place` and `idempotencyKey` out: the place was given when the run was begun, and the same record again changes nothing",
                "Utelämna `place` och `idempotencyKey`. Platsen angavs när körningen började, och samma post en gång till ändrar inget.",
            ),
            Self::RunFull => Words::new(
                "a run has 500,000 records at most: complete this one, and bring the rest in another",
                "En körning har högst 500 000 poster. Slutför den här, och lämna resten i en annan.",
            ),
        }
    }
}

/// What can stand against confirming what was halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(ConfirmProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum ConfirmProblem {
    /// There is no such run, or none that the caller may confirm.
    NotFound,
    /// Nothing of the run waits for anybody.
    NothingWaits,
    /// What waits is not what was seen.
    NotSeen,
    /// It takes a human being who does not answer for the service that brought it.
    SecondIndividual,
    /// A record cannot be used any more, so none was applied; what is wrong stands with each.
    RejectedRecords,
    /// Something else is provisioned or imported, and takes its time.
    RunUnderway,
}

impl Coded for ConfirmProblem {
    const NAME: &'static str = "ConfirmRunError";
    const ONE: &'static str = "Something that stands against confirming it.";
    const CODES: &'static str =
        "What can stand against confirming what was halted. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotFound | Self::NothingWaits | Self::RejectedRecords => Some("run"),
            Self::NotSeen => Some("planDigest"),
            Self::SecondIndividual | Self::RunUnderway => None,
        }
    }
}

impl Speaks for ConfirmProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound => Words::new(
                "there is no run by that id of which you may confirm anything",
                "Det finns ingen körning med det id:t som du får bekräfta något i.",
            ),
            Self::NothingWaits => Words::new(
                "nothing of the run waits any more: somebody has confirmed it",
                "Inget i körningen väntar längre. Någon har bekräftat den.",
            ),
            Self::NotSeen => Words::new(
                "expected the digest of what waits, as it was shown: look at it with `dryRun`",
                "Ange kontrollsumman av det som väntar, så som den visades. Titta på det med `dryRun`.",
            ),
            Self::SecondIndividual => Words::new(
                "it takes a human being who neither owns the service that brought it nor stands in for its owner: ask somebody else",
                "Det krävs någon som varken äger tjänsten som lämnade uppgifterna eller är ägarens ersättare. Be någon annan.",
            ),
            Self::RejectedRecords => ProvisionProblem::RejectedRecords.words(),
            Self::RunUnderway => ProvisionProblem::RunUnderway.words(),
        }
    }
}
