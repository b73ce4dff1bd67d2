//! How large a policy text may be, asked before the policy engine's parser sees it.
//!
//! The parser goes as deep as a text is nested, and for some texts longer than anybody waits: a file of a few
//! kilobytes ends the process or keeps it for minutes. Texts come from folders, from whoever proposes a set, and
//! from the database. No policy that somebody can read comes near these bounds.

use std::collections::BTreeMap;

use super::vocabulary::SCHEMA;
use domain::Words;
use domain::speaks::words;

/// The most bytes of one file.
pub(super) const BYTES: usize = 256 * 1_024;
/// The most files of a set.
pub(super) const FILES: usize = 200;
/// The most statements of one file.
const STATEMENTS: usize = 1_000;
/// The most words and signs of one statement.
const TOKENS: usize = 2_000;
/// How deep brackets, `if` within `if` and signs before signs may go.
const NESTING: usize = 24;

/// How large the schema may be when every type stands written out where its name does.
const EXPANDED: u64 = 50_000;

/// A text as the parser's first step sees it; what is quoted counts as one word without letters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
}

/// What is too large in a text, if anything is.
pub(super) fn exceeded(path: &str, text: &str) -> Option<Words> {
    if text.len() > BYTES {
        return Some(words!(
            "the file has {size} bytes: expected at most {most}",
            "Filen är {size} byte. Den får vara högst {most}.",
            size = text.len(),
            most = BYTES
        ));
    }
    let tokens = tokens(text);
    let mut count = Count {
        is_schema: path == SCHEMA,
        ..Count::default()
    };
    for token in &tokens {
        match token {
            Token::Word(word) => count.word(word),
            Token::Sign(sign) => count.sign(*sign),
        }
        if let Some(what) = count.exceeded() {
            return Some(what);
        }
    }
    (count.is_schema && expanded(&tokens) > EXPANDED).then(|| {
        Words::new(
            "its types name each other so often that they cannot be written out: name each in fewer places",
            "Dess typer anger varandra så ofta att de inte går att skriva ut. Ange dem på färre ställen.",
        )
    })
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                tokens.push(Token::Word(String::new()));
            }
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            c if c.is_whitespace() => {}
            c if is_of_word(c) => {
                let mut word = c.to_string();
                while let Some(c) = chars.next_if(|c| is_of_word(*c)) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
            c => tokens.push(Token::Sign(c)),
        }
    }
    tokens
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many tokens the schema has when each name of a type is replaced by what it stands for.
fn expanded(tokens: &[Token]) -> u64 {
    let statements: Vec<&[Token]> = tokens.split(|token| *token == Token::Sign(';')).collect();
    let mut types: BTreeMap<&str, u64> = statements
        .iter()
        .filter_map(|statement| Some((declared(statement)?, 1)))
        .collect();
    let size = |statement: &[Token], types: &BTreeMap<&str, u64>| {
        let sizes = statement.iter().map(|token| match token {
            Token::Word(word) => types.get(word.as_str()).copied().unwrap_or(1),
            Token::Sign(_) => 1,
        });
        sizes.fold(0_u64, u64::saturating_add)
    };
    // Each pass writes one more level out; what goes deeper than anything may grows on.
    for _ in 0..=NESTING {
        let next = statements.iter().filter_map(|statement| {
            let name = declared(statement)?;
            // A name does not stand for itself where it is declared.
            Some((
                name,
                size(statement, &types).saturating_sub(types.get(name)?.saturating_sub(1)),
            ))
        });
        types = next.collect();
    }
    let sizes = statements.iter().map(|statement| size(statement, &types));
    sizes.fold(0_u64, u64::saturating_add)
}

/// The name of the type that a statement declares.
fn declared(statement: &[Token]) -> Option<&str> {
    statement.windows(3).find_map(|three| match three {
        [Token::Word(keyword), Token::Word(name), Token::Sign('=')] if keyword == "type" => {
            Some(name.as_str())
        }
        _ => None,
    })
}

#[derive(Default)]
struct Count {
    is_schema: bool,
    statements: usize,
    tokens: usize,
    brackets: usize,
    ifs: usize,
    /// Signs that can stand before an expression, one after the other.
    signs: usize,
}

impl Count {
    fn word(&mut self, word: &str) {
        self.tokens += 1;
        self.signs = 0;
        if word == "if" {
            self.ifs += 1;
        }
    }

    fn sign(&mut self, sign: char) {
        self.tokens += 1;
        match sign {
            '!' | '-' => self.signs += 1,
            '(' | '[' | '{' => self.brackets += 1,
            ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
            '<' if self.is_schema => self.brackets += 1,
            '>' if self.is_schema => self.brackets = self.brackets.saturating_sub(1),
            ';' => {
                self.statements += 1;
                self.tokens = 0;
                self.ifs = 0;
                self.brackets = if self.is_schema { self.brackets } else { 0 };
            }
            _ => {}
        }
        if !matches!(sign, '!' | '-') {
            self.signs = 0;
        }
    }

    fn exceeded(&self) -> Option<Words> {
        let what = if self.brackets.max(self.ifs).max(self.signs) > NESTING {
            words!(
                "it is nested deeper than {most}",
                "Den är nästlad djupare än {most}.",
                most = NESTING
            )
        } else if self.tokens > TOKENS {
            words!(
                "one of its statements has more than {most} words and signs",
                "En av dess satser har fler än {most} ord och tecken.",
                most = TOKENS
            )
        } else if self.statements > STATEMENTS {
            words!(
                "it has more than {most} statements",
                "Den har fler än {most} satser.",
                most = STATEMENTS
            )
        } else {
            return None;
        };
        Some(words!(
            "{what}: write it in several, simpler statements",
            "{what} Skriv den i flera, enklare satser.",
            what
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(condition: &str) -> String {
        format!("permit (principal, action, resource) when {{ {condition} }};")
    }

    #[test]
    fn what_this_program_was_built_with_is_far_within() {
        let (_, schema) = super::super::embedded::EMBEDDED
            .iter()
            .find(|(path, _)| *path == SCHEMA)
            .unwrap();
        assert!(expanded(&tokens(schema)) < EXPANDED / 5);
    }

    #[test]
    fn what_goes_deep_or_long_is_refused_and_what_is_written_is_not() {
        let deep = |open: &str, close: &str, n: usize| {
            policy(&format!("{}true{}", open.repeat(n), close.repeat(n)))
        };
        for text in [
            deep("(", ")", 30),
            deep("[", "]", 30),
            deep("{a: ", "}", 30),
            deep("!", "", 30),
            deep("- ", "", 30),
            deep("if true then true else ", "", 30),
            policy(&vec!["true"; 2_000].join(" && ")),
            policy(&format!("principal{}", ".a".repeat(2_000))),
            "permit (principal, action, resource);".repeat(1_001),
            " ".repeat(BYTES + 1),
        ] {
            assert!(exceeded("a.cedar", &text).is_some(), "{text:.80}");
        }
        for text in [
            deep("(", ")", 20),
            policy(&vec!["!(true)"; 200].join(" && ")),
            policy(&format!("principal.name == \"{}\"", "(".repeat(1_000))),
            format!("// {}\n{}", "(".repeat(1_000), policy("true")),
        ] {
            assert_eq!(exceeded("a.cedar", &text), None, "{text:.80}");
        }
        let sets = format!(
            "entity A {{ a: {}Long{} }};",
            "Set<".repeat(30),
            ">".repeat(30)
        );
        assert!(exceeded(SCHEMA, &sets).is_some());
        let doubling: Vec<String> = (1..30)
            .map(|n| format!("type T{n} = {{ a: T{0}, b: T{0} }};", n - 1))
            .collect();
        let doubling = format!("type T0 = {{ a: Long }};\n{}", doubling.join("\n"));
        assert!(exceeded(SCHEMA, &doubling).is_some());
        let wide = |n: u32| {
            let fields: Vec<String> = (0..60).map(|field| format!("f{field}: T{n}")).collect();
            format!("type T{} = {{ {} }};", n + 1, fields.join(", "))
        };
        let wide = format!(
            "type T0 = {{ a: Long }};\n{}{}{}",
            wide(0),
            wide(1),
            wide(2)
        );
        assert!(exceeded(SCHEMA, &wide).is_some());
    }
}
