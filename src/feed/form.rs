//! The forms that texts of a feed have, as they are told to somebody who got one wrong.
//!
//! What a text may hold is no rule of a feed's own, see [`domain::text`].

use domain::Words;
use domain::speaks::{verbatim, words};

pub(super) const HSA_ID: Words = Words::part(
    "an HSA-id: `SE` or `TSTNMT`, 10 or 12 digits, `-` and letters or digits, at \
                      most 31 characters, and no personal number",
    "ett HSA-id: `SE` eller `TSTNMT`, 10 eller 12 siffror, `-` och bokstäver eller siffror, högst 31 tecken, och inget personnummer",
);
pub(super) const DATE: Words = Words::part(
    "a day of the calendar as YYYY-MM-DD, from 1900 to 2199",
    "en dag i kalendern som ÅÅÅÅ-MM-DD, från 1900 till 2199",
);
pub(super) const DATE_OR_NULL: Words = Words::part(
    "a day of the calendar as YYYY-MM-DD, from 1900 to 2199, or null \
                            where there is none (no far day in its place)",
    "en dag i kalendern som ÅÅÅÅ-MM-DD, från 1900 till 2199, eller null där det inte finns någon (ingen avlägsen dag i stället)",
);
pub(super) const IDENTIFIER: Words = Words::part(
    "1 to 128 characters that can all be seen, composed (NFKC), without white space \
                                     at the ends, and no personal or reserve number",
    "1 till 128 synliga tecken, sammansatta (NFKC), utan blanktecken i ändarna, och inget person- eller reservnummer",
);
pub(super) const NAME: Words = Words::part(
    "1 to 200 characters that can all be seen, without white space at the ends",
    "1 till 200 synliga tecken, utan blanktecken i ändarna",
);
pub(super) const REFERENCE: Words = Words::part(
    "1 to 512 bytes that can all be seen, without white space at the ends, and no \
                                    personal or reserve number",
    "1 till 512 synliga byte, utan blanktecken i ändarna, och inget person- eller reservnummer",
);
pub(super) const INDIVIDUAL: Words = Words::part(
    "an opaque key of 1 to 128 characters that can all be seen, composed (NFKC), \
                                     without white space at the ends, and never a personal or reserve number",
    "en nyckel utan innebörd om 1 till 128 synliga tecken, sammansatta (NFKC), utan blanktecken i ändarna, och aldrig ett person- eller reservnummer",
);
pub(super) const HOST_NAME: Words = Words::part(
    "a host name in lower case: labels of letters, digits and hyphens with dots \
                                    between, at most 253 characters",
    "ett värdnamn med små bokstäver: delar av bokstäver, siffror och bindestreck med punkter emellan, högst 253 tecken",
);
pub(super) const CLIENT_ID: Words = Words::part(
    "a client id: printable ASCII without spaces, at most 128 characters, not of the \
                                    form of an HSA-id",
    "ett id för en klient: skrivbar ASCII utan mellanslag, högst 128 tecken, inte av samma form som ett HSA-id",
);
pub(super) const EMAIL: Words = Words::part(
    "an address with one `@`, no spaces, at most 254 characters",
    "en adress med ett `@`, inga mellanslag, högst 254 tecken",
);

pub(super) fn one_of(known: &[&str]) -> Words {
    words!(
        "one of {known}",
        "något av {known}",
        known = verbatim(known.join(", "))
    )
}
