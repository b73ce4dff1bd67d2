//! What must hold whatever the facts are.

mod drawn;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::embedded::EMBEDDED;
use super::fixtures::question::{Asking, SignIn};
use super::fixtures::target::Target;
use super::fixtures::{NOW, scope};
use super::{KnownPrincipal, KnownTarget, ListQuestion, PolicyError, PolicySet};
use domain::facts::{Asked, EngagementKind, Question, Scope};
use domain::verdict::{Outcome, Stage, Stages};
use drawn::{GOVERNED, SERVERS, asking, governed_target, principal, row, sign_in, stages, text};

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
    fn nobody_holds_a_grant_twice(asking in asking(), stages in stages(), which in any::<prop::sample::Index>()) {
        let mut question = asking.question().unwrap();
        prop_assume!(!question.principal.grants.is_empty());
        let grant = which.get(&question.principal.grants).clone();
        question.principal.grants.push(grant);
        prop_assert!(!SET.decide(&question, &stages).is_allowed());
        prop_assert!(is_error(&SET, &question, &stages));
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
    fn somebody_known_gets_the_answers_of_somebody_new(
        asking in asking(), stages in stages(), others in prop::collection::vec((asking(), -90_000_i64..90_000), 1..4),
    ) {
        let first = asking.question().unwrap();
        let principal = KnownPrincipal::from(first.principal.clone());
        let target = KnownTarget::from(first.target.clone());
        for (other, later) in others {
            // The same person is asked about something else, at another time and after another sign-in, and again.
            let other = other.question().unwrap();
            let elsewhere = KnownTarget::from(other.target.clone());
            for (asked, target) in [(&first.asked, &target), (&other.asked, &elsewhere), (&other.asked, &target)] {
                let mut question = first.clone();
                question.asked = asked.clone();
                question.target = target.facts().clone();
                question.circumstances = other.circumstances.clone();
                question.circumstances.now = NOW.plus_seconds(later);
                let known = SET.decide_known(&principal, (asked, target), &question.circumstances, &stages);
                prop_assert_eq!(known, SET.decide(&question, &stages));
            }
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
