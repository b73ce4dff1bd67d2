//! People, units and systems are found as people look for them: by any of their words, in any order and spelling.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Caller, behorig};

/// Who and what is looked for, beside the region: a key of the test, and what it is called.
const PEOPLE: [(&str, &str, &str); 14] = [
    ("TSTNMT2321000001-F00001", "Åsa", "Öberg"),
    ("TSTNMT2321000001-F00002", "Asa", "Oberg"),
    ("TSTNMT2321000001-F00003", "Anna-Lena", "von Essen"),
    ("TSTNMT2321000001-F00004", "Annalena", "Essén"),
    ("TSTNMT2321000001-F00005", "Karl Gustaf", "Lind-Åkerström"),
    ("TSTNMT2321000001-F00006", "André", "Müller"),
    ("TSTNMT2321000001-F00007", "Søren", "Kjærgård"),
    ("TSTNMT2321000001-F00008", "Sinéad", "O’Brien"),
    ("TSTNMT2321000001-F00009", "Łukasz", "Štěpán"),
    ("TSTNMT2321000001-F0000A", "Lena", "Anna"),
    ("TSTNMT2321000001-F0000B", "Ärlig", "Aström"),
    ("TSTNMT2321000001-F0000C", "Göran", "af Ekenstam"),
    ("TSTNMT2321000001-F0Z9Q7", "Bo", "Ek"),
    ("TSTNMT2321000001-F0000E", "Frans", "100%ig"),
];

/// Units and systems, by list, id and name.
const THINGS: [(&str, &str, &str); 8] = [
    (
        "organisations",
        "TSTNMT2321000001-F10001",
        "Vårdavdelning 32B Medicin",
    ),
    (
        "organisations",
        "TSTNMT2321000001-F10002",
        "S:t Görans geriatrik",
    ),
    (
        "organisations",
        "TSTNMT2321000001-F10003",
        "Hälso- och sjukvård Östra",
    ),
    (
        "organisations",
        "TSTNMT2321000001-F1X8K3",
        "Barn/ungdom (öppenvård)",
    ),
    ("systems", "sys-f1", "Nova Röntgen RIS/PACS"),
    ("systems", "sys-f2", "Ögonbottenfoto 2.0"),
    ("systems", "sys-f3", "Operationsplanering"),
    ("systems", "sys-f4", "E-recept"),
];

/// What is typed where, and all that it finds of the above.
const SEARCHES: [(&str, &str, &[&str]); 62] = [
    // Given name or family name first, or either alone.
    ("persons", "Åsa Öberg", &["F00001"]),
    ("persons", "Öberg Åsa", &["F00001"]),
    ("persons", "Öberg, Åsa", &["F00001"]),
    ("persons", "Åsa", &["F00001"]),
    ("persons", "öberg", &["F00001"]),
    ("persons", "ÖBERG", &["F00001"]),
    ("persons", "Göran Ekenstam", &["F0000C"]),
    ("persons", "bo ek", &["F0Z9Q7"]),
    ("persons", "ek bo", &["F0Z9Q7"]),
    // From a keyboard without å, ä and ö, whole or in part; but whoever types one means it.
    ("persons", "Oberg", &["F00001", "F00002"]),
    ("persons", "asa oberg", &["F00001", "F00002"]),
    ("persons", "asa öberg", &["F00001"]),
    ("persons", "Åsa Oberg", &["F00001"]),
    ("persons", "Akerstrom", &["F00005"]),
    ("persons", "Åkerstrom", &["F00005"]),
    ("persons", "Akerström", &["F00005"]),
    ("persons", "Äkerström", &[]),
    ("persons", "aström arlig", &["F0000B"]),
    ("persons", "Åström", &[]),
    // As a Mac sends it, with full-width letters, with spaces pasted along.
    ("persons", "O\u{308}berg A\u{30a}sa", &["F00001"]),
    ("persons", "A\u{30a}kerstro\u{308}m", &["F00005"]),
    ("persons", "Ｏberg", &["F00001", "F00002"]),
    ("persons", "  Öberg \u{a0} Åsa ", &["F00001"]),
    // Hyphens: whole, either half, without, and with a space instead.
    ("persons", "Anna-Lena", &["F00003", "F00004", "F0000A"]),
    ("persons", "Anna-Lena von Essen", &["F00003"]),
    ("persons", "Anna Lena", &["F00003", "F0000A"]),
    ("persons", "Annalena", &["F00003", "F00004"]),
    ("persons", "Lena", &["F00003", "F0000A"]),
    ("persons", "Anna", &["F00003", "F00004", "F0000A"]),
    ("persons", "Åkerström Karl", &["F00005"]),
    ("persons", "Lind Gustaf", &["F00005"]),
    ("persons", "Lind-Åkerström", &["F00005"]),
    ("persons", "anna\u{2010}lena v", &["F00003"]),
    // Particles, with the name or alone, or left out.
    ("persons", "von Essen", &["F00003"]),
    ("persons", "Essen", &["F00003", "F00004"]),
    ("persons", "Essen von", &["F00003"]),
    ("persons", "af Ekenstam", &["F0000C"]),
    // Accents may be typed or not; Danish and Norwegian letters are ours.
    ("persons", "Andre Muller", &["F00006"]),
    ("persons", "André", &["F00006"]),
    ("persons", "Essén", &["F00003", "F00004"]),
    ("persons", "Sörén Kjärgård", &["F00007"]),
    ("persons", "Søren", &["F00007"]),
    ("persons", "Soren Kjargard", &["F00007"]),
    ("persons", "lukasz stepan", &["F00009"]),
    ("persons", "O'Brien", &["F00008"]),
    ("persons", "OBrien", &["F00008"]),
    ("persons", "brien sinead", &["F00008"]),
    // An HSA-id: whole, in any case, and by its end.
    ("persons", "TSTNMT2321000001-F0Z9Q7", &["F0Z9Q7"]),
    ("persons", "tstnmt2321000001-f0z9q7", &["F0Z9Q7"]),
    ("persons", "z9Q7", &["F0Z9Q7"]),
    ("persons", "-F0Z9Q7", &["F0Z9Q7"]),
    ("persons", "Ek 9q7", &["F0Z9Q7"]),
    // Signs are no wildcards.
    ("persons", "100%", &["F0000E"]),
    ("persons", "F00_01", &[]),
    // Units and systems by any word of their names.
    ("organisations", "medicin", &["F10001"]),
    ("organisations", "Vardavdelning 32", &["F10001"]),
    ("organisations", "St Göran", &["F10002"]),
    ("organisations", "ostra sjukvård", &["F10003"]),
    ("organisations", "ungdom oppen", &["F1X8K3"]),
    ("organisations", "x8k3", &["F1X8K3"]),
    ("systems", "röntgen pacs", &["sys-f1"]),
    ("systems", "erecept", &["sys-f4"]),
];

fn feed(app: &App) -> String {
    let region = app.region();
    let first = |kind: &str| region.of(kind).next().expect("one").clone();
    let person = |(id, given, family): (&str, &str, &str)| {
        let mut person = first("person");
        person["externalId"] = json!(id);
        person["individual"] = json!(format!("human-{id}"));
        person["givenName"] = json!(given);
        person["familyName"] = json!(family);
        person
    };
    let thing = |(list, id, name): (&str, &str, &str)| {
        let mut thing = if list == "systems" {
            first("system")
        } else {
            let unit = region.of("organisation").find(|one| one["type"] == "unit");
            unit.expect("a unit").clone()
        };
        thing["externalId"] = json!(id);
        thing["name"] = json!(name);
        thing
    };
    let people = PEOPLE.into_iter().map(person);
    let lines = people.chain(THINGS.into_iter().map(thing));
    lines.map(|record| format!("{record}\n")).collect()
}

/// The ids, as their sources know them, of what a list answers with; of the region's own nothing.
async fn found(caller: &Caller, list: &str, typed: &str) -> BTreeSet<String> {
    let (filter, key) = match list {
        "persons" => ("PersonFilter", "hsaId"),
        "organisations" => ("OrganisationFilter", "hsaId"),
        "systems" => ("SystemFilter", "externalId"),
        other => panic!("no list {other}"),
    };
    let document = format!(
        "query Found($filter: {filter}) {{ {list}(first: 200, filter: $filter) {{ nodes {{ {key} }} }} }}"
    );
    let answer = caller
        .graphql(&document, json!({ "filter": { "name": typed } }))
        .await;
    let nodes = answer
        .at(&format!("/{list}/nodes"))
        .as_array()
        .expect("rows");
    let id = |node: &Value| node[key].as_str().expect("an id").to_owned();
    let ours = |id: &String| {
        let people = PEOPLE.iter().map(|(id, ..)| *id);
        people
            .chain(THINGS.iter().map(|(_, id, _)| *id))
            .any(|one| one == id)
    };
    nodes.iter().map(id).filter(ours).collect()
}

async fn everybody_is_found_as_people_look_for_them(backend: Backend) {
    let app = App::start(backend);
    let import = [
        "import",
        "-",
        "--no-trailer",
        "--database",
        app.database().url(),
    ];
    let _given = behorig()
        .run_reading(&import, feed(&app).as_bytes())
        .succeeded();
    let auditor = app.auditor();
    let mut wrong = Vec::new();
    for (list, typed, expected) in SEARCHES {
        let whole = |id: &&str| match *id {
            system if system.starts_with("sys-") => system.to_owned(),
            end => format!("TSTNMT2321000001-{end}"),
        };
        let expected: BTreeSet<String> = expected.iter().map(whole).collect();
        let found = found(&auditor, list, typed).await;
        if found != expected {
            wrong.push(format!("{typed:?} finds {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever is found is listed as Swedish sorts: Å, Ä, Ö after Z, whatever was typed.
async fn what_is_found_is_sorted_in_swedish(backend: Backend) {
    let app = App::start(backend);
    let import = [
        "import",
        "-",
        "--no-trailer",
        "--database",
        app.database().url(),
    ];
    let _given = behorig()
        .run_reading(&import, feed(&app).as_bytes())
        .succeeded();
    let document = "{ persons(first: 200, filter: { name: \"F0000\" }, orderBy: NAME_ASC) { nodes { familyName } } }";
    let answer = app.auditor().graphql(document, json!({})).await;
    let nodes = answer.at("/persons/nodes").as_array().expect("rows");
    let names: Vec<&str> = nodes
        .iter()
        .filter_map(|node| node["familyName"].as_str())
        .collect();
    let place = |name: &str| names.iter().position(|one| *one == name).expect(name);
    assert!(place("Aström") < place("Oberg") && place("Oberg") < place("Štěpán"));
    assert_eq!(place("Öberg"), names.len() - 1, "{names:?}");
}

/// A name that is changed is found by what it is now, and by nothing that it was.
async fn a_new_name_is_found_and_the_old_one_is_not(backend: Backend) {
    let app = App::start(backend);
    let import = |text: &str| {
        let arguments = [
            "import",
            "-",
            "--no-trailer",
            "--database",
            app.database().url(),
        ];
        behorig()
            .run_reading(&arguments, text.as_bytes())
            .succeeded()
    };
    let before = feed(&app);
    let _given = import(&before);
    let _married = import(&before.replace("von Essen", "Sjögren"));
    let auditor = app.auditor();
    assert_eq!(found(&auditor, "persons", "anna sjogren").await.len(), 1);
    assert!(found(&auditor, "persons", "von Essen").await.is_empty());
}

both_backends! {
    async a_new_name_is_found_and_the_old_one_is_not;
    async everybody_is_found_as_people_look_for_them;
    async what_is_found_is_sorted_in_swedish;
}
