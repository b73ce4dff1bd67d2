//! Commands at the ends of pipes, and before there is anything to command.

use test_support::{Backend, Program, TestDatabase};

use crate::support::{App, behorig, settings_file};

/// Opens a pipe from which nobody reads any more.
const READER_GONE: &str = "exec 3> >(exit 0); wait $!;";

/// Whoever reads has heard enough: nothing is said of it, and it does not look as if all had been done.
#[test]
fn what_nobody_reads_ends_quietly() {
    let app = App::start(Backend::Sqlite);
    let settings = settings_file(app.database(), "");
    let settings = settings.display();
    let url = app.database().url();
    let feed = app.database().directory().join("region.jsonl");
    let feed = feed.display();
    for command in [
        "schema".to_owned(),
        "policy check".to_owned(),
        format!("check --config '{settings}'"),
        format!("flags --database '{url}'"),
        format!("log replay --database '{url}'"),
        format!("log doctor --database '{url}'"),
        format!("log verify --database '{url}'"),
        format!("policy diff --database '{url}'"),
        format!("import --dry-run '{feed}' --database '{url}'"),
    ] {
        let binary = behorig().path().display().to_string();
        let script = format!("{READER_GONE} '{binary}' {command} >&3");
        let said = Program::at("/bin/bash")
            .run(&["-c", &script])
            .ended_with(141);
        assert_eq!(said.stderr(), "", "{command}");
    }
    for command in ["--help", "log --help"] {
        let binary = behorig().path().display().to_string();
        let script = format!("{READER_GONE} '{binary}' {command} >&3");
        let said = Program::at("/bin/bash").run(&["-c", &script]).succeeded();
        assert_eq!(said.stderr(), "", "{command}");
    }
}

#[test]
fn where_there_is_no_file_yet_every_command_says_what_makes_it() {
    let database = TestDatabase::empty(Backend::Sqlite);
    let settings = settings_file(&database, "");
    let settings = settings.to_string_lossy();
    for command in [&["serve"][..], &["migrate"], &["flags"], &["log", "replay"]] {
        let arguments = [command, &["--config", &settings]].concat();
        let said = behorig().run(&arguments).ended_with(1);
        assert!(said.stderr().contains("behorig init"), "{}", said.stderr());
    }
}

/// Settings are right when nothing that they say is refused.
#[test]
fn settings_with_an_address_that_is_refused_are_not_called_right() {
    let database = TestDatabase::empty(Backend::Sqlite);
    // Documentation's own network (RFC 5737): it is nobody's, this host's neither.
    for (settings, named, word) in [
        ("listen = \"192.0.2.1:8080\"", &[][..], "listen"),
        (
            "",
            &[
                "--database",
                "postgres://anna@192.0.2.1/nowhere?sslmode=require",
            ],
            "verify-full",
        ),
    ] {
        let file = settings_file(&database, settings);
        let file = file.to_string_lossy();
        let arguments = [&["check", "--config", &file], named].concat();
        let said = behorig().run(&arguments).ended_with(2);
        assert!(said.stderr().contains(word), "{}", said.stderr());
        assert!(!said.stdout().contains("right"), "{}", said.stdout());
    }
}
