//! Reads one line into a typed record, or says everything that is wrong with its form.

use super::fields::{Fields, Findings, Noted};
use super::json::Json;
use super::{Bad, Content, Kind, Problem};
use domain::Words;
use domain::speaks::{verbatim, words};
use domain::text::characters::is_unseen;
use kinds::record;

/// Builds a record from results that have all been read before the first is looked at, so that every
/// problem of the record is found.
macro_rules! all {
    ($record:ident { $($field:ident: $read:expr,)* }) => {{
        $(let $field = $read;)*
        Ok($record { $($field: $field?,)* })
    }};
}

mod grant;
mod kinds;
mod trailer;

/// How long an external id is remembered although its record is bad, in bytes.
const MAX_EXTERNAL_ID: usize = 512;

/// The kind of the feed's last line.
const TRAILER: &str = "expectation";

/// The record, or the trailer, in a line without its line break.
///
/// # Errors
/// Everything that is wrong with the line's form.
pub fn parse(line: u64, text: &str) -> Result<Content, Bad> {
    let members = match serde_json::from_str(text) {
        Ok(Json::Object(members)) => members,
        Ok(other) => {
            let wrong = words!(
                "the line holds {what}",
                "raden innehåller {what}",
                what = other.type_name()
            );
            return Err(Problem::of_line(
                line,
                wrong,
                Words::part("one JSON object", "ett JSON-objekt"),
            )
            .into());
        }
        Err(error) => return Err(not_json(line, text, &error).into()),
    };
    let kind = kind_of(line, &members)?;
    let mut findings = Findings::new(line, kind);
    let mut fields = Fields::new(&members, "", &mut findings);
    fields.ignore("kind");
    let content = match kind {
        Some(kind) => record(kind, &mut fields).map(Box::new).map(Content::Record),
        None => trailer::read(&mut fields).map(Content::Trailer),
    };
    fields.close();
    match content {
        Ok(content) if findings.is_empty() => Ok(content),
        Ok(_) | Err(Noted) => Err(Bad {
            kind,
            external_id: external_id(&members),
            problems: findings.into_problems(),
        }),
    }
}

/// The id by which the record can be told from others although it is bad.
fn external_id(members: &[(String, Json)]) -> Option<String> {
    let (_, value) = members.iter().find(|(name, _)| name == "externalId")?;
    let text = value.text().filter(|text| text.len() <= MAX_EXTERNAL_ID)?;
    let plain = !text.chars().any(is_unseen);
    plain.then(|| text.to_owned())
}

fn not_json(line: u64, text: &str, error: &serde_json::Error) -> Problem {
    let wrong = if text.trim().is_empty() {
        Words::part("the line is empty", "raden är tom")
    } else if text.starts_with('\u{feff}') {
        Words::part(
            "the line begins with a byte order mark",
            "raden börjar med ett byteordningsmärke",
        )
    } else if error.is_eof() {
        Words::part(
            "the line ends in the middle of the object",
            "raden slutar mitt i objektet",
        )
    } else {
        words!(
            "the line is not JSON from column {column}",
            "raden är inte JSON från kolumn {column}",
            column = error.column()
        )
    };
    Problem::of_line(
        line,
        wrong,
        Words::part(
            "one JSON object, whole on its line",
            "ett JSON-objekt, helt på sin rad",
        ),
    )
}

/// The kind of the object; `Ok(None)`: the trailer.
fn kind_of(line: u64, members: &[(String, Json)]) -> Result<Option<Kind>, Bad> {
    let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let right = words!(
        "one of {names}, {trailer}",
        "något av {names}, {trailer}",
        names = verbatim(names.join(", ")),
        trailer = verbatim(TRAILER)
    );
    let problem = |wrong: Words| {
        let mut problem = Problem::of_line(line, wrong, right.clone());
        "kind".clone_into(&mut problem.field);
        problem
    };
    match members.iter().find(|(name, _)| name == "kind") {
        Some((_, Json::Text(name))) if name == TRAILER => Ok(None),
        Some((_, Json::Text(name))) => Kind::named(name).map(Some).ok_or_else(|| {
            let wrong = Words::part(
                "there is no such kind of record",
                "det finns inget sådant slag av post",
            );
            problem(wrong).into()
        }),
        Some((_, other)) => Err(problem(words!(
            "it is {what}",
            "det är {what}",
            what = other.type_name()
        ))
        .into()),
        None => Err(problem(Words::part("the key is missing", "nyckeln saknas")).into()),
    }
}

#[cfg(test)]
mod tests;
