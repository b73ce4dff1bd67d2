//! What somebody finds by what they have typed: the words of names, by their index.
//!
//! Apart from the kinds of thing because it is one question for all of them: each stretch of a search is one
//! subquery of ids, which nothing but ranges of the index answers.

use sea_orm::sea_query::{Condition, ExprTrait, LikeExpr, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, EntityTrait};

use entity::search_word::{Column, Entity};

use crate::filter::column;
use domain::text::SearchText;
use domain::text::search::{Typed, without_rings};

/// Above every letter that a word can have.
const LAST: char = '\u{10ffff}';

/// Whether the thing, whose id is in that column, is found by the text.
pub(super) fn found<E>(id: E::Column, text: &SearchText) -> Condition
where
    E: EntityTrait,
{
    let kind = E::default().table_name().to_owned();
    text.typed()
        .iter()
        .map(|typed| column(id).in_subquery(ids(&kind, typed)))
        .fold(Condition::all(), Condition::add)
}

/// The ids of what has each of the words, or all of them in one, or an id that ends so.
fn ids(kind: &str, typed: &Typed) -> SelectStatement {
    let mut words = typed.words().iter().map(|word| beginning(kind, word));
    let mut ids = words.next().unwrap_or_else(|| beginning(kind, ""));
    for word in words {
        ids.union(UnionType::Intersect, word);
    }
    for other in [typed.in_one(), typed.end_of_id()].into_iter().flatten() {
        ids.union(UnionType::Distinct, beginning(kind, &other));
    }
    ids
}

/// The ids of what has a word that begins so.
fn beginning(kind: &str, word: &str) -> SelectStatement {
    let typed = without_rings(word);
    let mut ids = Query::select();
    ids.expr(column(Column::EntityId))
        .from(Entity)
        .and_where(Column::Kind.eq(kind))
        .and_where(Column::Word.gte(typed.as_str()))
        .and_where(Column::Word.lt(format!("{typed}{LAST}")));
    if typed != word {
        ids.and_where(column(Column::Spelled).like(LikeExpr::new(spelled_as(word))));
    }
    ids
}

/// Letters of their own as they were typed; an a or an o, where only some of them could be typed, is any of its
/// like, which the range sees to.
fn spelled_as(word: &str) -> String {
    let letters = word.chars().map(|letter| match letter {
        'a' | 'o' => '_',
        other => other,
    });
    letters.chain(['%']).collect()
}

#[cfg(test)]
mod earlier;
#[cfg(test)]
mod plans;
