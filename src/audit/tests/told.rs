//! Nothing that the register holds of a thing is forgotten by the log.

use register::aggregates;

use super::*;

/// Columns that follow from others, or count changes.
const DERIVED: &[&str] = &["version", "name_sort", "name_search", "system_key"];

/// Those that follow from others in one table alone.
const DERIVED_THERE: &[(&str, &[&str])] = &[
    // From the events of the decisions, which the inspection compares by itself.
    (
        "decision_review",
        &["seq", "about_individual", "decision_id"],
    ),
    // From the policy event, which is compared likewise.
    ("policy_set", &["event_id"]),
    // From the role.
    ("role_permission", &["system_key"]),
];

#[tokio::test]
async fn every_column_of_the_register_is_told_or_follows_from_others() {
    for db in empty_databases().await {
        let of_things = aggregates().map(|one| (one.table, one.key, one.fields));
        let of_members = aggregates().flat_map(|one| one.members);
        let of_members = of_members.map(|one| (one.table, one.owner, one.fields));
        for (table, key, fields) in of_things.chain(of_members) {
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
            let there = DERIVED_THERE.iter().filter(|(name, _)| *name == table);
            let derived = there.flat_map(|(_, columns)| *columns).chain(DERIVED);
            let derived: BTreeSet<&str> = derived.copied().collect();
            for column in columns {
                let told = fields.iter().any(|field| field.column == column);
                assert!(
                    told || column == key || derived.contains(column.as_str()),
                    "`{column}` of `{table}` is told by nothing"
                );
            }
        }
        db.done().await;
    }
}
