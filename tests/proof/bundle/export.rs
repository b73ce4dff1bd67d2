//! `behorig log export`: what it writes is good, and it refuses what is not.

use std::fs;

use test_support::{Backend, both_backends};

use super::judges::{Case, GOOD, INCOMPLETE, TAMPERED, verifier};
use super::stored::Stored;
use crate::support::Evidence;

fn an_export_is_good_whole_or_in_part_plain_or_compressed(backend: Backend) {
    let stored = Stored::of(backend);
    let size = stored.size();
    assert!(size > 300, "{size} events are too few to have stored nodes");
    let newest = stored.checkpoint(size);
    let (whole, said) = stored.export("whole", &["--plain", "--values"]);
    assert!(said.succeeded().stdout().contains("verified"));
    let whole = fs::read(whole).expect("a bundle");
    Case::of(&whole)
        .keeping(&newest)
        .must(GOOD, &["agrees", "held against the events"]);
    let (from, to) = ((size / 4).to_string(), (size / 2 - 3).to_string());
    let (part, said) = stored.export("part", &["--from", &from, "--to", &to, "--plain"]);
    let _said = said.succeeded();
    Case::of(fs::read(part).expect("a bundle")).must(GOOD, &["stayed at home"]);
    let (packed, said) = stored.export("packed", &["--from", &from]);
    let _said = said.succeeded();
    assert!(
        fs::read(&packed)
            .expect("a bundle")
            .starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
    );
    let _good = verifier(&packed, &[]).ended_with(GOOD);
    let evidence = test_support::block_on(Evidence::of(&stored.installation));
    assert_eq!(
        evidence.operations("exported"),
        3,
        "each export is an event"
    );
}

fn an_export_needs_a_checkpoint_a_part_that_is_there_and_a_free_name(backend: Backend) {
    let stored = Stored::of(backend);
    let size = stored.size();
    let (_, said) = stored.export("first", &[]);
    let _said = said.succeeded();
    let next = (size + 1).to_string();
    let (out, said) = stored.export("later", &["--to", &next]);
    let said = said.ended_with(INCOMPLETE);
    assert!(
        said.stderr().contains("no checkpoint covers"),
        "{}",
        said.stderr()
    );
    assert!(!out.exists());
    let (_, said) = stored.export("none", &["--from", "9", "--to", "8"]);
    let _said = said.ended_with(1);
    let (_, said) = stored.export("none", &["--from", "9", "--to", "9"]);
    let said = said.ended_with(1);
    assert!(said.stderr().contains("no events"), "{}", said.stderr());
    let (_, said) = stored.export("none", &["--to", "1000000"]);
    let _said = said.ended_with(1);
    let taken = stored.installation.directory().join("first");
    let taken = taken.to_string_lossy();
    let again = stored
        .installation
        .program()
        .run(&["log", "export", &taken]);
    assert!(again.ended_with(1).stderr().contains("not overwritten"));
}

fn a_row_that_is_not_what_was_recorded_is_not_exported(backend: Backend) {
    let stored = Stored::of(backend);
    stored.alter(
        "UPDATE audit_event SET leaf = (SELECT leaf FROM audit_event WHERE seq = 8) WHERE seq = 7",
    );
    let (out, said) = stored.export("altered", &[]);
    let said = said.ended_with(TAMPERED);
    assert!(said.stderr().contains("event 7"), "{}", said.stderr());
    stored.alter("DELETE FROM audit_event WHERE seq = 7");
    let (_, said) = stored.export("altered", &[]);
    assert!(said.ended_with(TAMPERED).stderr().contains("event 7"));
    let left = fs::read_dir(out.parent().expect("a directory")).expect("files");
    let left = left.filter(|file| {
        file.as_ref()
            .is_ok_and(|file| file.file_name().to_string_lossy().contains("altered"))
    });
    assert_eq!(
        left.count(),
        0,
        "nothing is left of a bundle that was not finished"
    );
}

both_backends! {
    an_export_is_good_whole_or_in_part_plain_or_compressed;
    an_export_needs_a_checkpoint_a_part_that_is_there_and_a_free_name;
    a_row_that_is_not_what_was_recorded_is_not_exported;
}
