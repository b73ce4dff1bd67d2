//! Events go in whole blocks, once they are old enough and bundles hold them.

use std::fs;

use test_support::{Backend, Outcome, both_backends};

use super::{
    all_is_well, alter, decide, exported, impatient, inspected, notary, number, path, region,
};
use crate::bundle::{Case, GOOD, INCOMPLETE, ORIGIN, TAMPERED};
use crate::support::{Installation, Site};

const DECISION: [&str; 6] = [
    "--authority",
    "installation",
    "--class",
    "access-log",
    "--number",
    "RS 2026/311",
];

/// `behorig log prune` by a decision, of events of any age.
pub(super) fn prune(site: &Site, options: &[&str]) -> Outcome {
    let arguments = [&["log", "prune"], &DECISION[..], options].concat();
    impatient(site).run(&arguments)
}

#[track_caller]
fn refused(said: Outcome, code: i32, words: &str) {
    let said = said.ended_with(code);
    assert!(said.stderr().contains(words), "{}", said.stderr());
}

fn nothing_goes_that_is_young_unsigned_owing_or_not_held(backend: Backend) {
    let (installation, region) = region(backend);
    let whole = exported(&installation, "whole", &[]);
    let young = [
        &["log", "prune"],
        &DECISION[..],
        &["--below", "512", "--bundle", &whole],
    ]
    .concat();
    refused(
        installation.program().run(&young),
        1,
        "has to be kept for 1826 days",
    );
    refused(
        prune(&installation, &["--below", "500", "--bundle", &whole]),
        1,
        "256 is",
    );
    refused(
        prune(&installation, &["--below", "1000448", "--bundle", &whole]),
        1,
        "the newest checkpoint is of",
    );
    let late = exported(&installation, "late", &["--from", "300"]);
    refused(
        prune(&installation, &["--below", "512", "--bundle", &late]),
        1,
        "the events from 0 on come first",
    );
    let early = exported(&installation, "early", &["--to", "300"]);
    refused(
        prune(&installation, &["--below", "512", "--bundle", &early]),
        3,
        "no bundle holds the events from 300 on",
    );
    let owing = |owes: &str| {
        alter(
            &installation,
            &format!("UPDATE audit_event SET owes = {owes} WHERE seq = 511"),
        );
    };
    owing("'review'");
    refused(
        prune(&installation, &["--below", "512", "--bundle", &whole]),
        1,
        "event 511 opened something in an emergency and waits for its review",
    );
    owing("NULL");
    let text = fs::read_to_string(&whole).expect("a bundle");
    let broken = path(&installation, "broken");
    fs::write(&broken, text.replacen("TSTNMT", "TSTNMU", 40)).expect("a file");
    refused(
        prune(&installation, &["--below", "512", "--bundle", &broken]),
        2,
        "tampered",
    );
    refused(
        prune(&installation, &["--resume"]),
        1,
        "cannot be used with",
    );
    refused(
        impatient(&installation).run(&["log", "prune", "--resume"]),
        1,
        "nothing to resume",
    );
    assert_eq!(events_below(&installation, 512), 512);
    decide(&installation, &region, 1);
    all_is_well(&installation);
}

fn events_below(installation: &Installation, seq: u64) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM audit_event WHERE seq < {seq}");
    number(installation, &sql)
}

fn what_went_is_accounted_for_and_what_stays_is_proved(backend: Backend) {
    let (installation, region) = region(backend);
    let early = exported(&installation, "early", &["--to", "300", "--values"]);
    let late = exported(&installation, "late", &["--from", "300"]);
    let options = ["--below", "512", "--bundle", &early, "--bundle", &late];
    let dry = prune(&installation, &[&options[..], &["--dry-run"]].concat()).succeeded();
    assert!(dry.stdout().contains("the events 0 to 511"), "{dry:?}");
    assert_eq!(events_below(&installation, 512), 512);

    let said = prune(&installation, &options).succeeded();
    for words in ["accounts for it", "GOOD", "pruned         512"] {
        assert!(said.stdout().contains(words), "{}", said.stdout());
    }
    // Genesis, and what told last of a thing: the import told of most things once.
    let count = |sql: &str| number(&installation, sql);
    let kept = count("SELECT COUNT(*) FROM audit_kept");
    assert_eq!(events_below(&installation, 512), kept);
    assert!((2..512).contains(&kept), "{kept}");
    let other = "SELECT COUNT(*) FROM audit_event WHERE seq < 512 AND kind <> 'change'";
    assert_eq!(count(other), 1, "genesis stays");
    let untold = "SELECT COUNT(*) FROM audit_latest WHERE seq NOT IN (SELECT seq FROM audit_event)";
    assert_eq!(count(untold), 0, "the register is folded from what stays");
    let slots = "SELECT COUNT(*) FROM audit_slot WHERE seq < 512 AND seq NOT IN (SELECT seq FROM audit_kept)";
    assert_eq!(count(slots), 0, "values go with their events");
    all_is_well(&installation);
    refused(prune(&installation, &options), 1, "were pruned before");

    // What stays is proved; what went is held by the bundles.
    let program = installation.program();
    let genesis = program.run(&["log", "prove", "0"]).succeeded();
    assert!(genesis.stdout().contains("\nindex 0\n"), "{genesis:?}");
    let _stays = program.run(&["log", "prove", "600"]).succeeded();
    refused(program.run(&["log", "prove", "1"]), 1, "were pruned");
    let _whole = program
        .run(&["log", "prove", "--continues", "512"])
        .succeeded();
    refused(
        program.run(&["log", "prove", "--continues", "2"]),
        1,
        "were pruned",
    );
    let out = path(&installation, "none");
    refused(program.run(&["log", "export", &out]), 1, "were pruned");
    let rest = exported(&installation, "rest", &["--from", "600"]);
    for bundle in [&early, &late, &rest] {
        Case::of(fs::read(bundle).expect("a bundle")).must(GOOD, &[]);
    }

    // And it goes on.
    decide(&installation, &region, 3);
    all_is_well(&installation);
    let more = exported(&installation, "more", &["--from", "512"]);
    let options = ["--below", "768", "--bundle", &more];
    let _again = prune(&installation, &options).succeeded();
    all_is_well(&installation);
}

fn a_bundle_from_before_a_rotation_holds_its_events_after_it(backend: Backend) {
    let (installation, _) = region(backend);
    let before = exported(&installation, "before", &[]);
    let (old, new) = (
        path(&installation, "log-key.pem"),
        path(&installation, "new.pem"),
    );
    let program = installation.program();
    let keygen = ["log", "keygen", "--origin", ORIGIN, "--key", &new];
    let made = program.run(&keygen).succeeded();
    let rotate = ["log", "rotate", "--key", &old, "--new", &new];
    let _rotated = program.run(&rotate).succeeded();

    let newer = program.run(&["log", "verify", "--key", made.stdout().trim(), &before]);
    refused(newer, INCOMPLETE, "had not introduced it");
    let _pruned = prune(&installation, &["--below", "512", "--bundle", &before]).succeeded();
    let leaves = path(&installation, "leaves");
    let sign = ["notary", "--once", "--key", &new, "--leaves", &leaves];
    let _signed = program.run(&sign).succeeded();
    let after = exported(&installation, "after", &["--from", "512"]);
    let known = Case::of(fs::read(after).expect("a bundle")).trusting(&made.stdout().trim());
    known.must(GOOD, &["given by you"]);
}

/// An alteration of a pruned log, and what names it: by itself, or with the notary's file.
const ALTERATIONS: &[(&str, bool, &str)] = &[
    (
        "UPDATE audit_head SET pruned_below = 768",
        false,
        "the head's `pruned_below`",
    ),
    (
        "UPDATE audit_head SET pruned_below = 256",
        false,
        "the head's `pruned_below`",
    ),
    (
        "DELETE FROM audit_event WHERE seq = 600",
        false,
        "event 600: it is missing",
    ),
    (
        "DELETE FROM audit_event WHERE seq = 0",
        false,
        "event 0: it is missing",
    ),
    (
        "UPDATE audit_event SET seq = 1 WHERE seq = 600",
        false,
        "event 1: it was pruned, and it is there",
    ),
    (
        "UPDATE audit_node SET hash = (SELECT root FROM audit_head) WHERE level = 8 AND idx = 1",
        false,
        "the head's `root`",
    ),
    (
        "UPDATE audit_node SET hash = (SELECT root FROM audit_head) WHERE level = 8 AND idx = 1",
        true,
        "between event 256 and event 511: they do not give their stored node",
    ),
    (
        "DELETE FROM audit_node WHERE level = 8 AND idx = 1",
        false,
        "their stored node is missing, and they were pruned",
    ),
    (
        "INSERT INTO audit_kept SELECT 1, path FROM audit_kept WHERE seq = 0",
        false,
        "event 1: it is missing",
    ),
    (
        "INSERT INTO audit_kept SELECT 600, path FROM audit_kept WHERE seq = 0",
        false,
        "a row of `audit_kept` belongs to no event that was kept: 600",
    ),
    (
        "DELETE FROM audit_kept",
        false,
        "event 0: its path does not lead",
    ),
    (
        "INSERT INTO audit_slot SELECT 1, 'subject', root, 'x', 'x', NULL FROM audit_head",
        false,
        "belongs to no event: 1",
    ),
    (
        "INSERT INTO audit_listed (resource_id, seq) VALUES ('per_x', 1)",
        false,
        "belongs to no event: 1",
    ),
    (
        "INSERT INTO audit_set (held_in, member, whole) VALUES ('path', 'x', '/org_y/')",
        false,
        "`audit_set` has x",
    ),
];

fn nothing_else_can_be_missing(backend: Backend) {
    let pruned = || {
        Installation::after("pruned300", 300, backend, |site, _| {
            let _begun = notary(site, &["--create"]).succeeded();
            let whole = exported(site, "whole", &[]);
            let options = ["--below", "512", "--bundle", &whole];
            let _pruned = prune(site, &options).succeeded();
            let _signed = notary(site, &[]).succeeded();
        })
        .0
    };
    for (sql, with_leaves, words) in ALTERATIONS {
        println!("{sql}");
        let installation = pruned();
        alter(&installation, sql);
        let leaves = path(&installation, "leaves");
        let options: &[&str] = if *with_leaves {
            &["--leaves", &leaves]
        } else {
            &[]
        };
        let said = inspected(&installation, options);
        assert!(said.stdout().contains(words), "{words}:\n{}", said.stdout());
        let _tampered = said.ended_with(TAMPERED);
    }
    for (sql, words) in [
        (
            "UPDATE audit_head SET pruned_below = 768",
            "event 512 is not there",
        ),
        (
            "DELETE FROM audit_event WHERE seq = 600",
            "event 600 is not there",
        ),
        (
            "UPDATE audit_node SET hash = (SELECT root FROM audit_head) WHERE level = 8 AND idx = 1",
            "what stays of the events 256 to 511",
        ),
        (
            "UPDATE audit_event SET seq = 1 WHERE seq = 600",
            "event 1 is not the one",
        ),
    ] {
        let installation = pruned();
        alter(&installation, sql);
        if sql.contains("768") {
            alter(
                &installation,
                "DELETE FROM audit_event WHERE seq BETWEEN 512 AND 767",
            );
        }
        refused(notary(&installation, &[]), 2, words);
    }
}

fn what_was_cut_off_is_resumed(backend: Backend) {
    let (installation, _) = region(backend);
    let whole = exported(&installation, "whole", &[]);
    let arguments = [
        &["log", "prune"],
        &DECISION[..],
        &["--below", "1024", "--bundle", &whole],
    ]
    .concat();
    let mut pruning = impatient(&installation).start(&arguments);
    while number(&installation, "SELECT pruned_below FROM audit_head") == 0 {
        let ended = pruning.try_wait().expect("a process");
        assert!(ended.is_none_or(|end| end.success()), "it has failed");
        std::thread::yield_now();
    }
    pruning.kill().expect("killed");
    pruning.wait().expect("ended");
    let below = number(&installation, "SELECT pruned_below FROM audit_head");
    println!("killed at {below}");
    all_is_well(&installation);
    let open = number(
        &installation,
        "SELECT COUNT(*) FROM audit_event WHERE action = 'pruneCompleted'",
    ) == 0;
    if open {
        let said = installation.program().run(&["log", "doctor"]).ended_with(3);
        assert!(said.stdout().contains("prune --resume"), "{said:?}");
        let again = ["--below", "1280", "--bundle", &whole];
        refused(prune(&installation, &again), 1, "--resume");
        let said = impatient(&installation)
            .run(&["log", "prune", "--resume"])
            .succeeded();
        assert!(said.stdout().contains("accounts for it"), "{said:?}");
    }
    let below = number(&installation, "SELECT pruned_below FROM audit_head");
    assert_eq!(below, 1024);
    all_is_well(&installation);
}

both_backends! {
    nothing_goes_that_is_young_unsigned_owing_or_not_held;
    what_went_is_accounted_for_and_what_stays_is_proved;
    a_bundle_from_before_a_rotation_holds_its_events_after_it;
    nothing_else_can_be_missing;
    what_was_cut_off_is_resumed;
}
