//! Facts: what a decision was made from, which its event commits to without holding it.
//!
//! What is known of a principal, and of what surrounds a target, is the same in every decision until something of it
//! changes, and is most of what a decision rests on. So an envelope has a salted commitment, and salt and bytes stand
//! once for all who share them (`FORMAT.md`, section 2.6). Apart from the slots because these are values of one
//! event, and from the envelope because whoever makes a decision again needs only this.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::canonical::{CanonicalError, Object, Spelled};
use super::slot::{Salt, commitment};
use super::tree::Hash;
use domain::Instant;
use domain::facts::{Asked, Circumstances, PrincipalFacts, TargetFacts};

/// How many bytes one fact may have.
pub const MAX_FACT: usize = 4 << 20;
/// How many bytes what varies from one decision to the next may have.
const MAX_VARYING: usize = 16 << 10;

/// The class under which facts are disposed of.
pub const FACTS: &str = "facts";

/// Which part of what a decision was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Who, with the grants that confer what was asked for.
    Principal,
    /// What surrounds the target, and what it is; not which one it is.
    Target,
    /// The condition that the rows of a list met.
    Filter,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Principal, Self::Target, Self::Filter];

    /// Its name: what is committed to it, and the member that holds the commitment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Target => "target",
            Self::Filter => "filter",
        }
    }
}

/// What may be the same in many decisions.
#[derive(Debug, Clone)]
pub struct Fact(Arc<Written>);

#[derive(Debug)]
struct Written {
    part: Part,
    text: Spelled,
    fingerprint: OnceLock<Hash>,
}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        self.0.part == other.0.part && self.0.text == other.0.text
    }
}

impl Eq for Fact {}

impl Fact {
    fn of(part: Part, value: &impl serde::Serialize) -> Result<Self, CanonicalError> {
        Ok(Self(Arc::new(Written {
            part,
            text: Spelled::of(value, MAX_FACT)?,
            fingerprint: OnceLock::new(),
        })))
    }

    /// Who, with the grants that confer what is asked for.
    ///
    /// # Errors
    /// As [`Fact::filter`].
    pub fn principal(principal: &PrincipalFacts) -> Result<Self, CanonicalError> {
        Self::of(Part::Principal, principal)
    }

    /// The condition of a list.
    ///
    /// # Errors
    /// When it has no canonical form, or is longer than [`MAX_FACT`].
    pub fn filter(value: &impl serde::Serialize) -> Result<Self, CanonicalError> {
        Self::of(Part::Filter, value)
    }

    /// Of a target everything but its id: its neighbours share it.
    ///
    /// # Errors
    /// As [`Fact::filter`].
    pub fn target(target: &TargetFacts) -> Result<Self, CanonicalError> {
        let value = serde_json::to_value(target).map_err(|_| CanonicalError::Spelling)?;
        let Value::Object(mut members) = value else {
            return Err(CanonicalError::Spelling);
        };
        members.remove("id");
        Self::of(Part::Target, &members)
    }

    /// Which part it is.
    #[must_use]
    pub fn part(&self) -> Part {
        self.0.part
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.as_str()
    }

    /// What equal facts have in common before they are salted. It stays in the process: of facts that can be guessed
    /// it would tell that they are so.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        *self.0.fingerprint.get_or_init(|| {
            let mut hasher = Sha256::new();
            hasher.update(self.part().name());
            hasher.update([0]);
            hasher.update(self.text());
            hasher.finalize().into()
        })
    }

    /// It, committed to under that salt.
    #[must_use]
    pub fn salted(&self, salt: Salt) -> Salted {
        Salted {
            salt,
            commitment: commitment(&salt, self.part().name(), self.text()),
        }
    }
}

/// A salt, and the commitment under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salted {
    /// 32 random bytes.
    pub salt: Salt,
    /// HMAC-SHA-256 under it.
    pub commitment: Hash,
}

/// Who knows the salts that facts have already.
pub trait Salting {
    /// The fact's salt and commitment: those that an equal one has, or new ones.
    fn salted(&self, fact: &Fact) -> Salted;
}

/// A salt of its own for every fact.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewSalts;

impl Salting for NewSalts {
    fn salted(&self, fact: &Fact) -> Salted {
        fact.salted(rand::random())
    }
}

/// A fact on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedFact {
    /// The fact.
    pub fact: Fact,
    /// Its salt and commitment.
    pub salted: Salted,
}

/// What a decision was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    principal: Fact,
    target: Option<Fact>,
    /// What differs from one decision to the next: what was asked for, and the circumstances.
    varying: Vec<(&'static str, Spelled)>,
}

impl Facts {
    /// A whole question: who, what about, and what differs from one to the next.
    ///
    /// # Errors
    /// When something of it has no canonical form, or is longer than it may be.
    pub fn of(
        (principal, target): (Fact, Fact),
        asked: &Asked,
        circumstances: &Circumstances,
    ) -> Result<Self, CanonicalError> {
        let standing = Self::standing(principal, circumstances)?;
        let mut varying = standing.varying;
        varying.push(("asked", Spelled::of(asked, MAX_VARYING)?));
        Ok(Self {
            target: Some(target),
            varying,
            ..standing
        })
    }

    /// A question without a target: who, and under which circumstances.
    ///
    /// # Errors
    /// As [`Facts::of`].
    pub fn standing(
        principal: Fact,
        circumstances: &Circumstances,
    ) -> Result<Self, CanonicalError> {
        let circumstances = Spelled::of(circumstances, MAX_VARYING)?;
        Ok(Self {
            principal,
            target: None,
            varying: vec![("circumstances", circumstances)],
        })
    }

    /// What may be the same in other decisions.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        std::iter::once(&self.principal).chain(&self.target)
    }

    /// What the envelope holds: each fact by its commitment.
    pub(crate) fn member(&self, committed: &[CommittedFact]) -> Object {
        let mut member = Object::new();
        for one in committed {
            let commitment = HEXLOWER.encode(&one.salted.commitment);
            member.set(one.fact.part().name(), commitment);
        }
        for (name, spelled) in &self.varying {
            member.set(name, spelled.clone());
        }
        member
    }
}

/// The month that an event's facts stand under, as `2026-11`: in Europe/Stockholm.
#[must_use]
pub fn month(recorded: Instant) -> String {
    let day = recorded.date().to_string();
    day.rsplit_once('-')
        .map_or_else(String::new, |(month, _)| month.to_owned())
}

/// The members of a decision's envelope that commit to facts.
pub const MEMBERS: [&str; 3] = ["facts", "askerFacts", "filter"];

/// The commitments of a member of that name, each with what it is committed to.
pub fn commitments<'a>(
    member: &'static str,
    value: &'a Value,
) -> impl Iterator<Item = (Part, &'a str)> {
    let own = value.as_str().filter(|_| member == Part::Filter.name());
    let own = own.map(|commitment| (Part::Filter, commitment));
    let deeper = [Part::Principal, Part::Target].into_iter();
    let deeper = deeper.filter_map(|part| Some((part, value.get(part.name())?.as_str()?)));
    own.into_iter().chain(deeper)
}

/// The commitments of a decision's envelope.
pub fn of_envelope(envelope: &Value) -> impl Iterator<Item = (Part, &str)> {
    let members = MEMBERS.into_iter();
    members
        .filter_map(|name| Some((name, envelope.get(name)?)))
        .flat_map(|(name, value)| commitments(name, value))
}

/// Texts of facts by their commitments, in lower-case hexadecimal.
pub type Texts = BTreeMap<String, String>;

/// A member of a decision's envelope with the facts in the place of their commitments, as they were when it was
/// decided; `None`: one of them is not among the texts.
#[must_use]
pub fn whole(value: &Value, target: &str, texts: &Texts) -> Option<Value> {
    let text = |commitment: &Value| -> Option<Value> {
        let text = texts.get(commitment.as_str()?)?;
        serde_json::from_str(text).ok()
    };
    let Value::Object(members) = value else {
        return text(value);
    };
    let mut whole = Map::new();
    for (name, value) in members {
        let mut value = match name.as_str() {
            "principal" | "target" => text(value)?,
            _ => value.clone(),
        };
        if let (true, Some(members)) = (name == "target", value.as_object_mut()) {
            members.insert("id".to_owned(), target.into());
        }
        whole.insert(name.clone(), value);
    }
    Some(Value::Object(whole))
}
