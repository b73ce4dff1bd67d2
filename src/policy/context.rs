//! The circumstances of a question as the context that the schema describes, and the keys of the tags.

use cedar_policy::Context;

use super::attributes::{Attributes, Built, Misfit, Value};
use domain::HsaId;
use domain::facts::{AssuranceSource, Circumstances, GrantFacts};
use domain::id::SystemId;
use domain::time::Instant;

/// What a question is asked under.
pub(super) struct Asking<'a> {
    pub(super) permission: &'a str,
    pub(super) privileged: bool,
    /// The target's system, when the permission is a governed system's.
    pub(super) system: Option<SystemId>,
    pub(super) disclosure_basis: bool,
    pub(super) held_beside: bool,
    pub(super) fresh_seconds: u32,
}

impl Asking<'_> {
    pub(super) fn context(&self, given: &Circumstances) -> Built<Context> {
        let assurance = &given.assurance;
        let qualified = self.system.map(|system| qualified(system, self.permission));
        let source = match assurance.source {
            AssuranceSource::Verified => "verified",
            AssuranceSource::Asserted => "asserted",
            AssuranceSource::Host => "host",
        };
        let optional = |text: Option<&str>| text.map(|text| Value::new_string(text.to_owned()));
        let commission = given.commission.as_ref().map(HsaId::as_str);
        let pairs = Attributes::default()
            .instant("now", Some(given.now))
            .text("permission", self.permission)
            .with("qualifiedPermission", qualified.map(Value::new_string))
            .flag("privileged", self.privileged)
            .number("level", assurance.level)
            .flag("multiFactor", assurance.multi_factor)
            .instant("signedInAt", assurance.authenticated_at)
            .number("freshSeconds", self.fresh_seconds)
            .text("assuranceSource", source)
            .flag("disclosureBasis", self.disclosure_basis)
            .flag("heldBeside", self.held_beside)
            .flag("emergency", given.emergency)
            .with("commission", optional(commission))
            .with("purpose", optional(given.purpose.as_deref()))
            .with("networkZone", optional(given.network_zone.as_deref()));
        Context::from_pairs(pairs.0).map_err(|_| Misfit)
    }
}

/// The context of the question whether a grant counts.
pub(super) fn rely_context(now: Instant, permission: &str) -> Built<Context> {
    let pairs = Attributes::default()
        .instant("now", Some(now))
        .text("permission", permission);
    Context::from_pairs(pairs.0).map_err(|_| Misfit)
}

/// The key under which a permission of a system's role is held.
pub(super) fn qualified(system: SystemId, permission: &str) -> String {
    format!("{system}/{permission}")
}

/// The key under which a grant confers a permission.
pub(super) fn tag_key(grant: &GrantFacts, permission: &str) -> String {
    match grant.role.system {
        Some(system) => qualified(system, permission),
        None => permission.to_owned(),
    }
}
