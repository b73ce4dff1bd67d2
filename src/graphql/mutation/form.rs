//! An order as a caller filled it in: every text of it is read before anything is told.
//!
//! Apart from the inputs because whoever fills in a form is told everything that is wrong with it at once, each
//! by its place, and not the first thing that was looked at. To add a field to an order: read it here by its path,
//! and unwrap it last.

use async_graphql::{Context, ID};

use crate::reach::record;
use crate::scalar::id_wanted;
use domain::text::TextError;
use domain::{Id, Kind};
use service::error::{InputPath, ServiceError};

use super::told;

/// What has been found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Form {
    wrong: Vec<ServiceError>,
}

/// Something that cannot be read, and is noted in the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misread;

/// An order that cannot be read: the last thing that is wrong with it, and those before.
#[derive(Debug)]
pub(super) struct WrongForm {
    before: Vec<ServiceError>,
    last: ServiceError,
}

impl WrongForm {
    /// The error of the field; those before it are added to the response, which comes to the order of the form.
    pub(super) fn told(self, ctx: &Context<'_>) -> async_graphql::Error {
        for one in &self.before {
            record(ctx, one);
        }
        told(ctx, &self.last)
    }
}

impl Form {
    /// The text of a field, as what it has to be.
    pub(super) fn text<T>(
        &mut self,
        path: &InputPath,
        field: &str,
        text: &str,
    ) -> Result<T, Misread>
    where
        T: std::str::FromStr<Err = TextError>,
    {
        self.keep(path.text(field, text))
    }

    /// As [`Form::text`], of a field that need not be given.
    pub(super) fn text_if<T>(
        &mut self,
        path: &InputPath,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<T>, Misread>
    where
        T: std::str::FromStr<Err = TextError>,
    {
        self.keep(path.text_if(field, text))
    }

    /// The id of a thing of that kind.
    pub(super) fn id<K: Kind>(
        &mut self,
        path: &InputPath,
        field: &str,
        id: &ID,
    ) -> Result<Id<K>, Misread> {
        let read = id.parse().map_err(|_| ServiceError::Input {
            path: path.at(field),
            problem: id_wanted::<K>(),
        });
        self.keep(read)
    }

    /// What was read, or that it is wrong.
    pub(super) fn keep<T>(&mut self, read: Result<T, ServiceError>) -> Result<T, Misread> {
        read.map_err(|error| {
            self.wrong.push(error);
            Misread
        })
    }

    /// The order, where nothing is wrong with it.
    pub(super) fn finish<T>(self, order: Result<T, Misread>) -> Result<T, WrongForm> {
        let mut before = self.wrong;
        match (before.pop(), order) {
            (None, Ok(order)) => Ok(order),
            (last, _) => Err(WrongForm {
                before,
                last: last.unwrap_or_else(|| {
                    ServiceError::Broken("a form is wrong in nothing that it names".into())
                }),
            }),
        }
    }
}
