//! Rows fit their tables: every table has an entity with exactly its columns, and a region copied row
//! by row through the entities is the same region.

#[cfg(test)]
#[path = "../../migration/tests/shape/database.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the tables, which use all of it"
)]
mod database;
#[cfg(test)]
#[path = "../../migration/tests/shape/region.rs"]
mod region;

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{DbBackend, EntityTrait, IdenStatic, IntoActiveModel, Iterable};

use database::texts;

/// Expands to one call of a macro for every entity, in the order in which rows refer to each other.
macro_rules! for_each_entity {
    ($call:ident($($given:expr),*)) => {
        for_each_entity!(@ $call ($($given),*)
            organisation
            organisation_parent
            organisation_closure
            organisation_successor
            individual
            person
            person_credential
            engagement
            commission
            system
            system_classification
            system_obligation
            segment
            segment_control
            server
            database
            supplier_assessment
            service
            account
            permission
            role
            role_permission
            role_grant
            role_grant_use
            search_word
            delegation
            edit_proposal
            edit_proposer
            decision_review
            audit_head
            audit_event
            audit_fact
            audit_kept
            audit_latest
            audit_listed
            audit_slot
            audit_node
            audit_checkpoint
            audit_probe
            audit_rollup
            audit_set
            policy_set
            policy_text
            guardrail_stage
            import_run
            staged_record
            staged_look_alike
            import_problem
            import_flag
            halted_call
            halted_record
            provisioning_run
            received_record
            idempotency_key)
    };
    (@ $call:ident $given:tt $($entity:ident)*) => {
        $($call!($given $entity);)*
    };
}

#[tokio::test]
async fn every_table_has_an_entity_with_exactly_its_columns() {
    macro_rules! columns {
        (($entities:expr) $entity:ident) => {
            for column in entity::$entity::Column::iter() {
                $entities.insert(format!("{}.{}", stringify!($entity), column.as_str()));
            }
        };
    }
    let mut of_entities = BTreeSet::new();
    for_each_entity!(columns(of_entities));

    for fresh in database::migrated().await {
        let sql = if fresh.db.get_database_backend() == DbBackend::Sqlite {
            "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'seaql_migrations'"
        } else {
            "SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'"
        };
        let of_tables = BTreeSet::from_iter(texts(&fresh.db, sql).await.unwrap());
        let differing: Vec<_> = of_tables.symmetric_difference(&of_entities).collect();
        assert!(differing.is_empty(), "{differing:?}");
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_region_copied_through_the_entities_is_the_same_region() {
    macro_rules! copy {
        (($from:expr, $to:expr) $entity:ident) => {
            let rows = entity::$entity::Entity::find().all($from).await.unwrap();
            assert!(!rows.is_empty(), "no {} in the region", stringify!($entity));
            for row in rows {
                entity::$entity::Entity::insert(row.into_active_model())
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .exec_without_returning($to)
                    .await
                    .unwrap();
            }
        };
    }
    macro_rules! compare {
        (($one:expr, $other:expr) $entity:ident) => {
            let mut rows = [$one, $other].map(|_| Vec::new());
            for (rows, db) in rows.iter_mut().zip([$one, $other]) {
                for row in entity::$entity::Entity::find().all(db).await.unwrap() {
                    rows.push(format!("{row:?}"));
                }
                rows.sort();
            }
            assert_eq!(rows[0], rows[1]);
        };
    }
    let originals = database::peopled().await;
    let copies = database::migrated().await;
    for (original, copied) in originals.into_iter().zip(copies) {
        for_each_entity!(copy(&original.db, &copied.db));
        for_each_entity!(compare(&original.db, &copied.db));
        original.close().await;
        copied.close().await;
    }
}
