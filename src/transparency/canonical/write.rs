//! The spelling of RFC 8785.

use std::fmt::Write;

use super::{Form, Value};

impl Value {
    pub(crate) fn write(&self, out: &mut String) {
        match &self.0 {
            Form::Bool(value) => write_bool(*value, out),
            Form::Integer(number) => write_integer(*number, out),
            Form::Text(text) => write_text(text, out),
            Form::Spelled(spelled) => out.push_str(spelled.as_str()),
            Form::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Form::Object(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }
}

pub(super) fn write_bool(value: bool, out: &mut String) {
    out.push_str(if value { "true" } else { "false" });
}

pub(super) fn write_integer(number: i64, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{number}");
}

pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = tail.chars();
        if let Some(letter) = letters.next() {
            write_escape(letter, out);
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn write_escape(letter: char, out: &mut String) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        control => {
            let _ = write!(out, "\\u{:04x}", u32::from(control));
        }
    }
}
