//! The records of each kind, field by field.

use super::super::Kind;
use super::super::fields::{Fields, Noted, Read};
use super::super::form::one_of;
use super::super::json::Json;
use super::super::record::{
    Account, Classification, Database, Engagement, Organisation, Person, Record, Role, Segment,
    Server, Service, SupplierAssessment, System,
};
use super::grant::grant;
use domain::facts::EngagementKind;
use domain::{Named, PermissionName, ServicePermission, Words};

pub(super) fn record(kind: Kind, f: &mut Fields<'_>) -> Read<Record> {
    match kind {
        Kind::Organisation => organisation(f).map(Record::Organisation),
        Kind::Person => person(f).map(Record::Person),
        Kind::Engagement => engagement(f).map(Record::Engagement),
        Kind::System => system(f).map(Record::System),
        Kind::Segment => segment(f).map(Record::Segment),
        Kind::Server => server(f).map(Record::Server),
        Kind::Database => database(f).map(Record::Database),
        Kind::Service => service(f).map(Record::Service),
        Kind::Account => account(f).map(Record::Account),
        Kind::SupplierAssessment => assessment(f).map(Record::SupplierAssessment),
        Kind::Role => role(f).map(Record::Role),
        Kind::Grant => grant(f).map(Record::Grant),
    }
}

fn organisation(f: &mut Fields<'_>) -> Read<Organisation> {
    let above = f.hsa_or_null("parent");
    let kind = f.one_of("type", Organisation::TYPES);
    let is_authority = f.boolean("authority");
    let given = f.absent_or("careProvider", |f, key| f.boolean(key).map(Some));
    let provides = given.and_then(|given| match (given, &above, &kind, &is_authority) {
        (Some(given), ..) => Ok(given),
        (None, Ok(above), Ok(kind), Ok(is_authority)) => Ok(Organisation::provides_care(
            kind,
            above.is_none(),
            *is_authority,
        )),
        (None, ..) => Err(Noted),
    });
    all!(Organisation {
        external_id: f.hsa("externalId"),
        name: f.name("name"),
        parent: above,
        organisation_type: kind,
        authority: is_authority,
        care_provider: provides,
        max_privileged_grants: f.absent_or("maxPrivilegedGrants", Fields::count_or_null),
    })
}

fn person(f: &mut Fields<'_>) -> Read<Person> {
    let known = |text: &str| {
        Person::CREDENTIALS
            .iter()
            .copied()
            .find(|name| *name == text)
    };
    all!(Person {
        external_id: f.hsa("externalId"),
        individual: f.individual("individual"),
        given_name: f.personal_name("givenName"),
        family_name: f.personal_name("familyName"),
        email: f.email("email"),
        protected_identity: f.boolean("protectedIdentity"),
        training_completed_on: f.date_or_null("trainingCompletedOn"),
        credentials: f.list("credentials", &one_of(Person::CREDENTIALS), known),
    })
}

fn engagement(f: &mut Fields<'_>) -> Read<Engagement> {
    let types: Vec<_> = EngagementKind::names().collect();
    let read = all!(Engagement {
        external_id: f.id("externalId"),
        person: f.hsa("person"),
        engagement_type: f.form("type", &one_of(&types), EngagementKind::named),
        employer: f.hsa("employer"),
        unit: f.hsa("unit"),
        responsible: f.hsa_or_null("responsible"),
        from: f.date("from"),
        until: f.date_or_null("until"),
        absent_from: f.date_or_null("absentFrom"),
        absent_until: f.date_or_null("absentUntil"),
    })?;
    f.in_order(("from", Some(read.from)), ("until", read.until));
    f.in_order(
        ("absentFrom", read.absent_from),
        ("absentUntil", read.absent_until),
    );
    if read.absent_from.is_none() && read.absent_until.is_some() {
        f.wrong(
            "absentFrom",
            None,
            Words::part(
                "it is null, but `absentUntil` is a date",
                "det är null, men `absentUntil` är ett datum",
            ),
            &Words::part("the first day too", "den första dagen också"),
        );
    }
    Ok(read)
}

fn system(f: &mut Fields<'_>) -> Read<System> {
    all!(System {
        external_id: f.id("externalId"),
        name: f.name("name"),
        owner: f.hsa_or_null("owner"),
        administrator: f.hsa_or_null("administrator"),
        it_owner: f.hsa_or_null("itOwner"),
        it_manager: f.hsa_or_null("itManager"),
        organisation: f.hsa("organisation"),
        classification: classification(f),
        patient_data: f.boolean("patientData"),
        personal_data: f.boolean("personalData"),
        business_critical: f.boolean("businessCritical"),
        enforcement: f.one_of("enforcement", System::ENFORCEMENTS),
        supplier: f.hsa_or_null("supplier"),
        password_login_until: f.date_or_null("passwordLoginUntil"),
    })
}

fn classification(f: &mut Fields<'_>) -> Read<Option<Classification>> {
    let right = Words::part(
        "an object with confidentiality, integrity, availability, decidedOn and reviewBy, or null",
        "ett objekt med confidentiality, integrity, availability, decidedOn och reviewBy, eller null",
    );
    let value = f.take("classification", &right)?;
    if *value == Json::Null {
        return Ok(None);
    }
    let members = value
        .members()
        .ok_or_else(|| f.mistyped("classification", value, &right))?;
    f.nested(members, "classification.", |f| {
        all!(Classification {
            confidentiality: f.level("confidentiality"),
            integrity: f.level("integrity"),
            availability: f.level("availability"),
            decided_on: f.date("decidedOn"),
            review_by: f.date("reviewBy"),
            analysis: f.absent_or("analysis", Fields::reference_or_null),
        })
    })
    .map(Some)
}

fn segment(f: &mut Fields<'_>) -> Read<Segment> {
    let read = all!(Segment {
        external_id: f.id("externalId"),
        name: f.name("name"),
        system: f.id_or_null("system"),
        organisation: f.hsa("organisation"),
        environment: f.one_of("environment", Segment::ENVIRONMENTS),
        patient_data: f.boolean("patientData"),
        change_from: f.absent_or("changeFrom", Fields::date_or_null),
        change_until: f.absent_or("changeUntil", Fields::date_or_null),
        controls: f.ids("controls"),
    })?;
    f.in_order(
        ("changeFrom", read.change_from),
        ("changeUntil", read.change_until),
    );
    if read.change_from.is_some() != read.change_until.is_some() {
        let key = if read.change_from.is_none() {
            "changeFrom"
        } else {
            "changeUntil"
        };
        f.wrong(
            key,
            None,
            Words::part(
                "it is null, but the other end of the period is a date",
                "det är null, men periodens andra ände är ett datum",
            ),
            &Words::part("a date", "ett datum"),
        );
    }
    Ok(read)
}

fn server(f: &mut Fields<'_>) -> Read<Server> {
    all!(Server {
        external_id: f.host("externalId"),
        segment: f.id("segment"),
        operating_system: f.reference("operatingSystem"),
    })
}

fn database(f: &mut Fields<'_>) -> Read<Database> {
    all!(Database {
        external_id: f.id("externalId"),
        name: f.name("name"),
        system: f.id("system"),
        server: f.host("server"),
    })
}

fn service(f: &mut Fields<'_>) -> Read<Service> {
    let read = all!(Service {
        external_id: f.client("externalId"),
        name: f.name("name"),
        owner: f.hsa("owner"),
        deputy: f.hsa("deputy"),
        organisation: f.hsa("organisation"),
        declared_scope: f.absent_or("declaredScope", Fields::hsa_or_null),
        from: f.date("from"),
        until: f.date_or_null("until"),
    })?;
    f.in_order(("from", Some(read.from)), ("until", read.until));
    Ok(read)
}

fn account(f: &mut Fields<'_>) -> Read<Account> {
    all!(Account {
        external_id: f.id("externalId"),
        account_type: f.one_of("type", Account::TYPES),
        name: f.name("name"),
        system: f.id_or_null("system"),
        owner: f.hsa_or_null("owner"),
        deputy: f.hsa_or_null("deputy"),
        until: f.date_or_null("until"),
    })
}

fn assessment(f: &mut Fields<'_>) -> Read<SupplierAssessment> {
    let read = all!(SupplierAssessment {
        external_id: f.id("externalId"),
        supplier: f.hsa("supplier"),
        authority: f.hsa("authority"),
        system: f.id("system"),
        decided_on: f.date("decidedOn"),
        valid_until: f.date("validUntil"),
        decided_by: f.hsa("decidedBy"),
        agreement: f.reference("agreement"),
    })?;
    f.in_order(
        ("decidedOn", Some(read.decided_on)),
        ("validUntil", Some(read.valid_until)),
    );
    Ok(read)
}

fn role(f: &mut Fields<'_>) -> Read<Role> {
    let right = Words::part(
        "`noun:verb` of lower-case letters, digits and hyphens, at most 64 characters, and no personal number",
        "`substantiv:verb` med små bokstäver, siffror och bindestreck, högst 64 tecken, och inget personnummer",
    );
    let form = |text: &str| PermissionName::given(text).ok();
    let read = all!(Role {
        external_id: f.id("externalId"),
        name: f.name("name"),
        system: f.id_or_null("system"),
        privileged: f.boolean("privileged"),
        patient_data: f.boolean("patientData"),
        max_holders: f.absent_or("maxHolders", Fields::count_or_null),
        permissions: f.list("permissions", &right, form),
    })?;
    if read.system.is_some() {
        for own in &read.permissions {
            if ServicePermission::named(own.as_str()).is_some() {
                let wrong = Words::part(
                    "is a permission of the service itself",
                    "är en av tjänstens egna behörigheter",
                );
                let right = Words::part(
                    "the system's own permissions, or `system` null",
                    "systemets egna behörigheter, eller `system` null",
                );
                f.wrong("permissions", Some(own.as_str()), wrong, &right);
            }
        }
    }
    Ok(read)
}
