//! Each guardrail on somebody of the region: a table to review, beside the access matrix.
//!
//! The table is `tests/api/guardrail_matrix.txt`, written anew with `BEHORIG_TEST_REWRITE=1`. To add a
//! guardrail: a row in `rows`, of whoever it stops, with the one thing that makes it do so. A change of the
//! register is taken back after its row, so every row begins with the region as it is.

mod change;
mod rows;

use std::collections::BTreeSet;

use domain::verdict::Stage;
use policy::{GuardrailInfo, PolicySet};
use serde_json::Value;
use test_support::{Backend, block_on};

use super::said::{created, enforce, staged};
use crate::support::{App, ask, checked_in};
use change::{done, taken_back};
use rows::{Order, Row};

const LEGEND: &str = "\
Whom each guardrail stops in the region of the tests, and by what.

✔  allowed     ✘  refused, and by which policies     -  nothing of the kind is ever allowed
One that is written as an observation is asked twice: as it is written, and enforced.

";

/// The cells of a line, or what they say where they do not show what the guardrail does.
type Line = Result<[String; 6], String>;

const HEAD: [&str; 6] = ["guardrail", "who", "asks for", "otherwise", "when", "then"];

/// What an answer says: a mark, and the policies behind a denial or what would be one.
struct Told {
    allowed: bool,
    text: String,
    named: BTreeSet<String>,
}

fn ids(reasons: &Value) -> BTreeSet<String> {
    let reasons = reasons.as_array().expect("a list").iter();
    reasons
        .map(|reason| reason["policyId"].as_str().expect("an id").to_owned())
        .collect()
}

fn joined(ids: &BTreeSet<String>) -> String {
    ids.iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

impl Told {
    fn of(decision: &Value) -> Self {
        let allowed = decision["outcome"] == "ALLOW";
        let (reasons, would_refuse) = (ids(&decision["reasons"]), ids(&decision["wouldRefuse"]));
        let grants = decision["discountedGrants"].as_array().expect("a list");
        let discounting = grants.iter().flat_map(|grant| ids(&grant["reasons"]));
        let discounting: BTreeSet<String> = discounting.collect();
        let mut text = if allowed {
            "✔".to_owned()
        } else {
            format!("✘ {}", joined(&reasons))
        };
        if !allowed && !discounting.is_empty() {
            text.push_str(&format!("; grant discounted by {}", joined(&discounting)));
        }
        if !would_refuse.is_empty() {
            text.push_str(&format!(" (would be ✘ {})", joined(&would_refuse)));
        }
        let refusing = if allowed { would_refuse } else { reasons };
        Self {
            allowed,
            text,
            named: refusing.into_iter().chain(discounting).collect(),
        }
    }
}

async fn told(app: &App, question: &Value) -> Told {
    let answer = ask(&app.service("server-login"), question.clone()).await;
    Told::of(answer.decision())
}

impl Row {
    /// The lines of the table: one, or two for what is written as an observation.
    async fn lines(&self, app: &App, stage: Stage) -> Vec<Line> {
        let before = done(app, &self.before).await;
        let usual = match &self.usual {
            None => None,
            Some(question) => Some(told(app, question).await),
        };
        let undo = done(app, &self.changes).await;
        let then = told(app, &self.question).await;
        let mut lines = vec![self.line(usual.as_ref(), &self.when, &then, stage)];
        if stage != Stage::Enforce {
            enforce(app, self.guardrail).await;
            let when = format!("{}; enforced", self.when);
            let then = told(app, &self.question).await;
            lines.push(self.line(usual.as_ref(), &when, &then, Stage::Enforce));
            let policy = self.guardrail;
            app.set(&staged(policy, stage)).await;
        }
        taken_back(app, before, undo).await;
        lines
    }

    /// A line, if it shows what the guardrail does.
    fn line(&self, usual: Option<&Told>, when: &str, then: &Told, stage: Stage) -> Line {
        let usually = usual.map_or("-", |usual| &usual.text);
        let cells = [
            self.guardrail,
            self.who,
            self.asks,
            usually,
            when,
            &then.text,
        ];
        let cells = cells.map(str::to_owned);
        let shown = then.named.contains(self.guardrail)
            && then.allowed == (stage != Stage::Enforce)
            && usual.is_none_or(|usual| usual.allowed && !usual.named.contains(self.guardrail));
        if shown {
            Ok(cells)
        } else {
            Err(cells.join(" | "))
        }
    }
}

impl Order {
    /// The line of a grant that is made, and of one that is not.
    async fn line(&self, app: &App, stage: Stage) -> [String; 6] {
        let before = done(app, &self.before).await;
        let maker = app.service(self.who);
        created(&maker, &self.usual).await.allowed();
        let undo = done(app, &self.changes).await;
        if stage != Stage::Enforce {
            enforce(app, self.guardrail).await;
        }
        let refused = created(&maker, &self.refused).await;
        refused.refused_by(self.guardrail);
        taken_back(app, before, undo).await;
        let policy = self.guardrail;
        app.set(&staged(policy, stage)).await;
        let then = format!("✘ {}", refused.policies().join(", "));
        let usual = "✔".to_owned();
        let [guardrail, who, asks] = [self.guardrail, self.who, self.asks].map(str::to_owned);
        let when = match stage {
            Stage::Enforce => self.when.clone(),
            Stage::Observe | Stage::Warn => format!("{}; enforced", self.when),
        };
        [guardrail, who, asks, usual, when, then]
    }
}

/// Aligned, each column as wide as its widest cell but for the last.
fn table(lines: &[[String; 6]]) -> String {
    let head = HEAD.map(str::to_owned);
    let all = || std::iter::once(&head).chain(lines);
    let widest = |column: usize| {
        let widths = all().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let mut text = LEGEND.to_owned();
    for line in all() {
        for (column, cell) in line.iter().enumerate().take(HEAD.len() - 1) {
            let padding = widest(column) - cell.chars().count();
            text.push_str(&format!("{cell}{}  ", " ".repeat(padding)));
        }
        text.push_str(&line[HEAD.len() - 1]);
        text.push('\n');
    }
    text
}

#[test]
fn every_guardrail_stops_whom_the_table_says() {
    block_on(async {
        let set = PolicySet::embedded().expect("policies");
        let guardrails: Vec<GuardrailInfo> = set.guardrails().collect();
        let app = App::start(Backend::Sqlite);
        let (rows, orders) = (rows::rows(&app).await, rows::orders(&app));
        let mut lines = Vec::new();
        let mut wrong = Vec::new();
        for row in &rows {
            let info = guardrails.iter().find(|info| info.id == row.guardrail);
            for line in row.lines(&app, info.expect(row.guardrail).stage).await {
                match line {
                    Ok(line) => lines.push(line),
                    Err(line) => wrong.push(line),
                }
            }
        }
        assert!(wrong.is_empty(), "not shown by:\n{}", wrong.join("\n"));
        // The last ones: the grants that are made stay.
        for order in orders {
            let info = guardrails.iter().find(|info| info.id == order.guardrail);
            let stage = info.expect(order.guardrail).stage;
            lines.push(order.line(&app, stage).await);
        }
        lines.sort();
        let shown: BTreeSet<&str> = lines.iter().map(|line| line[0].as_str()).collect();
        let unshown: Vec<&str> = guardrails
            .iter()
            .map(|info| info.id.as_str())
            .filter(|id| !shown.contains(id))
            .collect();
        assert!(unshown.is_empty(), "no row of {unshown:?}");
        checked_in("tests/api/guardrail_matrix.txt", &table(&lines));
    });
}
