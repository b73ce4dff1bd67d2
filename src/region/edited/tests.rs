//! What an edit makes of the region is what the log would tell of it afterwards.

use domain::id::{Id, Kind, PermissionId, RoleId, SegmentId, ServerId, ServiceId, SystemId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::Told;

fn id<K: Kind>(letter: char) -> Id<K> {
    let number = Uuid::from_u128(u128::from(u32::from(letter)));
    EntityRef::new(K::KIND, number).to_id().unwrap()
}

fn tell(region: &mut Region, thing: impl Into<EntityRef>, clear: Value) {
    let Value::Object(clear) = clear else {
        panic!("{clear} is no object")
    };
    let told = Told {
        clear,
        ..Told::default()
    };
    region.tell(thing.into(), told).unwrap();
}

const REGION: char = 'a';
const HOSPITAL: char = 'b';
const WARD: char = 'c';

fn organisation(region: &mut Region, letter: char, parent: Option<char>) {
    let parent = parent.map(id::<domain::id::Organisation>);
    let told = json!({ "hsaId": format!("SE2321000016-{letter}"), "parent": parent });
    tell(region, id::<domain::id::Organisation>(letter), told);
}

fn system(classification: Option<Value>) -> Value {
    let mut told = json!({ "externalId": "cosmic", "organisation": organisation_id(HOSPITAL),
        "patientLevel": 3 });
    if let Some(classification) = classification {
        told["classification"] = classification;
    }
    told
}

fn organisation_id(letter: char) -> OrganisationId {
    id(letter)
}

fn role(permissions: &[PermissionId], privileged: bool) -> Value {
    json!({ "externalId": "drift", "system": id::<domain::id::System>('a'),
        "privileged": privileged, "permissions": permissions })
}

fn segment(name: &str, controls: &[SegmentId]) -> Value {
    json!({ "externalId": name, "organisation": organisation_id(HOSPITAL),
        "environment": "production", "controls": controls })
}

fn server(segment: SegmentId) -> Value {
    json!({ "externalId": "h1", "segment": segment })
}

fn service(trusted: bool) -> Value {
    json!({ "externalId": "kanal", "organisation": organisation_id(REGION), "from": "2026-01-01",
        "trustedToAssert": trusted })
}

fn permission(name: &str, privileged: bool) -> Value {
    json!({ "system": id::<domain::id::System>('a'), "name": name, "category": "use",
        "privileged": privileged })
}

/// A hospital with a ward, and a system with a role, two permissions, two segments and a server.
fn hospital() -> Region {
    let mut region = Region::default();
    tell(&mut region, INSTALLATION, json!({}));
    organisation(&mut region, REGION, None);
    organisation(&mut region, HOSPITAL, Some(REGION));
    organisation(&mut region, WARD, Some(HOSPITAL));
    tell(&mut region, id::<domain::id::System>('a'), system(None));
    for (letter, name) in [('a', "record:read"), ('b', "record:sign")] {
        let told = permission(name, letter == 'b');
        tell(&mut region, id::<domain::id::Permission>(letter), told);
    }
    tell(
        &mut region,
        id::<domain::id::Role>('a'),
        role(&[id('b')], true),
    );
    tell(
        &mut region,
        id::<domain::id::Segment>('a'),
        segment("s1", &[]),
    );
    tell(
        &mut region,
        id::<domain::id::Segment>('b'),
        segment("s2", &[id('a')]),
    );
    tell(&mut region, id::<domain::id::Server>('a'), server(id('a')));
    tell(&mut region, id::<domain::id::Service>('a'), service(false));
    region
}

fn name(name: &str) -> PermissionName {
    name.parse().unwrap()
}

fn held(permission: &str, held: bool) -> Edit {
    let (role, permission) = (id('a'), name(permission));
    Edit::SetRolePermission {
        role,
        permission,
        held,
    }
}

fn moved(organisation: char, parent: char) -> Edit {
    let (organisation, parent) = (id(organisation), id(parent));
    Edit::MoveOrganisation {
        organisation,
        parent,
    }
}

fn controlled(from: char, into: char, controls: bool) -> Edit {
    Edit::SetControl {
        controller: id(from),
        controlled: id(into),
        controls,
    }
}

fn treated(permission: &str, privileged: bool) -> Edit {
    Edit::SetPermissionPrivileged {
        permission: name(permission),
        system: Some(id('a')),
        privileged,
    }
}

fn classified() -> Edit {
    Edit::ClassifySystem {
        system: id('a'),
        confidentiality: 4,
        integrity: 2,
        availability: 2,
        decided_on: "2026-11-01".parse().unwrap(),
        review_by: None,
        analysis: None,
    }
}

/// Each edit, and of which thing what is told by it.
fn edits() -> Vec<(Edit, EntityRef, Value)> {
    let (role_id, server_id, service_id): (RoleId, ServerId, ServiceId) =
        (id('a'), id('a'), id('a'));
    let (one, two): (SegmentId, SegmentId) = (id('a'), id('b'));
    let class = json!({ "confidentiality": 4, "integrity": 2, "availability": 2,
        "decidedOn": "2026-11-01" });
    let ward = json!({ "hsaId": "SE2321000016-c", "parent": organisation_id(REGION) });
    let to_two = Edit::MoveServer {
        server: server_id,
        segment: two,
    };
    let plain = Edit::SetRolePrivileged {
        role: role_id,
        privileged: false,
    };
    let trusted = Edit::SetTrustedToAssert {
        service: service_id,
        trusted: true,
    };
    let system_id: SystemId = id('a');
    let first: PermissionId = id('a');
    vec![
        (moved(WARD, REGION), organisation_id(WARD).into(), ward),
        (to_two, server_id.into(), server(two)),
        (
            held("record:read", true),
            role_id.into(),
            role(&[id('a'), id('b')], true),
        ),
        (held("record:sign", false), role_id.into(), role(&[], true)),
        (plain, role_id.into(), role(&[id('b')], false)),
        (
            treated("record:read", true),
            first.into(),
            permission("record:read", true),
        ),
        (classified(), system_id.into(), system(Some(class))),
        (
            controlled('a', 'b', true),
            one.into(),
            segment("s1", &[two]),
        ),
        (controlled('b', 'a', false), two.into(), segment("s2", &[])),
        (trusted, service_id.into(), service(true)),
    ]
}

#[test]
fn an_edit_makes_of_the_region_what_is_told_of_it_afterwards() {
    for (edit, thing, told) in edits() {
        let (before, mut after) = (hospital(), hospital());
        tell(&mut after, thing, told);
        let edited = before.edited(&edit).unwrap();
        assert!(edited == after, "{edit:?}");
        assert!(edited != before, "{edit:?}");
        assert!(before == hospital(), "{edit:?}");
    }
}

#[test]
fn what_is_so_already_or_cannot_be_makes_nothing() {
    let to_one = Edit::MoveServer {
        server: id('a'),
        segment: id('a'),
    };
    let nowhere = Edit::MoveServer {
        server: id('a'),
        segment: id('x'),
    };
    let nothing = [
        moved(WARD, HOSPITAL),
        moved(HOSPITAL, WARD),
        moved(HOSPITAL, HOSPITAL),
        moved(WARD, 'x'),
        to_one,
        nowhere,
        held("record:sign", true),
        held("record:read", false),
        held("policy:manage", true),
        treated("policy:manage", true),
        controlled('b', 'a', true),
        controlled('a', 'b', false),
        controlled('a', 'x', true),
    ];
    for edit in nothing {
        assert!(hospital().edited(&edit).is_none(), "{edit:?}");
    }
    // Somebody has looked at it, and the parts of a class that no decision asks about may be others.
    assert!(hospital().edited(&treated("record:sign", true)).is_some());
    let once = hospital().edited(&classified()).unwrap();
    assert!(once.edited(&classified()).is_some());
}
