//! Values go by class and archive; the events that commit to them stay.

use std::fs;

use test_support::{Backend, Outcome, both_backends};

use super::{all_is_well, alter, decide, exported, inspected, number, region};
use crate::bundle::{Case, GOOD, TAMPERED};
use crate::support::Site;

fn erase(site: &Site, class: &str, options: &[&str]) -> Outcome {
    let arguments = [
        "log",
        "erase",
        "--authority",
        "installation",
        "--class",
        class,
        "--number",
        "RS 2026/312",
    ];
    let arguments = [&arguments[..], options].concat();
    site.program().run(&arguments)
}

const ALWAYS: [&str; 2] = ["--before", "2100-01-01"];

fn what_was_erased_is_accounted_for_and_nothing_else_may_be_gone(backend: Backend) {
    let (installation, region) = region(backend);
    decide(&installation, &region, 2);
    let count = |class: &str| {
        let sql = format!("SELECT COUNT(*) FROM audit_slot WHERE retention_class = '{class}'");
        number(&installation, &sql)
    };
    let (register, decisions) = (count("register"), count("decision"));
    assert!(register > 100 && decisions > 0, "{register} {decisions}");

    for (class, options, words) in [
        ("register", ["--before", "2000-01-01"], "nothing to erase"),
        ("nothing", ALWAYS, "nothing to erase"),
        ("", ALWAYS, "`--class` is empty"),
    ] {
        let said = erase(&installation, class, &options).ended_with(1);
        assert!(said.stderr().contains(words), "{}", said.stderr());
    }
    let dry = [&ALWAYS[..], &["--dry-run"]].concat();
    let said = erase(&installation, "register", &dry).succeeded();
    assert!(
        said.stdout().contains(&format!("{register} values")),
        "{said:?}"
    );
    assert_eq!(count("register"), register);

    let said = erase(&installation, "register", &ALWAYS).succeeded();
    assert!(said.stdout().contains("GOOD"), "{}", said.stdout());
    assert_eq!((count("register"), count("decision")), (0, decisions));
    all_is_well(&installation);
    let whole = exported(&installation, "whole", &["--values"]);
    Case::of(fs::read(whole).expect("a bundle")).must(GOOD, &[]);
    let said = erase(&installation, "register", &ALWAYS).ended_with(1);
    assert!(said.stderr().contains("nothing to erase"), "{said:?}");

    // Another class is not accounted for.
    alter(
        &installation,
        "DELETE FROM audit_slot WHERE retention_class = 'decision'",
    );
    let said = inspected(&installation, &[]).ended_with(TAMPERED);
    let words = "is gone, and no event says that it was erased";
    assert!(said.stdout().contains(words), "{}", said.stdout());
}

fn what_was_erased_does_not_come_back(backend: Backend) {
    let (installation, _) = region(backend);
    alter(
        &installation,
        "CREATE TABLE aside AS SELECT * FROM audit_slot WHERE seq = (SELECT MIN(seq) FROM audit_slot)",
    );
    let _said = erase(&installation, "register", &ALWAYS).succeeded();
    alter(&installation, "INSERT INTO audit_slot SELECT * FROM aside");
    let said = inspected(&installation, &[]).ended_with(TAMPERED);
    let words = "was erased, and it is there";
    assert!(said.stdout().contains(words), "{}", said.stdout());
}

both_backends! {
    what_was_erased_is_accounted_for_and_nothing_else_may_be_gone;
    what_was_erased_does_not_come_back;
}
