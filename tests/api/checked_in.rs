//! What may and may not be in the repository.

use std::fs;

use crate::support::root;

/// Files are meant to stay below 400 lines; this is where it stops.
const LONGEST: usize = 450;

/// TLS is rustls: none of these may come in, not even through another package.
const REFUSED_PACKAGES: [&str; 3] = ["openssl", "openssl-sys", "native-tls"];

/// Where a source file says that it is not finished, or silences a lint without a reason.
fn flaws(text: &str) -> Vec<String> {
    // Spelled apart, since this file is checked too.
    let unwanted = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[", "allow"),
        concat!("#![", "allow"),
    ];
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for unwanted in unwanted {
            if line.contains(unwanted) {
                found.push(format!("line {number}: `{unwanted}`"));
            }
        }
    }
    found
}

/// The Rust files below some folders of the checkout: path from the root, and text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let paths = folders
        .iter()
        .flat_map(|folder| crate::layers::rust_files(&root().join(folder)));
    paths
        .map(|path| {
            let shown = path.strip_prefix(root()).unwrap_or(&path);
            let text = fs::read_to_string(&path).expect("a source file");
            (shown.to_string_lossy().into_owned(), text)
        })
        .collect()
}

/// The sources with more lines than that.
fn longer_than(lines: usize) -> Vec<String> {
    sources(&["src", "entity", "migration"])
        .into_iter()
        .filter(|(_, text)| text.lines().count() > lines)
        .map(|(path, _)| path)
        .collect()
}

/// Which of the refused packages a lock file holds.
fn refused(lock: &str) -> Vec<String> {
    let lock: toml::Table = lock.parse().expect("valid TOML");
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.expect("packages in the lock file");
    assert!(!packages.is_empty(), "a lock file without packages");
    let names = packages
        .iter()
        .filter_map(|package| package.get("name")?.as_str());
    names
        .filter(|name| REFUSED_PACKAGES.contains(name))
        .map(str::to_owned)
        .collect()
}

#[test]
fn source_files_are_short() {
    assert_eq!(longer_than(LONGEST), Vec::<String>::new());
    // Which would also hold if nothing were found.
    assert!(longer_than(10).len() > 5);
}

#[test]
fn source_files_are_finished() {
    let mut found = Vec::new();
    for (path, text) in sources(&["src", "entity", "migration", "tests", "benches"]) {
        found.extend(
            flaws(&text)
                .into_iter()
                .map(|flaw| format!("{path}, {flaw}")),
        );
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn an_unfinished_file_is_noticed() {
    let planted = concat!("fn f() {}\n// TO", "DO: more\n#[", "allow(dead_code)]\n");
    let found = flaws(planted);
    let [unfinished, silenced] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(unfinished.starts_with("line 2") && silenced.starts_with("line 3"));
}

#[test]
fn no_package_brings_openssl() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("a lock file");
    assert_eq!(refused(&lock), Vec::<String>::new());
}

#[test]
fn a_package_that_brings_openssl_is_noticed() {
    let planted = "[[package]]\nname = \"openssl-sys\"\n[[package]]\nname = \"openssl-probe\"\n";
    assert_eq!(refused(planted), ["openssl-sys"]);
}

#[test]
fn every_member_follows_the_workspaces_lints() {
    for member in [".", "entity", "migration", "tests/support"] {
        let path = root().join(member).join("Cargo.toml");
        let text = fs::read_to_string(path).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("valid TOML");
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(lints, Some(&toml::Value::Boolean(true)), "{member}");
    }
}
