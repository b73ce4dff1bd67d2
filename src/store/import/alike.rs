//! Which records of a source are called as something else is, to whoever reads the names.
//!
//! Apart from the flags because no database folds names as [`look_alike_key`] does: it is found once a run, and
//! the flags are queries over what was found. Roles of one system are told apart by their names, general roles
//! among themselves, and so are systems and services; units and segments often share theirs.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::sql::Sql;
use domain::text::look_alike_key;
use feed::Kind;
use gate::RunAuthority;

/// How many findings are written at once.
const AT_ONCE: usize = 500;

/// The kinds whose names have to differ, and what of them the register has: id, name, and the system they are
/// told apart in.
const KINDS: [(Kind, &str); 3] = [
    (
        Kind::Role,
        "SELECT r.external_id, r.name, COALESCE(y.external_id, '') FROM role r \
         LEFT JOIN system y ON y.id = r.system_id",
    ),
    (
        Kind::System,
        "SELECT r.external_id, r.name, '' FROM system r",
    ),
    (
        Kind::Service,
        "SELECT r.external_id, r.name, '' FROM service r",
    ),
];

/// Finds every record of the source whose name looks like another's of its kind, its own or in the register. May be done
/// twice.
///
/// # Errors
/// When the database fails.
pub async fn stage_look_alikes(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
) -> Result<(), DbErr> {
    for (kind, registered) in KINDS {
        let staged = "SELECT s.external_id, s.body ->> 'name', COALESCE(s.body ->> 'system', '') \
                      FROM staged_record s WHERE s.run_id = :run AND s.kind IN (:kind, :known) AND NOT s.rejected";
        let values = [
            ("run", Value::from(run)),
            ("kind", Value::from(kind.name())),
            ("known", Value::from(format!("known {kind}"))),
        ];
        let staged = names(tx, staged, &values).await?;
        if staged.is_empty() {
            continue;
        }
        let known = names(tx, registered, &[]).await?;
        let pairs: Vec<_> = alike(&staged, &known).into_iter().collect();
        for some in pairs.chunks(AT_ONCE) {
            let text = "INSERT INTO staged_look_alike (run_id, kind, external_id, other) VALUES ";
            let mut sql = Sql::new(tx.get_database_backend(), text);
            sql.tuples(some.iter().map(|(id, other)| {
                [
                    Value::from(run),
                    Value::from(kind.name()),
                    Value::from(*id),
                    Value::from(*other),
                ]
            }));
            sql.push(" ON CONFLICT (run_id, kind, external_id) DO NOTHING");
            tx.execute_raw(sql.done()).await?;
        }
    }
    Ok(())
}

/// What something is called, and where that has to tell it apart.
#[derive(Debug)]
struct Named {
    id: String,
    look: String,
    place: String,
}

async fn names(
    tx: &DatabaseTransaction,
    text: &str,
    values: &[(&str, Value)],
) -> Result<Vec<Named>, DbErr> {
    let statement = Sql::named(tx.get_database_backend(), text, values).done();
    let rows = tx.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let name: String = row.try_get_by_index(1)?;
            Ok(Named {
                id: row.try_get_by_index(0)?,
                look: look_alike_key(&name),
                place: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// Each staged id with the first other id whose name looks the same; what is staged is no longer called as the
/// register has it.
fn alike<'a>(staged: &'a [Named], known: &'a [Named]) -> BTreeMap<&'a str, &'a str> {
    let renamed: BTreeSet<&str> = staged.iter().map(|one| one.id.as_str()).collect();
    let kept = known
        .iter()
        .filter(|one| !renamed.contains(one.id.as_str()));
    let mut called: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for one in staged.iter().chain(kept) {
        let ids = called.entry((&one.place, &one.look)).or_default();
        ids.insert(&one.id);
    }
    let other = |one: &'a Named| {
        let ids = called.get(&(one.place.as_str(), one.look.as_str()))?;
        let other = ids.iter().find(|id| **id != one.id)?;
        Some((one.id.as_str(), *other))
    };
    staged.iter().filter_map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, name: &str, place: &str) -> Named {
        Named {
            id: id.to_owned(),
            look: look_alike_key(name),
            place: place.to_owned(),
        }
    }

    #[test]
    fn names_that_read_the_same_are_found_where_they_have_to_tell_things_apart() {
        let staged = [
            named("a", "Läsare", ""),
            named("b", "La\u{308}sare", ""),
            named("c", "Läsare", "journal"),
            named("d", "\u{410}dministratör", ""),
            named("e", "Kundcenter", ""),
        ];
        let known = [
            named("x", "Administratör", ""),
            named("e", "Läsare", ""),
            named("y", "kundcenter", "journal"),
        ];
        let found: Vec<_> = alike(&staged, &known).into_iter().collect();
        assert_eq!(found, [("a", "b"), ("b", "a"), ("d", "x")]);
    }
}
