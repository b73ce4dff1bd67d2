//! The records of each kind, with the keys that feeds have.
//!
//! Values are read by the rules of feeds and not by scalars, so that what is wrong with one record is told with it and the
//! others are looked at all the same. To add a field: here, and its row in `feed::draft`, which a test holds this to.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use serde_json::{Map, Value};
use service::provision::{Draft, RecordKind as Kind};

/// A value as feeds have it.
trait Fed {
    fn fed(self) -> Value;
}

impl Fed for String {
    fn fed(self) -> Value {
        self.into()
    }
}

impl Fed for bool {
    fn fed(self) -> Value {
        self.into()
    }
}

impl Fed for i64 {
    fn fed(self) -> Value {
        self.into()
    }
}

impl Fed for Vec<String> {
    fn fed(self) -> Value {
        self.into()
    }
}

impl Fed for ClassificationRecordInput {
    fn fed(self) -> Value {
        Value::Object(self.given())
    }
}

/// A field that may be left out, which stays as it is then.
fn give<T: Fed>(given: &mut Map<String, Value>, key: &str, value: MaybeUndefined<T>) {
    match value {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => {
            given.insert(key.to_owned(), Value::Null);
        }
        MaybeUndefined::Value(value) => {
            given.insert(key.to_owned(), value.fed());
        }
    }
}

macro_rules! records {
    ($(
        $(#[doc = $doc:tt])*
        $name:ident { $($(#[doc = $field_doc:tt])* $field:ident, $key:tt, $value:ty;)* }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, InputObject)]
        pub(super) struct $name {
            $($(#[doc = $field_doc])* #[graphql(name = $key)] $field: MaybeUndefined<$value>,)*
        }

        impl $name {
            /// The fields that are given.
            fn given(self) -> Map<String, Value> {
                let mut given = Map::new();
                $(give(&mut given, $key, self.$field);)*
                given
            }
        }
    )*};
}

records! {
    /// An organisation. What is not given stays as it is.
    OrganisationRecordInput {
        /// Its HSA-id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// The organisation above it, by HSA-id; null: none. To move one takes `moveOrganisation`.
        parent, "parent", String;
        /// `region`, `authority`, `administration`, `department`, `unit`, `itCentre`, `vendor` or `privateProvider`.
        organisation_type, "type", String;
        /// Whether it is an authority (myndighet).
        authority, "authority", bool;
        /// Whether it is a care provider; not given for a new one: as its type and place say.
        care_provider, "careProvider", bool;
        /// How many privileged grants one human being may hold who is engaged here or below; null: any number.
        max_privileged_grants, "maxPrivilegedGrants", i64;
    }

    /// A person, which is one employee HSA-id. What is not given stays as it is.
    PersonRecordInput {
        /// The employee HSA-id; always needed.
        external_id, "externalId", String;
        /// An opaque key of the human being, the same for all their HSA-ids.
        individual, "individual", String;
        /// Given name.
        given_name, "givenName", String;
        /// Family name.
        family_name, "familyName", String;
        /// Address of electronic mail.
        email, "email", String;
        /// Whether the identity is protected.
        protected_identity, "protectedIdentity", bool;
        /// The day on which the security training was completed; null: never.
        training_completed_on, "trainingCompletedOn", String;
        /// `siths`, `siths-reserve`, `mobile`: all that there are.
        credentials, "credentials", Vec<String>;
    }

    /// An engagement: what a person is employed as, or does for the region. What is not given stays as it is.
    EngagementRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// Whose it is, by HSA-id.
        person, "person", String;
        /// `employee`, `hourly`, `student`, `consultant`, `vendor`, `privateProvider` or `auditorExpert`.
        engagement_type, "type", String;
        /// Who employs, by HSA-id.
        employer, "employer", String;
        /// Where the person works, by HSA-id.
        unit, "unit", String;
        /// The manager, or the sponsor of somebody from outside, by HSA-id; null: nobody.
        responsible, "responsible", String;
        /// The first day.
        from, "from", String;
        /// The last day; null: none is set.
        until, "until", String;
        /// The first day of an absence; null: there is none.
        absent_from, "absentFrom", String;
        /// The last day of the absence; null: until further notice.
        absent_until, "absentUntil", String;
    }

    /// A system. What is not given stays as it is.
    SystemRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// Who owns it (systemägare), by HSA-id; null: nobody.
        owner, "owner", String;
        /// Who administers it (systemförvaltare), by HSA-id; null: nobody.
        administrator, "administrator", String;
        /// Who owns its technology (IT-systemägare), by HSA-id; null: nobody.
        it_owner, "itOwner", String;
        /// Who leads the management of its technology (förvaltningsledare IT), by HSA-id; null: nobody.
        it_manager, "itManager", String;
        /// Who answers for it, by HSA-id.
        organisation, "organisation", String;
        /// How grave its information is; null: it has not been classified.
        classification, "classification", ClassificationRecordInput;
        /// Whether it holds patient data.
        patient_data, "patientData", bool;
        /// Whether it holds personal data.
        personal_data, "personalData", bool;
        /// Whether care stops without it.
        business_critical, "businessCritical", bool;
        /// `runtime`: it asks here; `provisioned`: its accounts follow the grants; `manual`; `none`.
        enforcement, "enforcement", String;
        /// Who supplies it, by HSA-id; null: nobody.
        supplier, "supplier", String;
        /// The last day on which a password is enough; null: a password is judged as everywhere.
        password_login_until, "passwordLoginUntil", String;
    }

    /// How grave a system's information is, as a whole: what is not given of it is missing.
    ClassificationRecordInput {
        /// The class of confidentiality, 1 to 4.
        confidentiality, "confidentiality", i64;
        /// The class of integrity, 1 to 4.
        integrity, "integrity", i64;
        /// The class of availability, 1 to 4.
        availability, "availability", i64;
        /// The day on which it was decided.
        decided_on, "decidedOn", String;
        /// The day by which it is to be looked at again.
        review_by, "reviewBy", String;
        /// The separate analysis that class 4 demands; null: none is named.
        analysis, "analysis", String;
    }

    /// A segment: servers that are administered together. What is not given stays as it is.
    SegmentRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// Its system, by the source's id; null: shared infrastructure.
        system, "system", String;
        /// Who answers for it, by HSA-id.
        organisation, "organisation", String;
        /// `production`, `test` or `training`.
        environment, "environment", String;
        /// Whether it holds patient data.
        patient_data, "patientData", bool;
        /// The first day of the period in which it may be changed; null: at any time.
        change_from, "changeFrom", String;
        /// The last day of that period; null: at any time.
        change_until, "changeUntil", String;
        /// The segments whose servers can be taken over from here, by the source's id: all that there are.
        controls, "controls", Vec<String>;
    }

    /// A server. What is not given stays as it is.
    ServerRecordInput {
        /// Its host name; always needed.
        external_id, "externalId", String;
        /// Its segment, by the source's id. To move it takes `moveServer`.
        segment, "segment", String;
        /// What it runs.
        operating_system, "operatingSystem", String;
    }

    /// A database. What is not given stays as it is.
    DatabaseRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// Its system, by the source's id.
        system, "system", String;
        /// The server that it runs on, by host name.
        server, "server", String;
    }

    /// A service: an OAuth client. What is not given stays as it is.
    ServiceRecordInput {
        /// Its client id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// Who answers for it, by HSA-id.
        owner, "owner", String;
        /// Who does when the owner cannot, by HSA-id.
        deputy, "deputy", String;
        /// Which organisation answers for it, by HSA-id.
        organisation, "organisation", String;
        /// Outside of which organisation it changes nothing, by HSA-id; null: only its grants bound it.
        declared_scope, "declaredScope", String;
        /// The first day.
        from, "from", String;
        /// The last day; null: none is set.
        until, "until", String;
    }

    /// A technical account. What is not given stays as it is.
    AccountRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// `directory`, `local`, `database` or `shared`.
        account_type, "type", String;
        /// Its name.
        name, "name", String;
        /// The system that it is in, by the source's id; null: none.
        system, "system", String;
        /// Who answers for it, by HSA-id; null: nobody.
        owner, "owner", String;
        /// Who does when the owner cannot, by HSA-id; null: nobody.
        deputy, "deputy", String;
        /// The last day; null: none is set.
        until, "until", String;
    }

    /// That a supplier may be entrusted with an authority's secrets in a system (OSL 10 kap. 2 a §). An integration may
    /// shorten or withdraw one, and no more.
    SupplierAssessmentRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// The supplier, by HSA-id.
        supplier, "supplier", String;
        /// The authority whose secrets they are, by HSA-id.
        authority, "authority", String;
        /// The system, by the source's id.
        system, "system", String;
        /// The day on which it was decided.
        decided_on, "decidedOn", String;
        /// The last day on which it holds.
        valid_until, "validUntil", String;
        /// Who decided, by HSA-id.
        decided_by, "decidedBy", String;
        /// The agreement that it rests on.
        agreement, "agreement", String;
    }

    /// A role. What is not given stays as it is.
    RoleRecordInput {
        /// The source's id; always needed.
        external_id, "externalId", String;
        /// Its name.
        name, "name", String;
        /// The system that it belongs to, by the source's id; null: a general role.
        system, "system", String;
        /// Whether holding it is privileged.
        privileged, "privileged", bool;
        /// Whether it gives access to patient data.
        patient_data, "patientData", bool;
        /// How many human beings may hold it; null: any number.
        max_holders, "maxHolders", i64;
        /// What it confers: all that there is.
        permissions, "permissions", Vec<String>;
    }
}

/// A record of one kind.
#[derive(Debug, Clone, OneofObject)]
pub(super) enum ProvisionRecordInput {
    /// An organisation. Takes `organisation:manage`.
    Organisation(OrganisationRecordInput),
    /// A person. Takes `person:manage`.
    Person(PersonRecordInput),
    /// An engagement. Takes `person:manage`.
    Engagement(EngagementRecordInput),
    /// A system. Takes `system:manage`.
    System(Box<SystemRecordInput>),
    /// A segment. Takes `server:manage`.
    Segment(SegmentRecordInput),
    /// A server. Takes `server:manage`.
    Server(ServerRecordInput),
    /// A database. Takes `server:manage`.
    Database(DatabaseRecordInput),
    /// A service. Takes `service:manage`.
    Service(ServiceRecordInput),
    /// A technical account. Takes `service:manage`.
    Account(AccountRecordInput),
    /// A supplier assessment. Takes `system:manage`.
    SupplierAssessment(SupplierAssessmentRecordInput),
    /// A role. Takes `role:manage`.
    Role(RoleRecordInput),
}

impl From<ProvisionRecordInput> for Draft {
    fn from(input: ProvisionRecordInput) -> Self {
        use ProvisionRecordInput as Input;
        let (kind, given) = match input {
            Input::Organisation(it) => (Kind::Organisation, it.given()),
            Input::Person(it) => (Kind::Person, it.given()),
            Input::Engagement(it) => (Kind::Engagement, it.given()),
            Input::System(it) => (Kind::System, it.given()),
            Input::Segment(it) => (Kind::Segment, it.given()),
            Input::Server(it) => (Kind::Server, it.given()),
            Input::Database(it) => (Kind::Database, it.given()),
            Input::Service(it) => (Kind::Service, it.given()),
            Input::Account(it) => (Kind::Account, it.given()),
            Input::SupplierAssessment(it) => (Kind::SupplierAssessment, it.given()),
            Input::Role(it) => (Kind::Role, it.given()),
        };
        Self { kind, given }
    }
}
