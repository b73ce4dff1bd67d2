//! SQL with named parameters, written once for both databases.
//!
//! | in the text | becomes |
//! |---|---|
//! | `:name` | the value's placeholder |
//! | `EACH(s, key)` | the texts of the list under `key` of `s.body`, as rows `e(value)` |
//! | `OBJECT('key', value, …)` | an object of JSON |
//! | `LIST(column)` | the values of the rows, as a list of JSON |
//! | `TRUTH(column)` | `true` or `false` of JSON |

use sea_orm::{DbBackend, Statement, Value};

/// A statement that is being written.
#[derive(Debug)]
pub(super) struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(backend: DbBackend, text: &str) -> Self {
        Self {
            backend,
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// The text with every `:name` bound and every word of JSON spelled out.
    pub(super) fn named(backend: DbBackend, text: &str, values: &[(&str, Value)]) -> Self {
        let mut sql = Self::new(backend, "");
        let mut rest = spell_words(backend, text);
        while let Some((before, name, after)) = next_name(&rest) {
            sql.text.push_str(before);
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => sql.bind(value.clone()),
                None => sql.push(":").push(name),
            };
            rest = after.to_owned();
        }
        sql.text.push_str(&rest);
        sql
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends the value's placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        if self.backend == DbBackend::Postgres {
            self.text.push('$');
            self.text.push_str(&self.values.len().to_string());
        } else {
            self.text.push('?');
        }
        self
    }

    /// Appends `(a, b, c)`.
    pub(super) fn tuple(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.push("(");
        let mut first = true;
        for value in values {
            if !first {
                self.push(", ");
            }
            first = false;
            self.bind(value);
        }
        self.push(")")
    }

    /// Appends `(a, b), (c, d)`.
    pub(super) fn tuples(
        &mut self,
        rows: impl IntoIterator<Item = impl IntoIterator<Item = Value>>,
    ) -> &mut Self {
        let mut first = true;
        for row in rows {
            if !first {
                self.push(", ");
            }
            first = false;
            self.tuple(row);
        }
        self
    }

    pub(super) fn done(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

/// The text before the next `:name`, the name, and the text after it; a cast `::` is no name.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(':')?;
        let rest = text.get(at + 1..)?;
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        if length > 0 {
            return Some((text.get(..at)?, rest.get(..length)?, rest.get(length..)?));
        }
        from = at + 1;
    }
}

/// The words above as the database has them.
fn spell_words(backend: DbBackend, text: &str) -> String {
    let postgres = backend == DbBackend::Postgres;
    let text = spell_calls(text, "EACH(", |arguments| {
        let (table, key) = arguments.split_once(", ").unwrap_or((arguments, ""));
        if postgres {
            format!("jsonb_array_elements_text({table}.body -> '{key}') AS e(value)")
        } else {
            format!("json_each({table}.body, '$.{key}') AS e")
        }
    });
    let text = spell_calls(&text, "LIST(", |column| {
        if postgres {
            format!("COALESCE(jsonb_agg({column}), CAST('[]' AS jsonb))")
        } else {
            format!("json_group_array({column})")
        }
    });
    let text = spell_calls(&text, "TRUTH(", |column| {
        if postgres {
            format!("to_jsonb({column})")
        } else {
            format!("json(CASE WHEN {column} THEN 'true' ELSE 'false' END)")
        }
    });
    let object = if postgres {
        "jsonb_build_object("
    } else {
        "json_object("
    };
    text.replace("OBJECT(", object)
}

/// The text with every call of the word, whose arguments hold no brackets, as `spelled` has it.
fn spell_calls(text: &str, word: &str, spelled: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, call)) = rest.split_once(word) {
        let (arguments, after) = call.split_once(')').unwrap_or((call, ""));
        out.push_str(before);
        out.push_str(&spelled(arguments));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_placeholders_of_either_database() {
        let values = [("run", Value::from("r")), ("n", Value::from(2_i64))];
        let text = "a = :run AND b::text < :n OR c = :run, EACH(s, controls)";
        let postgres = Sql::named(DbBackend::Postgres, text, &values).done();
        assert_eq!(
            postgres.sql,
            "a = $1 AND b::text < $2 OR c = $3, \
             jsonb_array_elements_text(s.body -> 'controls') AS e(value)"
        );
        let sqlite = Sql::named(DbBackend::Sqlite, text, &values).done();
        assert!(
            sqlite
                .sql
                .starts_with("a = ? AND b::text < ? OR c = ?, json_each(s.body")
        );
    }
}
