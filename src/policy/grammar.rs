//! The forms in which a policy for a list may speak of `resource`, and what each becomes as a filter.
//!
//! At load every policy that concerns a list is held against them: what does not mention `resource` is
//! free, the rest must be one of the forms, or the list could not be answered by a condition on rows.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's syntax tree may grow, and what is not known here is refused"
)]

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, Policy as Tree, UnaryOp, Var};
use cedar_policy::{Effect, Entities, Policy, ResourceConstraint};

use super::concerns::concerns;
use super::filter::{Attribute, Filter};
use domain::Named;
use domain::Words;
use domain::action::ListKind;
use domain::id::EntityRef;
use domain::speaks::{verbatim, words};

/// The attributes of a sign-in; what asks for them must say what sign-in would do.
const SIGN_IN: [&str; 4] = ["level", "multiFactor", "signedInAt", "freshSeconds"];

/// What is wrong with a policy's form.
pub(super) fn check(policy: &Policy, actions: &Entities) -> Vec<Words> {
    let mut wrong = Vec::new();
    let Ok(tree) = policy.to_pst() else {
        return vec![Words::new(
            "the policy has no syntax tree",
            "Regeln har inget syntaxträd.",
        )];
    };
    let about_sign_in = conditions(&tree).any(|expr| mentions(expr, &is_sign_in));
    if about_sign_in != policy.annotation("step_up").is_some() {
        let rule = if about_sign_in {
            Words::new(
                "a policy that asks about the sign-in is a forbid with `@step_up`",
                "En regel som frågar om inloggningen är ett `forbid` med `@step_up`.",
            )
        } else {
            Words::new(
                "`@step_up` belongs on a policy that asks about the sign-in",
                "`@step_up` hör hemma på en regel som frågar om inloggningen.",
            )
        };
        wrong.push(rule);
    }
    let about_emergency = conditions(&tree).any(|expr| mentions(expr, &is_emergency));
    let forbids = policy.effect() == Effect::Forbid;
    if forbids && about_emergency != policy.annotation("overridable").is_some() {
        let rule = if about_emergency {
            Words::new(
                "a forbid that asks about the emergency is `@overridable(\"emergency\")`",
                "Ett `forbid` som frågar om nödsituationen är `@overridable(\"emergency\")`.",
            )
        } else {
            Words::new(
                "`@overridable(\"emergency\")` belongs on a forbid that asks about the emergency",
                "`@overridable(\"emergency\")` hör hemma på ett `forbid` som frågar om nödsituationen.",
            )
        };
        wrong.push(rule);
    }
    let lists = ListKind::ALL.iter();
    if !lists
        .clone()
        .any(|kind| concerns(policy, kind.permission().action(), actions))
    {
        return wrong;
    }
    if matches!(policy.resource_constraint(), ResourceConstraint::Eq(_)) {
        wrong.push(Words::new(
            "a policy for a list cannot name one resource",
            "En regel för en lista kan inte ange en enda resurs.",
        ));
    }
    wrong.extend(conditions(&tree).filter_map(misfit).map(|part| {
        words!(
            "`{part}` cannot be asked of a list: no filter has that form",
            "`{part}` går inte att fråga en lista om. Inget filter har den formen.",
            part = verbatim(part)
        )
    }));
    wrong
}

/// The conditions of a policy, each with whether it must hold (`when`) or not (`unless`).
pub(super) fn clauses(tree: &Tree) -> impl Iterator<Item = (bool, &Expr)> {
    tree.body().clauses().iter().map(|clause| match clause {
        Clause::When(expr) => (true, &**expr),
        Clause::Unless(expr) => (false, &**expr),
    })
}

fn conditions(tree: &Tree) -> impl Iterator<Item = &Expr> {
    clauses(tree).map(|(_, expr)| expr)
}

/// The first part that no filter can express.
fn misfit(expr: &Expr) -> Option<String> {
    if !mentions(expr, &is_resource) {
        return None;
    }
    match expr {
        Expr::UnaryOp {
            op: UnaryOp::Not,
            expr,
        } => misfit(expr),
        Expr::BinaryOp {
            op: BinaryOp::And | BinaryOp::Or,
            left,
            right,
        } => misfit(left).or_else(|| misfit(right)),
        Expr::IfThenElse {
            cond,
            then_expr,
            else_expr,
        } => [cond, then_expr, else_expr]
            .into_iter()
            .find_map(|part| misfit(part)),
        Expr::Is {
            expr,
            in_expr: None,
            ..
        } if is_resource(expr) => None,
        other => form(other).is_none().then(|| other.to_string()),
    }
}

/// A form of question about a row, with what it is held against.
pub(super) enum Form<'a> {
    In(&'a Expr),
    Among(Attribute, &'a Expr),
    NotAmong(Attribute, &'a Expr),
    Has(Attribute),
    Flag(Attribute),
}

/// The form of an expression that mentions the resource.
pub(super) fn form(expr: &Expr) -> Option<Form<'_>> {
    match expr {
        Expr::HasAttr { expr, attrs } if is_resource(expr) && attrs.len() == 1 => {
            Attribute::named(attrs.first()).map(Form::Has)
        }
        Expr::GetAttr { .. } => attribute(expr)
            .filter(|attribute| attribute.is_set().is_none())
            .map(Form::Flag),
        Expr::BinaryOp { op, left, right } => binary(*op, left, right),
        _ => None,
    }
}

fn binary<'a>(op: BinaryOp, left: &'a Expr, right: &'a Expr) -> Option<Form<'a>> {
    let free = |expr: &Expr| !mentions(expr, &is_resource);
    let of = |own: &Expr, other: &'a Expr, many: bool| {
        let known = attribute(own).filter(|attribute| attribute.is_set() == Some(many));
        known.filter(|_| free(other)).map(|known| (known, other))
    };
    let either = |many| of(left, right, many).or_else(|| of(right, left, many));
    match op {
        BinaryOp::In if is_resource(left) && free(right) => Some(Form::In(right)),
        BinaryOp::Eq => either(false).map(|(own, other)| Form::Among(own, other)),
        BinaryOp::NotEq => either(false).map(|(own, other)| Form::NotAmong(own, other)),
        BinaryOp::Contains => of(left, right, true)
            .or_else(|| of(right, left, false))
            .map(|(own, other)| Form::Among(own, other)),
        BinaryOp::ContainsAny => either(true).map(|(own, other)| Form::Among(own, other)),
        _ => None,
    }
}

fn attribute(expr: &Expr) -> Option<Attribute> {
    match expr {
        Expr::GetAttr { expr, attr } if is_resource(expr) => Attribute::named(attr),
        _ => None,
    }
}

/// The filter that a residual of the forms above comes to; `None` where it has another form.
pub(super) fn translate(expr: &Expr) -> Option<Filter> {
    match expr {
        Expr::Literal(Literal::Bool(true)) => Some(Filter::All),
        Expr::Literal(Literal::Bool(false)) => Some(Filter::None),
        Expr::UnaryOp {
            op: UnaryOp::Not,
            expr,
        } => translate(expr).map(Filter::negated),
        Expr::BinaryOp {
            op: BinaryOp::And,
            left,
            right,
        } => Some(translate(left)?.and(translate(right)?)),
        Expr::BinaryOp {
            op: BinaryOp::Or,
            left,
            right,
        } => Some(translate(left)?.or(translate(right)?)),
        Expr::IfThenElse {
            cond,
            then_expr,
            else_expr,
        } => {
            let cond = translate(cond)?;
            let then = cond.clone().and(translate(then_expr)?);
            Some(then.or(cond.negated().and(translate(else_expr)?)))
        }
        other => Some(match form(other)? {
            Form::In(places) => Filter::in_any(ids(places)?),
            Form::Among(attribute, of) => among(attribute, ids(of)?),
            Form::NotAmong(attribute, of) => among(attribute, ids(of)?).negated(),
            Form::Has(attribute) => Filter::Has(attribute),
            Form::Flag(attribute) => Filter::Flag(attribute),
        }),
    }
}

fn among(attribute: Attribute, of: Vec<EntityRef>) -> Filter {
    if of.is_empty() {
        return Filter::None;
    }
    Filter::AttributeInAny { attribute, of }
}

/// The ids that a literal or a set of literals holds.
fn ids(expr: &Expr) -> Option<Vec<EntityRef>> {
    match expr {
        Expr::Literal(Literal::EntityUID(uid)) => uid.eid.parse().ok().map(|id| vec![id]),
        Expr::Set(items) => {
            let mut all = Vec::with_capacity(items.len());
            for item in items {
                all.extend(ids(item)?);
            }
            all.sort();
            Some(all)
        }
        _ => None,
    }
}

fn is_resource(expr: &Expr) -> bool {
    matches!(expr, Expr::Var(Var::Resource))
}

fn is_sign_in(expr: &Expr) -> bool {
    asks_context(expr, &|attribute| SIGN_IN.contains(&attribute))
}

fn is_emergency(expr: &Expr) -> bool {
    asks_context(expr, &|attribute| attribute == "emergency")
}

fn asks_context(expr: &Expr, attribute: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::GetAttr { expr, attr } => {
            matches!(**expr, Expr::Var(Var::Context)) && attribute(attr.as_str())
        }
        _ => false,
    }
}

/// Whether some part of the expression is `what`; a form not known here counts as if it were.
fn mentions(expr: &Expr, what: &dyn Fn(&Expr) -> bool) -> bool {
    what(expr)
        || match expr {
            Expr::Literal(_) | Expr::Var(_) | Expr::Slot(_) => false,
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. } => mentions(expr, what),
            Expr::Is { expr, in_expr, .. } => {
                mentions(expr, what) || in_expr.as_ref().is_some_and(|e| mentions(e, what))
            }
            Expr::BinaryOp { left, right, .. } => mentions(left, what) || mentions(right, what),
            Expr::IfThenElse {
                cond,
                then_expr,
                else_expr,
            } => [cond, then_expr, else_expr]
                .into_iter()
                .any(|part| mentions(part, what)),
            Expr::Set(items) => items.iter().any(|item| mentions(item, what)),
            Expr::Record(fields) => fields.values().any(|field| mentions(field, what)),
            _ => true,
        }
}
