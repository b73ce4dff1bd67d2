//! Pages of lists, as the Relay specification has them, and the cursors that lead from one to the next.
//!
//! A cursor is authenticated: it is good for the list, the order, the filter and the caller that it was
//! made for, and for nothing else, so what it says need not be doubted or hidden.

use std::borrow::Cow;
use std::fmt::Write as _;

use async_graphql::{Context, InputType, OutputType, SimpleObject, TypeName};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use domain::Words;
use service::error::{InputPath, ServiceError};
use service::register::{self, Key, Order, Page, Position, Stored, Window};
use service::session::Session;

use super::filter::Narrowing;
use super::reach::Reach;

/// How many rows a page has unless it is said.
pub(crate) const DEFAULT_SIZE: i32 = 50;
/// The most rows that a page has.
pub(crate) const MAX_SIZE: i32 = 200;
const VERSION: &str = "1";
const MAC_LENGTH: usize = 16;

/// How many rows are wanted, as an argument.
pub type Count = Option<i32>;

/// A place in a list, as an argument.
pub type Cursor = Option<String>;

/// Which page is wanted, in a caller's words.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How many, from the beginning.
    pub first: Count,
    /// The cursor that it follows.
    pub after: Cursor,
    /// How many, from the end.
    pub last: Count,
    /// The cursor that it precedes.
    pub before: Cursor,
}

/// The arguments `first`, `after`, `last` and `before`.
impl From<(Count, Cursor, Count, Cursor)> for Wanted {
    fn from((first, after, last, before): (Count, Cursor, Count, Cursor)) -> Self {
        Self {
            first,
            after,
            last,
            before,
        }
    }
}

/// Makes and checks cursors.
#[derive(Clone)]
pub struct Cursors {
    /// A block of the hash, as long as a key has to be here.
    key: [u8; 64],
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursors").finish_non_exhaustive()
    }
}

/// What a cursor is bound to: kind, order, filter and caller.
struct Binding<'a> {
    cursors: &'a Cursors,
    list: String,
}

impl Cursors {
    /// Cursors under a secret key, the same on every instance.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        let mut block = [0; 64];
        block
            .iter_mut()
            .zip(key)
            .for_each(|(byte, given)| *byte = given);
        Self { key: block }
    }

    fn bind(&self, session: &Session, kind: &str, order: Order, filter: &str) -> Binding<'_> {
        let caller = session.operation().actor().id().to_string();
        let mut list = String::new();
        for part in [VERSION, kind, order.name(), caller.as_str(), filter] {
            // The length makes sure that no two lists are spelled alike.
            let _ = write!(list, "{}:{part}", part.len());
        }
        Binding {
            cursors: self,
            list,
        }
    }
}

impl Binding<'_> {
    fn mac(&self, position: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.cursors.key.into());
        mac.update(self.list.as_bytes());
        mac.update(position);
        mac
    }

    fn seal(&self, position: &Position) -> String {
        let key = match &position.key {
            Key::Id(id) => serde_json::Value::from(id.as_str()),
            Key::Seq(seq) => serde_json::Value::from(*seq),
        };
        let text = serde_json::json!([key, position.value]).to_string();
        let tag = self.mac(text.as_bytes()).finalize().into_bytes();
        let mut sealed: Vec<u8> = tag.iter().take(MAC_LENGTH).copied().collect();
        sealed.extend_from_slice(text.as_bytes());
        BASE64URL_NOPAD.encode(&sealed)
    }

    fn open(&self, cursor: &str) -> Option<Position> {
        let sealed = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let (tag, text) = sealed.split_at_checked(MAC_LENGTH)?;
        self.mac(text).verify_truncated_left(tag).ok()?;
        let (key, value): (serde_json::Value, Option<String>) =
            serde_json::from_slice(text).ok()?;
        let key = match key {
            serde_json::Value::String(id) => Key::Id(id),
            serde_json::Value::Number(seq) => Key::Seq(seq.as_i64()?),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => return None,
        };
        Some(Position { value, key })
    }

    fn window(&self, wanted: &Wanted, order: Order, count: bool) -> Result<Window, ServiceError> {
        let at = |cursor: &Option<String>, name: &'static str| {
            match cursor {
            Some(cursor) => self.open(cursor).map(Some).ok_or_else(|| {
                refused(
                    name,
                    Words::new(
                        "expected a cursor of this list, order, filter and caller: begin again without it",
                        "Markören hör till en annan lista, ordning, filtrering eller anropare. Börja om utan den.",
                    ),
                )
            }),
            None => Ok(None),
        }
        };
        let size = match (wanted.first, wanted.last) {
            (Some(_), Some(_)) => {
                return Err(refused(
                    "last",
                    Words::new(
                        "expected either `first` or `last`, not both",
                        "Ange antingen `first` eller `last`, inte båda.",
                    ),
                ));
            }
            (Some(first), None) => size(first, "first")?,
            (None, Some(last)) => size(last, "last")?,
            (None, None) => size(DEFAULT_SIZE, "first")?,
        };
        Ok(Window {
            order,
            after: at(&wanted.after, "after")?,
            before: at(&wanted.before, "before")?,
            size,
            from_the_end: wanted.last.is_some(),
            count,
        })
    }
}

fn size(given: i32, name: &'static str) -> Result<u64, ServiceError> {
    u64::try_from(given)
        .ok()
        .filter(|size| (1..=u64::from(MAX_SIZE.unsigned_abs())).contains(size))
        .ok_or_else(|| refused(name, Words::new("expected 1 to 200", "Ange 1 till 200.")))
}

fn refused(argument: &'static str, problem: Words) -> ServiceError {
    ServiceError::Input {
        path: InputPath::argument(argument),
        problem,
    }
}

/// Where a page stands in its list.
#[derive(Debug, Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether more follows the page.
    has_next_page: bool,
    /// Whether something precedes the page.
    has_previous_page: bool,
    /// The cursor of the first row; null: the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the last row; null: the page is empty.
    end_cursor: Option<String>,
}

/// A row of a list with its place there.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// The row.
    node: T,
    /// Where it stands, good for this list, order, filter and caller.
    cursor: String,
}

/// A page of a list: exactly the rows that the caller may read one by one.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
pub struct Connection<T: OutputType> {
    /// The rows, each with its cursor.
    edges: Vec<Edge<T>>,
    /// The rows.
    nodes: Vec<T>,
    /// Where the page stands.
    page_info: PageInfo,
    /// How many rows the whole list has; 10001 means more than 10000.
    total_count: i32,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType + Clone> Connection<T> {
    fn of<R>(
        page: Page<R>,
        binding: &Binding<'_>,
        position: impl Fn(&R) -> Position,
        object: impl Fn(R) -> T,
    ) -> Self {
        let edges: Vec<Edge<T>> = page
            .rows
            .into_iter()
            .map(|row| {
                let cursor = binding.seal(&position(&row));
                Edge {
                    node: object(row),
                    cursor,
                }
            })
            .collect();
        let total = page.total.and_then(|total| i32::try_from(total).ok());
        Self {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page: page.more_after,
                has_previous_page: page.more_before,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            total_count: total.unwrap_or_default(),
            edges,
        }
    }
}

/// A page of the list of `K`; null with an error recorded where there is none.
pub async fn page<K, T>(
    ctx: &Context<'_>,
    wanted: impl Into<Wanted>,
    order: impl Into<Order>,
    filter: &(impl InputType + Clone + Narrowing<K::Selection>),
    object: impl Fn(K::Record) -> T + Send,
) -> Option<Connection<T>>
where
    K: Stored,
    T: OutputType + Clone,
{
    let spelled = filter.to_value().to_string();
    let path = InputPath::argument("filter");
    let selection = ctx.shown(filter.clone().selection(&path))?;
    selected::<K, T>(ctx, wanted, order, &spelled, &selection, object).await
}

/// A page of the list of `K`, narrowed down by something that is no filter of the caller's, as `spelled`;
/// null with an error recorded where there is none.
pub async fn selected<K, T>(
    ctx: &Context<'_>,
    wanted: impl Into<Wanted>,
    order: impl Into<Order>,
    spelled: &str,
    selection: &K::Selection,
    object: impl Fn(K::Record) -> T + Send,
) -> Option<Connection<T>>
where
    K: Stored,
    T: OutputType + Clone,
{
    let (session, order) = (ctx.session(), order.into());
    let cursors = ctx.data_unchecked::<Cursors>();
    let binding = cursors.bind(session, K::NAME, order, spelled);
    let window = ctx.shown(binding.window(&wanted.into(), order, is_counted(ctx)))?;
    let page = ctx.shown(register::list::<K>(session, selection, &window).await)?;
    Some(Connection::of(
        page,
        &binding,
        |row| K::position(row, order.by),
        object,
    ))
}

/// A page of a report, whose rows are in the order of their ids: which report, of what, how its rows are
/// found, where they stand, and what each is shown as. Null with an error recorded where there is none, and
/// without one where what it is of is not there.
pub async fn report<R, T>(
    ctx: &Context<'_>,
    wanted: impl Into<Wanted>,
    (name, of): (&str, &str),
    rows: impl AsyncFnOnce(&Session, &Window) -> Result<Option<Page<R>>, ServiceError>,
    position: impl Fn(&R) -> Position,
    object: impl Fn(R) -> T,
) -> Option<Connection<T>>
where
    T: OutputType + Clone,
{
    let (session, order) = (ctx.session(), Order::from(register::By::Created));
    let binding = ctx
        .data_unchecked::<Cursors>()
        .bind(session, name, order, of);
    let window = ctx.shown(binding.window(&wanted.into(), order, is_counted(ctx)))?;
    let page = ctx.shown(rows(session, &window).await)??;
    Some(Connection::of(page, &binding, position, object))
}

fn is_counted(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}
