//! The shape of the database: tables, columns, constraints, indexes, views, triggers and functions, compared with
//! what this version's migrations make.
//!
//! What keeps clumsy hands off the log is in the database itself, and a hand that is not clumsy takes it away, or
//! adds a trigger that swallows what is inserted. Both catalogues are read in the same way; of extensions, which
//! are their makers' business, nothing is read.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

use super::super::connection::Database;
use super::difference::Differences;
use domain::speaks::{verbatim, words};

/// What there is, by its kind and name, with how it is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(BTreeMap<(String, String), String>);

/// What SQLite keeps for its planner is not of the shape; what records the migrations has its own format.
const SQLITE: &str = "SELECT type, name, COALESCE(sql, '') FROM sqlite_schema \
    WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' AND name <> 'sqlite_sequence' \
    AND (tbl_name <> 'seaql_migrations' OR type = 'trigger')";

/// In which schema the log is.
const SCHEMA: &str = "SELECT n.nspname::text FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('audit_head')";

/// Definitions name the schema where it is not the one that is searched first: `$1 || '.'` is taken out.
const POSTGRES: &str = "
WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
relation AS (SELECT c.* FROM pg_class c JOIN here ON c.relnamespace = here.oid
    WHERE c.relname NOT LIKE 'seaql\\_migrations%'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')),
found AS (
SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'relation' END AS kind,
    relname::text AS name, concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity) AS def
    FROM relation WHERE relkind NOT IN ('i', 'I', 't', 'c')
UNION ALL SELECT 'view', relname::text || ' (text)', pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
UNION ALL SELECT 'column', r.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
    a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid), o.collname)
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    LEFT JOIN pg_collation o ON o.oid = a.attcollation WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL SELECT 'constraint', concat_ws('.', r.relname, c.conname), concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated)
    FROM pg_constraint c JOIN here ON c.connamespace = here.oid LEFT JOIN pg_class r ON r.oid = c.conrelid
    WHERE c.contype <> 't' AND COALESCE(r.relname, '') NOT LIKE 'seaql\\_migrations%'
UNION ALL SELECT 'index', r.relname::text, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM pg_index i JOIN relation r ON r.oid = i.indexrelid
UNION ALL SELECT 'trigger', r.relname || '.' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'rule', r.relname || '.' || w.rulename, pg_get_ruledef(w.oid)
    FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL SELECT 'policy', r.relname || '.' || p.polname, pg_get_expr(p.polqual, p.polrelid)
    FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
UNION ALL SELECT 'parent', r.relname::text, p.relname::text
    FROM pg_inherits h JOIN relation r ON r.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent
UNION ALL SELECT 'function', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN here ON p.pronamespace = here.oid WHERE p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))
SELECT kind, name, replace(def, quote_ident($1) || '.', '') FROM found";

impl Shape {
    /// What this version's migrations make, on the kind of database that this one is.
    ///
    /// # Errors
    /// When it cannot be made: on PostgreSQL that takes the right to make a schema.
    pub async fn expected(database: &Database) -> Result<Self, DbErr> {
        let fresh = database.fresh().await?;
        let shape = Self::read(fresh.connection(), fresh.schema()).await?;
        fresh.end().await?;
        Ok(shape)
    }

    /// What is there.
    pub(super) async fn found(db: &DatabaseTransaction) -> Result<Self, DbErr> {
        let backend = db.get_database_backend();
        let schema = if backend == DbBackend::Sqlite {
            String::new()
        } else {
            let row = db.query_one_raw(Statement::from_string(backend, SCHEMA));
            let row = row
                .await?
                .ok_or_else(|| DbErr::RecordNotFound("`audit_head`".to_owned()))?;
            row.try_get_by_index(0)?
        };
        Self::read(db, &schema).await
    }

    async fn read(db: &DatabaseTransaction, schema: &str) -> Result<Self, DbErr> {
        let backend = db.get_database_backend();
        let statement = if backend == DbBackend::Sqlite {
            Statement::from_string(backend, SQLITE)
        } else {
            Statement::from_sql_and_values(backend, POSTGRES, [schema.into()])
        };
        let rows = db.query_all_raw(statement).await?;
        let all = rows.iter().map(|row| {
            let name = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok((name, row.try_get_by_index(2)?))
        });
        Ok(Self(all.collect::<Result<_, DbErr>>()?))
    }

    /// How many things it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Names what is not as it should be.
    pub(super) fn compare(&self, found: &Self, differences: &mut Differences) {
        for ((kind, name), is) in &found.0 {
            match self.0.get(&(kind.clone(), name.clone())) {
                None => differences.log(words!(
                    "the {kind} `{name}` is there, and this version does not make it",
                    "Det finns en `{kind}` `{name}`, som den här versionen inte skapar.",
                    kind = verbatim(kind),
                    name = verbatim(name)
                )),
                Some(should) if should != is => {
                    differences.log(words!(
                        "the {kind} `{name}` is not as this version makes it",
                        "`{kind}` `{name}` är inte som den här versionen skapar den.",
                        kind = verbatim(kind),
                        name = verbatim(name)
                    ));
                }
                Some(_) => {}
            }
        }
        for (kind, name) in self.0.keys().filter(|name| !found.0.contains_key(*name)) {
            differences.log(words!(
                "the {kind} `{name}` is missing",
                "`{kind}` `{name}` saknas.",
                kind = verbatim(kind),
                name = verbatim(name)
            ));
        }
    }
}
