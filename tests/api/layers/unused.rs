//! What a manifest lists is used: a library that nothing names is built, audited and trusted for nothing.

use std::fs;

use toml::{Table, Value};

use super::manifests::{manifest, members};
use super::rust_files;
use crate::support::root;

/// Libraries that are there for what they turn on in others.
const FOR_A_FEATURE: &[&str] = &["sqlx"];

/// What a manifest lists and no code of that package names.
fn unused<'a>(section: &'a Table, code: &str) -> Vec<&'a str> {
    let names = section.keys().map(String::as_str);
    let names = names.filter(|name| !FOR_A_FEATURE.contains(name));
    names
        .filter(|name| {
            let name = name.replace('-', "_");
            !code.contains(&format!("{name}::")) && !code.contains(&format!("use {name};"))
        })
        .collect()
}

#[test]
fn every_dependency_is_used() {
    let whole = manifest(".");
    let of_binary = [
        "src/command",
        "src/config",
        "src/demo",
        "src/main.rs",
        "src/telemetry.rs",
    ];
    let of_tests = ["tests/api", "tests/proof", "benches"];
    let read = |paths: &[&str]| -> String {
        let files = paths.iter().flat_map(|path| {
            let path = root().join(path);
            if path.is_file() {
                vec![path]
            } else {
                rust_files(&path)
            }
        });
        files
            .map(|path| fs::read_to_string(path).expect("a source file"))
            .collect()
    };
    let mut found = Vec::new();
    for path in members(&whole).chain(["."]) {
        let manifest = manifest(path);
        let (code, tests) = match path {
            "." => (read(&of_binary), read(&of_tests)),
            // Its tests are shared with those of the tables.
            "entity" => (read(&[path]), read(&["migration/tests"])),
            _ => (read(&[path]), String::new()),
        };
        for (section, code) in [
            ("dependencies", &code),
            ("dev-dependencies", &(tests + &code)),
        ] {
            let section = manifest.get(section).and_then(Value::as_table);
            let unused = section.map_or_else(Vec::new, |section| unused(section, code));
            found.extend(
                unused
                    .iter()
                    .map(|name| format!("{path} does not use `{name}`")),
            );
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_planted_dependency_is_found() {
    let section =
        "serde.workspace = true\nfutures-util.workspace = true\nzstd = \"1\"\nsqlx = \"1\"";
    let section: Table = section.parse().expect("valid TOML");
    let code = "use serde::Serialize;\nfn f() { futures_util::future::ready(1) }";
    assert_eq!(unused(&section, code), ["zstd"]);
}
