//! An installation with a region in it, callers of it, and the evidence it leaves.

mod caller;
mod clinic;
mod evidence;
mod installation;
mod load;

pub(crate) use caller::{Answered, Caller, Question};
pub(crate) use clinic::{Clinician, clinicians, reader_role};
pub(crate) use evidence::{Evidence, disarm, unarmed};
pub(crate) use installation::{Installation, Site};
pub(crate) use load::{Load, Told};

/// `few` tries ordinarily, `many` when long trials were asked for.
pub(crate) fn tries(few: usize, many: usize) -> usize {
    if test_support::soaking() { many } else { few }
}
