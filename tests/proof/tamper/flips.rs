//! Single bits of anything that the log's tables hold, changed at random.

use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::RngExt as _;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use test_support::{Backend, both_backends};

use super::{inspected, named};
use crate::bundle::{Stored, TAMPERED};
use crate::support::tries;

/// Some columns.
type Columns = &'static [&'static str];

/// The log's tables: each with its key and its columns of bytes, text and numbers.
const TABLES: &[(&str, &str, Columns, Columns, Columns)] = &[
    (
        "audit_event",
        "seq",
        &["envelope", "leaf"],
        &[
            "event_id",
            "kind",
            "principal",
            "principal_name",
            "individual",
            "place",
            "asker",
            "permission",
            "action",
            "resource_type",
            "resource_id",
            "system",
            "path",
            "outcome",
            "policy",
            "reasons",
            "decision",
        ],
        &["seq", "t_us", "level"],
    ),
    (
        "audit_head",
        "log_id",
        &["root", "frontier"],
        &["origin"],
        &["size", "last_t", "change_seq", "epoch", "pruned_below"],
    ),
    (
        "audit_listed",
        "resource_id",
        &[],
        &["resource_id"],
        &["seq"],
    ),
    (
        "audit_slot",
        "seq || slot",
        &["salt"],
        &["slot", "value", "retention_class", "authority"],
        &["seq"],
    ),
    (
        "audit_fact",
        "value",
        &["commitment", "salt"],
        &["month", "value"],
        &[],
    ),
    (
        "audit_set",
        "whole || member",
        &[],
        &["member", "whole"],
        &[],
    ),
    ("audit_node", "idx", &["hash"], &[], &["idx"]),
    ("audit_checkpoint", "size", &[], &["note"], &["size"]),
    (
        "audit_rollup",
        "outcome || reason || system || level",
        &[],
        &["outcome", "reason", "system"],
        &["level", "count"],
    ),
];

async fn column(db: &DatabaseConnection, sql: &str) -> Vec<Option<String>> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

/// Changes one bit somewhere and says where; `None`: that cell holds nothing that could be changed so.
fn flip(stored: &Stored, random: &mut TestRng) -> Option<String> {
    let sqlite = stored.installation.backend() == Backend::Sqlite;
    let (table, key, bytes, texts, numbers) = TABLES[random.random_range(0..TABLES.len())];
    let which = random.random_range(0..bytes.len() + texts.len() + numbers.len());
    let name = bytes
        .iter()
        .chain(texts)
        .chain(numbers)
        .nth(which)
        .expect("a column");
    let keys = format!("SELECT CAST({key} AS TEXT) FROM {table} ORDER BY 1");
    let keys = stored.with(async |db| column(db, &keys).await);
    let row = keys[random.random_range(0..keys.len())]
        .clone()
        .expect("a key");
    let place = format!("{table} WHERE CAST({key} AS TEXT) = '{row}'");
    let value = if bytes.contains(name) {
        let hex = if sqlite {
            format!("hex({name})")
        } else {
            format!("encode({name}, 'hex')")
        };
        let sql = format!("SELECT {hex} FROM {place}");
        let digits = stored.with(async |db| column(db, &sql).await)[0].clone()?;
        let mut value = data_encoding::HEXLOWER_PERMISSIVE
            .decode(digits.as_bytes())
            .expect("digits");
        let at = random.random_range(0..value.len());
        value[at] ^= 1 << random.random_range(0..8_u32);
        let digits = data_encoding::HEXLOWER.encode(&value);
        if sqlite {
            format!("x'{digits}'")
        } else {
            format!("'\\x{digits}'::bytea")
        }
    } else {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM {place}");
        let text = stored.with(async |db| column(db, &sql).await)[0].clone()?;
        if numbers.contains(name) {
            let number: i64 = text.parse().expect("a number");
            (number ^ (1 << random.random_range(0..62_u32))).to_string()
        } else {
            let mut value = text.into_bytes();
            if value.is_empty() {
                return None;
            }
            let at = random.random_range(0..value.len());
            value[at] ^= 1 << random.random_range(0..7_u32);
            // A database of texts takes no bytes that are none.
            let text = String::from_utf8(value)
                .ok()
                .filter(|text| !text.contains('\0'))?;
            format!("'{}'", text.replace('\'', "''"))
        }
    };
    let sql = format!("UPDATE {table} SET {name} = {value} WHERE CAST({key} AS TEXT) = '{row}'");
    // What the table itself refuses is no alteration.
    let done = stored.alter_if_it_can_be(&sql);
    done.is_ok().then_some(sql)
}

fn any_single_bit_in_any_table_is_named(backend: Backend) {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut flipped = 0;
    while flipped < tries(40, 5_000) {
        let stored = Stored::of(backend);
        let Some(place) = flip(&stored, &mut random) else {
            continue;
        };
        flipped += 1;
        println!("{place}");
        let said = inspected(&stored, &[], TAMPERED, &["TAMPERED"]);
        assert!(
            named(&said) >= 1,
            "{place} is not named:
{said}"
        );
    }
}

both_backends! {
    any_single_bit_in_any_table_is_named;
}
