//! `FORMAT.md` and the program say the same bytes.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::facts::OneSalt;
use super::*;
use crate::canonical;
use crate::envelope::Draft;
use crate::fact::{Fact, Facts};
use crate::slot::commitment;
use crate::state_root::{StateTree, spelled, told};
use domain::facts::{Assurance, AssuranceSource};
use domain::id::{Id, IndividualId, Kind, RunId, SystemId};
use domain::verdict::{Nearest, Obligation, Stage, StepUp, Unmet};

const ANNA_ID: &str = "per_00000000000000000000000050";
const FORMAT: &str = include_str!("../FORMAT.md");

fn numbered<K: Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

/// A decision with every member but slots.
fn full_decision() -> DecisionEvent {
    let mut event = decision(1, 17);
    if let Principal::Known(party) = &mut event.principal {
        party.individual = Some(IndividualId::from_uuid(Uuid::from_u128(2)));
        party.engagements = vec![numbered(4), numbered(3)];
        party.commission = Some("TSTNMT2321000001-2001".parse().unwrap());
        party.authority = Some(UNIT);
        event.asker = Some(Party {
            id: "svc_00000000000000000000000005".parse().unwrap(),
            external: "cosmic".to_owned(),
            individual: None,
            engagements: Vec::new(),
            commission: None,
            units: Vec::new(),
            authority: None,
            path: vec![INSTALLATION.into()],
        });
    }
    event.target.kind = "Record".to_owned();
    event.target.external = Some("journal åäö".to_owned());
    event.target.record_kind = Some("note".to_owned());
    event.target.system = Some(SystemId::from_uuid(Uuid::from_u128(6)));
    event.target.authority = Some(UNIT);
    event.target.care_provider = Some(UNIT);
    event.target.asserted = vec!["blocked".to_owned()];
    event.target.unknown = true;
    event.asker_outcome = Some(Outcome::Allow);
    event.reasons = vec!["z-first".to_owned(), "a-second".to_owned()];
    event.would_refuse = vec!["b".to_owned(), "a".to_owned()];
    event.stages = BTreeMap::from([("a".to_owned(), Stage::Observe)]);
    event.obligations = vec![Obligation::Notify, Obligation::ActiveChoice];
    event.discounted = vec![(GRANT, vec!["no-end".to_owned()])];
    event.step_up = Some(StepUp {
        level: 3,
        max_age_seconds: Some(900),
    });
    event.unmet = Some(Nearest {
        unmet: Unmet::Elsewhere,
        grants: vec![GRANT],
    });
    event.assurance = Some(Assurance {
        level: 3,
        multi_factor: true,
        acr: Some("http://id.sambi.se/loa/loa3".to_owned()),
        methods: vec!["swk".to_owned(), "pin".to_owned()],
        authenticated_at: Some(Instant::from_seconds(1_792_999_000)),
        source: AssuranceSource::Asserted,
    });
    event.network_zone = Some("care".to_owned());
    event.purpose = Some("vård och\nbehandling".to_owned());
    event.acting_for = Some(ANNA);
    event.confirms = Some(numbered(8));
    event.dry_run = true;
    let question = facts::question(UNIT);
    event.facts = Some(fixture::facts(&question).unwrap());
    event.fresh_seconds = Some(900);
    let asker = Facts::standing(
        Fact::principal(&question.principal).unwrap(),
        &question.circumstances,
    );
    event.asker_facts = Some(asker.unwrap());
    event.filter = Some(Fact::filter(&json!({ "inAny": ["org"] })).unwrap());
    event.trace_id = Some("0af7651916cd43dd8448eb211c80319c".to_owned());
    event.listed = vec![UNIT.into(), ANNA.into()];
    event.effect = Some(Effect::Failed);
    event.run = Some(RunId::from_uuid(Uuid::from_u128(7)));
    event
}

fn envelopes() -> Vec<(&'static str, Vec<u8>)> {
    let at = Instant::from_seconds(1_793_000_001);
    let mut revoked = change(8, numbered(1), GRANT.into(), ChangeKind::Revoked);
    revoked.fields.insert("revokedBy".to_owned());
    revoked.state.clear = canonical::Object::new()
        .with("from", "2026-01-01")
        .with("person", ANNA.to_string())
        .with(
            "revokedAt",
            canonical::Value::integer(1_793_000_000_000_000_u64).unwrap(),
        )
        .with("revokedBy", ANNA.to_string());
    revoked.previous = Some(4);
    revoked.change = revoked.change.touching(["hsa:TSTNMT2321000001-1001"]);
    let mut person = change(13, numbered(1), ANNA.into(), ChangeKind::Created);
    person.fields = BTreeSet::from(["hsaId".to_owned()]);
    person.state.clear = canonical::Object::new().with("hsaId", "TSTNMT2321000001-1001");
    let proposal = Some(ANNA.to_string());
    person.change = person.change.about("proposal", proposal);
    let genesis = OperationEvent {
        id: numbered(9),
        name: "genesis",
        decision: None,
        run: None,
        details: canonical::Object::new()
            .with("origin", "behorig.example/log")
            .with("policyDigest", "sha256:00")
            .with("publicKey", "behorig.example/log+00000000+AQ=="),
    };
    let policy = PolicyEvent {
        id: numbered(10),
        change: "release",
        generation: 2,
        digest: "sha256:01".to_owned(),
        decision: Some(numbered(1)),
    };
    let mut unknown = decision(11, 0);
    unknown.principal = Principal::Unknown("TSTNMT2321000001-9999".to_owned());
    unknown.outcome = Outcome::Deny;
    unknown.reasons = Vec::new();
    unknown.matched = Vec::new();
    let mut several = decision(12, 0);
    several.outcome = Outcome::Deny;
    for (kind, name) in [
        ("Server", "srv-1.example"),
        ("Person", ANNA_ID),
        ("Server", "srv-2.example"),
    ] {
        several.add_looked_for(kind, name).unwrap();
    }
    [
        ("decision", Draft::of_decision(&full_decision(), &OneSalt)),
        (
            "decision of somebody unknown",
            Draft::of_decision(&unknown, &OneSalt),
        ),
        ("change", Draft::of_change(&revoked)),
        (
            "change with something to know of it",
            Draft::of_change(&person),
        ),
        ("policy", Draft::of_policy(&policy)),
        ("genesis", Draft::of_operation(&genesis)),
        (
            "decision of several look-ups",
            Draft::of_decision(&several, &OneSalt),
        ),
    ]
    .map(|(name, draft)| (name, draft.unwrap().envelope(at, None).unwrap()))
    .into()
}

/// What the program makes of the vectors' inputs.
fn made() -> Value {
    let mut frontier = Frontier::default();
    let mut tree = vec![json!([0, HEXLOWER.encode(&frontier.root()), ""])];
    for leaf in ["", "a", "b", "c", "d", "e", "f"] {
        frontier.append(leaf_hash(leaf.as_bytes()), &mut Vec::new());
        let (root, peaks) = (frontier.root(), frontier.encode());
        let line = json!([
            frontier.size(),
            HEXLOWER.encode(&root),
            HEXLOWER.encode(&peaks)
        ]);
        tree.push(line);
    }
    let slots = [
        ("subject", "ref-77"),
        ("justification", "Åsa frågade"),
        ("device", ""),
    ];
    let slots = slots.map(|(name, value)| {
        let hash = commitment(&[0x2a; 32], name, value);
        json!({ "salt": "2a".repeat(32), "name": name, "value": value, "commitment": HEXLOWER.encode(&hash) })
    });
    let envelopes: Vec<Value> = envelopes()
        .into_iter()
        .map(|(name, bytes)| {
            let leaf = HEXLOWER.encode(&leaf_hash(&bytes));
            json!({ "name": name, "envelope": String::from_utf8(bytes).unwrap(), "leaf": leaf })
        })
        .collect();
    json!({ "tree": tree, "slots": slots, "facts": facts(), "envelopes": envelopes, "register": register() })
}

/// The facts that the first envelope commits to.
fn facts() -> Value {
    let draft = Draft::of_decision(&full_decision(), &OneSalt).unwrap();
    let mut facts = draft.facts().to_vec();
    facts.sort_unstable_by_key(|one| one.salted.commitment);
    facts.dedup();
    let facts = facts.iter().map(|one| {
        json!({ "salt": HEXLOWER.encode(&one.salted.salt), "fact": one.fact.part().name(),
            "value": one.fact.text(), "commitment": HEXLOWER.encode(&one.salted.commitment) })
    });
    facts.collect()
}

/// The register after each of the envelopes that are changes: the thing, its digest, the root.
fn register() -> Value {
    let mut tree = StateTree::default();
    let mut lines = vec![json!(["", "", spelled(&tree.root())])];
    for (_, bytes) in envelopes() {
        let value = canonical::Value::parse(&bytes).unwrap();
        if let Some((thing, digest)) = told(&value) {
            tree.set([(thing.as_str(), digest)]);
            lines.push(json!([thing, spelled(&digest), spelled(&tree.root())]));
        }
    }
    lines.into()
}

#[test]
fn the_vectors_of_the_format_are_what_the_program_makes() {
    let (_, block) = FORMAT.split_once("```json\n").unwrap();
    let (block, _) = block.split_once("\n```").unwrap();
    let written: Value = serde_json::from_str(block).unwrap();
    let made = made();
    assert_eq!(written["tree"], made["tree"]);
    assert_eq!(written["slots"], made["slots"]);
    assert_eq!(written["facts"], made["facts"]);
    assert_eq!(written["register"], made["register"]);
    let proofs = vectors::made();
    let names = proofs.as_object().unwrap();
    let same = names.iter().all(|(name, made)| written[name] == *made);
    assert!(same, "FORMAT.md should have {proofs}");
    let (written, made) = (
        written["envelopes"].as_array(),
        made["envelopes"].as_array(),
    );
    for (written, made) in written.unwrap().iter().zip(made.unwrap()) {
        assert_eq!(written, made);
    }
    assert_eq!(written.unwrap().len(), made.unwrap().len());
}

#[test]
fn every_envelope_is_read_back_as_it_was_written_and_every_member_is_described() {
    for (_, bytes) in envelopes() {
        let value = canonical::Value::parse(&bytes).unwrap();
        assert_eq!(value.to_text().as_bytes(), bytes);
        for (key, _) in value.as_object().unwrap().iter() {
            assert!(
                FORMAT.contains(&format!("`{key}`")),
                "FORMAT.md lacks `{key}`"
            );
        }
    }
}
