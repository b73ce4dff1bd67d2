//! What of a document does not fit the schema, in sentences of ours.
//!
//! Apart from the reading because the library that finds it speaks English and repeats what was written. Of what it
//! says only the *kind* of the finding is taken, and its place; what is named besides is the schema's. The library
//! names kinds for its own tests and may rename one: that finding then has the general sentence until it is given
//! one here, and `what_does_not_fit_is_said_in_both_languages` notices.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Type};
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::validation::DiagnosticData;

use crate::errors::ErrorCode;
use domain::Words;
use domain::speaks::{joined, verbatim, words};

/// What is said of a finding.
pub(super) fn said(
    found: &Diagnostic<'_, DiagnosticData>,
    span: Option<SourceSpan>,
    document: &ExecutableDocument,
) -> Words {
    let kind = found.error.unstable_error_name().unwrap_or_default();
    let around = span.and_then(|span| Around::of(document, span.offset()));
    around
        .and_then(|around| of_the_schema(kind, &around))
        .or_else(|| of_selections(kind))
        .or_else(|| of_values(kind))
        .or_else(|| of_variables(kind))
        .or_else(|| of_fragments(kind))
        .or_else(|| of_operations(kind))
        .unwrap_or_else(|| ErrorCode::GraphqlValidationFailed.words())
}

/// What the schema has where something was found.
struct Around<'a> {
    /// The type of which fields are selected there.
    selected: &'a str,
    /// The innermost field, and the type that has it.
    field: Option<(&'a str, &'a Node<Field>)>,
    at: usize,
}

impl<'a> Around<'a> {
    fn of(document: &'a ExecutableDocument, at: usize) -> Option<Self> {
        let operations = document.operations.iter();
        let operations = operations.map(|found| (found.location(), &found.selection_set));
        let fragments = document.fragments.values();
        let fragments = fragments.map(|found| (found.location(), &found.selection_set));
        let mut all = operations.chain(fragments);
        let (_, set) = all.find(|(span, _)| holds(*span, at))?;
        Some(Self::within(set, at, None))
    }

    fn within(set: &'a SelectionSet, at: usize, field: Option<(&'a str, &'a Node<Field>)>) -> Self {
        let selected = set.ty.as_str();
        for selection in &set.selections {
            match selection {
                Selection::Field(inner) if holds(inner.location(), at) => {
                    return Self::within(&inner.selection_set, at, Some((selected, inner)));
                }
                Selection::InlineFragment(inner) if holds(inner.location(), at) => {
                    return Self::within(&inner.selection_set, at, field);
                }
                Selection::Field(_)
                | Selection::InlineFragment(_)
                | Selection::FragmentSpread(_) => {}
            }
        }
        Self {
            selected,
            field,
            at,
        }
    }

    /// The field as the schema names it.
    fn coordinate(&self) -> Option<Words> {
        let (of, field) = self.field?;
        Some(verbatim(format_args!("{of}.{}", field.name)))
    }

    /// The argument of the field that stands there.
    fn argument(&self) -> Option<&'a Node<Argument>> {
        let (_, field) = self.field?;
        let mut arguments = field.arguments.iter();
        arguments.find(|argument| holds(argument.location(), self.at))
    }

    /// The type of the argument that stands there.
    fn wanted(&self) -> Option<&'a Type> {
        let (_, field) = self.field?;
        let name = &self.argument()?.name;
        let mut known = field.definition.arguments.iter();
        let known = known.find(|known| known.name == *name);
        known.map(|known| &*known.ty)
    }

    /// The arguments that the field demands and does not have.
    fn missing(&self) -> Vec<Words> {
        let Some((_, field)) = self.field else {
            return Vec::new();
        };
        let given = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
        let known = field.definition.arguments.iter();
        let missing = known.filter(|known| known.is_required() && !given(&known.name));
        missing
            .map(|known| verbatim(format_args!("`{}`", known.name)))
            .collect()
    }
}

fn holds(span: Option<SourceSpan>, at: usize) -> bool {
    span.is_some_and(|span| (span.offset()..span.end_offset()).contains(&at))
}

/// What can be told better by what the schema has there.
fn of_the_schema(kind: &str, around: &Around<'_>) -> Option<Words> {
    match kind {
        "UndefinedField" => Some(words!(
            "the type `{of}` has no field of this name: look at how it is spelled",
            "Typen `{of}` har inget fält med det namnet. Se efter hur det stavas.",
            of = verbatim(around.selected)
        )),
        "UndefinedArgument" => {
            let _of_the_field = around.argument()?;
            Some(words!(
                "the field `{field}` takes no argument of this name: look at how it is spelled",
                "Fältet `{field}` tar inget argument med det namnet. Se efter hur det stavas.",
                field = around.coordinate()?
            ))
        }
        "RequiredArgument" => {
            let missing = around.missing();
            (!missing.is_empty()).then_some(())?;
            Some(words!(
                "the field `{field}` needs {missing} too",
                "Fältet `{field}` behöver också {missing}.",
                field = around.coordinate()?,
                missing = joined(missing, ", ")
            ))
        }
        "DisallowedVariableUsage" => Some(words!(
            "the variable is not of the type that is taken here: declare it as `{wanted}`",
            "Variabeln har inte den typ som tas emot här. Deklarera den som `{wanted}`.",
            wanted = verbatim(around.wanted().filter(|_| {
                around
                    .argument()
                    .is_some_and(|argument| argument.value.as_variable().is_some())
            })?)
        )),
        "MissingSubselection" => Some(words!(
            "the field `{field}` is an object: say in braces which of its fields you want",
            "Fältet `{field}` är ett objekt. Ange inom klammer vilka av dess fält du vill ha.",
            field = around.coordinate()?
        )),
        _ => None,
    }
}

fn of_selections(kind: &str) -> Option<Words> {
    Some(match kind {
        "UndefinedField" => Words::new(
            "there is no field of this name: look at how it is spelled",
            "Det finns inget fält med det namnet. Se efter hur det stavas.",
        ),
        "UndefinedArgument" => Words::new(
            "there is no argument of this name: look at how it is spelled",
            "Det finns inget argument med det namnet. Se efter hur det stavas.",
        ),
        "RequiredArgument" => Words::new(
            "an argument is missing that is needed here",
            "Det saknas ett argument som behövs här.",
        ),
        "UniqueArgument" => Words::new(
            "an argument stands twice: leave one out",
            "Ett argument står två gånger. Ta bort det ena.",
        ),
        "MissingSubselection" => Words::new(
            "this is an object: say in braces which of its fields you want",
            "Det här är ett objekt. Ange inom klammer vilka av dess fält du vill ha.",
        ),
        "SubselectionOnScalarType" | "SubselectionOnEnumType" => Words::new(
            "the field is a single value and has no fields: leave the braces out",
            "Fältet är ett enda värde och har inga fält. Ta bort klamrarna.",
        ),
        "ConflictingFieldName" | "ConflictingFieldArgument" | "ConflictingFieldType" => Words::new(
            "two different things would have the same name in the answer: give one of them an alias",
            "Två olika saker skulle få samma namn i svaret. Ge den ena ett alias.",
        ),
        "UndefinedDefinition"
        | "UndefinedTypeInNamedFragmentTypeCondition"
        | "UndefinedTypeInInlineFragmentTypeCondition" => Words::new(
            "the schema has no type of this name: look at how it is spelled",
            "Schemat har ingen typ med det namnet. Se efter hur det stavas.",
        ),
        "UndefinedDirective" => Words::new(
            "the schema has no directive of this name: expected `@include` or `@skip`",
            "Schemat har inget direktiv med det namnet. Använd `@include` eller `@skip`.",
        ),
        "UnsupportedLocation" => Words::new(
            "the directive may not stand here: move it to a field or a fragment, or leave it out",
            "Direktivet får inte stå här. Flytta det till ett fält eller ett fragment, eller ta bort det.",
        ),
        "UniqueDirective" => Words::new(
            "the directive stands twice in the same place: leave one out",
            "Direktivet står två gånger på samma ställe. Ta bort det ena.",
        ),
        _ => return None,
    })
}

fn of_values(kind: &str) -> Option<Words> {
    Some(match kind {
        "UnsupportedValueType"
        | "IntCoercionError"
        | "FloatCoercionError"
        | "UndefinedEnumValue" => Words::new(
            "the value is not of the type that is taken here: look in the schema which it is",
            "Värdet har inte den typ som tas emot här. Se efter i schemat vilken det är.",
        ),
        "UndefinedInputValue" => Words::new(
            "the input object has no field of this name: look at how it is spelled",
            "Indataobjektet har inget fält med det namnet. Se efter hur det stavas.",
        ),
        "RequiredField" => Words::new(
            "the input object lacks a field that it needs: look in the schema which they are",
            "Indataobjektet saknar ett fält som det behöver. Se efter i schemat vilka de är.",
        ),
        "UniqueInputValue" => Words::new(
            "a field of the input object stands twice: leave one out",
            "Ett fält i indataobjektet står två gånger. Ta bort det ena.",
        ),
        _ => return None,
    })
}

fn of_variables(kind: &str) -> Option<Words> {
    Some(match kind {
        "DisallowedVariableUsage" => Words::new(
            "the variable is not of the type that is taken here: declare it as the schema has it",
            "Variabeln har inte den typ som tas emot här. Deklarera den som i schemat.",
        ),
        "VariableInputType" => Words::new(
            "a variable has to be a scalar, an enum or an input object",
            "En variabel ska vara en skalär, en uppräkning eller ett indataobjekt.",
        ),
        "UnusedVariable" => Words::new(
            "the variable is never used: use it or leave it out",
            "Variabeln används aldrig. Använd den eller ta bort den.",
        ),
        "UndefinedVariable" => Words::new(
            "the operation does not declare this variable: declare it behind the operation's name",
            "Åtgärden deklarerar inte variabeln. Deklarera den efter åtgärdens namn.",
        ),
        "UniqueVariable" => Words::new(
            "the variable is declared twice: leave one out",
            "Variabeln deklareras två gånger. Ta bort den ena.",
        ),
        _ => return None,
    })
}

fn of_fragments(kind: &str) -> Option<Words> {
    Some(match kind {
        "UnusedFragment" => Words::new(
            "the fragment is never spread: spread it or leave it out",
            "Fragmentet används aldrig. Använd det eller ta bort det.",
        ),
        "UndefinedFragment" => Words::new(
            "the document has no fragment of this name: look at how it is spelled",
            "Dokumentet har inget fragment med det namnet. Se efter hur det stavas.",
        ),
        "FragmentNameCollision" => Words::new(
            "two fragments have the same name: give one of them another",
            "Två fragment har samma namn. Ge det ena ett annat.",
        ),
        "InvalidFragmentTarget" => Words::new(
            "a fragment is on an object, an interface or a union: this type has no fields",
            "Ett fragment gäller ett objekt, ett gränssnitt eller en union. Den här typen har inga fält.",
        ),
        "InvalidFragmentSpread" => Words::new(
            "nothing here can be of the fragment's type: leave the fragment out, or give it another type",
            "Inget här kan ha fragmentets typ. Ta bort fragmentet, eller ge det en annan typ.",
        ),
        _ => return None,
    })
}

fn of_operations(kind: &str) -> Option<Words> {
    Some(match kind {
        "OperationNameCollision" => Words::new(
            "two operations have the same name: give one of them another",
            "Två åtgärder har samma namn. Ge den ena ett annat.",
        ),
        "AmbiguousAnonymousOperation" => Words::new(
            "an operation without a name stands beside another: give each a name",
            "En åtgärd utan namn står bredvid en annan. Ge var och en ett namn.",
        ),
        "TypeSystemDefinition" => Words::new(
            "a definition of the schema is nothing to execute: leave it out",
            "En definition av schemat går inte att utföra. Ta bort den.",
        ),
        _ => return None,
    })
}
