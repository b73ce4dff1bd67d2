//! Whoever writes the register by SQL cannot have it told: every column, every member, every row that is taken away or
//! given another's place is named.

use std::collections::BTreeSet;

use register::{Aggregate, Field, Members, Sort, aggregates};

use super::*;

/// What is not to be kept from a thief: keys between tables, and checks of what columns hold.
async fn disarm(raw: &DatabaseConnection) {
    if raw.get_database_backend() == DbBackend::Sqlite {
        for pragma in ["foreign_keys = OFF", "ignore_check_constraints = ON"] {
            raw.execute_unprepared(&format!("PRAGMA {pragma}"))
                .await
                .unwrap();
        }
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        for row in raw.query_all_raw(statement).await.unwrap() {
            let name: String = row.try_get_by_index(0).unwrap();
            let drop = format!("DROP TRIGGER {name}");
            raw.execute_unprepared(&drop).await.unwrap();
        }
        return;
    }
    let drop = "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname, conrelid::regclass AS name \
        FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace LOOP \
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.name, c.conname); END LOOP; \
        FOR c IN SELECT tgname, tgrelid::regclass AS name FROM pg_trigger WHERE NOT tgisinternal LOOP \
        EXECUTE format('DROP TRIGGER %I ON %s', c.tgname, c.name); END LOOP; END $$";
    raw.execute_unprepared(drop).await.unwrap();
}

/// Another value for a column.
fn other(field: &Field) -> String {
    let column = field.column;
    match field.sort {
        Sort::Text => format!("COALESCE({column}, '') || 'x'"),
        Sort::Flag => format!("NOT {column}"),
        Sort::Number => format!("COALESCE({column}, 0) + 1"),
    }
}

/// The things of a kind, in the order of their ids.
async fn ids(place: &Place, one: &Aggregate) -> Vec<String> {
    let Aggregate { table, key, .. } = one;
    let sql = format!("SELECT {key} FROM {table} ORDER BY {key}");
    place.texts(&sql).await
}

/// Alterations, each of a thing of its own, with what has to be named.
#[derive(Default)]
struct Alterations {
    sql: Vec<String>,
    named: BTreeSet<String>,
}

impl Alterations {
    fn differs(&mut self, one: &Aggregate, id: &str, field: &str, sql: String) {
        self.sql.push(sql);
        self.named.insert(format!("{} {id} {field}", one.table));
    }

    fn of_fields(&mut self, one: &Aggregate, ids: &mut Vec<String>) {
        let Aggregate { table, key, .. } = one;
        for field in one.fields {
            let Some(id) = ids.pop() else { return };
            let (column, value) = (field.column, other(field));
            let sql = format!("UPDATE {table} SET {column} = {value} WHERE {key} = '{id}'");
            self.differs(one, &id, field.name, sql);
        }
    }

    /// One that is given to another, and one that is taken away.
    async fn of_members(&mut self, place: &Place, one: &Aggregate, ids: &mut Vec<String>) {
        for Members {
            name,
            table,
            owner,
            fields,
            ..
        } in one.members
        {
            let owning = format!("SELECT DISTINCT {owner} FROM {table} ORDER BY {owner}");
            let owning = place.texts(&owning).await;
            let mut owning = owning.into_iter().filter(|id| ids.contains(id));
            let (first, second) = (owning.next(), owning.next());
            ids.retain(|id| Some(id) != first.as_ref() && Some(id) != second.as_ref());
            if let Some(id) = first {
                let sql = format!("DELETE FROM {table} WHERE {owner} = '{id}'");
                self.differs(one, &id, name, sql);
            }
            if let (Some(id), Some(field)) = (second, fields.first()) {
                let (column, value) = (field.column, other(field));
                let sql = format!("UPDATE {table} SET {column} = {value} WHERE {owner} = '{id}'");
                self.differs(one, &id, name, sql);
            }
        }
    }

    /// A row under another id: one is missing, and one is told of by nothing.
    fn of_ids(&mut self, one: &Aggregate, ids: &mut Vec<String>) {
        let Aggregate { table, key, .. } = one;
        let Some(id) = ids.pop() else { return };
        let new = format!("{}_7{}", one.kind.prefix(), "z".repeat(25));
        self.sql.push(format!(
            "UPDATE {table} SET {key} = '{new}' WHERE {key} = '{id}'"
        ));
        self.named.insert(format!("{table} {id} missing"));
        self.named.insert(format!("{table} {new} untold"));
    }
}

/// What was named, in the words of [`Alterations`].
fn said(line: &str) -> BTreeSet<String> {
    let line = line.strip_prefix("the log: ").unwrap_or(line);
    let row = |from: &str| -> String {
        let (_, rest) = line.split_once(from).unwrap();
        let (id, rest) = rest.split_once(" of `").unwrap();
        let (table, _) = rest.split_once('`').unwrap();
        format!("{table} {id}")
    };
    if line.starts_with("no event tells of the row ") {
        return [format!("{} untold", row("no event tells of the row "))].into();
    }
    let row = row("the row ");
    match line.rsplit_once("told of it: ") {
        Some((_, fields)) => fields
            .split(", ")
            .map(|field| format!("{row} {field}"))
            .collect(),
        None => [format!("{row} missing")].into(),
    }
}

#[tokio::test]
async fn every_column_and_every_member_that_sql_has_written_is_named() {
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        assert_eq!(place.untold().await, [""; 0]);
        let mut altered = Alterations::default();
        for one in aggregates() {
            let mut ids = ids(&place, one).await;
            altered.of_members(&place, one, &mut ids).await;
            altered.of_ids(one, &mut ids);
            altered.of_fields(one, &mut ids);
        }
        assert!(altered.sql.len() > 100, "{}", altered.sql.len());
        disarm(&place.raw).await;
        for sql in &altered.sql {
            place.raw.execute_unprepared(sql).await.expect(sql);
        }
        let untold = place.untold().await;
        let said: BTreeSet<String> = untold.iter().flat_map(|line| said(line)).collect();
        let unsaid: Vec<&String> = altered.named.difference(&said).collect();
        assert!(unsaid.is_empty(), "{unsaid:?} of {untold:#?}");
        let more: Vec<&String> = said.difference(&altered.named).collect();
        assert!(more.is_empty(), "{more:?}");
        place.put_away().await;
    }
}

const REWRITING: [&str; 2] = [
    "CREATE TRIGGER rewriting AFTER INSERT ON role_grant BEGIN \
     UPDATE role_grant SET until_date = '2099-12-31' WHERE id = NEW.id; END",
    "CREATE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN NEW.until_date := '2099-12-31'; RETURN NEW; END $$; \
     CREATE TRIGGER rewriting BEFORE INSERT ON role_grant FOR EACH ROW EXECUTE FUNCTION rewrite()",
];

#[tokio::test]
async fn what_a_trigger_rewrites_is_neither_told_nor_kept() {
    for place in places().await {
        let [sqlite, postgres] = REWRITING;
        let is_sqlite = place.raw.get_database_backend() == DbBackend::Sqlite;
        let sql = if is_sqlite { sqlite } else { postgres };
        place.raw.execute_unprepared(sql).await.unwrap();
        let refused = place.import(&region(), &options()).await;
        let Err(ImportError::Event(EntryError::Rewritten(_, column))) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(column, "until_date");
        let granted = "SELECT COUNT(*) FROM role_grant";
        assert_eq!(place.number(granted).await, 0);
        place.done().await;
    }
}
