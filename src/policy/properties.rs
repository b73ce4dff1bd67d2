//! What must hold whatever the facts are.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::embedded::EMBEDDED;
use super::fixtures::grant::{Engagement, Grant};
use super::fixtures::question::{Asking, Principal, SignIn};
use super::fixtures::target::Target;
use super::fixtures::{NOW, scope};
use super::{ListQuestion, PolicyError, PolicySet};
use domain::action::ListKind;
use domain::facts::{Asked, EngagementKind, Question, Scope};
use domain::permission::ServicePermission;
use domain::verdict::{Outcome, Stage, Stages};

static SET: LazyLock<PolicySet> = LazyLock::new(|| PolicySet::embedded().unwrap());

/// With policies in every form that a list allows.
static WIDER: LazyLock<PolicySet> = LazyLock::new(|| {
    with(r#"
        @id("anybody-reads-what-has-no-system")
        @source("x") @reason("x") @reason_sv("x")
        permit (principal is Person, action in [Action::"readRole", Action::"readServer"], resource)
        when { if resource has system then principal.employers.isEmpty() else true };

        @id("no-lists-of-others-below-the-board")
        @source("x") @reason("x") @reason_sv("x")
        forbid (principal is Person, action == Action::"readGrant", resource is Grant)
        when { resource.holderPlaces.containsAny(principal.employers) }
        unless { resource has holderIndividual && principal.individual == resource.holderIndividual };

        @id("only-the-responsible-or-oneself")
        @source("x") @reason("x") @reason_sv("x") @stage("warn") @until("2199-12-31")
        forbid (principal is Person, action == Action::"readPerson", resource is PersonEntry)
        when { resource.individual != principal.individual && !resource.responsible.contains(principal.individual) };
    "#)
    .unwrap()
});

fn with(policies: &str) -> Result<PolicySet, PolicyError> {
    let mut files: Vec<(String, String)> = EMBEDDED
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.push(("more.cedar".to_owned(), policies.to_owned()));
    PolicySet::from_files(&files)
}

const ROLES: &[&str] = &[
    "doctor@cosmic",
    "doctor@xray",
    "reader",
    "reader@intranet",
    "systemAdministrator@cosmic",
    "serverAdministrator",
    "databaseAdministrator",
    "pumpOperator",
    "registerManager",
    "unitManager",
    "personnelFlow",
    "accessFlow",
    "security",
    "everything",
    "everything",
    "everything",
];
const SCOPES: &[&str] = &[
    "installation",
    "organisation:region",
    "organisation:care",
    "organisation:clinic",
    "organisation:unit-7",
    "organisation:unit-8",
    "organisation:it",
    "organisation:vendor",
    "system:cosmic",
    "system:xray",
    "segment:cosmic-app",
    "segment:cosmic-db",
    "segment:cosmic-test",
    "segment:shared-ad",
    "segment:archive",
    "database:cosmic-main",
    "database:xray-main",
];
const UNITS: &[&str] = &["care", "clinic", "unit-7", "unit-8", "it", "vendor"];
const PEOPLE: &[&str] = &["anna", "bertil", "maria"];
const GOVERNED: &[&str] = &[
    "record:read",
    "record:write",
    "system:administer",
    "server:administer",
    "database:administer",
    "pump:start",
];
const SERVERS: &[&str] = &[
    "cosmic-app-01",
    "cosmic-db-01",
    "cosmic-test-01",
    "shared-ad-01",
    "archive-01",
];
const SEGMENTS: &[&str] = &[
    "cosmic-app",
    "cosmic-db",
    "cosmic-test",
    "shared-ad",
    "archive",
];
const KINDS: &[&str] = &["employee", "hourly", "consultant", "vendor"];

fn text(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(of).prop_map(str::to_owned)
}

fn maybe_days() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![12 => Just(None), 1 => Just(Some(-1)), 5 => Just(Some(1))]
}

fn engagement() -> impl Strategy<Value = Engagement> {
    (
        text(KINDS),
        text(UNITS),
        text(UNITS),
        maybe_days(),
        maybe_days(),
    )
        .prop_map(|(kind, employer, unit, ends, absent_from)| Engagement {
            kind: Some(kind),
            employer: Some(employer),
            unit: Some(unit),
            ends,
            absent_from,
            ..Engagement::default()
        })
}

fn grant() -> impl Strategy<Value = Grant> {
    let flags = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    let people = (text(PEOPLE), proptest::option::of(text(PEOPLE)));
    let units = subsequence(UNITS.to_vec(), 0..3);
    (
        text(ROLES),
        text(SCOPES),
        flags,
        maybe_days(),
        maybe_days(),
        people,
        units,
    )
        .prop_map(
            |(role, scope, flags, ends, attest_by, (holder, approved_by), units)| Grant {
                id: format!("{role} over {scope}"),
                role,
                scope,
                without_analysis: flags.0,
                revoked: flags.1,
                disclosure_basis: flags.2,
                ends,
                attest_by,
                holder: Some(holder),
                holder_units: units.into_iter().map(str::to_owned).collect(),
                approved_by,
                ..Grant::default()
            },
        )
}

fn principal() -> impl Strategy<Value = Principal> {
    let engagements = prop_oneof![
        1 => Just(Vec::new()),
        9 => prop::collection::vec(engagement(), 1..3),
    ];
    let grants = prop::collection::vec(grant(), 0..6);
    (
        text(PEOPLE),
        prop::bool::weighted(0.2),
        engagements,
        grants,
        maybe_days(),
    )
        .prop_map(|(name, service, engagements, grants, ends)| Principal {
            person: (!service).then(|| name.clone()),
            service: service.then_some(name),
            engagements,
            grants,
            starts: None,
            ends,
            training: None,
            declared_scope: None,
            stewards: Vec::new(),
        })
}

fn record() -> impl Strategy<Value = Target> {
    let system = proptest::option::weighted(0.9, text(&["cosmic", "xray", "intranet"]));
    (text(UNITS), system, prop::bool::weighted(0.2)).prop_map(|(unit, system, blocked)| {
        Target::Record {
            unit,
            system,
            blocked,
            chosen: false,
            consent: false,
        }
    })
}

fn person() -> impl Strategy<Value = Target> {
    let units = subsequence(UNITS.to_vec(), 1..3);
    let responsible = subsequence(PEOPLE.to_vec(), 0..2);
    (text(PEOPLE), units, any::<bool>(), responsible).prop_map(
        |(name, units, protected, responsible)| Target::Person {
            name,
            units: units.into_iter().map(str::to_owned).collect(),
            protected,
            responsible: responsible.into_iter().map(str::to_owned).collect(),
        },
    )
}

fn governed_target() -> impl Strategy<Value = Target> {
    prop_oneof![
        3 => record(),
        1 => text(&["cosmic", "xray", "intranet"]).prop_map(Target::System),
        1 => text(SEGMENTS).prop_map(Target::Segment),
        2 => text(SERVERS).prop_map(Target::Server),
        1 => text(&["cosmic-main", "xray-main"]).prop_map(Target::Database),
    ]
}

/// A kind of list with a row of that kind.
fn row() -> impl Strategy<Value = (ListKind, Target)> {
    let places = subsequence(UNITS.to_vec(), 1..3);
    prop_oneof![
        text(&["installation", "region", "care", "unit-7", "vendor"])
            .prop_map(|name| (ListKind::Organisation, Target::Organisation(name))),
        person().prop_map(|target| (ListKind::Person, target)),
        text(&["cosmic", "xray", "intranet"])
            .prop_map(|name| (ListKind::System, Target::System(name))),
        text(SEGMENTS).prop_map(|name| (ListKind::Segment, Target::Segment(name))),
        text(SEGMENTS).prop_map(|name| (ListKind::Reach, Target::Segment(name))),
        text(SERVERS).prop_map(|name| (ListKind::Server, Target::Server(name))),
        text(&["cosmic-main", "xray-main"])
            .prop_map(|name| (ListKind::Database, Target::Database(name))),
        text(UNITS).prop_map(|home| (ListKind::Service, Target::Service(home))),
        text(&["cosmic", "xray", "intranet"])
            .prop_map(|of| (ListKind::Account, Target::Account(of))),
        text(ROLES).prop_map(|name| (ListKind::Role, Target::Role(name))),
        grant().prop_map(|grant| (ListKind::Grant, Target::Grant(Box::new(grant)))),
        places.prop_map(|places| {
            let places = places.into_iter().map(str::to_owned).collect();
            (ListKind::Event, Target::Event(places))
        }),
    ]
}

fn sign_in() -> impl Strategy<Value = SignIn> {
    let any_way = (0..=4_u8, any::<bool>(), select(vec![10_i64, 5000])).prop_map(
        |(level, multi_factor, age)| SignIn {
            level,
            multi_factor,
            age,
            on_host: false,
            asserted: false,
            emergency: false,
        },
    );
    prop_oneof![Just(SignIn::default()), any_way]
}

fn stages() -> impl Strategy<Value = Stages> {
    let ids: Vec<String> = SET.guardrails().map(|guardrail| guardrail.id).collect();
    let stage = select(vec![Stage::Observe, Stage::Warn, Stage::Enforce]);
    prop::collection::btree_map(select(ids), stage, 0..6)
}

fn asking() -> impl Strategy<Value = Asking> {
    let own = ServicePermission::ALL.iter().map(|own| own.name());
    let about_grant = select(
        own.filter(|name| name.starts_with("grant:"))
            .collect::<Vec<_>>(),
    )
    .prop_map(str::to_owned);
    let matter = prop_oneof![
        (text(GOVERNED), governed_target()),
        (
            about_grant,
            grant().prop_map(|grant| Target::Grant(Box::new(grant)))
        ),
        row().prop_map(|(kind, target)| (kind.permission().name().to_owned(), target)),
    ];
    (principal(), matter, sign_in()).prop_map(|(principal, (asked, target), sign_in)| Asking {
        principal,
        asked,
        target,
        sign_in,
    })
}

fn is_error(set: &PolicySet, question: &Question, stages: &Stages) -> bool {
    let verdict = set.decide(question, stages);
    verdict
        .reasons
        .iter()
        .any(|reason| reason.policy == "error")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_global_rejects: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn questions_of_the_right_form_never_fail(asking in asking(), stages in stages()) {
        prop_assert!(!is_error(&SET, &asking.question().unwrap(), &stages));
    }

    #[test]
    fn nothing_privileged_is_allowed_below_the_required_level(
        asking in asking(), permission in text(&["system:administer", "server:administer", "database:administer", "pump:start"]),
        target in governed_target(),
    ) {
        let asking = Asking { asked: permission, target, ..asking };
        let given = &asking.sign_in;
        let strong = given.multi_factor
            && (asking.principal.service.is_some() || (given.level >= 3 && given.age <= 900));
        let relaxed = matches!(
            &asking.target,
            Target::Server(name) | Target::Segment(name) if name.starts_with("cosmic-test")
        );
        let strong_enough = given.multi_factor && (given.level >= 2 || asking.principal.service.is_some());
        prop_assume!(!(strong || relaxed && strong_enough));
        prop_assert!(!SET.decide(&asking.question().unwrap(), &Stages::new()).is_allowed());
    }

    #[test]
    fn no_server_administrator_is_allowed_outside_their_segments(
        principal in principal(), server in text(SERVERS),
    ) {
        let segment = scope(&format!("segment:{}", server.strip_suffix("-01").unwrap())).unwrap();
        let asking = Asking {
            asked: "server:administer".to_owned(),
            target: Target::Server(server),
            sign_in: SignIn::default(),
            principal,
        };
        let question = asking.question().unwrap();
        let held = |at: Scope| {
            question.principal.grants.iter().any(|grant| {
                grant.scope == at
                    && grant.role.permissions.iter().any(|held| held.name.as_str() == "server:administer")
            })
        };
        if SET.decide(&question, &Stages::new()).is_allowed() {
            prop_assert!(held(segment));
        }
    }

    #[test]
    fn taking_a_grant_away_never_allows_more(asking in asking(), stages in stages(), which in any::<prop::sample::Index>()) {
        let whole = asking.question().unwrap();
        prop_assume!(!whole.principal.grants.is_empty());
        let mut less = whole.clone();
        less.principal.grants.remove(which.index(whole.principal.grants.len()));
        if SET.decide(&less, &stages).is_allowed() {
            prop_assert!(SET.decide(&whole, &stages).is_allowed());
        }
    }

    #[test]
    fn principals_who_answer_alike_get_the_same_answers(
        asking in asking(), stages in stages(), which in any::<prop::sample::Index>(), change in 0..6_usize, extra in text(GOVERNED),
    ) {
        let question = asking.question().unwrap();
        prop_assume!(!question.principal.grants.is_empty());
        let mut other = question.principal.clone();
        let grant = &mut other.grants[which.index(question.principal.grants.len())];
        match change {
            0 => grant.role.permissions.retain(|held| held.name.as_str() != extra),
            1 => grant.role.permissions.truncate(1),
            2 => grant.has_analysis = !grant.has_analysis,
            3 => grant.ends = Some(NOW.plus_seconds(if grant.ends.is_some() { -1 } else { 86_400 })),
            4 => grant.role.privileged = !grant.role.privileged,
            _ => grant.has_disclosure_basis = !grant.has_disclosure_basis,
        }
        let permission = &question.asked.permission;
        let [one, two] = [&question.principal, &other]
            .map(|principal| SET.prepared(principal, permission, NOW, &stages));
        if one.answers_like(&two) {
            let under = [question.circumstances.clone()];
            let [one, two] = [one, two].map(|of| of.decide_each(&question.asked, &question.target, &under));
            prop_assert_eq!(one, two);
        }
    }

    #[test]
    fn a_role_of_a_system_never_opens_another_system(
        principal in principal(), permission in text(GOVERNED), target in governed_target(), stages in stages(),
    ) {
        let asking = Asking { principal, asked: permission, target, sign_in: SignIn::default() };
        let mut question = asking.question().unwrap();
        let at = question.target.system.as_ref().map(|system| system.id);
        question.principal.grants.retain(|grant| grant.role.system.is_some_and(|of| Some(of) != at));
        prop_assert!(!SET.decide(&question, &stages).is_allowed());
    }

    #[test]
    fn a_vendor_rests_on_no_grant_into_patient_data_without_an_assessment(
        principal in principal(), permission in text(GOVERNED), target in governed_target(),
    ) {
        let enforced = Stages::from([("supplier-needs-osl-assessment".to_owned(), Stage::Enforce)]);
        let asking = Asking { principal, asked: permission, target, sign_in: SignIn::default() };
        let question = asking.question().unwrap();
        let verdict = SET.decide(&question, &enforced);
        let grants = question.principal.grants.iter();
        for grant in grants.filter(|grant| verdict.matched.contains(&grant.id)) {
            let vendor = grant.engagement.as_ref().is_some_and(|rests| rests.kind == EngagementKind::Vendor);
            let mut systems = grant.systems();
            let open = systems.any(|system| {
                system.patient_data && system.assessment_valid_until.is_none_or(|until| until <= NOW)
            });
            prop_assert!(!(vendor && open), "{:?}", grant);
        }
    }

    #[test]
    fn a_grant_named_by_an_allow_is_one_that_counts_there(asking in asking(), stages in stages()) {
        let whole = asking.question().unwrap();
        let verdict = SET.decide(&whole, &stages);
        let by_role = verdict.reasons.iter().all(|reason| reason.policy != "self");
        if verdict.is_allowed() && by_role {
            prop_assert!(!verdict.matched.is_empty());
            let mut without = whole;
            without.principal.grants.retain(|grant| !verdict.matched.contains(&grant.id));
            prop_assert!(!SET.decide(&without, &stages).is_allowed());
        }
    }

    #[test]
    fn a_sign_in_that_is_offered_helps(asking in asking(), stages in stages()) {
        let mut question = asking.question().unwrap();
        if let Some(step_up) = SET.decide(&question, &stages).step_up {
            let given = &mut question.circumstances.assurance;
            given.level = step_up.level;
            given.multi_factor = true;
            if step_up.max_age_seconds.is_some() {
                given.authenticated_at = Some(question.circumstances.now);
            }
            prop_assert!(SET.decide(&question, &stages).is_allowed());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_holds_what_single_decisions_allow(
        principal in principal(), (kind, target) in row(), sign_in in sign_in(), stages in stages(),
    ) {
        let question = Question {
            principal: principal.facts().unwrap(),
            asked: Asked {
                permission: kind.permission().into(),
                category: None,
                privileged: false,
            },
            target: target.facts().unwrap(),
            circumstances: sign_in.circumstances(),
        };
        let list = ListQuestion {
            principal: question.principal.clone(),
            kind,
            circumstances: question.circumstances.clone(),
        };
        for set in [&SET, &WIDER] {
            let filter = set.filter(&list, &stages);
            let allowed = set.decide(&question, &stages).is_allowed();
            prop_assert_eq!(filter.admits(&question.target), allowed, "{:?}", filter);
        }
    }
}

#[test]
fn a_policy_that_fails_never_allows_whatever_its_stage() {
    let failing = "@id(\"failing\") @source(\"BE-1\") @reason(\"x\") @reason_sv(\"x\")
        forbid (principal, action in Action::\"exercise\", resource)
        when { context.now + 9223372036854775807 < 0 };";
    let set = with(failing).unwrap();
    let asking: Asking = serde_json::from_value(serde_json::json!({
        "principal": {"person": "anna", "engagements": [{}],
            "grants": [{"id": "g", "role": "doctor@cosmic", "scope": "organisation:unit-7"}]},
        "asked": "record:read",
        "target": {"record": {"unit": "unit-7", "system": "cosmic"}},
    }))
    .unwrap();
    assert!(
        SET.decide(&asking.question().unwrap(), &Stages::new())
            .is_allowed()
    );
    for stage in [Stage::Enforce, Stage::Observe] {
        let stages = Stages::from([("failing".to_owned(), stage)]);
        let verdict = set.decide(&asking.question().unwrap(), &stages);
        assert_eq!(verdict.outcome, Outcome::Deny);
        assert_eq!(verdict.reasons[0].policy, "error");
        assert!(verdict.reasons[0].text.contains("`failing`"));
        assert_eq!(verdict.step_up, None);
    }
}

#[test]
fn every_problem_of_a_folder_is_named_with_its_place() {
    let error = with(
        "// a comment; with a semicolon
@id(\"one\") @source(\"x\") @reason(\"x\") @reason_sv(\"x\") @color(\"red\")
permit (principal, action == Action::\"readRole\", resource);

@id(\"self\") @source(\"x\") @reason(\"x\") @stage(\"soon\")
permit (principal, action == Action::\"readRole\", resource);
",
    )
    .unwrap_err();
    let text = error.to_string();
    for part in [
        "more.cedar:2:1: unknown annotation `@color`",
        "more.cedar:5:1: `@reason_sv` is missing",
        "more.cedar:5:1: `@stage` belongs on a forbid",
        "more.cedar:5:1: `@stage(\"soon\")`: expected observe or warn or enforce",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn what_no_list_can_answer_is_refused_when_it_is_loaded() {
    let refused = |condition: &str| {
        let policy = format!(
            "@id(\"one\") @source(\"x\") @reason(\"x\") @reason_sv(\"x\")
            permit (principal, action == Action::\"readGrant\", resource is Grant) when {{ {condition} }};"
        );
        with(&policy).unwrap_err().to_string()
    };
    let form = "cannot be asked of a list";
    assert!(refused("resource.starts < context.now").contains(form));
    assert!(refused("resource.holderPlaces == principal.organisation").contains("more.cedar:2"));
    assert!(refused("context.level >= 2").contains("`@step_up`"));
    assert!(refused("resource.scopeKind == \"segment\"").contains(form));
    assert!(refused("principal.nothing").contains("more.cedar:2:"));
}

#[test]
fn a_set_that_does_not_parse_or_has_no_schema_says_where() {
    let error = with("permit (principal, action, resource)\nwhen { 1 + };").unwrap_err();
    assert_eq!(error.problems()[0].path, "more.cedar");
    assert_eq!(error.problems()[0].line, 2);
    let error = PolicySet::from_files(&[]).unwrap_err();
    assert!(error.to_string().contains("the schema is missing"));
}
