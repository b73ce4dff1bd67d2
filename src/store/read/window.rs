//! Windows on lists: which part of one is wanted, and the page that is cut for it.
//!
//! Apart from reading because it knows neither permits nor the database: an order, two bounds, a size.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{EntityTrait, Order as Direction, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::filter::column;

/// What a list is ordered by. Every order ends in the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The name, as Swedish sorts it (a server's: its host name).
    Name,
    /// When it was made.
    Created,
}

/// An order with its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// By what.
    pub by: By,
    /// Whether the last comes first.
    pub descending: bool,
}

impl From<By> for Order {
    fn from(by: By) -> Self {
        Self::rising(by)
    }
}

impl Order {
    /// With the last last.
    #[must_use]
    pub const fn rising(by: By) -> Self {
        let descending = false;
        Self { by, descending }
    }

    /// With the last first.
    #[must_use]
    pub const fn falling(by: By) -> Self {
        let descending = true;
        Self { by, descending }
    }

    /// Its name, which cursors are made with: it stays what it is, or cursors that are out lead nowhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.by, self.descending) {
            (By::Name, false) => "name",
            (By::Name, true) => "nameDescending",
            (By::Created, false) => "created",
            (By::Created, true) => "createdDescending",
        }
    }
}

/// Where a row stands in an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// What the order is by; `None` where that is the key itself.
    pub value: Option<String>,
    /// The key.
    pub key: Key,
}

/// The last word of every order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An id.
    Id(String),
    /// A number of the log.
    Seq(i64),
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Window {
    /// The order.
    pub order: Order,
    /// Only what follows this.
    pub after: Option<Position>,
    /// Only what precedes this.
    pub before: Option<Position>,
    /// The most rows.
    pub size: u64,
    /// Whether the rows are the last ones instead of the first.
    pub from_the_end: bool,
    /// Whether to count the whole list.
    pub count: bool,
}

/// Part of a list.
#[derive(Debug, Clone)]
pub struct Page<R> {
    /// The rows, in the order asked for.
    pub rows: Vec<R>,
    /// Whether something precedes them.
    pub more_before: bool,
    /// Whether something follows them.
    pub more_after: bool,
    /// How many rows the whole list has, at most [`COUNT_LIMIT`](super::COUNT_LIMIT); `None`: not asked for.
    pub total: Option<u64>,
}

impl<R> Page<R> {
    /// The page in rows that were asked for with [`windowed`].
    pub(super) fn cut(mut rows: Vec<R>, total: Option<u64>, window: &Window) -> Self {
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let (more_before, more_after) = if window.from_the_end {
            rows.reverse();
            (more, window.before.is_some())
        } else {
            (window.after.is_some(), more)
        };
        Self {
            rows,
            more_before,
            more_after,
            total,
        }
    }
}

impl<R> Page<Option<R>> {
    /// The page without what could not be read.
    pub(super) fn flatten(self) -> Page<R> {
        Page {
            rows: self.rows.into_iter().flatten().collect(),
            more_before: self.more_before,
            more_after: self.more_after,
            total: self.total,
        }
    }
}

impl<R> Page<R> {
    /// The page in rows that are all at hand, in the order of their keys.
    #[must_use]
    pub fn of_whole(rows: Vec<R>, key: impl Fn(&R) -> String, window: &Window) -> Self {
        let total = window
            .count
            .then(|| u64::try_from(rows.len()).unwrap_or(u64::MAX));
        let within = |row: &R| {
            let key = Key::Id(key(row));
            let after = window.after.as_ref().is_none_or(|at| key > at.key);
            after && window.before.as_ref().is_none_or(|at| key < at.key)
        };
        let mut rows: Vec<R> = rows.into_iter().filter(within).collect();
        if window.from_the_end {
            rows.reverse();
        }
        let wanted = window.size.saturating_add(1);
        rows.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        Self::cut(rows, total, window)
    }
}

/// Orders the rows and takes those of the window, and one more to know whether there are more.
pub(super) fn windowed<E: EntityTrait>(
    wanted: Select<E>,
    name: Option<E::Column>,
    key: E::Column,
    window: &Window,
) -> Select<E> {
    let name = match window.order.by {
        By::Name => name,
        By::Created => None,
    };
    let beyond = |position: &Position, below: bool| {
        let mut here = vec![column(key)];
        let mut there = vec![position.key.clone().into_expr()];
        if let (Some(name), Some(value)) = (name, &position.value) {
            here.insert(0, column(name));
            there.insert(0, Expr::val(value.clone()));
        }
        let (here, there) = (Expr::tuple(here), Expr::tuple(there));
        if below {
            here.lt(there)
        } else {
            here.gt(there)
        }
    };
    let descending = window.order.descending;
    let bounds = Condition::all()
        .add_option(window.after.as_ref().map(|after| beyond(after, descending)))
        .add_option(
            window
                .before
                .as_ref()
                .map(|before| beyond(before, !descending)),
        );
    let backwards = descending != window.from_the_end;
    let direction = if backwards {
        Direction::Desc
    } else {
        Direction::Asc
    };
    let mut ordered = wanted.filter(bounds);
    if let Some(name) = name {
        ordered = ordered.order_by(name, direction.clone());
    }
    ordered
        .order_by(key, direction)
        .limit(window.size.saturating_add(1))
}

impl Key {
    fn into_expr(self) -> Expr {
        match self {
            Self::Id(id) => Expr::val(id),
            Self::Seq(seq) => Expr::val(seq),
        }
    }
}
