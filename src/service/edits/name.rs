//! How callers name what an edit is about: everything is read as the caller first, so that what may not be seen
//! looks like what is not there.

use strum::IntoStaticStr;

use crate::error::{InputPath, ServiceError};
use crate::idempotency::InputDigest;
use crate::register::named;
use crate::session::Session;
use domain::Words;
use domain::action::Readable;
use domain::edit::Edit;
use domain::id::{self, Id};
use domain::problem::Missing;
use domain::target::ExternalKey;
use domain::text::{HostName, Identifier, Reference};
use domain::{Date, HsaId, Kind, PermissionName};

/// A system's classes, and how they came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Confidentiality class, 1 to 4.
    pub confidentiality: i64,
    /// Integrity class, 1 to 4.
    pub integrity: i64,
    /// Availability class, 1 to 4.
    pub availability: i64,
    /// When it was decided.
    pub decided_on: Date,
    /// When it is to be looked at again.
    pub review_by: Option<Date>,
    /// The separate analysis that class 4 demands.
    pub analysis: Option<Reference>,
}

impl Class {
    fn digest(&self, digest: InputDigest) -> InputDigest {
        let Self {
            confidentiality,
            integrity,
            availability,
            decided_on,
            review_by,
            analysis,
        } = self;
        digest
            .with("confidentiality", Some(confidentiality))
            .with("integrity", Some(integrity))
            .with("availability", Some(availability))
            .with("decidedOn", Some(decided_on))
            .with("reviewBy", review_by.as_ref())
            .with("analysis", analysis.as_ref())
    }
}

/// An edit with its things as the caller names them.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum EditName {
    /// Moving an organisation.
    MoveOrganisation {
        /// What, by HSA-id.
        organisation: HsaId,
        /// Below what, by HSA-id.
        parent: HsaId,
    },
    /// Moving a server.
    MoveServer {
        /// The server, by host name.
        server: HostName,
        /// The segment, by external id.
        segment: Identifier,
    },
    /// Giving a role a permission, or taking one from it.
    SetRolePermission {
        /// The role, by external id.
        role: Identifier,
        /// The permission.
        permission: PermissionName,
        /// Whether the role holds it.
        held: bool,
    },
    /// Saying whether a role is privileged.
    SetRolePrivileged {
        /// The role, by external id.
        role: Identifier,
        /// Whether it is.
        privileged: bool,
    },
    /// Saying whether a permission is privileged.
    SetPermissionPrivileged {
        /// The permission.
        permission: PermissionName,
        /// The system that has it, by external id; `None`: general roles hold it.
        system: Option<Identifier>,
        /// Whether it is.
        privileged: bool,
    },
    /// Classifying a system.
    ClassifySystem {
        /// The system, by external id.
        system: Identifier,
        /// Its classes.
        class: Class,
    },
    /// Saying whether servers of a segment can be taken over from another.
    SetControl {
        /// From where, by external id.
        controller: Identifier,
        /// What, by external id.
        controlled: Identifier,
        /// Whether they can.
        controls: bool,
    },
}

impl EditName {
    /// The field of the input.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.into()
    }

    fn at(&self, field: &str) -> InputPath {
        InputPath::input().at("edit").at(self.field()).at(field)
    }

    /// The digest with the edit, field by field: kept for as long as the caller's key, so it depends on nothing
    /// but what was asked for.
    pub(super) fn digest(&self, digest: InputDigest) -> InputDigest {
        let digest = digest.with("edit", Some(self.field()));
        match self {
            Self::MoveOrganisation {
                organisation,
                parent,
            } => digest
                .with("organisation", Some(organisation))
                .with("parent", Some(parent)),
            Self::MoveServer { server, segment } => digest
                .with("server", Some(server))
                .with("segment", Some(segment)),
            Self::SetRolePermission {
                role,
                permission,
                held,
            } => digest
                .with("role", Some(role))
                .with("permission", Some(permission))
                .with("held", Some(held)),
            Self::SetRolePrivileged { role, privileged } => digest
                .with("role", Some(role))
                .with("privileged", Some(privileged)),
            Self::SetPermissionPrivileged {
                permission,
                system,
                privileged,
            } => digest
                .with("permission", Some(permission))
                .with("system", system.as_ref())
                .with("privileged", Some(privileged)),
            Self::ClassifySystem { system, class } => {
                class.digest(digest.with("system", Some(system)))
            }
            Self::SetControl {
                controller,
                controlled,
                controls,
            } => digest
                .with("controller", Some(controller))
                .with("controlled", Some(controlled))
                .with("controls", Some(controls)),
        }
    }

    /// Numbers that the schema does not bound are in bounds.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let Self::ClassifySystem { class, .. } = self else {
            return Ok(());
        };
        for (field, value) in [
            ("confidentiality", class.confidentiality),
            ("integrity", class.integrity),
            ("availability", class.availability),
        ] {
            self.class(field, value)?;
        }
        Ok(())
    }

    fn class(&self, field: &str, value: i64) -> Result<u8, ServiceError> {
        let class = u8::try_from(value)
            .ok()
            .filter(|class| (1..=4).contains(class));
        class.ok_or_else(|| ServiceError::Input {
            path: self.at(field),
            problem: Words::new(
                "expected a class from 1 to 4",
                "Ange en klass från 1 till 4.",
            ),
        })
    }

    /// The edit.
    pub(super) async fn find(&self, session: &Session) -> Result<Edit, Unfound> {
        Ok(match self {
            Self::MoveOrganisation {
                organisation,
                parent,
            } => {
                let key = |hsa_id: &HsaId| ExternalKey::Organisation(hsa_id.clone());
                let (organisation, parent) = both(
                    self.one(session, "organisation", key(organisation)).await,
                    self.one(session, "parent", key(parent)).await,
                )?;
                Edit::MoveOrganisation {
                    organisation,
                    parent,
                }
            }
            Self::MoveServer { server, segment } => {
                let server = ExternalKey::Server(server.clone());
                let segment = ExternalKey::Segment(segment.clone());
                let (server, segment) = both(
                    self.one(session, "server", server).await,
                    self.one(session, "segment", segment).await,
                )?;
                Edit::MoveServer { server, segment }
            }
            Self::SetRolePermission {
                role,
                permission,
                held,
            } => Edit::SetRolePermission {
                role: self.role(session, role).await?,
                permission: permission.clone(),
                held: *held,
            },
            Self::SetRolePrivileged { role, privileged } => Edit::SetRolePrivileged {
                role: self.role(session, role).await?,
                privileged: *privileged,
            },
            Self::SetPermissionPrivileged {
                permission,
                system,
                privileged,
            } => Edit::SetPermissionPrivileged {
                permission: permission.clone(),
                system: match system {
                    Some(name) => Some(self.system(session, name).await?),
                    None => None,
                },
                privileged: *privileged,
            },
            Self::ClassifySystem { system, class } => Edit::ClassifySystem {
                system: self.system(session, system).await?,
                confidentiality: self.class("confidentiality", class.confidentiality)?,
                integrity: self.class("integrity", class.integrity)?,
                availability: self.class("availability", class.availability)?,
                decided_on: class.decided_on,
                review_by: class.review_by,
                analysis: class.analysis.clone(),
            },
            Self::SetControl {
                controller,
                controlled,
                controls,
            } => {
                let key = |name: &Identifier| ExternalKey::Segment(name.clone());
                let (from, to) = both(
                    self.one(session, "controller", key(controller)).await,
                    self.one(session, "controlled", key(controlled)).await,
                )?;
                Edit::SetControl {
                    controller: from,
                    controlled: to,
                    controls: *controls,
                }
            }
        })
    }

    async fn role(&self, session: &Session, name: &Identifier) -> Result<id::RoleId, Unfound> {
        self.one(session, "role", ExternalKey::Role(name.clone()))
            .await
    }

    async fn system(&self, session: &Session, name: &Identifier) -> Result<id::SystemId, Unfound> {
        let key = ExternalKey::System(name.clone());
        self.one(session, "system", key).await
    }

    async fn one<K: Kind + Readable>(
        &self,
        session: &Session,
        field: &str,
        key: ExternalKey,
    ) -> Result<Id<K>, Unfound> {
        let found = named::<K>(session, key).await?;
        found
            .map(|(id, _)| id)
            .map_err(|missing| Unfound::At(vec![(self.at(field), missing)]))
    }
}

/// Both, or everything that is wrong with either.
fn both<A, B>(one: Result<A, Unfound>, other: Result<B, Unfound>) -> Result<(A, B), Unfound> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Unfound::At(mut paths)), Err(Unfound::At(more))) => {
            paths.extend(more);
            Err(Unfound::At(paths))
        }
        (Err(Unfound::Failed(error)), _) | (_, Err(Unfound::Failed(error))) => {
            Err(Unfound::Failed(error))
        }
        (Err(unfound), Ok(_)) | (Ok(_), Err(unfound)) => Err(unfound),
    }
}

/// Why there is no edit.
pub(super) enum Unfound {
    /// Nothing of the names in these places is to be found, or to be seen.
    At(Vec<(InputPath, Missing)>),
    /// It could not be looked for.
    Failed(ServiceError),
}

impl From<ServiceError> for Unfound {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}
