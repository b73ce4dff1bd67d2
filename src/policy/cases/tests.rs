use super::*;

const GOOD: &str = r#"{"name": "one", "about": [],
    "ask": {"principal": {"person": "anna"}, "asked": "record:read", "target": {"system": "cosmic"}},
    "expect": {"outcome": "deny", "reasons": ["no-permit"]}}"#;

fn problems(text: &str) -> Vec<String> {
    let read = Cases::read(&[("a.json".to_owned(), text.to_owned())], Vec::new());
    let Err(CasesError::NotRight(problems)) = read else {
        panic!("{read:?}");
    };
    problems
        .iter()
        .map(|problem| problem.words().to_string())
        .collect()
}

#[test]
fn whatever_is_wrong_is_named_with_file_and_case_and_what_would_be_right() {
    for (good, bad, told) in [
        (
            "cosmic",
            "cosmos",
            "no system `cosmos`: expected cosmic or xray",
        ),
        (
            "record:read",
            "Record",
            "`Record` is not a permission: expected `noun:verb`",
        ),
        (
            r#""person""#,
            r#""machine""#,
            "unknown field `machine`, expected one of `person`",
        ),
        (
            r#""person": "anna""#,
            "",
            "a principal is either a `person` or a `service`",
        ),
        (r#""about": [],"#, "", "missing field `about`"),
        (
            "deny",
            "refuse",
            "unknown variant `refuse`, expected `allow` or `deny`",
        ),
        (
            r#""system":"#,
            r#""ward":"#,
            "unknown variant `ward`, expected one of `organisation`",
        ),
        (
            r#"["no-permit"]"#,
            r#"[], "matched": ["g1"]"#,
            "no grant `g1`: expected none",
        ),
        (
            r#""anna""#,
            r#""anna", "grants": [{"id": "g1", "role": "nurse", "scope": "unit:7"}]"#,
            "no role `nurse`: expected doctor or",
        ),
        (
            r#""anna""#,
            r#""anna", "grants": [{"id": "g1", "role": "reader", "scope": "unit:7"}]"#,
            "no scope `unit:7`: expected `installation`",
        ),
        (
            r#""anna""#,
            r#""anna", "engagements": [{"kind": "guest"}]"#,
            "no kind of engagement `guest`: expected employee",
        ),
        (
            r#"{"system": "cosmic"}"#,
            r#"{"server": "cosmic-app"}"#,
            "no server `cosmic-app`",
        ),
        (
            r#"{"system": "cosmic"}"#,
            r#"{"database": "wiki-main"}"#,
            "no database `wiki-main`",
        ),
        (
            r#"{"system": "cosmic"}"#,
            r#"{"segment": "wiki"}"#,
            "no segment `wiki`",
        ),
        (
            r#"{"system": "cosmic"}"#,
            r#"{"organisation": "wiki"}"#,
            "no organisation `wiki`",
        ),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let said = problems(&format!("[{}]", GOOD.replace(good, bad)));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("tests/a.json: case `one`: "),
            "{said:?}"
        );
        assert!(said[0].contains(told), "{said:?}");
    }
}

#[test]
fn a_case_without_a_name_has_its_number_and_all_are_told() {
    let nameless = GOOD.replace(r#""name": "one","#, "");
    let misnamed = GOOD.replace("cosmic", "cosmos");
    let said = problems(&format!("[{GOOD}, {nameless}, 7]"));
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("case `2`: missing field `name`"),
        "{said:?}"
    );
    assert!(
        said[1].ends_with("case `3`: expected an object"),
        "{said:?}"
    );
    let named = GOOD.replace(r#""about": [],"#, r#""about": "19121212-1212","#);
    let said = problems(&format!("[{named}]"));
    assert!(said[0].ends_with("case `one`: expected a list"), "{said:?}");
    let said = problems(&format!("[{misnamed}, {misnamed}]"));
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn a_file_that_is_no_list_or_says_a_thing_twice_says_where() {
    let said = problems(&format!("[{GOOD}\n,"));
    assert!(
        said[0].contains("not a list of cases") && said[0].contains("line 4"),
        "{said:?}"
    );
    let twice = GOOD.replace("\"about\": [],", "\"about\": [], \"about\": [],");
    let said = problems(&format!("[{twice}]"));
    assert!(
        said[0].ends_with("line 1, column 37: duplicate field `about`"),
        "{said:?}"
    );
}

#[test]
fn no_cases_are_no_cases() {
    for text in ["[]", " [ ]\n"] {
        let read = Cases::read(&[("a.json".to_owned(), text.to_owned())], Vec::new());
        assert_eq!(read.unwrap_err(), CasesError::None);
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Cases::load(folder.path()).unwrap_err(), CasesError::None);
}
