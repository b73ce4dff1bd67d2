//! What a policy says about itself: its annotations, read strictly.
//!
//! To add an annotation: add its key to [`KEYS`], say which effect may carry it, and parse it in
//! [`Note::read`]; a key that is not there is refused.

use cedar_policy::{Effect, Policy};

use domain::Date;
use domain::Named;
use domain::Words;
use domain::built_in::BuiltIn;
use domain::speaks::{verbatim, words};
use domain::text::characters::is_unseen;
use domain::verdict::{Obligation, OrderPart, Reason, Stage};

/// Which policies an annotation belongs on.
#[derive(Clone, Copy)]
enum On {
    Every,
    Any,
    Forbid,
    Permit,
}

const KEYS: &[(&str, On)] = &[
    ("id", On::Every),
    ("source", On::Every),
    ("reason", On::Every),
    ("reason_sv", On::Every),
    ("law", On::Any),
    ("stage", On::Forbid),
    ("until", On::Forbid),
    ("overridable", On::Forbid),
    ("step_up", On::Forbid),
    ("about", On::Forbid),
    ("rests_on", On::Permit),
    ("obligation", On::Permit),
];

/// What sign-in a guardrail asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignIn {
    /// The level that the target's system sets for patient data.
    System,
    /// Level 2, however old.
    Relaxed,
    /// Level 3, and recent.
    Privileged,
}

/// Through what a permit finds the grants that it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RestsOn {
    /// The scope reaches the target.
    Scope,
    /// The scope reaches where the target's holder works.
    Holder,
    /// The scope lies in the target's care provider.
    Beside,
    /// The grant, wherever it reaches.
    Anywhere,
}

const SIGN_INS: &[(&str, SignIn)] = &[
    ("system level", SignIn::System),
    ("level 2", SignIn::Relaxed),
    ("level 3, recent", SignIn::Privileged),
];

const RESTS_ON: &[(&str, RestsOn)] = &[
    ("scope", RestsOn::Scope),
    ("holder", RestsOn::Holder),
    ("care provider", RestsOn::Beside),
    ("anywhere", RestsOn::Anywhere),
];

/// A policy's description of itself.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) reason: Reason,
    pub(super) forbids: bool,
    pub(super) stage: Stage,
    /// The last day of that stage; after it the guardrail is enforced.
    pub(super) until: Option<Date>,
    pub(super) overridable: Option<String>,
    pub(super) step_up: Option<SignIn>,
    pub(super) rests_on: Option<RestsOn>,
    pub(super) obligations: Vec<Obligation>,
}

impl Note {
    /// Reads the annotations of a policy, or says everything that is wrong with them.
    pub(super) fn read(policy: &Policy) -> Result<Self, Vec<Words>> {
        let forbids = policy.effect() == Effect::Forbid;
        let mut wrong = misplaced(policy, forbids);
        let stage = choice(policy, "stage", &every::<Stage>(), &mut wrong);
        choice(policy, "overridable", &[("emergency", ())], &mut wrong);
        let step_up = choice(policy, "step_up", SIGN_INS, &mut wrong);
        let rests_on = choice(policy, "rests_on", RESTS_ON, &mut wrong);
        let about = choice(policy, "about", &every::<OrderPart>(), &mut wrong);
        let until = match until(policy, stage) {
            Ok(until) => until,
            Err(problem) => {
                wrong.push(problem);
                None
            }
        };
        let obligations = match policy.annotation("obligation").map(obligations) {
            Some(Err(problem)) => {
                wrong.push(problem);
                Vec::new()
            }
            Some(Ok(obligations)) => obligations,
            None => Vec::new(),
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let text = |key| policy.annotation(key).map(str::to_owned);
        Ok(Self {
            reason: Reason {
                policy: text("id").unwrap_or_default(),
                source: text("source"),
                law: text("law"),
                text: text("reason").unwrap_or_default(),
                text_sv: text("reason_sv").unwrap_or_default(),
                about,
            },
            forbids,
            stage: stage.unwrap_or(Stage::Enforce),
            until,
            overridable: text("overridable"),
            step_up,
            rests_on,
            obligations,
        })
    }
}

/// The last day of the stage that a guardrail is written with: a stage that is none of enforcement ends some day.
/// What the annotation names of `allowed`; `None`: it is not there, or names something else, which is wrong.
/// Everything of a closed list, by its name.
fn every<T: Named>() -> Vec<(&'static str, T)> {
    T::VARIANTS.iter().map(|one| (one.name(), *one)).collect()
}

fn choice<T: Copy>(
    policy: &Policy,
    key: &str,
    allowed: &[(&str, T)],
    wrong: &mut Vec<Words>,
) -> Option<T> {
    let given = policy.annotation(key)?;
    let found = allowed.iter().find(|(name, _)| *name == given);
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
        wrong.push(words!(
            "`@{key}(\"{given}\")`: expected {names}",
            "`@{key}(\"{given}\")`: Det ska vara {names}.",
            key = verbatim(key),
            given = verbatim(given),
            names = Words::made(names.join(" or "), names.join(" eller "))
        ));
    }
    found.map(|(_, value)| *value)
}

fn until(policy: &Policy, stage: Option<Stage>) -> Result<Option<Date>, Words> {
    let lenient = stage.is_some_and(|stage| stage != Stage::Enforce);
    match policy.annotation("until") {
        Some(day) if lenient => match day.parse() {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(words!(
                "`@until(\"{day}\")`: expected a day as YYYY-MM-DD",
                "`@until(\"{day}\")`: Skriv en dag som ÅÅÅÅ-MM-DD.",
                day = verbatim(day)
            )),
        },
        Some(_) => Err(Words::new(
            "`@until` belongs beside `@stage(\"observe\")` or `@stage(\"warn\")`",
            "`@until` hör ihop med `@stage(\"observe\")` eller `@stage(\"warn\")`.",
        )),
        None if lenient => Err(Words::new(
            "`@until` is missing: a guardrail is enforced by itself some day",
            "`@until` saknas. En skyddsregel ska börja stoppa av sig själv en viss dag.",
        )),
        None => Ok(None),
    }
}

/// The obligations of a list like `notify, review`.
fn obligations(text: &str) -> Result<Vec<Obligation>, Words> {
    const ALL: [Obligation; 3] = [
        Obligation::ActiveChoice,
        Obligation::Notify,
        Obligation::Review,
    ];
    let named = |name: &str| ALL.into_iter().find(|one| one.name() == name.trim());
    let found: Option<Vec<Obligation>> = text.split(',').map(named).collect();
    found.ok_or_else(|| {
        let known = ALL.map(Obligation::name).join(", ");
        words!(
            "`@obligation(\"{text}\")`: expected one or several of {known}",
            "`@obligation(\"{text}\")`: Skriv ett eller flera av {known}.",
            text = verbatim(text),
            known = verbatim(known)
        )
    })
}

fn misplaced(policy: &Policy, forbids: bool) -> Vec<Words> {
    let mut wrong = Vec::new();
    for (key, value) in policy.annotations() {
        let named = verbatim(format!("`@{key}`"));
        match KEYS.iter().find(|(known, _)| *known == key) {
            None => wrong.push(words!(
                "unknown annotation {named}",
                "Okänd annotering {named}.",
                named
            )),
            Some((_, On::Forbid)) if !forbids => wrong.push(words!(
                "{named} belongs on a forbid",
                "{named} hör hemma på ett `forbid`.",
                named
            )),
            Some((_, On::Permit)) if forbids => wrong.push(words!(
                "{named} belongs on a permit",
                "{named} hör hemma på ett `permit`.",
                named
            )),
            Some(_) if value.trim().is_empty() => {
                wrong.push(words!("{named} is empty", "{named} är tom.", named));
            }
            // It is shown to whoever looks the policies over, and to callers.
            Some(_) if value.contains(is_unseen) => wrong.push(words!(
                "{named} has a line break, or a character that nobody sees",
                "{named} har en radbrytning eller ett tecken som inte syns.",
                named
            )),
            Some(_) => {}
        }
    }
    let missing = KEYS
        .iter()
        .filter(|(key, on)| matches!(on, On::Every) && policy.annotation(key).is_none());
    wrong.extend(missing.map(|(key, _)| {
        words!(
            "`@{key}` is missing",
            "`@{key}` saknas.",
            key = verbatim(key)
        )
    }));
    let id_fits = |id: &str| {
        id.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && id != "error"
            && BuiltIn::named(id).is_none_or(|built_in| built_in == BuiltIn::CallerNotLive)
    };
    if let Some(id) = policy.annotation("id").filter(|id| !id_fits(id)) {
        wrong.push(words!(
            "`@id(\"{id}\")`: expected lower-case letters, digits and hyphens, \
             and nothing that the service itself says, as `error` or `no-permit`",
            "`@id(\"{id}\")`: Skriv små bokstäver, siffror och bindestreck, och inget som tjänsten själv säger, som \
             `error` eller `no-permit`.",
            id = verbatim(id)
        ));
    }
    wrong
}
