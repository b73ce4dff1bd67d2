//! Rows of the register, which decisions rest on, written by whoever has the database's password.

use test_support::Backend;

use super::{inspected, named};
use crate::bundle::{Stored, TAMPERED};

/// What is done, and the words that name it.
const ROWS: &[(&str, &[&str])] = &[
    (
        "INSERT INTO role_grant (id, source, external_id, person_id, role_id, scope_kind, from_date, origin) \
         SELECT 'grt_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'x', 'x', (SELECT MIN(id) FROM person), MIN(id), 'installation', \
         '2020-01-01', 'order' FROM role",
        &["no event tells of the row grt_7zzzzzzzzzzzzzzzzzzzzzzzzz of `role_grant`"],
    ),
    (
        "UPDATE person SET individual_id = (SELECT MAX(individual_id) FROM person) \
         WHERE id = (SELECT MIN(id) FROM person)",
        &["of `person` is not what event", ": individual"],
    ),
    (
        "INSERT INTO guardrail_stage (policy, stage, ends_on) VALUES ('active-identity-required', 'observe', \
         '2099-01-01')",
        &["no event tells of the row  of `guardrail_stage`"],
    ),
    (
        "UPDATE service SET trusted_to_assert = NOT trusted_to_assert WHERE id = (SELECT MAX(id) FROM service)",
        &["of `service` is not what event", ": trustedToAssert"],
    ),
    (
        "UPDATE role SET privileged = NOT privileged WHERE id = (SELECT MIN(id) FROM role)",
        &["of `role` is not what event", ": privileged"],
    ),
    (
        "DELETE FROM role_permission WHERE role_id = (SELECT MIN(role_id) FROM role_permission)",
        &["of `role` is not what event", ": permissions"],
    ),
    (
        "DELETE FROM person_credential WHERE person_id = (SELECT MIN(person_id) FROM person_credential)",
        &["of `person` is not what event", ": credentials"],
    ),
    (
        "UPDATE engagement SET until_date = '2099-12-31' WHERE id = (SELECT MIN(id) FROM engagement)",
        &["of `engagement` is not what event", ": until"],
    ),
    (
        "UPDATE audit_latest SET seq = 0 WHERE entity = (SELECT MIN(entity) FROM audit_latest)",
        &["`audit_latest` has event 0 as the last that told of"],
    ),
];

pub(super) fn a_row_that_sql_has_written_is_named_and_the_log_stays_good(backend: Backend) {
    let stored = Stored::of(backend);
    for (sql, words) in ROWS {
        let altered = stored.another();
        altered.alter(sql);
        println!("{sql}");
        let said = inspected(&altered, &[], TAMPERED, words);
        assert_eq!(named(&said), 1, "one alteration has one name:\n{said}");
        let url = altered.installation.url();
        let program = altered.installation.program();
        if !sql.contains("audit_latest") {
            let doctor = program.run(&["log", "doctor", "--database", url]);
            let doctor = doctor.ended_with(TAMPERED);
            for word in *words {
                assert!(doctor.stdout().contains(word), "{}", doctor.stdout());
            }
        }
        // What is proved is the log, and it is as it was.
        let (_, exported) = altered.export("bundle", &[]);
        let _exported = exported.succeeded();
    }
}
