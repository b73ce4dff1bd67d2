//! The rows: whom each guardrail stops, and the one thing that makes it do so.

mod governed;
mod own;

use serde_json::Value;

use super::change::Change;
use crate::guardrails::said::{administering, reading, weak};
use crate::support::{App, Region};

pub(super) use own::orders;

/// Somebody who asks for something twice, with one thing between.
pub(super) struct Row {
    pub(super) guardrail: &'static str,
    pub(super) who: &'static str,
    pub(super) asks: &'static str,
    /// What has to be so for that.
    pub(super) before: Vec<Change>,
    /// The question that is allowed; `None`: the guardrail refuses whatever is asked.
    pub(super) usual: Option<Value>,
    pub(super) when: String,
    /// The question that the guardrail refuses, once the changes are made.
    pub(super) question: Value,
    pub(super) changes: Vec<Change>,
}

/// A machine that makes a grant, and another.
pub(super) struct Order {
    pub(super) guardrail: &'static str,
    pub(super) who: &'static str,
    pub(super) asks: &'static str,
    /// What has to be so for the first.
    pub(super) before: Vec<Change>,
    pub(super) usual: Value,
    pub(super) when: String,
    pub(super) changes: Vec<Change>,
    pub(super) refused: Value,
}

/// Somebody with something to ask for, which is allowed.
struct Asker {
    who: &'static str,
    asks: &'static str,
    question: Value,
}

impl Asker {
    fn row(&self, guardrail: &'static str, when: &str, question: Value) -> Row {
        Row {
            guardrail,
            who: self.who,
            asks: self.asks,
            before: Vec::new(),
            usual: Some(self.question.clone()),
            when: when.to_owned(),
            question,
            changes: Vec::new(),
        }
    }

    /// The same question after another sign-in.
    fn weakly(&self, guardrail: &'static str, when: &str) -> Row {
        let when = format!("{when}signed in at level 2");
        self.row(guardrail, &when, weak(self.question.clone(), 2))
    }

    /// The same question in another register.
    fn after(&self, guardrail: &'static str, when: &str, changes: Vec<Change>) -> Row {
        Row {
            changes,
            ..self.row(guardrail, when, self.question.clone())
        }
    }
}

/// Everybody who is in more than one row.
struct Cast {
    clinician: Asker,
    administrator: Asker,
    root: String,
}

fn root(region: &Region) -> String {
    let mut organisations = region.of("organisation");
    let root = organisations.find(|organisation| organisation["type"] == "region");
    let root = &root.expect("a region")["externalId"];
    root.as_str().expect("an id").to_owned()
}

pub(super) async fn rows(app: &App) -> Vec<Row> {
    let cast = Cast {
        clinician: Asker {
            who: "clinician",
            asks: "record:read in Cosmic, in the own unit",
            question: reading(app),
        },
        administrator: Asker {
            who: "administrator of a segment",
            asks: "server:administer a server there",
            question: administering(app),
        },
        root: root(app.region()),
    };
    let mut rows = governed::sign_ins(app, &cast);
    rows.extend(governed::relying(app, &cast));
    rows.extend(governed::records(app, &cast));
    rows.extend(governed::servers(app, &cast));
    rows.extend(own::overseeing(app, &cast));
    rows.extend(own::managing(app).await);
    rows.extend(own::provisioning(app).await);
    rows
}

/// The engagements of a person.
fn engagements(hsa_id: &str) -> String {
    format!("person_id = {}", person(hsa_id))
}

fn person(hsa_id: &str) -> String {
    format!("(SELECT id FROM person WHERE hsa_id = '{hsa_id}')")
}
