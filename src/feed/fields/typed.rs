//! Readers of members that hold one thing of a kind.

use std::str::FromStr;

use super::{Fields, Read};
use crate::form::{
    CLIENT_ID, DATE, DATE_OR_NULL, EMAIL, HOST_NAME, HSA_ID, IDENTIFIER, INDIVIDUAL, NAME,
    REFERENCE, one_of,
};
use crate::json::Json;
use domain::text::{ClientId, EmailAddress, HostName, Identifier, Name, Reference, TextError};
use domain::{Date, DateParseError, HsaId, Words};

impl Fields<'_> {
    /// Text of a kind that is parsed once for everybody.
    fn text<T: FromStr<Err = TextError>>(&mut self, key: &'static str, right: &Words) -> Read<T> {
        self.form(key, right, |text| text.parse().ok())
    }

    /// As [`Fields::text`], or null.
    fn text_or_null<T: FromStr<Err = TextError>>(
        &mut self,
        key: &'static str,
        right: &Words,
    ) -> Read<Option<T>> {
        self.form_or_null(key, right, |text| text.parse().ok())
    }

    /// An HSA-id.
    pub(crate) fn hsa(&mut self, key: &'static str) -> Read<HsaId> {
        self.form(key, &HSA_ID, |text| HsaId::given(text).ok())
    }

    /// An HSA-id or null.
    pub(crate) fn hsa_or_null(&mut self, key: &'static str) -> Read<Option<HsaId>> {
        self.form_or_null(key, &HSA_ID, |text| HsaId::given(text).ok())
    }

    /// A source's id.
    pub(crate) fn id(&mut self, key: &'static str) -> Read<Identifier> {
        self.text(key, &IDENTIFIER)
    }

    /// A source's id or null.
    pub(crate) fn id_or_null(&mut self, key: &'static str) -> Read<Option<Identifier>> {
        self.text_or_null(key, &IDENTIFIER)
    }

    /// A host name in lower case.
    pub(crate) fn host(&mut self, key: &'static str) -> Read<HostName> {
        let as_kept = |text: &str| text.parse().ok().filter(|host: &HostName| host == text);
        self.form(key, &HOST_NAME, as_kept)
    }

    /// An OAuth client id.
    pub(crate) fn client(&mut self, key: &'static str) -> Read<ClientId> {
        self.text(key, &CLIENT_ID)
    }

    /// A name that is not a person's.
    pub(crate) fn name(&mut self, key: &'static str) -> Read<Name> {
        self.text(key, &NAME)
    }

    /// A reference in free form.
    pub(crate) fn reference(&mut self, key: &'static str) -> Read<Reference> {
        self.text(key, &REFERENCE)
    }

    /// A reference in free form, or null.
    pub(crate) fn reference_or_null(&mut self, key: &'static str) -> Read<Option<Reference>> {
        self.text_or_null(key, &REFERENCE)
    }

    /// An opaque key of a human being.
    pub(crate) fn individual(&mut self, key: &'static str) -> Read<Identifier> {
        self.text(key, &INDIVIDUAL)
    }

    /// Text about a person, which is never repeated.
    fn personal<T: FromStr<Err = TextError>>(
        &mut self,
        key: &'static str,
        right: &Words,
    ) -> Read<T> {
        let value = self.take(key, right)?;
        let text = value
            .text()
            .ok_or_else(|| self.mistyped(key, value, right))?;
        text.parse().map_err(|_| self.malformed(key, text, right))
    }

    /// A person's name.
    pub(crate) fn personal_name(&mut self, key: &'static str) -> Read<Name> {
        self.personal(key, &NAME)
    }

    /// An address of electronic mail.
    pub(crate) fn email(&mut self, key: &'static str) -> Read<EmailAddress> {
        self.personal(key, &EMAIL)
    }

    /// A date.
    pub(crate) fn date(&mut self, key: &'static str) -> Read<Date> {
        self.day(key, &DATE)
    }

    /// A date or null.
    pub(crate) fn date_or_null(&mut self, key: &'static str) -> Read<Option<Date>> {
        if self.is_null(key) {
            self.ignore(key);
            return Ok(None);
        }
        self.day(key, &DATE_OR_NULL).map(Some)
    }

    fn day(&mut self, key: &'static str, right: &Words) -> Read<Date> {
        let value = self.take(key, right)?;
        let text = value
            .text()
            .ok_or_else(|| self.mistyped(key, value, right))?;
        text.parse().map_err(|error| match error {
            DateParseError::Form => self.malformed(key, text, right),
            DateParseError::Range => self.wrong(
                key,
                Some(text),
                Words::part("is out of range", "är utanför gränserna"),
                right,
            ),
        })
    }

    /// One of a closed list.
    pub(crate) fn one_of(
        &mut self,
        key: &'static str,
        known: &'static [&'static str],
    ) -> Read<&'static str> {
        self.form(key, &one_of(known), |text| {
            known.iter().copied().find(|name| *name == text)
        })
    }

    /// True or false.
    pub(crate) fn boolean(&mut self, key: &'static str) -> Read<bool> {
        let right = Words::part("true or false", "true eller false");
        let value = self.take(key, &right)?;
        value
            .boolean()
            .ok_or_else(|| self.mistyped(key, value, &right))
    }

    /// A level from 1 to 4.
    pub(crate) fn level(&mut self, key: &'static str) -> Read<u8> {
        let right = Words::part("a whole number from 1 to 4", "ett heltal från 1 till 4");
        let value = self.take(key, &right)?;
        let level = value
            .integer()
            .ok_or_else(|| self.mistyped(key, value, &right))?;
        u8::try_from(level)
            .ok()
            .filter(|level| (1..=4).contains(level))
            .ok_or_else(|| {
                self.wrong(
                    key,
                    Some(&level.to_string()),
                    Words::part("is out of range", "är utanför gränserna"),
                    &right,
                )
            })
    }

    /// A number of things, or null.
    pub(crate) fn count_or_null(&mut self, key: &'static str) -> Read<Option<u32>> {
        let right = Words::part(
            "a whole number, 0 or more, or null",
            "ett heltal, 0 eller mer, eller null",
        );
        let value = self.take(key, &right)?;
        if *value == Json::Null {
            return Ok(None);
        }
        let count = value
            .integer()
            .ok_or_else(|| self.mistyped(key, value, &right))?;
        u32::try_from(count).map(Some).map_err(|_| {
            self.wrong(
                key,
                Some(&count.to_string()),
                Words::part("is out of range", "är utanför gränserna"),
                &right,
            )
        })
    }
}
