//! Nothing that the register holds of a thing is forgotten by the log.

use register::aggregates;

use super::*;

/// What puts a policy set in force is the policy event, which the inspection compares by itself.
const IN_FORCE: &[(&str, &str)] = &[("policy_set", "event_id")];

#[tokio::test]
async fn every_column_of_the_register_is_told_or_follows_from_others() {
    for db in empty_databases().await {
        let of_things = aggregates().map(|one| {
            let version = one.is_versioned.then_some("version");
            (one.table, one.key, one.fields, one.derived, version)
        });
        let of_members = aggregates().flat_map(|one| one.members);
        let of_members =
            of_members.map(|one| (one.table, one.owner, one.fields, one.derived, None));
        for (table, key, fields, derived, version) in of_things.chain(of_members) {
            let sql = if db.database.backend() == DbBackend::Sqlite {
                format!("SELECT name FROM pragma_table_info('{table}')")
            } else {
                format!(
                    "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'"
                )
            };
            let statement = Statement::from_string(db.database.backend(), sql);
            let rows = db.raw.query_all_raw(statement).await.unwrap();
            let columns = rows
                .iter()
                .map(|row| row.try_get_by_index::<String>(0).unwrap());
            let columns: BTreeSet<String> = columns.collect();
            assert!(columns.contains(key), "{table}");
            for field in fields {
                assert!(columns.contains(field.column), "{table} {}", field.column);
            }
            let derived: BTreeSet<&str> = derived.iter().map(|one| one.column).collect();
            for column in &derived {
                assert!(columns.contains(*column), "{table} {column}");
            }
            for column in columns {
                let told = fields.iter().any(|field| field.column == column);
                let follows = derived.contains(column.as_str()) || version == Some(&*column);
                assert!(
                    told || follows || column == key || IN_FORCE.contains(&(table, &*column)),
                    "`{column}` of `{table}` is told by nothing"
                );
            }
        }
        db.done().await;
    }
}
