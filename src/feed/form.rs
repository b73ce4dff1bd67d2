//! The forms that texts of a feed have, as they are told to somebody who got one wrong.
//!
//! What a text may hold is no rule of a feed's own, see [`crate::domain::text`].

pub(super) const HSA_ID: &str = "an HSA-id: `SE` or `TSTNMT`, 10 or 12 digits, `-` and letters or digits, at \
                      most 31 characters, and no personal number";
pub(super) const DATE: &str = "a day of the calendar as YYYY-MM-DD, from 1900 to 2199";
pub(super) const DATE_OR_NULL: &str = "a day of the calendar as YYYY-MM-DD, from 1900 to 2199, or null \
                            where there is none (no far day in its place)";
pub(super) const IDENTIFIER: &str = "1 to 128 characters that can all be seen, composed (NFKC), without white space \
                                     at the ends, and no personal or reserve number";
pub(super) const NAME: &str =
    "1 to 200 characters that can all be seen, without white space at the ends";
pub(super) const REFERENCE: &str = "1 to 512 bytes that can all be seen, without white space at the ends, and no \
                                    personal or reserve number";
pub(super) const INDIVIDUAL: &str = "an opaque key of 1 to 128 characters that can all be seen, composed (NFKC), \
                                     without white space at the ends, and never a personal or reserve number";
pub(super) const HOST_NAME: &str = "a host name in lower case: labels of letters, digits and hyphens with dots \
                                    between, at most 253 characters";
pub(super) const CLIENT_ID: &str = "a client id: printable ASCII without spaces, at most 128 characters, not of the \
                                    form of an HSA-id";
pub(super) const EMAIL: &str = "an address with one `@`, no spaces, at most 254 characters";

pub(super) fn one_of(known: &[&str]) -> String {
    format!("one of {}", known.join(", "))
}
