//! The tables of settings that operators read name every setting, what it takes and its default, and nothing else.

use std::collections::BTreeMap;

use super::source::NETWORK_ZONES;
use super::{Settings, issuer, plain};
use domain::Language;

const MANUAL: &str = include_str!("../OPERATING.md");

/// The rows of a table below a heading: the setting, and the other cells.
fn table(heading: &str) -> BTreeMap<String, Vec<String>> {
    let (_, below) = MANUAL.split_once(&format!("\n## {heading}\n")).unwrap();
    let rows = below.lines().skip_while(|line| !line.starts_with('|'));
    rows.take_while(|line| line.starts_with('|'))
        .skip(2)
        .flat_map(|row| {
            let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
            let first = cells.next().unwrap_or_default();
            let cells: Vec<String> = cells.map(str::to_owned).collect();
            let named = first.split('`').skip(1).step_by(2);
            named.map(move |name| (name.to_owned(), cells.clone()))
        })
        .collect()
}

#[test]
fn every_setting_is_in_the_table_with_what_it_takes_and_its_default() {
    let mut rows = table("Settings");
    assert!(rows.remove("issuers").is_some() && rows.remove(NETWORK_ZONES).is_some());
    for setting in plain::all() {
        let Some(cells) = rows.remove(setting.name) else {
            panic!("`{}` is not in the table", setting.name);
        };
        let (takes, default) = (&cells[0], &cells[1]);
        let expected = setting.expected.spoken(Language::English);
        if let Some((_, range)) = expected.split_once(" from ") {
            let range = range.split(';').next().unwrap_or_default();
            assert_eq!(takes, range, "{}", setting.name);
        }
        // What the table gives as the default changes nothing.
        if let Some(default) = default.strip_prefix('`') {
            let mut settings = Settings::default();
            let set = (setting.set)(&mut settings, default.trim_end_matches('`'));
            assert!(set.is_some(), "`{}` cannot be its default", setting.name);
            assert_eq!(settings, Settings::default(), "{}", setting.name);
        } else {
            let said = ["none", "half of the processors"];
            assert!(
                said.contains(&default.as_str()),
                "{}: {default}",
                setting.name
            );
        }
    }
    let others: Vec<String> = rows.into_keys().collect();
    assert!(others.is_empty(), "there is no {}", others.join(", "));
}

#[test]
fn every_setting_of_an_issuer_is_in_its_table() {
    let told: Vec<String> = table("Sign-in").into_keys().collect();
    let mut there: Vec<&str> = issuer::NAMES.to_vec();
    there.sort_unstable();
    assert_eq!(told, there);
}
