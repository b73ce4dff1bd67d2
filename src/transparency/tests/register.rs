//! `FORMAT.md` names what the register tells, and no more.

use ::register::{Aggregate, Field, Members, Shape, Sort, Told, aggregates};

use super::*;
use domain::Named as _;

const FORMAT: &str = include_str!("../FORMAT.md");

fn field(field: &Field) -> String {
    let name = field.name;
    match (field.told, field.sort) {
        (Told::Listed(member), _) => format!("`{name}` (list of `{member}`)"),
        (Told::Digest, _) => format!("`{name}` (SHA-256 of the text)"),
        (Told::Clear, Sort::Flag) => format!("`{name}` (`true`)"),
        (Told::Clear, Sort::Number) => format!("`{name}` (integer)"),
        (Told::Clear | Told::Personal, _) => format!("`{name}`"),
    }
}

fn members(members: &Members) -> String {
    let Members { name, fields, .. } = members;
    let fields: Vec<String> = fields.iter().map(field).collect();
    let fields = fields.join(", ");
    match members.shape {
        Shape::Set => format!("`{name}` (set of ids)"),
        Shape::Personal => format!("`{name}` (a set, with a space between two)"),
        Shape::List => format!("`{name}` (list of {fields})"),
        Shape::One => format!("`{name}` ({fields})"),
    }
}

/// The line of a kind of thing in the table of section 2.2.
fn line(one: &Aggregate) -> String {
    let is_personal = |field: &&Field| field.told == Told::Personal;
    let (personal, clear): (Vec<&Field>, Vec<&Field>) = one.fields.iter().partition(is_personal);
    let (hidden, shown): (Vec<&Members>, Vec<&Members>) = one
        .members
        .iter()
        .partition(|members| members.shape == Shape::Personal);
    let told = |fields: Vec<&Field>, hanging: Vec<&Members>| {
        let fields = fields.into_iter().map(field);
        let all: Vec<String> = fields.chain(hanging.into_iter().map(members)).collect();
        all.join(", ")
    };
    let (clear, personal) = (told(clear, shown), told(personal, hidden));
    format!("| `{}` | {clear} | {personal} |", one.kind.prefix())
}

#[test]
fn the_format_names_every_field_of_the_register() {
    let lines: Vec<String> = aggregates().map(line).collect();
    let lines = lines.join("\n");
    assert!(FORMAT.contains(&lines), "section 2.2 lacks:\n{lines}");
}

#[test]
fn the_format_names_everything_that_can_become_of_a_thing() {
    let (_, names) = FORMAT.split_once("`change` is one of ").unwrap();
    let (names, _) = names.split_once(".\n").unwrap();
    let names: Vec<&str> = names
        .split([',', '\n', ' '])
        .filter(|name| !name.is_empty())
        .map(|name| name.trim_matches('`'))
        .collect();
    assert_eq!(names, ChangeKind::names().collect::<Vec<_>>());
}
