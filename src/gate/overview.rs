//! Leave to look at the whole log and at what everybody holds: for whoever holds the host, and for a report of whom a
//! guardrail stops.

use domain::action::{ImportRegister, Reach, Read};

use super::permit::{Leave, Permit};

/// That leave, which has to be on record before anything is read.
#[derive(Debug)]
pub struct Overview {
    _by: By,
}

/// Whose leave it is.
#[derive(Debug)]
enum By {
    Host { _leave: Leave<ImportRegister> },
    Report { _permit: Permit<Read<Reach>> },
}

impl From<Leave<ImportRegister>> for Overview {
    fn from(leave: Leave<ImportRegister>) -> Self {
        Self {
            _by: By::Host { _leave: leave },
        }
    }
}

/// For a report about what the permit is for, of which nothing else may be shown.
impl From<Permit<Read<Reach>>> for Overview {
    fn from(permit: Permit<Read<Reach>>) -> Self {
        Self {
            _by: By::Report { _permit: permit },
        }
    }
}
