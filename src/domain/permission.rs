//! Permissions: the closed list of the service's own, and the open names of governed systems.

use super::language::Words;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::text::looks_like_personal_number;

macro_rules! service_permissions {
    ($($variant:ident, $name:literal, $action:literal;)*) => {
        /// A permission of the service itself. Only general roles can hold one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ServicePermission {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl ServicePermission {
            /// Every permission of the service.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The permission's name, as in roles and events.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The policy action that asks for it.
            #[must_use]
            pub const fn action(self) -> &'static str {
                match self { $(Self::$variant => $action,)* }
            }
        }
    };
}

service_permissions! {
    OrganisationRead, "organisation:read", "readOrganisation";
    OrganisationManage, "organisation:manage", "manageOrganisation";
    PersonRead, "person:read", "readPerson";
    PersonManage, "person:manage", "managePerson";
    ServiceRead, "service:read", "readService";
    ServiceManage, "service:manage", "manageService";
    SystemRead, "system:read", "readSystem";
    SystemManage, "system:manage", "manageSystem";
    ServerRead, "server:read", "readServer";
    ServerManage, "server:manage", "manageServer";
    RoleRead, "role:read", "readRole";
    RoleManage, "role:manage", "manageRole";
    GrantRead, "grant:read", "readGrant";
    GrantRequest, "grant:request", "requestGrant";
    GrantApprove, "grant:approve", "approveGrant";
    GrantRevoke, "grant:revoke", "revokeGrant";
    GrantProvision, "grant:provision", "provisionGrant";
    DecisionRead, "decision:read", "readDecision";
    DecisionReview, "decision:review", "reviewDecision";
    DecisionAsk, "decision:ask", "askDecision";
    ReachRead, "reach:read", "readReach";
    PolicyRead, "policy:read", "readPolicy";
    PolicyManage, "policy:manage", "managePolicy";
    RegisterImport, "register:import", "importRegister";
}

impl fmt::Display for ServicePermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ServicePermission {
    /// Whether using it demands a strong and recent sign-in, as for its action in the schema: it changes the
    /// register, the policies or who may do what, or says what the policies are. To be given any of them takes
    /// two, see [`is_privileged`].
    #[must_use]
    pub const fn demands_recent_sign_in(self) -> bool {
        matches!(
            self,
            Self::OrganisationManage
                | Self::PersonManage
                | Self::ServiceManage
                | Self::SystemManage
                | Self::ServerManage
                | Self::RoleManage
                | Self::GrantApprove
                | Self::GrantProvision
                | Self::DecisionReview
                | Self::PolicyRead
                | Self::PolicyManage
                | Self::RegisterImport
        )
    }

    /// The permission of that name; `None` for one of a governed system.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.name() == name)
    }
}

/// What a permission of a governed system lets its holder do, as the policies see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Category {
    /// Ordinary work in the system.
    Use,
    /// Running the system itself: servers, databases, configuration.
    Administer,
}

/// Whether a permission is privileged, so that nobody comes to hold it by one human being's word: every permission
/// of the service itself (which have no category), whatever administers, and what the register marks so.
#[must_use]
pub const fn is_privileged(category: Option<Category>, marked: bool) -> bool {
    marked || !matches!(category, Some(Category::Use))
}

/// The name of a permission: `noun:verb` of lower-case letters, digits and hyphens, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PermissionName(String);

/// The text is not the name of a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct PermissionNameError;

impl PermissionNameError {
    /// What would be right.
    #[must_use]
    pub const fn words(&self) -> Words {
        Words::new(
            "not a permission: expected `noun:verb` of lower-case letters, digits and hyphens, at most 64, and no \
             personal number in it",
            "Det är ingen behörighet. Skriv `substantiv:verb` med små bokstäver, siffror och bindestreck, högst 64 \
             tecken och inget personnummer.",
        )
    }
}

impl PermissionName {
    /// A name from outside, which will stand in clear in the log: it names nobody by a personal, coordination or
    /// reserve number.
    ///
    /// # Errors
    /// The text is not the name of a permission, or holds such a number.
    pub fn given(text: &str) -> Result<Self, PermissionNameError> {
        if looks_like_personal_number(text) {
            return Err(PermissionNameError);
        }
        text.parse()
    }
}

impl FromStr for PermissionName {
    type Err = PermissionNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        match text.split_once(':') {
            Some((noun, verb)) if text.len() <= 64 && word(noun) && word(verb) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(PermissionNameError),
        }
    }
}

impl TryFrom<String> for PermissionName {
    type Error = PermissionNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PermissionName> for String {
    fn from(name: PermissionName) -> Self {
        name.0
    }
}

impl From<ServicePermission> for PermissionName {
    fn from(own: ServicePermission) -> Self {
        Self(own.name().to_owned())
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a permission of a governed system is treated until somebody decides otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    /// Its category.
    pub category: Category,
    /// Whether holding it is privileged.
    pub privileged: bool,
    /// Whether the name was unknown, so that somebody should look at it.
    pub flagged: bool,
}

impl PermissionName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The treatment that the seeded map gives a governed permission; an unknown noun counts as
    /// privileged until somebody has looked.
    #[must_use]
    pub fn treatment(&self) -> Treatment {
        let noun = self.0.split_once(':').map_or("", |(noun, _)| noun);
        let (category, privileged, flagged) = match noun {
            "record" => (Category::Use, false, false),
            "system" | "server" | "database" => (Category::Administer, true, false),
            _ => (Category::Use, true, true),
        };
        Treatment {
            category,
            privileged,
            flagged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_own_permission_is_a_well_formed_name_and_is_found_by_it() {
        for own in ServicePermission::ALL {
            assert!(own.name().parse::<PermissionName>().is_ok(), "{own}");
            assert_eq!(ServicePermission::named(own.name()), Some(*own));
        }
        assert_eq!(ServicePermission::named("server:administer"), None);
    }

    #[test]
    fn only_ordinary_use_is_not_privileged() {
        assert!(!is_privileged(Some(Category::Use), false));
        assert!(is_privileged(Some(Category::Use), true));
        assert!(is_privileged(Some(Category::Administer), false));
        assert!(is_privileged(None, false));
    }

    #[test]
    fn an_unknown_noun_is_privileged_and_flagged() {
        let treatment = |name: &str| name.parse::<PermissionName>().unwrap().treatment();
        assert_eq!(treatment("record:read").category, Category::Use);
        assert!(!treatment("record:read").privileged);
        assert!(treatment("server:administer").privileged);
        assert!(treatment("pump:start").flagged && treatment("pump:start").privileged);
        for wrong in [
            "record",
            "Record:read",
            "record:",
            ":read",
            "a:b:c",
            "a b:c",
        ] {
            assert!(wrong.parse::<PermissionName>().is_err(), "{wrong}");
            assert!(PermissionName::given(wrong).is_err(), "{wrong}");
        }
        assert!(PermissionName::given("record:read").is_ok());
        for number in ["p19800101-1234:read", "record:x198001011234"] {
            assert!(PermissionName::given(number).is_err(), "{number}");
        }
    }
}
