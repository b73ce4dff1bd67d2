//! The command line as its users meet it.

use std::fs;

use sea_orm::ConnectionTrait as _;
use test_support::{Backend, Outcome, PolicyFolder, TestDatabase, block_on, both_backends};

use crate::support::{App, ORIGIN, behorig, settings_file};

/// The service on a database, which is expected to say something and end.
fn serve(database: &TestDatabase) -> Outcome {
    let settings = settings_file(database, "");
    behorig().run(&["serve", "--config", &settings.to_string_lossy()])
}

fn init(database: &TestDatabase) -> Outcome {
    let key = database.directory().join("key.pem");
    let key = key.to_string_lossy();
    behorig().run(&[
        "init",
        "--database",
        database.url(),
        "--origin",
        ORIGIN,
        "--key",
        &key,
    ])
}

#[track_caller]
fn assert_says(outcome: &Outcome, words: &[&str]) {
    for word in words {
        assert!(
            outcome.stderr().contains(word),
            "nothing of `{word}` in: {}",
            outcome.stderr()
        );
    }
    assert_eq!(outcome.stdout(), "", "an error belongs on the other stream");
}

#[test]
fn it_says_which_version_it_is() {
    let said = behorig().run(&["--version"]).succeeded();
    assert_eq!(
        said.stdout(),
        format!("behorig {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn it_says_what_it_can_do() {
    for arguments in [&["--help"][..], &["help"], &["-h"]] {
        let said = behorig().run(arguments).succeeded();
        for command in [
            "demo", "init", "migrate", "serve", "import", "flags", "recover", "token",
        ] {
            assert!(
                said.stdout().contains(command),
                "{command}: {}",
                said.stdout()
            );
        }
    }
    let said = behorig().run(&["import", "--help"]).succeeded();
    for option in ["--dry-run", "--rejects", "--no-trailer", "--source"] {
        assert!(said.stdout().contains(option), "{option}");
    }
}

#[test]
fn an_unknown_option_puts_nothing_into_a_pipe() {
    for arguments in [
        &["--no-such-option"][..],
        &["no-such-command"],
        &["serve", "--port", "1"],
        &[],
    ] {
        let outcome = behorig().run(arguments).ended_with(2);
        assert_eq!(outcome.stdout(), "");
        assert!(outcome.stderr().contains("Usage") || outcome.stderr().contains("--help"));
    }
}

async fn serving_an_empty_database_says_to_begin(backend: Backend) {
    let database = TestDatabase::empty(backend);
    // The file of an embedded database is there, and holds nothing.
    database.connection().await.close().await.expect("closed");
    assert_says(&serve(&database).ended_with(1), &["empty", "behorig init"]);
}

async fn serving_a_newer_database_says_so(backend: Backend) {
    let database = TestDatabase::empty(backend);
    let _founded = init(&database).succeeded();
    let connection = database.connection().await;
    let newer =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 1)";
    connection
        .execute_unprepared(newer)
        .await
        .expect("a later change");
    connection.close().await.expect("closed");
    assert_says(
        &serve(&database).ended_with(1),
        &["newer version", "m29991231_000001_later"],
    );
}

async fn serving_a_database_that_was_not_migrated_says_what_to_do(backend: Backend) {
    let database = TestDatabase::empty(backend);
    let _founded = init(&database).succeeded();
    let connection = database.connection().await;
    let latest =
        "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)";
    connection
        .execute_unprepared(latest)
        .await
        .expect("one change less");
    assert_says(&serve(&database).ended_with(1), &["behorig migrate"]);
    let format = "DELETE FROM seaql_migrations WHERE version LIKE '%_facts_breaking'";
    connection
        .execute_unprepared(format)
        .await
        .expect("another change less");
    // That change made a new log of it: what has one from before is not gone on from.
    assert_says(
        &serve(&database).ended_with(1),
        &["format 1", "behorig init"],
    );
    let headless = "DROP TABLE audit_head";
    connection
        .execute_unprepared(headless)
        .await
        .expect("no log");
    connection.close().await.expect("closed");
    assert_says(&serve(&database).ended_with(1), &["behorig migrate"]);
}

async fn an_installation_is_begun_once(backend: Backend) {
    let database = TestDatabase::empty(backend);
    let founded = init(&database).succeeded();
    assert!(
        founded.stdout().contains("public key"),
        "{}",
        founded.stdout()
    );
    let key = database.directory().join("key.pem");
    let kept = fs::read(&key).expect("a key");
    let again = init(&database).ended_with(1);
    assert!(!again.stderr().is_empty());
    assert_eq!(
        fs::read(&key).expect("a key"),
        kept,
        "the key was overwritten"
    );
}

#[cfg(unix)]
#[test]
fn the_logs_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = TestDatabase::empty(Backend::Sqlite);
    let _founded = init(&database).succeeded();
    let about = fs::metadata(database.directory().join("key.pem")).expect("a key");
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_taken_port_is_named_with_what_to_do() {
    let app = App::start(Backend::Sqlite);
    let settings = settings_file(app.database(), "");
    let taken = app.serving().address().to_string();
    let arguments = [
        "serve",
        "--config",
        &settings.to_string_lossy(),
        "--listen",
        &taken,
    ];
    assert_says(
        &behorig().run(&arguments).ended_with(1),
        &[&taken, "--listen"],
    );
    let demo = behorig().run(&["demo", "--listen", &taken]).ended_with(1);
    assert_says(&demo, &[&taken, "--listen"]);
}

#[test]
fn settings_are_checked_without_doing_anything() {
    let database = TestDatabase::empty(Backend::Sqlite);
    let good = settings_file(&database, "");
    let checked = behorig()
        .run(&["check", "--config", &good.to_string_lossy()])
        .succeeded();
    assert!(checked.stdout().contains("right"));
    // What is accepted is listed whole, what is built in included.
    for line in [
        "issuer      https://issuer.test",
        "audience    behorig",
        "algorithms  ES256, RS256, PS256",
        "            sign-in auth_time, recent for 900 seconds",
        "levels      http://id.sambi.se/loa/loa2 = 2",
        "            http://id.sambi.se/loa/loa3 = 3",
        "            pin = knowledge",
        "            iam = private_key_jwt",
    ] {
        let mut lines = checked.stdout().lines();
        assert!(
            lines.any(|said| said == line),
            "{line} in {}",
            checked.stdout()
        );
    }
    let file = database.directory().join("bad.toml");
    for (text, words) in [
        ("listne = \"127.0.0.1:1\"", &["listne", "listen"][..]),
        ("listen = \"here\"", &["listen", "127.0.0.1:8080"]),
        ("listen = ", &["line 1"]),
        (
            "[[issuers]]\nissuer = \"https://x.test\"\njwks = \"k.json\"",
            &["audience"],
        ),
        (
            // Everything at once, also where the issuer cannot be told.
            "[[issuers]]\nissuer = \"https://x.test\"\nalgorithms = [\"HS256\"]\nleeway_seconds = 9999",
            &["audience", "HS256", "ES256", "leeway_seconds"],
        ),
        (
            "retention.event_days = 0\n[[issuers]]\nissuer = \"https://x.test\"\naudience = \"b\"",
            &["retention.event_days", "1826"],
        ),
        ("", &["issuer"]),
    ] {
        fs::write(&file, text).expect("a file");
        let refused = behorig()
            .run(&["check", "--config", &file.to_string_lossy()])
            .ended_with(2);
        assert_says(&refused, words);
    }
    let database = database.url();
    let wrong = behorig().with("BEHORIG_LISTNE", "127.0.0.1:1");
    assert_says(
        &wrong.run(&["check", "--database", database]).ended_with(2),
        &["BEHORIG_LISTNE"],
    );
    let empty = behorig().with("BEHORIG_CONFIG", "");
    assert_says(&empty.run(&["check"]).ended_with(2), &["BEHORIG_CONFIG"]);
}

#[test]
fn what_is_given_in_the_place_of_something_else_is_not_repeated() {
    for name in ["PASSWORD_FILE", "URL_FILE"] {
        let name = format!("BEHORIG_DATABASE_{name}");
        let refused = behorig()
            .with(&name, "hunter2")
            .run(&["check"])
            .ended_with(2);
        assert_says(&refused, &[&name]);
        assert!(
            !refused.stderr().contains("hunter2"),
            "{}",
            refused.stderr()
        );
    }
    for option in ["--administrator", "--individual"] {
        let init = [
            "init",
            "--origin",
            "a.example/log",
            "--key",
            "key",
            option,
            "19121212-1212",
        ];
        let refused = behorig().run(&init).ended_with(2);
        assert_says(&refused, &[option]);
        assert!(!refused.stderr().contains("1212"), "{}", refused.stderr());
    }
}

#[test]
fn a_password_in_a_database_address_is_never_shown() {
    let addresses = [
        "postgres://anna:hunter2@127.0.0.1:9/nowhere",
        "postgres://anna:hun@ter2@127.0.0.1:9/nowhere",
        "postgres://anna:12#hunter2@127.0.0.1:9/nowhere",
        "postgres://anna:12?hunter2@127.0.0.1:9/nowhere",
        "postgres://anna:12/hunter2@127.0.0.1:9/nowhere",
        "postgres://anna@127.0.0.1:9/nowhere?pasword=hunter2",
        "postgres://anna:hunter2@a,b/nowhere",
        "postgres://anna:hunter2@db.example/nowhere?sslmode=disable",
        "anna:hunter2@127.0.0.1:9/nowhere",
        "postgres:anna:hunter2@127.0.0.1:9/nowhere",
    ];
    for url in addresses {
        for arguments in [
            &["migrate", "--database", url][..],
            &["check", "--database", url],
            &["check", url],
            &["log", "verify", url],
            &["log", "verify", "--database", url],
            &["import", url],
            &["init", "--origin", url, "--key", url, "--database", url],
        ] {
            let outcome = behorig().run(arguments);
            assert_ne!(outcome.code(), Some(0), "{arguments:?}");
            for said in [outcome.stdout(), outcome.stderr()] {
                assert!(
                    !said.contains("unter2") && !said.contains("ter2@"),
                    "{arguments:?}: {said}"
                );
            }
        }
        let set = behorig()
            .with("BEHORIG_DATABASE_URL", url)
            .run(&["migrate"]);
        assert!(!set.stderr().contains("unter2"), "{}", set.stderr());
    }
}

#[test]
fn off_this_host_nothing_is_connected_to_without_protection_unless_that_is_said() {
    // Documentation's own network (RFC 5737): nobody is there.
    let url = "postgres://anna@192.0.2.1/nowhere?sslmode=require";
    let refused = behorig().run(&["migrate", "--database", url]).ended_with(1);
    assert_says(&refused, &["verify-full", "database.trust_the_network"]);
    let database = TestDatabase::empty(Backend::Sqlite);
    let checked = settings_file(&database, "");
    let checked = checked.to_string_lossy();
    let refused = behorig().run(&["check", "--config", &checked, "--database", url]);
    assert!(refused.ended_with(2).stderr().contains("verify-full"));
}

#[test]
fn an_address_and_a_password_can_stand_in_files() {
    let database = TestDatabase::empty(Backend::Postgres);
    let (user, place) = database.url().rsplit_once('@').expect("a user");
    let (user, password) = user.rsplit_once(':').expect("a password");
    let files = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: String| {
        let path = files.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let url = file("url", format!("{user}@{place}\n"));
    let key = files.path().join("key").to_string_lossy().into_owned();
    let init = ["init", "--origin", "a.example/log", "--key", &key];
    let told = behorig().with("BEHORIG_DATABASE_URL_FILE", &url);
    let wrong = told.clone().with(
        "BEHORIG_DATABASE_PASSWORD_FILE",
        &file("wrong", "hunter2".to_owned()),
    );
    let refused = wrong.run(&init).ended_with(1);
    assert!(
        !refused.stderr().contains("hunter2"),
        "{}",
        refused.stderr()
    );
    let right = file("right", format!("{password}\n"));
    let told = told.with("BEHORIG_DATABASE_PASSWORD_FILE", &right);
    let _founded = told.run(&init).succeeded();
    let twice = told.with("BEHORIG_DATABASE_URL", database.url()).run(&init);
    assert_ne!(twice.code(), Some(0));
    let missing = behorig()
        .with("BEHORIG_DATABASE_PASSWORD_FILE", "/nonexistent")
        .run(&init);
    assert_says(&missing.ended_with(2), &["BEHORIG_DATABASE_PASSWORD_FILE"]);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone_and_directories_are_looked_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().expect("a directory");
    let path = |name: &str| home.path().join(name).to_string_lossy().into_owned();
    let url = format!("sqlite:{}", path("behorig.db"));
    let init = [
        "init",
        "--origin",
        "a.example/log",
        "--key",
        &path("key"),
        "--database",
        &url,
    ];
    let everybody = fs::Permissions::from_mode(0o777);
    fs::set_permissions(home.path(), everybody).expect("a mode");
    let refused = behorig().run(&init).ended_with(1);
    assert_says(&refused, &["everybody can write to the directory"]);
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    // Whatever the mask of whoever runs it.
    let shell = behorig().under("/bin/sh");
    let script = format!(
        "umask 0; exec '{}' {}",
        behorig().path().display(),
        init.join(" ")
    );
    let _founded = shell.run(&["-c", &script]).succeeded();
    for name in ["behorig.db", "key"] {
        let mode = fs::metadata(path(name))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let _checked = behorig().run(&["policy", "check"]).succeeded();
    fs::set_permissions(path("behorig.db"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let database = TestDatabase::empty(Backend::Sqlite);
    let settings = settings_file(&database, "");
    let settings = settings.to_string_lossy();
    let refused = behorig().run(&["check", "--config", &settings, "--database", &url]);
    let refused = refused.ended_with(2);
    assert!(refused.stderr().contains("everybody can read"));
}

#[test]
fn the_built_in_policies_are_valid_and_listed() {
    let said = behorig().run(&["policy", "check"]).succeeded();
    for guardrail in [
        "segment-server-admin",
        "no-escalation",
        "protected-identity",
    ] {
        assert!(said.stdout().contains(guardrail), "{guardrail}");
    }
}

#[test]
fn a_broken_policy_folder_is_refused_with_file_line_and_reason() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = PolicyFolder::at(place.path().join("next"));
    let path = folder.word();
    let _valid = behorig().run(&["policy", "check", &path]).succeeded();
    let rely = fs::read_to_string(folder.path().join("rely.cedar")).expect("policies");
    let lines = rely.lines().count();
    for (added, reason) in [
        (
            r#"@id("x") @source("X") @reason("x") @reason_sv("x")
forbid (principal, action == Action::"rely", resource) when { resource.nonsense == 1 };"#,
            "nonsense",
        ),
        (
            "@id(\"grant-in-force\") @source(\"X\") @reason(\"x\") @reason_sv(\"x\")\nforbid (principal, action == Action::\"rely\", resource);",
            "grant-in-force",
        ),
        (
            "forbid (principal, action == Action::\"rely\", resource",
            "rely.cedar",
        ),
    ] {
        fs::write(
            folder.path().join("rely.cedar"),
            format!("{rely}\n{added}\n"),
        )
        .expect("written");
        let refused = behorig().run(&["policy", "check", &path]).ended_with(2);
        assert_says(&refused, &["rely.cedar", reason]);
        let at = (lines..lines + 6).any(|line| {
            refused.stderr().contains(&format!(":{line}"))
                || refused.stderr().contains(&format!("line {line}"))
        });
        assert!(at, "no line near {lines} in: {}", refused.stderr());
    }
}

#[test]
fn recovering_makes_an_administrator_and_says_so_in_the_log() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let nobody = app.region().without_grants();
        let head = "{ log { size } }";
        let before = app
            .person(&nobody, 3)
            .graphql(head, serde_json::json!({}))
            .await;
        assert!(before.at("/log").is_null());
        let person = app
            .region()
            .of("person")
            .find(|person| person["externalId"] == nobody);
        let individual = person
            .and_then(|person| person["individual"].as_str())
            .expect("an individual");
        let arguments = [
            "recover",
            "--database",
            app.database().url(),
            "--administrator",
            &nobody,
            "--individual",
            individual,
            "--given-name",
            "Åsa",
            "--family-name",
            "Holm",
            "--reason",
            "nobody can sign in",
        ];
        let recovered = behorig().run(&arguments).succeeded();
        assert!(
            recovered.stdout().contains("evt_"),
            "{}",
            recovered.stdout()
        );
        let after = app
            .person(&nobody, 3)
            .graphql(head, serde_json::json!({}))
            .await;
        assert!(
            after.at("/log/size").is_i64(),
            "the running service knows it at once"
        );
    });
}

both_backends! {
    async serving_an_empty_database_says_to_begin;
    async serving_a_newer_database_says_so;
    async serving_a_database_that_was_not_migrated_says_what_to_do;
    async an_installation_is_begun_once;
}
