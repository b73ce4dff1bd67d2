//! Where records refer to others, as SQL over the staged feed.
//!
//! A reference holds when it leads to a record of the feed or to a row of the register: of the same
//! source, or of any source where the id is unique by itself (HSA-ids, client ids).

use feed::{Key, Kind};

/// One way in which records of a kind refer to others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    /// The kind that refers.
    pub(super) kind: Kind,
    /// The field, as told in problems.
    pub(super) field: &'static str,
    /// The external id it holds, as SQL over `s.body`; null: it refers to nothing.
    pub(super) id: &'static str,
    /// When the field refers to this kind at all, as SQL.
    pub(super) when: &'static str,
    /// The kind it leads to.
    pub(super) target: Kind,
    /// Whether `id` reads the items of a list, `e.value`.
    pub(super) each: bool,
}

pub(super) const fn plain(
    kind: Kind,
    field: &'static str,
    id: &'static str,
    target: Kind,
) -> Reference {
    Reference {
        kind,
        field,
        id,
        when: "TRUE",
        target,
        each: false,
    }
}

pub(super) const fn when(reference: Reference, when: &'static str) -> Reference {
    Reference { when, ..reference }
}

macro_rules! refer {
    ($kind:ident, $field:literal, $target:ident) => {
        $crate::import::references::plain(
            feed::Kind::$kind,
            $field,
            concat!("s.body ->> '", $field, "'"),
            feed::Kind::$target,
        )
    };
}

/// `principal.externalId` and `scope.externalId`, by the kind beside them.
macro_rules! refer_by_kind {
    ($field:literal, $word:literal, $target:ident) => {
        $crate::import::references::when(
            $crate::import::references::plain(
                feed::Kind::Grant,
                concat!($field, ".externalId"),
                concat!("s.body -> '", $field, "' ->> 'externalId'"),
                feed::Kind::$target,
            ),
            concat!("s.body -> '", $field, "' ->> 'kind' = '", $word, "'"),
        )
    };
}

pub(super) use {refer, refer_by_kind};

/// That the register has a row of that kind and id, as SQL; `:source` is the feed's.
pub(super) fn in_register(target: Kind, id: &str) -> String {
    let source = if is_global(target) {
        ""
    } else {
        " AND r.source IN (:source, :other)"
    };
    format!(
        "EXISTS (SELECT 1 FROM {table} r WHERE r.{key} = {id}{source})",
        table = table(target),
        key = key_column(target),
    )
}

/// That the feed has a record of that kind and id, as SQL; `alive` may leave rejected ones out.
pub(super) fn in_feed(target: Kind, id: &str, alive: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM staged_record t WHERE t.run_id = :run AND t.kind = '{target}' \
         AND t.external_id = {id}{alive})"
    )
}

/// The column that tells the rows of a table apart by the source's word.
pub(super) const fn key_column(kind: Kind) -> &'static str {
    match kind.key() {
        Key::Hsa => "hsa_id",
        Key::Client | Key::Host | Key::OfSource => "external_id",
    }
}

/// Whether that word is unique by itself, and not only within its source.
pub(super) const fn is_global(kind: Kind) -> bool {
    match kind.key() {
        Key::Hsa | Key::Client => true,
        Key::Host | Key::OfSource => false,
    }
}

/// The table that holds a kind's rows, as SQL.
pub(super) fn table(kind: Kind) -> String {
    format!("\"{}\"", kind.entity().table())
}
