//! One row of the register and its members, as the log tells them.
//!
//! A column whose value nobody knows any more, because it was erased or is told by its digest, is left as it is; in a row
//! that is made anew it is empty, where the database lets it be.

use std::collections::BTreeMap;

use register::{Aggregate, Derived, Field, Follows, Members, Shape, Sort, Told};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value as SqlValue};
use serde_json::Value;

use super::super::state::{Astray, How, Original};

/// By what a thing is known outside, of which there are no two.
const NAMES: &[&str] = &["hsa_id", "external_id", "external_key"];

/// A column with the value that it is to have, as a statement says it.
#[derive(Clone)]
struct Column {
    name: &'static str,
    /// What stands in the place of the value; `$`: the value itself.
    sql: String,
    value: SqlValue,
}

/// Writes the row and its members; without anything told, takes them away.
pub(super) async fn row(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    found: &Astray,
    original: Option<&Original>,
) -> Result<(), DbErr> {
    let id = found.id.as_str();
    for members in aggregate.members {
        if original.is_none_or(|told| known_members(members, told).is_some()) {
            let sql = format!("DELETE FROM {} WHERE {} = $1", members.table, members.owner);
            execute(db, sql, vec![id.into()]).await?;
        }
    }
    let Aggregate { table, key, .. } = aggregate;
    let Some(told) = original else {
        let sql = format!("DELETE FROM {table} WHERE {key} = $1");
        return execute(db, sql, vec![id.into()]).await;
    };
    let columns = columns(aggregate, told, id);
    match found.how {
        How::Missing(_) => insert(db, (table, key), id, columns).await?,
        How::Differs(..) | How::Untold => {
            update(db, aggregate, id, columns).await?;
        }
    }
    for members in aggregate.members {
        let beside = members.derived.iter();
        let beside = beside.filter_map(|derived| follows(derived, aggregate, told, id));
        let beside: Vec<Column> = beside.collect();
        for mut columns in known_members(members, told).into_iter().flatten() {
            columns.extend(beside.iter().cloned());
            insert(db, (members.table, members.owner), id, columns).await?;
        }
    }
    Ok(())
}

/// Takes from a row what it is known by, so that another can have it.
pub(super) async fn without_names(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    found: &Astray,
) -> Result<(), DbErr> {
    let names = aggregate.fields.iter().map(|field| field.column);
    let names: Vec<String> = names
        .filter(|column| NAMES.contains(column))
        .map(|column| format!("{column} = 'SE0000000000-' || substr({}, 5)", aggregate.key))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let (table, key) = (aggregate.table, aggregate.key);
    let sql = format!("UPDATE {table} SET {} WHERE {key} = $1", names.join(", "));
    execute(db, sql, vec![found.id.as_str().into()]).await
}

static NOTHING: BTreeMap<String, String> = BTreeMap::new();

impl Column {
    fn plain(name: &'static str, value: SqlValue) -> Self {
        Self {
            name,
            sql: "$".to_owned(),
            value,
        }
    }
}

/// What is told of a thing, or of one of its members, by field; of what nobody knows there is nothing.
struct Fields<'a> {
    clear: &'a serde_json::Map<String, Value>,
    personal: &'a BTreeMap<String, String>,
    committed: &'a BTreeMap<String, String>,
}

/// A field's value.
enum Spelled {
    /// It was erased, or is told by its digest.
    Unknown,
    Default,
    Text(String),
}

fn spelled(field: &Field, told: &Fields<'_>) -> Spelled {
    let value = match field.told {
        Told::Digest => return Spelled::Unknown,
        Told::Personal => {
            return match told.personal.get(field.name) {
                Some(text) => Spelled::Text(text.clone()),
                None if told.committed.contains_key(field.name) => Spelled::Unknown,
                None => Spelled::Default,
            };
        }
        Told::Clear => told.clear.get(field.name),
        Told::Listed(member) => {
            let list = told.clear.get(field.name);
            list.and_then(|list| list.get(0)?.get(member))
        }
    };
    value.map_or(Spelled::Default, |value| {
        let text = value.as_str().map(str::to_owned);
        Spelled::Text(text.unwrap_or_else(|| value.to_string()))
    })
}

fn column(field: &Field, told: &Fields<'_>) -> Option<Column> {
    let text = match spelled(field, told) {
        Spelled::Unknown => return None,
        Spelled::Default => None,
        Spelled::Text(text) => Some(text),
    };
    let value = match field.sort {
        Sort::Text => SqlValue::from(text),
        Sort::Flag => SqlValue::from(text.is_some_and(|text| text == "true")),
        Sort::Number => SqlValue::from(text.and_then(|text| text.parse::<i64>().ok())),
    };
    Some(Column::plain(field.column, value))
}

fn columns(aggregate: &Aggregate, told: &Original, id: &str) -> Vec<Column> {
    let fields = fields(told);
    let own = aggregate
        .fields
        .iter()
        .filter_map(|field| column(field, &fields));
    let derived = aggregate.derived.iter();
    own.chain(derived.filter_map(|derived| follows(derived, aggregate, told, id)))
        .collect()
}

const fn fields(told: &Original) -> Fields<'_> {
    Fields {
        clear: &told.clear,
        personal: &told.personal,
        committed: &told.committed,
    }
}

/// A column that follows from what is told; nothing where that is not known.
fn follows(derived: &Derived, aggregate: &Aggregate, told: &Original, id: &str) -> Option<Column> {
    let told_fields = fields(told);
    let mut texts = BTreeMap::new();
    for field in aggregate.fields {
        match spelled(field, &told_fields) {
            Spelled::Text(text) => {
                texts.insert(field.name, text);
            }
            Spelled::Unknown if derived.from.reads(field.name) => return None,
            Spelled::Unknown | Spelled::Default => {}
        }
    }
    let text = derived
        .from
        .text(|name| texts.get(name).map(String::as_str));
    let (sql, value) = match (text, derived.from) {
        (Some(text), _) => ("$".to_owned(), text.into()),
        (None, Follows::Event(column)) => (
            format!("(SELECT {column} FROM audit_event WHERE event_id = $)"),
            id.into(),
        ),
        (
            None,
            Follows::Decision | Follows::SortKey(_) | Follows::SearchWords(_) | Follows::OrEmpty(_),
        ) => ("$".to_owned(), told.decision.clone().into()),
    };
    Some(Column {
        name: derived.column,
        sql,
        value,
    })
}

/// The members that are told, each with its columns; `None`: they are not known.
fn known_members(members: &Members, told: &Original) -> Option<Vec<Vec<Column>>> {
    let of_texts = |texts: &mut dyn Iterator<Item = &str>| {
        let columns = texts.map(|text| {
            let fields = members.fields.iter();
            fields
                .map(|field| Column::plain(field.column, text.into()))
                .collect()
        });
        columns.collect()
    };
    let of_object = |member: &Value| -> Option<Vec<Column>> {
        let fields = Fields {
            clear: member.as_object()?,
            personal: &NOTHING,
            committed: &NOTHING,
        };
        let columns = members.fields.iter();
        Some(columns.filter_map(|field| column(field, &fields)).collect())
    };
    let value = told.clear.get(members.name);
    let items = value.and_then(Value::as_array).into_iter().flatten();
    Some(match members.shape {
        Shape::Set => of_texts(&mut items.filter_map(Value::as_str)),
        Shape::Personal => {
            let value = told.personal.get(members.name);
            if value.is_none() && told.committed.contains_key(members.name) {
                return None;
            }
            of_texts(&mut value.into_iter().flat_map(|all| all.split_whitespace()))
        }
        Shape::List => items.filter_map(of_object).collect(),
        Shape::One => value.into_iter().filter_map(of_object).collect(),
    })
}

async fn insert(
    db: &DatabaseTransaction,
    (table, key): (&str, &'static str),
    id: &str,
    mut columns: Vec<Column>,
) -> Result<(), DbErr> {
    columns.insert(0, Column::plain(key, id.into()));
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let places = places(&columns);
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        places.join(", ")
    );
    let values = columns.into_iter().map(|column| column.value);
    execute(db, sql, values.collect()).await
}

async fn update(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    id: &str,
    columns: Vec<Column>,
) -> Result<(), DbErr> {
    let places = places(&columns).into_iter();
    let mut set: Vec<String> = columns
        .iter()
        .zip(places)
        .map(|(column, place)| format!("{} = {place}", column.name))
        .collect();
    if aggregate.is_versioned {
        set.push("version = version + 1".to_owned());
    }
    let Aggregate { table, key, .. } = aggregate;
    let sql = format!(
        "UPDATE {table} SET {} WHERE {key} = ${}",
        set.join(", "),
        columns.len() + 1
    );
    let values = columns.into_iter().map(|column| column.value);
    execute(db, sql, values.chain([id.into()]).collect()).await
}

/// What stands in the place of each value, numbered.
fn places(columns: &[Column]) -> Vec<String> {
    let numbered = columns.iter().enumerate();
    numbered
        .map(|(at, column)| column.sql.replace('$', &format!("${}", at + 1)))
        .collect()
}

async fn execute(
    db: &DatabaseTransaction,
    sql: String,
    values: Vec<SqlValue>,
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
}
