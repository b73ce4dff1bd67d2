//! What settings are read from, and what is told of those that are wrong.

mod issuers;
mod networks;

use std::io::Write as _;

use super::*;

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(file.as_bytes()).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from(Some(on_disk.path()), variables)
}

fn problem(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).unwrap_err().to_string()
}

const ISSUER: &str = r#"
[[issuers]]
issuer = "https://idp.example"
audience = "behorig"
jwks = "https://idp.example/jwks"
"#;

#[test]
fn without_anything_the_defaults_hold() {
    let settings = load("", &[]).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    let error = settings.check().unwrap_err().to_string();
    assert!(error.contains("issuers"), "{error}");
}

#[test]
fn a_file_sets_and_a_variable_wins() {
    let file = "listen = \"127.0.0.1:1\"\n[http]\nbody_bytes = 2048\n[log]\nformat = \"json\"\n";
    let settings = load(file, &[("BEHORIG_LISTEN", "127.0.0.1:2"), ("PATH", "/bin")]).unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.http.body_bytes, 2_048);
    assert_eq!(settings.log.format, LogFormat::Json);
    let settings = load(
        "",
        &[
            ("BEHORIG_LOG", "debug"),
            ("BEHORIG_DEADLINE_MILLISECONDS", "500"),
        ],
    );
    let settings = settings.unwrap();
    assert_eq!(settings.log.filter, "debug");
    assert_eq!(settings.deadline, Duration::from_millis(500));
}

#[test]
fn what_is_not_a_setting_is_an_error_that_guesses() {
    let error = problem("lisen = \"127.0.0.1:1\"", &[]);
    assert!(
        error.contains("`lisen`") && error.contains("`listen`"),
        "{error}"
    );
    let error = problem("[http]\nbody_byte = 1", &[]);
    assert!(error.contains("`http.body_bytes`"), "{error}");
    let error = problem("", &[("BEHORIG_DATABASE_ULR", "sqlite:x")]);
    assert!(error.contains("`BEHORIG_DATABASE_URL`"), "{error}");
    assert!(!error.contains("sqlite:x"));
    let error = problem(&format!("{ISSUER}audiense = \"x\"\n"), &[]);
    assert!(error.contains("`issuers[0].audiense`"), "{error}");
}

#[test]
fn what_a_container_platform_sets_by_itself_is_not_ours() {
    let platform = [
        ("BEHORIG_PORT", "tcp://10.0.0.1:8080"),
        ("BEHORIG_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("BEHORIG_SERVICE_HOST", "10.0.0.1"),
    ];
    assert_eq!(load("", &platform).unwrap(), Settings::default());
}

#[test]
fn every_error_is_told_at_once_with_what_would_be_right() {
    let error = problem(
        "listen = 8080\n[http]\nbody_bytes = -1\n[log]\nformat = \"xml\"\n[limits]\ndepth = 1.5\n",
        &[("BEHORIG_LOG", "behorig=loud")],
    );
    for part in [
        "`listen` cannot be `8080`: expected an address and port",
        "`http.body_bytes` cannot be `-1`: expected a number from 1024",
        "`log.format` cannot be `xml`: expected human or json",
        "`limits.depth` has a value of another type: expected a number",
        "`BEHORIG_LOG` cannot be `behorig=loud`: expected directives",
    ] {
        assert!(error.contains(part), "{part} in:\n{error}");
    }
    assert_eq!(error.lines().count(), 5);
}

#[test]
fn an_address_and_a_file_that_holds_one_are_not_both_set_in_one_place() {
    let mut kept = tempfile::NamedTempFile::new().unwrap();
    kept.write_all(b"sqlite:kept.db\n").unwrap();
    let kept = kept.path().to_str().unwrap();
    let both = format!("database.url = \"sqlite:itself.db\"\ndatabase.url_file = {kept:?}\n");
    let error = problem(&both, &[]);
    assert!(
        error.contains("`database.url_file` is set beside `database.url`"),
        "{error}"
    );
    let itself = ("BEHORIG_DATABASE_URL", "sqlite:itself.db");
    let error = problem("", &[itself, ("BEHORIG_DATABASE_URL_FILE", kept)]);
    assert!(
        error.contains("`BEHORIG_DATABASE_URL_FILE` is set beside `BEHORIG_DATABASE_URL`"),
        "{error}"
    );
    // A variable takes the place of what the file says.
    let url = |file: &str, variable| load(file, &[variable]).unwrap().database.url;
    let of_file = url(
        "database.url = \"sqlite:itself.db\"",
        ("BEHORIG_DATABASE_URL_FILE", kept),
    );
    assert_eq!(of_file, "sqlite:kept.db".parse().unwrap());
    let of_variable = url(&format!("database.url_file = {kept:?}"), itself);
    assert_eq!(of_variable, "sqlite:itself.db".parse().unwrap());
}

#[test]
fn passwords_are_not_printed() {
    let url = "postgres://behorig@db.example/behorig?password=hunter2";
    let settings = load("", &[("BEHORIG_DATABASE_URL", url)]).unwrap();
    assert_eq!(
        settings.database.url.to_string(),
        "postgres://db.example:5432/behorig"
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
    let error = problem("", &[("BEHORIG_DATABASE_URL", "mysql://u:hunter2@h/d")]);
    assert!(
        error.contains("BEHORIG_DATABASE_URL") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_missing_or_not_toml_is_named_with_its_line() {
    let error = Settings::from(Some(Path::new("/nonexistent/b.toml")), []).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/b.toml"));
    let error = problem("listen = \"127.0.0.1:1\"\nlog = {\n", &[]);
    assert!(
        error.contains("line 2") || error.contains("line 3"),
        "{error}"
    );
    let named = [(
        "BEHORIG_CONFIG".to_owned(),
        "/nonexistent/c.toml".to_owned(),
    )];
    let error = Settings::from(None, named).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/c.toml"));
}
