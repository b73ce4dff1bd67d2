//! The cases of a policy folder: questions in the short form of `fixtures`, each with the verdict it expects.
//!
//! Read strictly and whole before any is tried: every name, key and file that is not right is named, with
//! what would be. What a set makes of them is the business of `report`.

use std::collections::BTreeMap;

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::embedded::EMBEDDED_CASES;
use super::fixtures::question::Asking;
use super::fixtures::{Misnamed, id};
use super::load::read_texts;
use domain::Words;
use domain::facts::Question;
use domain::id::GrantId;
use domain::speaks::{Speaks, joined, misread, verbatim, words};
use domain::verdict::{Obligation, Outcome, Stages, StepUp};

/// The folder of the cases, inside the policy folder.
const FOLDER: &str = "tests";

/// Something in a folder's cases that is not right, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseProblem {
    /// The file, relative to the policy folder.
    pub path: String,
    /// The case, by its name, or by its number in the file (from 1) if it has none; `None`: the whole file.
    pub case: Option<String>,
    /// What is wrong, and what would be right.
    pub reason: Words,
}

impl Speaks for CaseProblem {
    fn words(&self) -> Words {
        let (path, reason) = (verbatim(&self.path), &self.reason);
        match &self.case {
            None => words!("{path}: {reason}", "{path}: {reason}", path, reason),
            Some(case) => words!(
                "{path}: case `{case}`: {reason}",
                "{path}: fallet `{case}`: {reason}",
                path,
                case = verbatim(case),
                reason
            ),
        }
    }
}

/// The cases of a folder cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum CasesError {
    /// There are none.
    None,
    /// Some are not right; every problem is named, in the order of the files.
    NotRight(Vec<CaseProblem>),
}

impl Speaks for CasesError {
    fn words(&self) -> Words {
        match self {
            Self::None => Words::new(
                "there are no cases: a policy folder holds them in `tests/*.json`, at least one that allows and one \
                 that refuses about each policy",
                "Det finns inga fall. En mapp med regler har dem i `tests/*.json`, minst ett som tillåter och ett som \
                 nekar för varje regel.",
            ),
            Self::NotRight(problems) => words!(
                "the cases cannot be tried{listed}",
                "Fallen går inte att prova:{listed}",
                listed = joined(
                    problems.iter().map(|problem| words!(
                        "\n  {problem}",
                        "\n  {problem}",
                        problem
                    )),
                    ""
                )
            ),
        }
    }
}

/// The cases of a policy folder, every one of them of the right form.
#[derive(Debug, Clone)]
pub struct Cases(Vec<Case>);

/// A case, ready to be tried.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) path: String,
    pub(super) name: String,
    /// The policies that it shows.
    pub(super) about: Vec<String>,
    pub(super) question: Question,
    pub(super) stages: Stages,
    pub(super) expected: Expected,
    /// What the grants are called.
    pub(super) grants: BTreeMap<GrantId, String>,
}

/// A case as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    name: String,
    about: Vec<String>,
    ask: Asking,
    #[serde(default)]
    stages: Stages,
    expect: Expected,
}

/// A verdict as it is written: grants and policies by name, no texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) outcome: Outcome,
    pub(super) reasons: Vec<String>,
    #[serde(default)]
    pub(super) matched: Vec<String>,
    #[serde(default)]
    pub(super) discounted: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) would_refuse: Vec<String>,
    #[serde(default)]
    pub(super) obligations: Vec<Obligation>,
    pub(super) step_up: Option<StepUp>,
}

impl Cases {
    /// The cases that the program was built with.
    ///
    /// # Errors
    /// When they cannot be tried, which a test rules out.
    pub fn embedded() -> Result<Self, CasesError> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let files: Vec<_> = EMBEDDED_CASES.iter().map(owned).collect();
        Self::read(&files, Vec::new())
    }

    /// The cases of a policy folder: every `*.json` of its folder `tests`.
    ///
    /// # Errors
    /// When there are none, and with everything that is wrong, each with its file and its case.
    pub fn load(dir: &Path) -> Result<Self, CasesError> {
        let is_case = |name: &str| Path::new(name).extension().is_some_and(|e| e == "json");
        match read_texts(&dir.join(FOLDER), is_case) {
            Ok((files, unread)) => {
                let problem =
                    |(name, error): (String, std::io::Error)| about_file(&name, error.words());
                Self::read(&files, unread.into_iter().map(problem).collect())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(CasesError::None),
            Err(error) => Err(CasesError::NotRight(vec![CaseProblem {
                path: FOLDER.to_owned(),
                case: None,
                reason: error.words(),
            }])),
        }
    }

    /// Every case, in the order of the files.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Case> {
        self.0.iter()
    }

    fn read(
        files: &[(String, String)],
        mut problems: Vec<CaseProblem>,
    ) -> Result<Self, CasesError> {
        let mut cases = Vec::new();
        for (name, text) in files {
            match written(name, text) {
                Err(wrong) => problems.extend(wrong),
                Ok(all) => {
                    for written in all {
                        let case = written.name.clone();
                        match written.ready(path(name)) {
                            Ok(ready) => cases.push(ready),
                            Err(error) => problems.push(CaseProblem {
                                case: Some(case),
                                ..about_file(name, error.words())
                            }),
                        }
                    }
                }
            }
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| a.path.cmp(&b.path));
            return Err(CasesError::NotRight(problems));
        }
        if cases.is_empty() {
            return Err(CasesError::None);
        }
        Ok(Self(cases))
    }
}

fn path(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

fn about_file(name: &str, reason: Words) -> CaseProblem {
    CaseProblem {
        path: path(name),
        case: None,
        reason,
    }
}

/// The cases of a file, or every one that is not of the right form.
fn written(name: &str, text: &str) -> Result<Vec<Written>, Vec<CaseProblem>> {
    let whole = match serde_json::from_str(text) {
        Ok(all) => return Ok(all),
        Err(error) => error,
    };
    let whole = |()| {
        let reason = words!(
            "not a list of cases: line {line}, column {column}: {error}",
            "Det är ingen lista med fall. Rad {line}, kolumn {column}. {error}",
            line = whole.line(),
            column = whole.column(),
            error = misread(&whole)
        );
        vec![about_file(name, reason)]
    };
    let values: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| whole(()))?;
    let mut problems = Vec::new();
    for (n, value) in values.into_iter().enumerate() {
        let named = value.get("name").and_then(serde_json::Value::as_str);
        let case = named.map_or_else(|| (n + 1).to_string(), str::to_owned);
        if let Err(error) = serde_json::from_value::<Written>(value) {
            problems.push(CaseProblem {
                case: Some(case),
                ..about_file(name, misread(&error))
            });
        }
    }
    // A key that stands twice is seen only where it stands.
    Err(if problems.is_empty() {
        whole(())
    } else {
        problems
    })
}

impl Written {
    fn ready(self, path: String) -> Result<Case, Misnamed> {
        let question = self.ask.question()?;
        let own = &self.ask.principal.grants;
        let names = || own.iter().map(|grant| grant.id.as_str());
        let expected = &self.expect;
        for name in expected.matched.iter().chain(expected.discounted.keys()) {
            if !names().any(|known| known == name) {
                return Err(Misnamed::among("grant", name, names()));
            }
        }
        Ok(Case {
            path,
            grants: names().map(|name| (id(name), name.to_owned())).collect(),
            name: self.name,
            about: self.about,
            question,
            stages: self.stages,
            expected: self.expect,
        })
    }
}

#[cfg(test)]
mod tests;
