//! Names from before there were words are found by the same words as names that come now.

use std::collections::BTreeSet;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};
use test_support::{Backend, TestDatabase};

use domain::HsaId;
use domain::text::search::without_rings;
use domain::text::{folded_name, search_words};

/// How many changes there were before the words.
const BEFORE: u32 = 22;

const PEOPLE: [(&str, &str); 9] = [
    ("Åsa", "Öberg"),
    ("Anna-Lena", "von Essén"),
    ("Søren", "Kjærgård"),
    ("Łukasz", "Štěpán"),
    ("Þóra", "Œuvrard"),
    ("Sinéad", "O’Brien"),
    ("D'Arcy", "Lind-Åkerström"),
    ("\"Bo\\Ek\"", "100%ig [x]"),
    ("S:t", "Hälso- & sjukvård (öst), 2.0"),
];

#[tokio::test]
async fn what_was_there_is_found_as_what_comes() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::empty(backend);
        let db = database.connection().await;
        Migrator::up(&db, Some(BEFORE)).await.unwrap();
        let individual =
            "INSERT INTO individual (id, source, external_key) VALUES ('ind_1', 'r', 'k')";
        db.execute_unprepared(individual).await.unwrap();
        let mut expected = BTreeSet::new();
        for (n, (given, family)) in PEOPLE.into_iter().enumerate() {
            let (id, hsa_id) = (format!("per_{n}"), format!("TSTNMT2321000001-F00{n}"));
            let sql = "INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, \
                name_sort, name_search) VALUES ($1, $2, 'r', 'ind_1', $3, $4, '', $5)";
            let name = folded_name(&format!("{family} {given}"));
            let values = [&id, &hsa_id, given, family, &name].map(|text: &str| text.into());
            let insert = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            db.execute_raw(insert).await.unwrap();
            let hsa_id: HsaId = hsa_id.parse().unwrap();
            let words = search_words(&[given, family], Some(&hsa_id));
            let rows = words
                .split(' ')
                .map(|word| format!("{id} {} {word}", without_rings(word)));
            expected.extend(rows);
        }
        Migrator::up(&db, None).await.unwrap();
        let sql = "SELECT entity_id || ' ' || word || ' ' || spelled FROM search_word WHERE kind = 'person'";
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        let found: BTreeSet<String> = rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        let differing: Vec<&str> = found
            .symmetric_difference(&expected)
            .map(String::as_str)
            .collect();
        assert_eq!(differing.join("\n"), "", "{backend}");
        db.close().await.unwrap();
    }
}
