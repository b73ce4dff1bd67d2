//! How a resolver reaches the use cases, and what it does when one fails.
//!
//! Below the root no resolver returns an error, which would take its parent with it: the error is
//! recorded on the side and the field is null.

use std::borrow::Borrow;
use std::future::Future;
use std::str::FromStr;

use async_graphql::Context;

use domain::action::Read;
use domain::target::ExternalKey;
use domain::text::TextError;
use domain::{Id, Language};
use service::authorize::Asking;
use service::error::{InputPath, ServiceError};
use service::register::{self, Stored};
use service::session::Session;

use super::failure::failure;
use super::surroundings::Surroundings;

/// What a resolver can do besides looking at its own object.
pub(crate) trait Reach {
    /// The run of the request.
    fn session(&self) -> &Session;

    /// The language of the answer.
    fn language(&self) -> Language;

    /// What questions are answered with besides the session.
    fn asking(&self) -> &Asking;

    /// The value, or null with the error recorded.
    fn shown<T>(&self, result: Result<T, impl Borrow<ServiceError>>) -> Option<T>;

    /// The text of an argument as what it has to be, or null with the error recorded.
    fn argument<T: FromStr<Err = TextError>>(&self, name: &str, text: &str) -> Option<T> {
        self.shown(InputPath::argument(name).is(text))
    }

    /// What has that id; null: no id, not there, or not to be seen.
    fn read<K: Stored>(
        &self,
        id: impl Into<Option<Id<K>>> + Send,
    ) -> impl Future<Output = Option<K::Record>> + Send;

    /// What has that name outside; null: not there, or not to be seen.
    fn find<K: Stored>(&self, name: ExternalKey) -> impl Future<Output = Option<K::Record>> + Send;
}

impl Reach for Context<'_> {
    fn session(&self) -> &Session {
        self.data_unchecked::<Session>()
    }

    fn language(&self) -> Language {
        self.data_unchecked::<Surroundings>().language
    }

    fn asking(&self) -> &Asking {
        &self.data_unchecked::<Surroundings>().asking
    }

    fn shown<T>(&self, result: Result<T, impl Borrow<ServiceError>>) -> Option<T> {
        result.map_err(|error| record(self, error.borrow())).ok()
    }

    async fn read<K: Stored>(&self, id: impl Into<Option<Id<K>>> + Send) -> Option<K::Record> {
        let action = Read::by_id(id.into()?);
        self.shown(register::one(self.session(), action).await)
            .flatten()
    }

    async fn find<K: Stored>(&self, name: ExternalKey) -> Option<K::Record> {
        let path = InputPath::argument("hsaId");
        self.shown(register::one_named::<K>(self.session(), name, &path).await)
            .flatten()
    }
}

/// Adds an error at the field to the response.
pub(crate) fn record(ctx: &Context<'_>, error: &ServiceError) {
    let around = ctx.data_unchecked::<Surroundings>();
    let told = failure(error, &around.telling()).into_server_error(ctx.item.pos);
    ctx.add_error(ctx.set_error_path(told));
}
