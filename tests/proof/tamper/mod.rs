//! Who catches what: alterations of a stored log, as a thief of the database makes them, before a bundle
//! alone, a bundle and a checkpoint that was kept, and `verify --database`. The README has the table.
//!
//! A bundle here is the thief's own: whatever stands in the database, in the frame of the genuine one. To add
//! an alteration: a row in one of the tables below.

mod flips;
mod register;
mod thief;

use sea_orm::ConnectionTrait;
use test_support::{Backend, both_backends};

use crate::bundle::{Case, GOOD, INCOMPLETE, Stored, TAMPERED};
use register::a_row_that_sql_has_written_is_named_and_the_log_stays_good;
use thief::Thief;

/// What the database's inspection says of it.
#[track_caller]
fn inspected(stored: &Stored, options: &[&str], code: i32, words: &[&str]) -> String {
    let url = stored.installation.url();
    let arguments = [&["log", "verify", "--database", url], options].concat();
    let said = stored
        .installation
        .program()
        .run(&arguments)
        .ended_with(code);
    for word in words {
        assert!(
            said.stdout().contains(word),
            "nothing of `{word}` in:\n{}",
            said.stdout()
        );
    }
    said.stdout().to_owned()
}

/// How many differences a page names.
fn named(page: &str) -> usize {
    let (_, differences) = page.split_once("What differs\n").unwrap_or_default();
    differences
        .lines()
        .take_while(|line| line.starts_with("  "))
        .count()
}

fn an_untouched_log_raises_no_alarm(backend: Backend) {
    let stored = Stored::of(backend);
    let leaves = stored.leaves();
    let kept = stored.keep(stored.size());
    inspected(&stored, &[], GOOD, &["GOOD"]);
    let options = [
        "--leaves",
        &leaves.to_string_lossy(),
        "--checkpoint",
        &kept.to_string_lossy(),
    ];
    inspected(&stored, &options, GOOD, &["GOOD"]);
    // Events that nobody has signed for yet are no alarm either.
    let (_, said) = stored.export("bundle", &[]);
    let _said = said.succeeded();
    inspected(&stored, &options, GOOD, &[]);
}

/// An interior alteration: what is done, what a bundle alone says, what the database says by itself, and with
/// the notary's file.
type Interior = (
    &'static str,
    fn(&Thief<'_>),
    &'static [&'static str],
    &'static [&'static str],
);

const INTERIOR: &[Interior] = &[
    (
        "edited",
        |thief| thief.edit(100),
        &["between event 0 and event 255"],
        &["event 100: its bytes are not those"],
    ),
    (
        "edited, its leaf left",
        |thief| thief.edit_bytes(100),
        &["event 100: its bytes do not give its leaf"],
        &["event 100: its bytes are not those"],
    ),
    (
        "deleted",
        |thief| thief.run("DELETE FROM audit_event WHERE seq = 100"),
        &["event 100: it is missing"],
        &["event 100: it is missing"],
    ),
    (
        "two deleted",
        |thief| thief.run("DELETE FROM audit_event WHERE seq IN (100, 101)"),
        &["event 100: it is missing", "event 101: it is missing"],
        &["event 101: it is missing"],
    ),
    (
        "swapped",
        |thief| thief.swap(100, 101),
        &["between event 0 and event 255"],
        &[
            "event 100: its bytes are not those",
            "event 101: its bytes are not those",
        ],
    ),
    (
        "inserted",
        |thief| thief.insert(100, true),
        &["between event 0 and event 255", "beyond the head"],
        &["event 100: its bytes are not those"],
    ),
    (
        "duplicated",
        |thief| thief.insert(100, false),
        &["between event 0 and event 255", "beyond the head"],
        &["event 100: its bytes are not those"],
    ),
];

fn an_interior_event_that_was_altered_is_caught_by_everybody(backend: Backend) {
    for (name, alter, alone, with_leaves) in INTERIOR {
        println!("{name}");
        let stored = Stored::of(backend);
        let (genuine, leaves) = (stored.read(), stored.leaves());
        let early = genuine
            .checkpoints
            .keys()
            .next()
            .copied()
            .expect("a checkpoint");
        assert!(early > 101, "{early}");
        alter(&Thief::of(&stored));
        let bundle = stored.bundle(&genuine);
        Case::of(bundle.text()).must(TAMPERED, &[]);
        let kept = Case::of(bundle.text()).keeping(&genuine.checkpoints[&early]);
        kept.must(TAMPERED, &[]);
        inspected(&stored, &[], TAMPERED, alone);
        inspected(
            &stored,
            &["--leaves", &leaves.to_string_lossy()],
            TAMPERED,
            with_leaves,
        );
    }
}

fn checkpoints_that_were_deleted_are_missed_by_who_kept_one(backend: Backend) {
    let stored = Stored::of(backend);
    let genuine = stored.read();
    let sizes: Vec<u64> = genuine.checkpoints.keys().copied().collect();
    assert_eq!(sizes[1] + 1, sizes[2], "adjacent");
    let kept = stored.keep(sizes[1]);
    stored.alter(&format!(
        "DELETE FROM audit_checkpoint WHERE size IN ({}, {})",
        sizes[1], sizes[2]
    ));
    // The events are still proved to the last one by the anchor.
    Case::of(stored.bundle(&genuine).text()).must(GOOD, &[]);
    let missing = format!("{} events was published and is missing", sizes[1]);
    Case::of(stored.bundle(&genuine).text())
        .keeping(&genuine.checkpoints[&sizes[1]])
        .must(TAMPERED, &[&missing]);
    inspected(
        &stored,
        &["--checkpoint", &kept.to_string_lossy()],
        TAMPERED,
        &[&missing],
    );
}

/// What is derived, one alteration each, and the words that name it. No bundle holds any of it.
const DERIVED: &[(&str, &str)] = &[
    (
        "UPDATE audit_event SET event_id = 'evt_0000000000000000000000000z' WHERE seq = 100",
        "event 100: its column `event_id`",
    ),
    (
        "UPDATE audit_event SET t_us = t_us + 1 WHERE seq = 100",
        "event 100: its column `t_us`",
    ),
    (
        "UPDATE audit_event SET kind = 'policy' WHERE seq = 100",
        "event 100: its column `kind`",
    ),
    (
        "UPDATE audit_event SET principal = 'per_x' WHERE seq = 100",
        "event 100: its column `principal`",
    ),
    (
        "UPDATE audit_event SET asker = 'svc_x' WHERE seq = 100",
        "event 100: its column `asker`",
    ),
    (
        "UPDATE audit_event SET permission = 'x' WHERE seq = 100",
        "event 100: its column `permission`",
    ),
    (
        "UPDATE audit_event SET action = 'x' WHERE seq = 100",
        "event 100: its column `action`",
    ),
    (
        "UPDATE audit_event SET resource_type = 'x' WHERE seq = 100",
        "event 100: its column `resource_type`",
    ),
    (
        "UPDATE audit_event SET resource_id = NULL WHERE seq = 100",
        "event 100: its column `resource_id`",
    ),
    (
        "UPDATE audit_event SET system = 'x' WHERE seq = 100",
        "event 100: its column `system`",
    ),
    (
        "UPDATE audit_event SET path = '/x/' WHERE seq = 100",
        "event 100: its column `path`",
    ),
    (
        "UPDATE audit_event SET outcome = 'allow' WHERE seq = 100",
        "event 100: its column `outcome`",
    ),
    (
        "UPDATE audit_event SET level = 9 WHERE seq = 100",
        "event 100: its column `level`",
    ),
    (
        "UPDATE audit_event SET policy = 'x' WHERE seq = 100",
        "event 100: its column `policy`",
    ),
    (
        "UPDATE audit_event SET principal_name = 'x' WHERE seq = 100",
        "event 100: its column `principal_name`",
    ),
    (
        "UPDATE audit_event SET individual = 'x' WHERE seq = 100",
        "event 100: its column `individual`",
    ),
    (
        "UPDATE audit_event SET decision = NULL WHERE seq = 100",
        "event 100: its column `decision`",
    ),
    (
        "UPDATE audit_event SET owes = 'review' WHERE seq = 100",
        "event 100: its column `owes`",
    ),
    (
        "UPDATE audit_set SET member = 'x' WHERE held_in = 'reasons' AND member = \
         (SELECT min(member) FROM audit_set WHERE held_in = 'reasons') AND whole = \
         (SELECT min(whole) FROM audit_set WHERE held_in = 'reasons' AND member = \
         (SELECT min(member) FROM audit_set WHERE held_in = 'reasons'))",
        "`audit_set` ",
    ),
    (
        "UPDATE audit_event SET leaf = (SELECT leaf FROM audit_event WHERE seq = 7) WHERE seq = 100",
        "event 100: its bytes do not give its leaf",
    ),
    (
        "UPDATE audit_node SET hash = (SELECT leaf FROM audit_event WHERE seq = 7) WHERE level = 8 AND idx = 0",
        "between event 0 and event 255: they do not give their stored node",
    ),
    (
        "DELETE FROM audit_node WHERE level = 8 AND idx = 0",
        "between event 0 and event 255: their stored node is missing",
    ),
    (
        "INSERT INTO audit_node SELECT 16, 0, root FROM audit_head",
        "a node of level 16 and index 0",
    ),
    (
        "UPDATE audit_head SET root = (SELECT leaf FROM audit_event WHERE seq = 7)",
        "the head's `root`",
    ),
    (
        "UPDATE audit_head SET frontier = root",
        "the head's `frontier`",
    ),
    (
        "UPDATE audit_head SET last_t = last_t + 1",
        "the head's `last_t`",
    ),
    (
        "UPDATE audit_head SET change_seq = change_seq - 1",
        "the head's `change_seq`",
    ),
    (
        "UPDATE audit_head SET size = 1000000000000000",
        "and event 999999999999999: they are missing",
    ),
    ("UPDATE audit_head SET epoch = 1", "the head's `epoch`"),
    (
        "UPDATE audit_head SET pruned_below = 5",
        "the head's `pruned_below`",
    ),
    (
        "UPDATE audit_head SET origin = 'elsewhere'",
        "the head's origin",
    ),
    (
        "INSERT INTO audit_listed (resource_id, seq) VALUES ('per_x', 100)",
        "event 100: it did not list per_x",
    ),
    (
        "INSERT INTO audit_listed (resource_id, seq) VALUES ('per_x', 99999999)",
        "belongs to no event: 99999999",
    ),
    (
        "UPDATE audit_rollup SET count = count + 1 WHERE level = (SELECT MIN(level) FROM audit_rollup)",
        "`audit_rollup` counts",
    ),
    ("DELETE FROM audit_rollup", "`audit_rollup` lacks"),
    (
        "UPDATE audit_slot SET value = 'x' WHERE seq = (SELECT MIN(seq) FROM audit_slot WHERE slot = 'email') AND slot = 'email'",
        "does not commit to the value of its slot",
    ),
    (
        "UPDATE audit_slot SET salt = (SELECT root FROM audit_head) \
         WHERE seq = (SELECT MIN(seq) FROM audit_slot WHERE slot = 'email') AND slot = 'email'",
        "does not commit to the value of its slot",
    ),
    (
        "UPDATE audit_slot SET retention_class = 'x' WHERE seq = (SELECT MIN(seq) FROM audit_slot WHERE slot = 'email') AND slot = 'email'",
        "of another class",
    ),
    (
        "UPDATE audit_slot SET authority = 'x' WHERE seq = (SELECT MIN(seq) FROM audit_slot WHERE slot = 'email') AND slot = 'email'",
        "of another class or authority",
    ),
    (
        "DELETE FROM audit_slot WHERE seq = (SELECT MIN(seq) FROM audit_slot WHERE slot = 'email') AND slot = 'email'",
        "is gone, and no event says that it was erased",
    ),
    (
        "INSERT INTO audit_slot SELECT 0, 'subject', root, 'x', 'x', NULL FROM audit_head",
        "event 0: it has no slot `subject`",
    ),
    (
        "UPDATE audit_fact SET value = 'x' WHERE value = (SELECT MIN(value) FROM audit_fact)",
        "does not commit to the facts",
    ),
    (
        "DELETE FROM audit_fact WHERE value = (SELECT MIN(value) FROM audit_fact)",
        "are gone, and no event says that they were erased",
    ),
    (
        "INSERT INTO audit_fact SELECT '2001-01', root, root, '{}' FROM audit_head",
        "a row of `audit_fact` belongs to no event: 2001-01",
    ),
    (
        "UPDATE audit_checkpoint SET note = 'x' WHERE size = (SELECT MIN(size) FROM audit_checkpoint)",
        "is not a note",
    ),
    (
        "UPDATE audit_checkpoint SET size = size + 1 WHERE size = (SELECT MIN(size) FROM audit_checkpoint)",
        "says something else",
    ),
];

fn what_is_derived_is_derived_again_and_named(backend: Backend) {
    let stored = Stored::of(backend);
    for (sql, words) in DERIVED {
        let altered = stored.another();
        altered.alter(sql);
        println!("{sql}");
        let said = inspected(&altered, &[], TAMPERED, &[words]);
        assert!(
            named(&said) <= 4,
            "one alteration has one name:
{said}"
        );
    }
}

/// Rows that decisions are made by, and that events tell of.
const TOLD: &[(&str, &str)] = &[
    (
        "UPDATE policy_text SET text = text || ' ' WHERE path = (SELECT MIN(path) FROM policy_text)",
        "the texts of the policy set of generation 1 do not give the digest that was recorded",
    ),
    (
        "DELETE FROM policy_text WHERE path = (SELECT MIN(path) FROM policy_text)",
        "the texts of the policy set of generation 1 do not give the digest that was recorded",
    ),
    (
        "UPDATE policy_set SET digest = 'x'",
        "the policy set of generation 1 has another digest than was recorded",
    ),
    (
        "UPDATE policy_set SET active = FALSE",
        "the policy set of generation 1 was put in force and is not",
    ),
    (
        "INSERT INTO policy_set (generation, digest, active) VALUES (2, 'x', FALSE)",
        "no event tells of the policy set of generation 2",
    ),
];

fn what_decisions_are_made_by_is_compared_with_what_tells_of_it(backend: Backend) {
    let stored = Stored::of(backend);
    for (sql, words) in TOLD {
        let altered = stored.another();
        altered.alter(sql);
        println!("{sql}");
        inspected(&altered, &[], TAMPERED, &[words]);
    }
}

const SWALLOWING: &str = "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS \
    $$ BEGIN RETURN NULL; END $$; \
    CREATE TRIGGER extra BEFORE INSERT ON audit_slot FOR EACH ROW EXECUTE FUNCTION swallow()";

/// What is done to the shape of the database, on SQLite and on PostgreSQL, and the words that name it.
const SHAPE: [&[(&str, &str)]; 2] = [
    &[
        (
            "CREATE TRIGGER extra BEFORE INSERT ON audit_slot BEGIN SELECT RAISE(IGNORE); END",
            "the trigger `extra` is there, and this version does not make it",
        ),
        (
            "DROP TRIGGER audit_event_is_not_changed",
            "the trigger `audit_event_is_not_changed` is missing",
        ),
        (
            "CREATE INDEX extra ON audit_event (kind)",
            "the index `extra` is there",
        ),
        (
            "DROP INDEX audit_event_change",
            "the index `audit_event_change` is missing",
        ),
        (
            "CREATE VIEW extra AS SELECT 1 AS one",
            "the view `extra` is there",
        ),
        (
            "ALTER TABLE audit_slot ADD COLUMN extra TEXT",
            "the table `audit_slot` is not as this version makes it",
        ),
        (
            "DROP TRIGGER audit_event_is_not_changed; \
             UPDATE audit_event SET envelope = CAST(envelope AS TEXT) WHERE seq = 100; \
             CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event\n\
             BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END",
            "event 100: it is stored with `envelope` as text, which is another type",
        ),
        (
            "UPDATE audit_rollup SET day = CAST(day AS BLOB) WHERE level = (SELECT MIN(level) FROM audit_rollup)",
            "`day` as blob, which is another type",
        ),
    ],
    &[
        (
            SWALLOWING,
            "the trigger `audit_slot.extra` is there, and this version does not make it",
        ),
        (
            "ALTER TABLE audit_event DISABLE TRIGGER audit_event_is_not_changed",
            "the trigger `audit_event.audit_event_is_not_changed` is not as this version makes it",
        ),
        (
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RETURN NEW; END $$",
            "the function `refuse()` is not as this version makes it",
        ),
        (
            "CREATE INDEX extra ON audit_event (kind)",
            "the index `extra` is there",
        ),
        (
            "DROP INDEX audit_event_change",
            "the index `audit_event_change` is missing",
        ),
        (
            "CREATE VIEW extra AS SELECT 1 AS one",
            "the view `extra` is there",
        ),
        (
            "ALTER TABLE audit_slot ALTER COLUMN salt DROP NOT NULL",
            "the column `audit_slot.salt` is not as this version makes it",
        ),
        (
            "ALTER TABLE audit_head DROP CONSTRAINT audit_head_check",
            "the constraint `audit_head.audit_head_check` is missing",
        ),
        (
            "CREATE RULE extra AS ON INSERT TO audit_slot DO INSTEAD NOTHING",
            "the rule `audit_slot.extra` is there",
        ),
        (
            "ALTER TABLE role_grant ENABLE ROW LEVEL SECURITY",
            "the table `role_grant` is not as this version makes it",
        ),
    ],
];

fn the_shape_of_the_database_is_compared_with_what_migrations_make(backend: Backend) {
    let stored = Stored::of(backend);
    inspected(
        &stored,
        &[],
        GOOD,
        &["compared with what this version makes"],
    );
    let [sqlite, postgres] = SHAPE;
    let alterations = match backend {
        Backend::Sqlite => sqlite,
        Backend::Postgres => postgres,
    };
    for (sql, words) in alterations {
        let altered = stored.another();
        altered.with(async |db| db.execute_unprepared(sql).await.expect("altered"));
        println!("{sql}");
        inspected(&altered, &[], TAMPERED, &[words]);
    }
}

fn a_log_that_was_cut_or_restored_is_caught_by_who_kept_a_checkpoint(backend: Backend) {
    // A backup, and what was recorded after it.
    let backup = Stored::of(backend);
    let later = backup.another();
    let (_, said) = later.export("first", &[]);
    let _said = said.succeeded();
    let size = later.size();
    later.publish(size);
    let kept = later.keep(size);
    let note = &later.read().checkpoints[&size];
    let options = ["--checkpoint", &*kept.to_string_lossy()];
    inspected(&later, &options, GOOD, &[]);

    let text = backup.bundle(&backup.read()).text();
    Case::of(&text).must(GOOD, &[]);
    Case::of(&text)
        .keeping(note)
        .must(INCOMPLETE, &["the log was cut"]);
    inspected(&backup, &[], GOOD, &[]);
    inspected(&backup, &options, TAMPERED, &["the log was cut"]);

    // Cut, and then filled again with something else, by the service itself.
    let (_, said) = backup.export("second", &["--from", "9"]);
    let _said = said.succeeded();
    let size = backup.size();
    backup.publish(size);
    let text = backup.bundle(&backup.read()).text();
    Case::of(&text).must(GOOD, &[]);
    Case::of(&text)
        .keeping(note)
        .must(TAMPERED, &["that was kept"]);
    inspected(&backup, &[], GOOD, &[]);
    inspected(&backup, &options, TAMPERED, &["that was kept"]);
}

fn a_log_that_was_rewritten_is_caught_by_who_kept_a_checkpoint_or_the_key(backend: Backend) {
    for stolen in [true, false] {
        let stored = Stored::of(backend);
        let genuine = stored.read();
        let size = stored.size();
        let kept = stored.keep(size);
        let thief = Thief::of(&stored);
        thief.edit(100);
        thief.rewrite(stolen);
        let text = stored.bundle(&stored.read()).text();
        let alone: (i32, &[&str]) = if stolen {
            (GOOD, &[])
        } else {
            (TAMPERED, &["not introduced"])
        };
        Case::of(&text).must(alone.0, alone.1);
        Case::of(&text)
            .keeping(&genuine.checkpoints[&size])
            .must(TAMPERED, &[]);
        let by_itself: &[&str] = if stolen {
            &[]
        } else {
            &["not signed by the log's key"]
        };
        inspected(&stored, &[], alone.0, by_itself);
        let options = ["--checkpoint", &*kept.to_string_lossy()];
        inspected(&stored, &options, TAMPERED, &["that was kept"]);
    }
}

both_backends! {
    a_row_that_sql_has_written_is_named_and_the_log_stays_good;
    an_untouched_log_raises_no_alarm;
    an_interior_event_that_was_altered_is_caught_by_everybody;
    checkpoints_that_were_deleted_are_missed_by_who_kept_one;
    what_is_derived_is_derived_again_and_named;
    what_decisions_are_made_by_is_compared_with_what_tells_of_it;
    the_shape_of_the_database_is_compared_with_what_migrations_make;
    a_log_that_was_cut_or_restored_is_caught_by_who_kept_a_checkpoint;
    a_log_that_was_rewritten_is_caught_by_who_kept_a_checkpoint_or_the_key;
}
