//! The command line speaks the language of whoever reads it: Swedish where the locale is, else English.
//!
//! Apart from `languages`, which is about the service's answers: here it is the process's own environment that
//! says what is wanted. Every command is run, where it does what it is asked and where it cannot.

use std::fs;
use std::time::Duration;

use test_support::{Backend, Issuer, Outcome, Program, both_backends};

use crate::languages::ENGLISH;
use crate::policies::second;
use crate::support::{App, STRONG, behorig};

/// Words that stand in Swedish sentences and in no English ones.
const SWEDISH: &[&str] = &["det", "händelse", "inget", "inte", "ska", "är", "och"];

/// What stands between these is a name, or what the operating system says.
const QUOTED: [(&str, &str); 2] = [("`", "`"), ("Orsak:", "\n")];

/// The first word of English in what is said to people; what has a sign in it is a name.
fn english(said: &str) -> Option<String> {
    let mut said = said.to_owned();
    while let Some((before, after)) = said.split_once(" (os error") {
        let quoted = before.rfind(['(', ':']).unwrap_or_default();
        said = format!("{}…{after}", &before[..quoted]);
    }
    for (begins, ends) in QUOTED {
        while let Some((before, rest)) = said.split_once(begins) {
            let after = rest.split_once(ends).map_or("", |(_, after)| after);
            said = format!("{before}…{after}");
        }
    }
    let words = said.split_whitespace();
    words
        .map(|word| {
            word.trim_matches([',', '.', ':', ';', '(', ')'])
                .to_lowercase()
        })
        .find(|word| ENGLISH.contains(&word.as_str()))
}

fn speaking(locale: &str) -> Program {
    behorig().with("LANG", locale)
}

fn said(outcome: &Outcome) -> String {
    format!("{}{}", outcome.stdout(), outcome.stderr())
}

/// Runs it for somebody who reads Swedish.
#[track_caller]
fn in_swedish(words: &[&str], code: i32) -> String {
    let said = said(&speaking("sv_SE.UTF-8").run(words).ended_with(code));
    let found = english(&said);
    assert_eq!(found, None, "{} says in Swedish:\n{said}", words.join(" "));
    said
}

/// Runs it in both languages: it says something else, and ends in the same way.
#[track_caller]
fn in_both(words: &[&str], code: i32) {
    let swedish = in_swedish(words, code);
    let english = said(&speaking("C").run(words).ended_with(code));
    let of = words.join(" ");
    assert_ne!(swedish, english, "{of}");
    let mut words = english.split(|c: char| !c.is_alphabetic());
    let found = words.find(|word| SWEDISH.contains(&word.to_lowercase().as_str()));
    assert_eq!(found, None, "{of} says in English:\n{english}");
}

/// A file with the token of somebody who has just signed in.
fn token(app: &App, hsa_id: &str) -> String {
    let file = app.database().directory().join(format!("{hsa_id}.token"));
    let claims = Issuer::person(hsa_id, STRONG, Duration::from_secs(5));
    fs::write(&file, Issuer::TRUSTED.token(&claims)).expect("a token");
    file.to_string_lossy().into_owned()
}

async fn what_was_asked_is_reported_in_the_readers_language(backend: Backend) {
    let app = App::start(backend);
    let url = app.database().url();
    let file = |name: &str| {
        let path = app.database().directory().join(name);
        path.to_string_lossy().into_owned()
    };
    let _signed = app.notarise(true);
    let settings = file("behorig.toml");
    in_both(&["check", "--config", &settings], 0);
    in_both(&["migrate", "--database", url], 0);
    in_both(&["flags", "--database", url, "--flag", "class4"], 0);
    in_both(&["flags", "--database", url, "--flag", "endedWithGrant"], 0);
    in_both(&["log", "doctor", "--database", url], 0);
    in_both(&["log", "verify", "--database", url], 0);
    in_both(&["log", "replay", "--database", url], 0);
    in_both(&["policy", "check"], 0);
    in_both(&["policy", "test"], 0);
    in_both(&["policy", "diff", "--database", url], 0);
    let guardrail = "server-in-own-segment";
    in_both(&["policy", "impact", guardrail, "--database", url], 2);
    in_both(
        &["policy", "impact", "blocked-record", "--database", url],
        0,
    );
    let feed = file("feed.jsonl");
    fs::write(&feed, app.region().feed()).expect("a feed");
    in_both(&["import", &feed, "--dry-run", "--database", url], 0);
    let bundle = file("bundle.zst");
    in_swedish(&["log", "export", &bundle, "--database", url], 0);
    in_both(&["log", "export", &bundle, "--database", url], 1);
    in_both(&["log", "verify", &bundle], 0);
    let next = file("next-key.pem");
    let keygen = ["log", "keygen", "--origin", "demo.example", "--key", &next];
    in_swedish(&keygen, 0);
    in_both(&keygen, 1);
    let token = token(&app, &second(&app));
    let propose = [
        "policy", "propose", "--config", &settings, "--token", &token,
    ];
    in_swedish(&propose, 0);
    let recover = [
        ["recover", "--database", url, "--administrator"],
        [
            "TSTNMT2321000016-Z999",
            "--individual",
            "ind-z999",
            "--given-name",
        ],
        ["Karin", "--family-name", "Ek", "--reason"],
    ]
    .concat();
    in_swedish(&[&recover[..], &["Alla är på semester"]].concat(), 0);
}

async fn what_cannot_be_done_is_said_in_the_readers_language(backend: Backend) {
    let app = App::start(backend);
    let url = app.database().url();
    let file = |name: &str, text: &str| {
        let path = app.database().directory().join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let (empty, absent) = (file("empty", ""), "/nowhere/at-all");
    let settings = file(
        "wrong.toml",
        "listen = 7\nlog.format = \"xml\"\nnothing = 1\n",
    );
    in_both(&["check", "--config", &settings], 2);
    in_both(&["check", "--config", absent], 2);
    in_both(&["serve", "--config", &settings], 2);
    in_both(&["flags", "--database", "mysql://x"], 2);
    in_both(&["flags", "--database", "sqlite:/nowhere/at-all.db"], 1);
    let key = ["--origin", "demo.example", "--key", absent];
    in_both(&[&["init", "--database", url][..], &key].concat(), 1);
    in_both(&["token", "--as", "x", "--data", absent], 1);
    in_both(&["demo", "--listen", "192.0.2.1:1"], 1);
    in_both(&["import", absent, "--database", url], 1);
    in_both(&["import", &empty, "--database", url], 3);
    let feed = [
        r#"{"kind":"person","externalId":"x","trainingCompletedOn":7}"#,
        r#"{"kind":"segment","externalId":"s","name":"S","system":"nowhere","organisation":"TSTNMT2321000016-A001",
            "environment":"production","patientData":true,"controls":[]}"#,
        r#"{"kind":"nothing"}"#,
        "7",
    ];
    let feed = feed.map(|line| line.replace('\n', "")).join("\n");
    let feed = file("feed.jsonl", &feed);
    in_both(&["import", &feed, "--no-trailer", "--database", url], 2);
    in_both(&["policy", "check", absent], 2);
    in_both(&["policy", "test", absent], 2);
    let stage = [
        "policy", "stage", "nothing", "--stage", "warn", "--token", absent,
    ];
    in_both(&[&stage[..], &["--database", url]].concat(), 2);
    let release = ["policy", "release", "7", "--digest", "0", "--token", absent];
    in_both(&[&release[..], &["--database", url]].concat(), 2);
    in_both(
        &["policy", "rollback", "--token", absent, "--database", url],
        2,
    );
    let notary = ["notary", "--once", "--database", url, "--key", absent];
    in_both(&[&notary[..], &["--leaves", absent]].concat(), 1);
    in_both(&["log", "prove", "999999999", "--database", url], 1);
    in_both(&["log", "prove", "0", "--database", url], 3);
    in_both(&["log", "verify", absent], 1);
    in_both(&["log", "verify", &empty], 1);
    in_both(&["log", "verify", "--database", url, "--leaves", absent], 1);
    in_both(&["log", "doctor", "--database", url, "--leaves", absent], 1);
    in_both(
        &["log", "accept-time", "--database", url, "--reason", "fel"],
        1,
    );
    in_both(
        &[
            "log",
            "rotate",
            "--database",
            url,
            "--key",
            absent,
            "--new",
            absent,
        ],
        1,
    );
    in_both(&["log", "prune", "--resume", "--database", url], 1);
    in_both(&["log", "erase", "--resume", "--database", url], 1);
    let decision = [
        "--authority",
        "installation",
        "--class",
        "x",
        "--number",
        "1",
    ];
    let erase = ["log", "erase", "--database", url, "--before", "2026-01-01"];
    in_both(&[&erase[..], &decision].concat(), 1);
    let prune = [
        "log",
        "prune",
        "--database",
        url,
        "--below",
        "7",
        "--dry-run",
    ];
    in_both(&[&prune[..], &decision].concat(), 1);
    let restore = ["log", "adopt-restore", "--database", url, "--reason", "fel"];
    in_both(
        &[&restore[..], &["--leaves", absent, "--token", absent]].concat(),
        1,
    );
}

async fn a_log_that_was_altered_is_told_of_in_the_readers_language(backend: Backend) {
    let app = App::start(backend);
    let _signed = app.notarise(true);
    app.tamper("UPDATE audit_head SET epoch = 7").await;
    let url = app.database().url();
    in_both(&["log", "verify", "--database", url], 2);
    in_both(&["log", "doctor", "--database", url], 2);
}

both_backends! {
    async what_was_asked_is_reported_in_the_readers_language;
    async what_cannot_be_done_is_said_in_the_readers_language;
    async a_log_that_was_altered_is_told_of_in_the_readers_language;
}
