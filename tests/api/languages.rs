//! Whoever wants Swedish reads Swedish: in every text that is written, and in every answer that is given.
//!
//! Apart from the tests of what is refused because it is true of whatever is said. That no text lacks a language is
//! seen to by the compiler; that the languages differ, and that no English stands in the Swedish, is seen to here.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::support::{App, STRONG, about};

/// Words that stand in English sentences and in no Swedish ones.
pub(crate) const ENGLISH: &[&str] = &[
    "the", "is", "of", "with", "not", "expected", "must", "refused", "such", "are", "has", "been",
    "worded", "and", "it", "there", "may", "who", "whom", "which", "or", "by", "from", "cannot",
];

/// What nobody calls things who leads a ward.
const NOT_SAID: &[&str] = &["tilldel", "privilegi"];

/// Everything between back ticks is a name, and the same in every language; what is in braces is filled in.
fn sentences(text: &str) -> String {
    let outside: Vec<&str> = text.split('`').step_by(2).collect();
    let outside = outside.join(" ");
    let filled = outside.split('{');
    let said: Vec<&str> = filled
        .map(|part| part.split_once('}').map_or(part, |(_, after)| after))
        .collect();
    said.join(" ")
}

/// What is wrong with a Swedish text beside its English one.
fn wrong(english: &str, swedish: &str) -> Option<String> {
    let said = sentences(swedish).to_lowercase();
    let word = |one: &&&str| {
        said.split(|c: char| !c.is_alphabetic())
            .any(|word| word == **one)
    };
    let first = swedish.trim_start_matches('`').chars().next()?;
    if swedish == english {
        Some(format!("is the same in both languages: {english}"))
    } else if let Some(word) = ENGLISH.iter().find(word) {
        Some(format!("has the English `{word}` in: {swedish}"))
    } else if let Some(stem) = NOT_SAID.iter().find(|stem| said.contains(**stem)) {
        Some(format!("says `{stem}…`: {swedish}"))
    } else if first.is_lowercase() && !swedish.starts_with('`') || !swedish.ends_with('.') {
        Some(format!("is no sentence: {swedish}"))
    } else {
        None
    }
}

fn below(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            below(&path, extension, found);
        } else if path.extension().is_some_and(|given| given == extension) {
            found.push(path);
        }
    }
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    below(&root.join(folder), extension, &mut found);
    let read = |path: PathBuf| {
        (
            path.display().to_string(),
            fs::read_to_string(&path).expect("a text"),
        )
    };
    found.into_iter().map(read).collect()
}

/// The first two string literals of a text, joined over the ends of lines.
fn literals(code: &str) -> Option<(String, String)> {
    let mut read = code;
    let mut next = || {
        let start = read.find('"')? + 1;
        let mut text = String::new();
        let mut characters = read[start..].char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    read = &read[start + at + 1..];
                    return Some(text);
                }
                '\\' => match characters.next()?.1 {
                    '\n' => {
                        let rest = characters.as_str();
                        let blank = rest.len() - rest.trim_start().len();
                        let skipped = rest[..blank].chars().count();
                        for _ in 0..skipped {
                            let _blank = characters.next();
                        }
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    };
    Some((next()?, next()?))
}

#[test]
fn no_text_lacks_its_swedish() {
    let mut texts = 0;
    let mut flaws = Vec::new();
    for (path, code) in files("src", "rs") {
        for made in ["Words::new(", "Words::made("] {
            for (at, _) in code.match_indices(made) {
                let Some((english, swedish)) = literals(&code[at..]) else {
                    continue;
                };
                // What follows is not a text but a name of one.
                if !code[at + made.len()..].trim_start().starts_with(['"', 'f']) {
                    continue;
                }
                texts += 1;
                // A form is said within a sentence of its own.
                flaws.extend(wrong(&english, &swedish).map(|flaw| format!("{path} {flaw}")));
            }
        }
    }
    assert!(texts > 120, "{texts} texts were found");
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// Parts of sentences, lines of reports, and what is put together of them.
#[test]
fn no_part_of_a_text_has_english_in_its_swedish() {
    let mut texts = 0;
    let mut flaws = Vec::new();
    for (path, code) in files("src", "rs") {
        for made in ["words!(", "Words::part("] {
            for (at, _) in code.match_indices(made) {
                let Some((english, swedish)) = literals(&code[at..]) else {
                    continue;
                };
                texts += 1;
                let flaw = wrong(&english, &swedish).filter(|flaw| flaw.starts_with("has "));
                flaws.extend(flaw.map(|flaw| format!("{path} {flaw}")));
            }
        }
    }
    assert!(texts > 300, "{texts} texts were found");
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

#[test]
fn no_policy_speaks_english_to_whoever_wants_swedish() {
    let mut texts = 0;
    let mut flaws = Vec::new();
    for (path, code) in files("policies", "cedar") {
        let after = |text: &str, key: &str| {
            let start = text.find(key)? + key.len();
            Some(text[start..start + text[start..].find("\")")?].to_owned())
        };
        for policy in code.split("@id(\"").skip(1) {
            let said = after(policy, "@reason(\"").zip(after(policy, "@reason_sv(\""));
            let (english, swedish) = said.expect("a reason in both languages");
            texts += 1;
            flaws.extend(wrong(&english, &swedish).map(|flaw| format!("{path} {flaw}")));
            // A law is named once, for every language.
            let law = after(policy, "@law(\"").unwrap_or_default();
            let of_law = wrong("", &format!("{law}.")).filter(|flaw| flaw.contains("English"));
            flaws.extend(of_law);
        }
    }
    assert!(texts > 40, "{texts} policies were found");
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

const SWEDISH: (&str, &str) = ("accept-language", "sv-SE,sv;q=0.9");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Every message in an answer, of errors and in payloads, and every reason.
fn messages(answer: &Value, found: &mut Vec<String>) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "message" || name == "text" => {
                        found.push(text.clone());
                    }
                    other => messages(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| messages(item, found)),
        _ => {}
    }
}

fn said(answer: &Response) -> Vec<String> {
    let mut found = Vec::new();
    messages(answer.json(), &mut found);
    found
}

async fn every_answer_is_in_the_language_of_whoever_asks(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let first = app.first();
    let login = app.service("server-login");
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let nobody = first.raw().bearing("no-token");
    let mut unsaid = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    let _assurance = unsaid
        .as_object_mut()
        .expect("a question")
        .remove("assurance");
    let authorize = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
        decision { outcome reasons { text } } errors { message } } }";
    let refused = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.other_server }),
    );
    let edit = "mutation E($input: EditRegisterInput!) { editRegister(input: $input) {
        errors { message } } }";
    let same = json!({ "input": { "edit": { "moveServer": {
        "server": olle.server, "segment": olle.segment } } } });
    let revoke = "mutation R($input: RevokeGrantInput!) { revokeGrant(input: $input) {
        errors { message } } }";
    let nowhere = json!({ "input": { "grant": format!("grt_{}", "0".repeat(26)) } });
    let documents = [
        (nobody.clone(), "{ me { name } }", json!({})),
        (first.raw().clone(), "{", json!({})),
        (first.raw().clone(), "{ nothing }", json!({})),
        (
            first.raw().clone(),
            "{ decisions(first: 0) { nodes { id } } }",
            json!({}),
        ),
        (
            first.raw().clone(),
            "{ decisions(first: 1, last: 1) { nodes { id } } }",
            json!({}),
        ),
        (
            first.raw().clone(),
            "{ decisions(after: \"x\") { nodes { id } } }",
            json!({}),
        ),
        (first.raw().clone(), edit, same),
        (first.raw().clone(), revoke, nowhere.clone()),
        (stranger.raw().clone(), revoke, nowhere),
        (login.raw().clone(), authorize, json!({ "input": unsaid })),
        (login.raw().clone(), authorize, json!({ "input": refused })),
    ];
    for (caller, document, variables) in documents {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let english = caller
            .send(Method::POST, "/graphql", &[JSON], body.clone())
            .await;
        let swedish = caller
            .send(Method::POST, "/graphql", &[JSON, SWEDISH], body)
            .await;
        is_said_in_both(document, &english, &swedish);
    }
    for path in ["/nowhere", "/log/events?limit=x", "/graphql?query="] {
        let english = first.raw().send(Method::GET, path, &[], "").await;
        let swedish = first.raw().send(Method::GET, path, &[SWEDISH], "").await;
        is_said_in_both(path, &english, &swedish);
    }
}

#[track_caller]
fn is_said_in_both(asked: &str, english: &Response, swedish: &Response) {
    let (english, swedish) = (said(english), said(swedish));
    assert!(!english.is_empty(), "nothing was said to {asked}");
    assert_eq!(english.len(), swedish.len(), "{asked}");
    for (one, other) in english.iter().zip(&swedish) {
        assert_eq!(wrong(one, other), None, "{asked}");
    }
}

both_backends! {
    async every_answer_is_in_the_language_of_whoever_asks;
}
