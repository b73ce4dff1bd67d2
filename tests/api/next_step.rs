//! Whoever reads what is wrong also reads what to do: the flags of an import, and errors of every kind.
//!
//! Apart from `locale` and `languages`, which are about which language something is said in: here it is what is said.

use std::fs;
use std::time::Duration;

use reqwest::Method;
use test_support::{Backend, Issuer, TestDatabase, both_backends};

use crate::support::{App, ORIGIN, STRONG, behorig, root};

/// A unit, somebody who works there and somebody whose identity is protected.
const FEED: &str = r#"{"kind":"organisation","externalId":"TSTNMT2321000001-R","name":"Region Exempel","parent":null,"type":"region","authority":true}
{"kind":"organisation","externalId":"TSTNMT2321000001-HJ","name":"Hjärtmottagningen","parent":"TSTNMT2321000001-R","type":"unit","authority":false}
{"kind":"person","externalId":"TSTNMT2321000001-SARA","individual":"human-sara","givenName":"Sara","familyName":"Öberg-Lund","email":"sara@region.example","protectedIdentity":false,"trainingCompletedOn":null,"credentials":["siths"]}
{"kind":"person","externalId":"TSTNMT2321000001-DISA","individual":"human-disa","givenName":"Disa","familyName":"Alm","email":"disa@region.example","protectedIdentity":true,"trainingCompletedOn":null,"credentials":["siths"]}
{"kind":"engagement","externalId":"eng-sara","person":"TSTNMT2321000001-SARA","type":"consultant","employer":"TSTNMT2321000001-R","unit":"TSTNMT2321000001-HJ","responsible":"TSTNMT2321000001-SARA","from":"2026-01-01","until":null,"absentFrom":null,"absentUntil":null}
{"kind":"engagement","externalId":"eng-disa","person":"TSTNMT2321000001-DISA","type":"consultant","employer":"TSTNMT2321000001-R","unit":"TSTNMT2321000001-HJ","responsible":null,"from":"2026-01-01","until":null,"absentFrom":null,"absentUntil":null}
"#;

const FLAGS: &str = "\
2 uppdrag för externa personer saknar slutdatum (flagga externalWithoutEnd)
Ange slutdatum i källan (`until`).
  `eng-disa` för `TSTNMT2321000001-DISA`
  `eng-sara` för `TSTNMT2321000001-SARA` i Hjärtmottagningen

2 uppdrag för externa personer saknar ansvarig i regionen (flagga externalWithoutSponsor)
Ange någon annan som är anställd här som ansvarig (`responsible`).
  `eng-disa` för `TSTNMT2321000001-DISA`
  `eng-sara` för `TSTNMT2321000001-SARA` i Hjärtmottagningen

2 personer har inte genomfört säkerhetsutbildningen (flagga trainingMissing)
Se till att utbildningen genomförs, och ange dagen i källan (`trainingCompletedOn`).
  `TSTNMT2321000001-DISA`
  `TSTNMT2321000001-SARA` Sara Öberg-Lund

1 enhet saknar kontaktperson (flagga unitWithoutContact)
Ge någon rollen `Kontaktperson` på enheten. Det är den personen som den som nekas vänder sig till.
  `TSTNMT2321000001-HJ` Hjärtmottagningen
";

const IMPORTED: &str = "\
                              nya  ändrade oändrade  avvisade flaggade
organisationer                  2        0         0        0        1
personer                        2        0         0        0        2
anställningar/uppdrag           2        0         0        0        4
";

fn swedish(words: &[&str], input: &str) -> test_support::Outcome {
    let program = behorig().with("LANG", "sv_SE.UTF-8");
    program.run_reading(words, input.as_bytes())
}

async fn a_flag_says_what_is_so_of_whom_and_what_to_do(backend: Backend) {
    let database = TestDatabase::empty(backend);
    let (url, key) = (database.url(), database.directory().join("key.pem"));
    let key = key.to_string_lossy();
    let init = ["init", "--database", url, "--origin", ORIGIN, "--key", &key];
    let _founded = swedish(&init, "").succeeded();
    let import = [
        "import",
        "-",
        "--database",
        url,
        "--no-trailer",
        "--today",
        "2026-11-01",
    ];
    let imported = swedish(&import, FEED).succeeded();
    assert!(
        imported.stdout().contains(IMPORTED),
        "{}",
        imported.stdout()
    );
    assert!(
        imported
            .stdout()
            .contains("1 enhet saknar kontaktperson (flagga unitWithoutContact)\n"),
        "{}",
        imported.stdout()
    );
    let told = swedish(&["flags", "--database", url], "").succeeded();
    assert_eq!(told.stdout(), FLAGS);
    let wrong = ["flags", "--database", url, "--flag", "unitWithoutContacts"];
    let told = behorig().run(&wrong).ended_with(2);
    assert!(
        told.stderr().contains("unitWithoutContact,"),
        "{}",
        told.stderr()
    );
}

async fn errors_on_the_command_line_end_in_what_to_do(backend: Backend) {
    let app = App::start(backend);
    let directory = app.database().directory();
    let place = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let says = |words: &[&str], step: &str| {
        let outcome = behorig().run(words);
        assert!(
            outcome.stderr().contains(step),
            "{words:?}: {}",
            outcome.stderr()
        );
    };
    let (url, missing, key) = (app.database().url(), place("missing"), place("another.pem"));
    let init = ["init", "--database", url, "--origin", ORIGIN, "--key", &key];
    says(&init, "Go on with `behorig serve`");
    let token = ["token", "--as", "server-login", "--data", &missing];
    says(&token, "mkdir -m 700");
    let issuer = place("issuer");
    fs::create_dir(&issuer).expect("a directory");
    let token = ["token", "--as", "tstnmt2321000001-per", "--data", &issuer];
    says(&token, "`TSTNMT` in capitals");

    let settings = place("behorig.toml");
    let claims = |hsa_id: &str| {
        let file = place(&format!("{hsa_id}.token"));
        let claims = Issuer::person(hsa_id, STRONG, Duration::from_secs(5));
        fs::write(&file, Issuer::TRUSTED.token(&claims)).expect("a token");
        file
    };
    let propose = ["policy", "propose", "--config", &settings, "--token"];
    let nobody = claims("TSTNMT2321000016-ZZZ9");
    says(&[&propose[..], &[&nobody]].concat(), "turn to your manager");
    let without = claims(&app.region().without_grants());
    let refused = [&propose[..], &[&without]].concat();
    says(&refused, "which takes `policy:manage`: nothing gives it");
}

async fn whoever_is_unknown_here_is_told_whom_to_turn_to(backend: Backend) {
    let app = App::start(backend);
    let nobody = app.person("TSTNMT2321000016-ZZZ9", STRONG);
    let body = r#"{"query":"{ __typename }"}"#;
    let json = ("content-type", "application/json");
    for (language, step) in [
        ("en", "turn to your manager"),
        ("sv", "Vänd dig till din chef"),
    ] {
        let headers = [json, ("accept-language", language)];
        let asked = nobody.raw().send(Method::POST, "/graphql", &headers, body);
        let answer = asked.await;
        assert_eq!(answer.status(), 401);
        assert!(answer.text().contains(step), "{}", answer.text());
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("turn to your manager"), "{challenge}");
    }
}

/// Whoever writes a text there writes it in two parts: what is wrong, and what would be right.
#[test]
fn no_token_is_refused_without_what_would_be_right() {
    let code = fs::read_to_string(root().join("src/authn/refused.rs")).expect("the texts");
    let texts: Vec<&str> = code.split("Words::new(").skip(1).collect();
    assert!(texts.len() > 20, "{}", texts.len());
    for text in texts {
        let english = text.split('"').nth(1).unwrap_or_default();
        let swedish = text.split('"').nth(3).unwrap_or_default();
        assert!(english.contains(": "), "{english}");
        assert!(swedish.trim_end_matches('.').contains(". "), "{swedish}");
    }
}

both_backends! {
    async a_flag_says_what_is_so_of_whom_and_what_to_do;
    async errors_on_the_command_line_end_in_what_to_do;
    async whoever_is_unknown_here_is_told_whom_to_turn_to;
}
