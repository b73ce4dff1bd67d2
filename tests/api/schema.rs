//! The schema that is checked in is the one that is served, and says what every part of it means.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeDefinition, TypeKind, TypeSystemDefinition};
use test_support::{Backend, block_on};

use crate::support::{App, behorig, checked_in};

#[test]
fn the_schema_is_the_one_that_is_checked_in() {
    let printed = behorig().run(&["schema"]).succeeded();
    checked_in("tests/api/schema.graphql", printed.stdout());
}

#[test]
fn the_service_serves_the_schema_that_it_prints() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let served = app.nobody().raw().get("/schema.graphql").await;
        let printed = behorig().run(&["schema"]).succeeded();
        assert_eq!(served.text().trim_end(), printed.stdout().trim_end());
    });
}

#[test]
fn every_part_of_the_schema_says_what_it_means() {
    let printed = behorig().run(&["schema"]).succeeded();
    let document = parse_schema(printed.stdout()).expect("a schema");
    let mut silent = Vec::new();
    for definition in &document.definitions {
        if let TypeSystemDefinition::Type(defined) = definition {
            find_silent(&defined.node, &mut silent);
        }
    }
    assert!(
        document.definitions.len() > 30,
        "a schema of {} parts",
        document.definitions.len()
    );
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

fn find_silent(defined: &TypeDefinition, silent: &mut Vec<String>) {
    let name = &defined.name.node;
    let mut check = |what: String, said: bool| {
        if !said {
            silent.push(what);
        }
    };
    check(name.to_string(), defined.description.is_some());
    match &defined.kind {
        TypeKind::Scalar | TypeKind::Union(_) => {}
        TypeKind::Object(_) | TypeKind::Interface(_) => {
            let fields = match &defined.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => return,
            };
            for field in fields {
                let at = format!("{name}.{}", field.node.name.node);
                for argument in &field.node.arguments {
                    let what = format!("{at}({}:)", argument.node.name.node);
                    check(what, argument.node.description.is_some());
                }
                check(at, field.node.description.is_some());
            }
        }
        TypeKind::Enum(values) => {
            for value in &values.values {
                let what = format!("{name}.{}", value.node.value.node);
                check(what, value.node.description.is_some());
            }
        }
        TypeKind::InputObject(input) => {
            for field in &input.fields {
                let what = format!("{name}.{}", field.node.name.node);
                check(what, field.node.description.is_some());
            }
        }
    }
}
