//! What an event keeps of the facts, so that `replay` can decide from it again.

use serde::Serialize;

use domain::facts::{Circumstances, GrantFacts, PrincipalFacts, Question};
use domain::verdict::Stages;
use policy::PolicySet;
use transparency::canonical::CanonicalError;
use transparency::event::Kept;

/// The facts of what is decided without a target: who, and under which circumstances.
#[derive(Serialize)]
pub(crate) struct Standing<'a> {
    pub(crate) principal: &'a PrincipalFacts,
    pub(crate) circumstances: &'a Circumstances,
}

/// The question as JSON. Where a principal holds more grants than an event has room for, those that
/// neither matched nor were discounted nor came nearest are left out, if the answer is the same without
/// them; else they are too long, and the event says so. What an event holds can thus be decided again.
///
/// # Errors
/// When they hold what has no canonical form: then nothing is decided.
pub(crate) fn facts_of(
    set: &PolicySet,
    question: &Question,
    lenient: &Stages,
) -> Result<Kept, CanonicalError> {
    let whole = Kept::of(question)?;
    if whole != Kept::TooLong {
        return Ok(whole);
    }
    let stages = set.stages_of(lenient);
    let verdict = set.decide(question, &stages);
    let mut trimmed = question.clone();
    let nearest = verdict.nearest.as_ref();
    let nearest = nearest.map_or(&[][..], |nearest| &nearest.grants);
    let matters = |grant: &GrantFacts| {
        verdict.matched.contains(&grant.id)
            || verdict.discounted.iter().any(|d| d.grant == grant.id)
            || nearest.contains(&grant.id)
    };
    trimmed.principal.grants.retain(matters);
    let fitting = Kept::of(&trimmed)?;
    if set.decide(&trimmed, &stages) == verdict {
        Ok(fitting)
    } else {
        Ok(Kept::TooLong)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use domain::Instant;
    use domain::id::{GrantId, OrganisationId};
    use transparency::canonical::Spelled;
    use uuid::Uuid;

    fn grant(number: u128, over: u128) -> serde_json::Value {
        json!({
            "id": GrantId::from_uuid(Uuid::from_u128(number)),
            "holder": "svc_00000000000000000000000005",
            "role": {
                "id": "rol_00000000000000000000000005", "privileged": false, "patientData": false,
                "permissions": [{ "name": "organisation:read", "privileged": false }],
            },
            "scope": { "kind": "organisation", "id": OrganisationId::from_uuid(Uuid::from_u128(over)) },
            "starts": 0, "hasAnalysis": false, "hasDisclosureBasis": false, "origin": "order",
        })
    }

    /// A service that holds these grants asks about the organisation 7, below the installation.
    fn question(grants: impl Iterator<Item = serde_json::Value>) -> Question {
        let organisation = OrganisationId::from_uuid(Uuid::from_u128(7));
        let installation = domain::id::INSTALLATION;
        let question = json!({
            "principal": {
                "id": "svc_00000000000000000000000005", "starts": 0, "grants": grants.collect::<Vec<_>>(),
                "kind": {
                    "type": "service", "service": "svc_00000000000000000000000005", "clientId": "reader",
                    "organisation": organisation, "trustedToAssert": false,
                },
            },
            "asked": { "permission": "organisation:read", "privileged": false },
            "target": {
                "id": organisation, "kind": { "type": "organisation" },
                "parents": [installation], "ancestors": [],
            },
            "circumstances": {
                "now": 1_793_000_000_000_000_i64,
                "assurance": { "level": 3, "multiFactor": true, "source": "verified" },
            },
        });
        serde_json::from_value(question).unwrap()
    }

    #[test]
    fn grants_without_a_say_go_first_and_what_still_has_no_room_is_not_cut() {
        let set = PolicySet::embedded().unwrap();
        let elsewhere = |number: u128| grant(number, 100 + number);
        let few = question((0..3).map(elsewhere).chain([grant(900, 7)]));
        let many = question((0..200).map(elsewhere).chain([grant(900, 7)]));
        let matching = question((0..200).map(|number| grant(number, 7)));
        let stages = Stages::new();
        let lenient = set.lenient(&stages, few.circumstances.now);

        let kept = |question: &Question| facts_of(&set, question, &lenient);
        let read = |kept: Kept| {
            let whole = kept.whole().map(Spelled::as_str);
            serde_json::from_str::<Question>(whole.unwrap()).unwrap()
        };
        assert_eq!(read(kept(&few).unwrap()), few);
        let trimmed = read(kept(&many).unwrap());
        assert_eq!(trimmed.principal.grants.len(), 1);
        assert_eq!(set.decide(&trimmed, &stages), set.decide(&many, &stages));
        assert!(set.decide(&trimmed, &stages).is_allowed());
        assert_eq!(kept(&matching), Ok(Kept::TooLong));

        // An instant of the year 9999 is not too long: it is wrong, and nothing is decided from it.
        let mut far = few;
        far.principal.ends = Some(Instant::from_seconds(253_402_300_799));
        assert_eq!(kept(&far), Err(CanonicalError::Number));
    }
}
