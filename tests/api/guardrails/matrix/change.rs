//! Changes of the register behind the service's back, each with the way back.

use crate::support::App;

/// A change of the register.
pub(super) enum Change {
    /// Columns of some rows of a table that has ids.
    Set {
        table: &'static str,
        /// Column and expression.
        set: Vec<(&'static str, String)>,
        /// The condition on the rows.
        of: String,
    },
    /// A row that is not there, and the statement that takes it away.
    Add { sql: String, undo: String },
}

impl Change {
    pub(super) fn set(table: &'static str, of: &str, set: &[(&'static str, &str)]) -> Self {
        let set = set.iter();
        Self::Set {
            table,
            set: set
                .map(|(column, to)| (*column, (*to).to_owned()))
                .collect(),
            of: of.to_owned(),
        }
    }

    /// Makes the change; the statements that take it back.
    async fn done(&self, app: &App) -> Vec<String> {
        match self {
            Self::Add { sql, undo } => {
                app.set(sql).await;
                vec![undo.clone()]
            }
            Self::Set { table, set, of } => {
                let were: Vec<String> = set
                    .iter()
                    .map(|(column, _)| format!("'{column} = ' || quote({column})"))
                    .collect();
                let were = were.join(" || ', ' || ");
                let undo = app
                    .column(&format!(
                        "SELECT 'UPDATE {table} SET ' || {were} || ' WHERE id = ' || quote(id) \
                         FROM {table} WHERE {of}"
                    ))
                    .await;
                assert!(!undo.is_empty(), "no {table} where {of}");
                let set: Vec<String> = set
                    .iter()
                    .map(|(column, to)| format!("{column} = {to}"))
                    .collect();
                let set = set.join(", ");
                app.set(&format!("UPDATE {table} SET {set} WHERE {of}"))
                    .await;
                undo
            }
        }
    }
}

/// Makes the changes; the statements that take them back.
pub(super) async fn done(app: &App, changes: &[Change]) -> Vec<String> {
    let mut undo = Vec::new();
    for change in changes {
        undo.extend(change.done(app).await);
    }
    undo
}

/// Takes back what was done, the last first.
pub(super) async fn taken_back(app: &App, before: Vec<String>, after: Vec<String>) {
    for sql in after.into_iter().chain(before) {
        app.set(&sql).await;
    }
}
