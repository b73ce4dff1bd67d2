//! What a decision was about, in its event's words: the thing itself, or what stands in for what is only
//! described, not there, or everywhere.

use std::sync::Arc;

use domain::id::{EntityKind, INSTALLATION};
use domain::target::TargetKey;
use transparency::event::TargetRecord as TargetNote;

use super::facts::Facts;
use super::worked::TargetAt;

/// What a decision was about, as its event names it.
pub(crate) struct About {
    pub(crate) note: TargetNote,
    pub(crate) subject: Option<String>,
}

impl About {
    pub(crate) fn of(target: &Facts<Arc<TargetAt>>, key: &TargetKey, unknown: bool) -> Self {
        let record = target.found.as_ref();
        let facts = record.map(|record| record.facts());
        let (kind, named) = match key {
            TargetKey::Entity(entity) => (entity.kind().name(), Some(entity.to_string())),
            TargetKey::External(name) => (name.kind().name(), Some(name.as_str().to_owned())),
            TargetKey::Draft(_) => (EntityKind::Grant.name(), None),
            TargetKey::Record(_) => ("Record", None),
        };
        let external = if unknown {
            named
        } else {
            record.and_then(|record| record.external().cloned())
        };
        let place = record
            .map(|record| record.place().clone())
            .unwrap_or_default();
        let described = match key {
            TargetKey::Record(record) => Some(record),
            TargetKey::Entity(_) | TargetKey::External(_) | TargetKey::Draft(_) => None,
        };
        let by_word = described.map_or_else(Vec::new, |record| {
            let mut claims = vec![
                "kind".to_owned(),
                "organisation".to_owned(),
                "blocked".to_owned(),
            ];
            claims.extend(
                record
                    .active_choice
                    .is_some()
                    .then(|| "activeChoice".to_owned()),
            );
            claims.extend(record.consent.then(|| "consent".to_owned()));
            claims
        });
        Self {
            note: TargetNote {
                kind: kind.to_owned(),
                id: facts.map_or_else(|| INSTALLATION.into(), |facts| facts.id),
                external,
                record_kind: described.map(|record| record.kind.to_string()),
                system: facts
                    .and_then(|facts| facts.system.as_ref())
                    .map(|system| system.id),
                authority: place.authority,
                care_provider: place.care_provider,
                path: place.path,
                asserted: by_word,
                unknown,
            },
            subject: described.map(|record| record.id.to_string()),
        }
    }
}

/// The kind of what a look-up is for, and the id or name it is looked up by; `None`: it is no look-up.
pub(crate) fn looked_up(key: &TargetKey) -> Option<(&'static str, String)> {
    match key {
        TargetKey::Entity(entity) => Some((entity.kind().name(), entity.to_string())),
        TargetKey::External(name) => Some((name.kind().name(), name.as_str().to_owned())),
        TargetKey::Draft(_) | TargetKey::Record(_) => None,
    }
}

/// The target of what is not about one thing.
pub(crate) fn everywhere(kind: &str) -> TargetNote {
    TargetNote {
        kind: kind.to_owned(),
        id: INSTALLATION.into(),
        external: None,
        record_kind: None,
        system: None,
        authority: None,
        care_provider: None,
        path: vec![INSTALLATION.into()],
        asserted: Vec::new(),
        unknown: false,
    }
}
