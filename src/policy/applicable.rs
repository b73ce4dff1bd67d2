//! Over which kinds of target the service's own permissions can be held, as `authorize` can name them.

use super::PolicySet;
use super::fixtures::grant::Grant;
use super::fixtures::question::{Asking, Principal, SignIn};
use super::fixtures::target::Target;
use domain::facts::{RolePermission, Scope};
use domain::permission::ServicePermission;
use domain::verdict::Stages;

/// `yes`: whoever holds the permission there may. Otherwise the reason why nobody ever may: a permission
/// is held over the places that its things lie in, and no grant is given over a server or a record.
const TABLE: &str = "\
                      organisation system segment server database record
organisation:read     yes          -      -       -      -        -
organisation:manage   yes          -      -       -      -        -
person:read           yes          -      -       -      -        -
person:manage         yes          -      -       -      -        -
service:read          yes          yes    -       -      -        -
service:manage        yes          yes    -       -      -        -
system:read           yes          yes    -       -      -        -
system:manage         yes          yes    -       -      -        -
server:read           yes          yes    yes     yes    yes      -
server:manage         yes          yes    yes     yes    yes      -
role:read             yes          yes    -       -      -        -
role:manage           yes          yes    -       -      -        -
grant:read            yes          yes    yes     -      yes      -
grant:request         yes          yes    yes     -      yes      -
grant:approve         yes          yes    yes     -      yes      -
grant:revoke          yes          yes    yes     -      yes      -
grant:provision       yes          yes    yes     -      yes      -
decision:read         yes          yes    -       -      -        -
decision:review       yes          yes    -       -      -        -
decision:ask          yes          yes    yes     yes    yes      yes
reach:read            yes          yes    yes     yes    yes      -
policy:read           yes          -      -       -      -        -
policy:manage         yes          yes    -       -      -        -
register:import       host         -      -       -      -        -
";

fn target(kind: &str) -> Target {
    match kind {
        "organisation" => Target::Organisation("unit-7".to_owned()),
        "system" => Target::System("cosmic".to_owned()),
        "segment" => Target::Segment("cosmic-app".to_owned()),
        "server" => Target::Server("cosmic-app-01".to_owned()),
        "database" => Target::Database("cosmic-main".to_owned()),
        "record" => Target::Record {
            chosen: false,
            consent: false,
            unit: "unit-7".to_owned(),
            system: Some("cosmic".to_owned()),
            blocked: false,
        },
        other => panic!("no target `{other}`"),
    }
}

/// Somebody who holds that permission over everything and has just signed in as strongly as can be.
fn holder(own: ServicePermission, kind: &str) -> Asking {
    let person = Principal {
        person: Some("anna".to_owned()),
        engagements: vec![serde_json::from_str("{}").unwrap()],
        grants: vec![Grant {
            id: "g1".to_owned(),
            role: "everything".to_owned(),
            scope: "installation".to_owned(),
            ..Grant::default()
        }],
        ..Principal::default()
    };
    Asking {
        principal: person,
        asked: own.name().to_owned(),
        target: target(kind),
        sign_in: SignIn::default(),
    }
}

#[test]
fn a_permission_is_denied_to_everybody_only_where_it_means_nothing() {
    let set = PolicySet::embedded().unwrap();
    let mut lines = TABLE.lines();
    let kinds: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut listed = Vec::new();
    let mut wrong = Vec::new();
    for line in lines {
        let mut cells = line.split_whitespace();
        let own = ServicePermission::named(cells.next().unwrap()).unwrap();
        listed.push(own);
        for (kind, cell) in kinds.iter().zip(cells) {
            let mut question = holder(own, kind).question().unwrap();
            for grant in &mut question.principal.grants {
                assert_eq!(grant.scope, Scope::Installation);
                grant.role.permissions = vec![RolePermission {
                    name: own.into(),
                    category: None,
                    privileged: own.demands_recent_sign_in(),
                }];
            }
            let verdict = set.decide(&question, &Stages::new());
            let expected = match cell {
                "yes" => "held-permission",
                "host" => "import-only-on-the-host",
                _ => "not-applicable",
            };
            let reasons: Vec<&str> = verdict.reasons.iter().map(|r| &*r.policy).collect();
            let allowed = verdict.is_allowed() == (cell == "yes");
            if !allowed || !reasons.contains(&expected) {
                wrong.push(format!("{own} about a {kind}: {reasons:?}"));
            }
        }
    }
    assert_eq!(listed, ServicePermission::ALL);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a recent sign-in is demanded for says the schema's group, and what the register says has to be the same.
#[test]
fn a_recent_sign_in_is_demanded_by_the_action_as_the_permission_says() {
    let set = PolicySet::embedded().unwrap();
    for own in ServicePermission::ALL {
        let mut question = holder(*own, "organisation").question().unwrap();
        question.asked.privileged = false;
        question.circumstances.assurance.multi_factor = false;
        for grant in &mut question.principal.grants {
            grant.role.permissions = vec![RolePermission {
                name: (*own).into(),
                category: None,
                privileged: false,
            }];
        }
        let verdict = set.decide(&question, &Stages::new());
        let mut reasons = verdict.reasons.iter();
        let demanded = reasons.any(|reason| reason.policy == "strong-auth-privileged");
        assert_eq!(demanded, own.demands_recent_sign_in(), "{own}");
    }
}
