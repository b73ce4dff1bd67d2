//! The tables of the documents that name what callers and scripts rely on.

use std::collections::BTreeSet;

use super::blocks::document;
use crate::support::root;

/// The words in code in the first column of the table below a heading.
fn first_column(text: &str, heading: &str) -> BTreeSet<String> {
    let (_, below) = text
        .split_once(&format!("# {heading}\n"))
        .expect("a heading");
    let rows = below.lines().skip_while(|line| !line.starts_with("| "));
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_mutation_is_told_and_no_other() {
    let told = first_column(
        &document("README.md"),
        "What can be changed, and what not yet",
    );
    let schema = root().join("tests/api/schema.graphql");
    let schema = std::fs::read_to_string(schema).expect("the schema");
    let (_, mutations) = schema.split_once("\ntype Mutation {\n").expect("mutations");
    let (mutations, _) = mutations.split_once("\n}\n").expect("their end");
    let there: BTreeSet<String> = mutations
        .lines()
        .filter_map(|line| line.strip_prefix('\t')?.strip_suffix('('))
        .filter(|name| !name.starts_with('\t'))
        .map(str::to_owned)
        .collect();
    assert!(there.contains("authorize"), "{there:?}");
    assert_eq!(told, there);
}
