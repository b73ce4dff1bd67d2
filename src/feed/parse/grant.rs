//! Reads a grant: the kind of record with the most that must fit together.

use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::record::Grant;
use domain::target::{PrincipalKey, ScopeName};
use domain::{HsaId, Words};

pub(super) fn grant(f: &mut Fields<'_>) -> Read<Grant> {
    let read = all!(Grant {
        external_id: f.id("externalId"),
        principal: principal(f),
        engagement: f.id_or_null("engagement"),
        role: f.id("role"),
        scope: scope(f),
        from: f.date("from"),
        until: f.date_or_null("until"),
        needs_and_risk_analysis: f.reference_or_null("needsAndRiskAnalysis"),
        analysis_review_by: f.absent_or("analysisReviewBy", Fields::date_or_null),
        ordered_by: orderer(f, principal.as_ref().ok()),
        approved_by: f.hsa_or_null("approvedBy"),
        origin: f.one_of("origin", Grant::ORIGINS),
        attest_by: f.date_or_null("attestBy"),
    })?;
    f.in_order(("from", Some(read.from)), ("until", read.until));
    if let (PrincipalKey::Service(_), Some(engagement)) = (&read.principal, &read.engagement) {
        f.wrong(
            "engagement",
            Some(engagement),
            Words::part(
                "rests under a service's grant",
                "hör till en behörighet som en tjänst har",
            ),
            &NULL,
        );
    }
    Ok(read)
}

const NAMED: Words = Words::part(
    "an object with kind and externalId",
    "ett objekt med kind och externalId",
);
const NULL: Words = Words::part("null", "`null`");

fn principal(f: &mut Fields<'_>) -> Read<PrincipalKey> {
    let members = f.object("principal", &NAMED)?;
    f.nested(members, "principal.", |f| {
        match f.one_of("kind", &["person", "service"]) {
            Ok("person") => f.hsa("externalId").map(PrincipalKey::Person),
            Ok(_) => f.client("externalId").map(PrincipalKey::Service),
            Err(noted) => {
                f.ignore("externalId");
                Err(noted)
            }
        }
    })
}

/// Who ordered: a person, or the service that holds the grant itself (which is then flagged).
fn orderer(f: &mut Fields<'_>, holder: Option<&PrincipalKey>) -> Read<PrincipalKey> {
    let right = Words::part(
        "the HSA-id of a person, or of the service that holds the grant its client id",
        "en persons HSA-id, eller klientens id för den tjänst som har behörigheten",
    );
    f.form("orderedBy", &right, |text| {
        let person = HsaId::given(text).ok().map(PrincipalKey::Person);
        person.or_else(|| holder.filter(|holder| holder.as_str() == text).cloned())
    })
}

fn scope(f: &mut Fields<'_>) -> Read<ScopeName> {
    let members = f.object("scope", &NAMED)?;
    f.nested(members, "scope.", |f| {
        match f.one_of("kind", ScopeName::KINDS) {
            Ok("installation") => {
                if *f.take("externalId", &NULL)? == Json::Null {
                    Ok(ScopeName::Installation)
                } else {
                    let wrong =
                        Words::part("the installation has no id", "installationen har inget id");
                    Err(f.wrong("externalId", None, wrong, &NULL))
                }
            }
            Ok("organisation") => f.hsa("externalId").map(ScopeName::Organisation),
            Ok("system") => f.id("externalId").map(ScopeName::System),
            Ok("segment") => f.id("externalId").map(ScopeName::Segment),
            Ok(_) => f.id("externalId").map(ScopeName::Database),
            Err(noted) => {
                f.ignore("externalId");
                Err(noted)
            }
        }
    })
}
