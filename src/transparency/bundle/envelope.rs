//! Whether bytes are an envelope of version 2, and what a verifier needs of one.
//!
//! Only the outermost members are looked at: that they are the ones `FORMAT.md` names, each once and of its
//! type. What stands deeper says nothing about whether the log is whole.

use super::super::canonical::{Members, plain_text};
use super::super::envelope::VERSION;
use super::super::fact::{MEMBERS, Part};

/// The type of a value, told by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Flag,
    Object,
    List,
}

use Type::{Flag, Integer, List, Object, Text};

/// A member: its key, its type, whether it must be there.
type Member = (&'static str, Type, bool);

const EVERY: &[Member] = &[
    ("id", Text, true),
    ("kind", Text, true),
    ("recordedAt", Integer, true),
    ("v", Integer, true),
];

const DECISION: &[Member] = &[
    ("actingFor", Text, false),
    ("action", Text, true),
    ("alsoLookedFor", Object, false),
    ("asker", Object, false),
    ("askerFacts", Object, false),
    ("askerOutcome", Text, false),
    ("assurance", Object, false),
    ("confirms", Text, false),
    ("discounted", List, false),
    ("dryRun", Flag, false),
    ("effect", Text, false),
    ("facts", Object, false),
    ("factsAt", Integer, true),
    ("filter", Text, false),
    ("listed", List, false),
    ("matched", List, false),
    ("networkZone", Text, false),
    ("obligations", List, false),
    ("occurredAt", Integer, true),
    ("outcome", Text, true),
    ("permission", Text, true),
    ("policy", Object, true),
    ("principal", Object, true),
    ("purpose", Text, false),
    ("reasons", List, false),
    ("requestId", Text, true),
    ("run", Text, false),
    ("slots", Object, false),
    ("stages", Object, false),
    ("stepUp", Object, false),
    ("target", Object, true),
    ("traceId", Text, false),
    ("unmet", Object, false),
    ("wouldRefuse", List, false),
];

const CHANGE: &[Member] = &[
    ("about", Object, false),
    ("change", Text, true),
    ("decision", Text, true),
    ("entity", Text, true),
    ("fields", List, true),
    ("personal", List, false),
    ("previous", Integer, false),
    ("root", Text, false),
    ("run", Text, false),
    ("slots", Object, false),
    ("state", Object, true),
    ("touches", List, true),
];

const POLICY: &[Member] = &[
    ("change", Text, true),
    ("decision", Text, false),
    ("digest", Text, true),
    ("generation", Integer, true),
];

const OPERATION: &[Member] = &[
    ("decision", Text, false),
    ("details", Object, true),
    ("operation", Text, true),
    ("run", Text, false),
];

/// An envelope of version 2.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) kind: &'a str,
    pub(crate) recorded_at: i64,
    members: Members<'a>,
}

impl<'a> Envelope<'a> {
    /// The envelope that the text is; `None`: it is none of version 2.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let members = Members::of(text).ok()?;
        let kind = members.text("kind")?;
        let own = match kind {
            "decision" => DECISION,
            "change" => CHANGE,
            "policy" => POLICY,
            "operation" => OPERATION,
            _ => return None,
        };
        let mut wanted = required(EVERY) + required(own);
        for (key, value) in members.iter() {
            let mut known = EVERY.iter().chain(own);
            let (_, expected, required) = known.find(|(name, ..)| name.as_bytes() == key)?;
            if !is(value, *expected) {
                return None;
            }
            wanted -= usize::from(*required);
        }
        let outcome = members.text("outcome");
        let answered = kind != "decision" || matches!(outcome, Some("allow" | "deny"));
        let right = wanted == 0
            && answered
            && members.integer("v") == Some(VERSION.into())
            && is_event_id(members.text("id")?);
        right.then_some(Self {
            kind,
            recorded_at: members.integer("recordedAt")?,
            members,
        })
    }

    /// The string of an outermost member, if it is one without escapes.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.members.text(key)
    }

    /// The members of an outermost member.
    pub(super) fn object(&self, key: &str) -> Option<Members<'a>> {
        Members::within(self.members.get(key)?)
    }

    /// The commitments to the facts that a decision was made from.
    pub(super) fn facts(&self) -> impl Iterator<Item = (Part, &'a str)> {
        let deeper = MEMBERS.into_iter().filter_map(|member| self.object(member));
        let deeper = deeper.flat_map(|facts| {
            let parts = [Part::Principal, Part::Target].into_iter();
            parts.filter_map(move |part| Some((part, facts.text(part.name())?)))
        });
        let filter = self.text(Part::Filter.name());
        deeper.chain(filter.map(|commitment| (Part::Filter, commitment)))
    }

    /// The strings of a list of names, which hold no comma and no escape.
    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = &'a str> {
        let list = self
            .members
            .get(key)
            .and_then(|list| list.strip_prefix(b"["));
        let items = list.and_then(|items| items.strip_suffix(b"]"));
        let items = items
            .into_iter()
            .flat_map(|items| items.split(|byte| *byte == b','));
        items.filter_map(plain_text)
    }
}

/// Whether the text is an envelope of version 2.
#[must_use]
pub fn is_envelope(text: &str) -> bool {
    Envelope::read(text).is_some()
}

fn required(members: &[Member]) -> usize {
    members.iter().filter(|(_, _, required)| *required).count()
}

fn is(value: &[u8], expected: Type) -> bool {
    match value.first() {
        Some(b'"') => expected == Text,
        Some(b'{') => expected == Object,
        Some(b'[') => expected == List,
        Some(b't' | b'f') => expected == Flag,
        Some(b'0'..=b'9' | b'-') => expected == Integer,
        _ => false,
    }
}

/// `evt_` and the digits of an id.
fn is_event_id(text: &str) -> bool {
    text.strip_prefix("evt_").is_some_and(is_id_digits)
}

/// Whether a text is what follows the kind in an id: 26 digits of base 32.
pub(crate) fn is_id_digits(text: &str) -> bool {
    let digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z');
    text.len() == 26 && text.bytes().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "{\"change\":\"release\",\"digest\":\"sha256:01\",\"generation\":2,\
        \"id\":\"evt_0000000000000000000000000a\",\"kind\":\"policy\",\"recordedAt\":17,\"v\":2}";

    #[test]
    fn an_envelope_is_read() {
        let envelope = Envelope::read(POLICY).unwrap();
        assert_eq!((envelope.kind, envelope.recorded_at), ("policy", 17));
        assert_eq!(envelope.text("change"), Some("release"));
        assert!(envelope.object("change").is_none());
    }

    #[test]
    fn what_is_none_of_version_2_is_refused() {
        for (from, to) in [
            ("\"v\":2", "\"v\":1"),
            ("\"policy\"", "\"offline\""),
            ("evt_", "evu_"),
            ("00a\"", "0a\""),
            ("00a\"", "00u\""),
            ("\"digest\":\"sha256:01\",", ""),
            ("\"digest\":\"sha256:01\"", "\"digest\":1"),
            ("\"v\":2", "\"v\":2,\"w\":1"),
            ("17", "\"17\""),
            ("17", "17.0"),
            ("\"change\":\"release\"", "\"change\" :\"release\""),
        ] {
            let changed = POLICY.replacen(from, to, 1);
            assert_ne!(changed, POLICY);
            assert!(Envelope::read(&changed).is_none(), "{changed}");
        }
    }
}
