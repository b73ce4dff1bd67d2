//! What records would come to: each completed from the register, read, placed, and looked at for what is not an
//! integration's to say.
//!
//! Pure but for what was read before, so that what is answered is what is applied: a thing that changes between the two
//! has another version by then, and its record is left out and named.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::id::{RoleId, SystemId};
use domain::speaks::{verbatim, words};
use domain::text::Identifier;
use domain::{Date, EntityRef, HsaId, Id, PermissionName, Words};
use feed::draft::{Completed, Draft};
use feed::record::Organisation;
use feed::{Kind, Record};
use gate::Territory;
use store::import::{Staged, Told};

use super::held::{Held, Roles, held};
use super::outcome::{Became, RecordOutcome, RecordProblem};

/// What the register has of the things that are named, by kind and external id.
pub(super) type KnownThings = HashMap<(Kind, String), Told>;

/// A record with what it would come to.
pub(super) struct Planned {
    pub(super) outcome: RecordOutcome,
    /// The line to stage; `None`: nothing can refer to it, and nothing of it is applied.
    pub(super) staged: Option<Staged>,
}

/// The drafts, completed.
pub(super) struct Drafts {
    drafts: Vec<(Draft, Completed)>,
    /// Organisations that the drafts tell of, with what is above them.
    parents: HashMap<HsaId, Option<HsaId>>,
}

impl Drafts {
    /// Completes the drafts from what the register has.
    pub(super) fn completed(drafts: Vec<Draft>, known: &KnownThings) -> Self {
        let complete = |(index, draft): (usize, Draft)| {
            let told = known_of(&draft, known).map(|told| &told.fields);
            let completed = draft.completed(line(index), told);
            (draft, completed)
        };
        let drafts: Vec<_> = drafts.into_iter().enumerate().map(complete).collect();
        let organisations = drafts.iter().filter_map(|(_, completed)| {
            if let Ok(Record::Organisation(organisation)) = &completed.record {
                Some((
                    organisation.external_id.clone(),
                    organisation.parent.clone(),
                ))
            } else {
                None
            }
        });
        Self {
            parents: organisations.collect(),
            drafts,
        }
    }

    /// The segments and systems that the records refer to for their place, by external id.
    pub(super) fn referred(&self) -> BTreeSet<(Kind, String)> {
        let records = self
            .drafts
            .iter()
            .filter_map(|(_, completed)| completed.record.as_ref().ok());
        let places = records.flat_map(places);
        let named = places.filter_map(|place| match place {
            Place::Segment(id) => Some((Kind::Segment, id.to_string())),
            Place::System(id) => Some((Kind::System, id.to_string())),
            Place::Organisation(_) | Place::Person(_) | Place::Itself(_) | Place::Nowhere => None,
        });
        named.collect()
    }
}

/// The line of the record of that number, counted from 0.
pub(super) fn line(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1)
}

fn known_of<'a>(draft: &Draft, known: &'a KnownThings) -> Option<&'a Told> {
    known.get(&(draft.kind, draft.external_id()?.to_owned()))
}

/// Where something lies, by what decides who may provision it.
enum Place<'r> {
    /// In that organisation.
    Organisation(&'r HsaId),
    /// It is that organisation.
    Itself(&'r Organisation),
    /// Where that person works.
    Person(&'r HsaId),
    /// Where that segment lies.
    Segment(&'r Identifier),
    /// Where that system lies.
    System(&'r Identifier),
    /// In no organisation in particular.
    Nowhere,
}

fn places(record: &Record) -> Vec<Place<'_>> {
    let of_system = |system: &'_ Option<Identifier>| match system {
        Some(_) => None,
        None => Some(Place::Nowhere),
    };
    match record {
        Record::Organisation(it) => vec![Place::Itself(it)],
        Record::Person(it) => vec![Place::Person(&it.external_id)],
        Record::Engagement(it) => vec![Place::Organisation(&it.unit)],
        Record::System(it) => vec![Place::Organisation(&it.organisation)],
        Record::Segment(it) => vec![Place::Organisation(&it.organisation)],
        Record::Server(it) => vec![Place::Segment(&it.segment)],
        Record::Database(it) => vec![Place::System(&it.system)],
        Record::Service(it) => vec![Place::Organisation(&it.organisation)],
        Record::Account(it) => {
            let system = it.system.as_ref().map(Place::System);
            system.into_iter().chain(of_system(&it.system)).collect()
        }
        Record::SupplierAssessment(it) => vec![Place::Organisation(&it.authority)],
        Record::Role(it) => {
            let system = it.system.as_ref().map(Place::System);
            system.into_iter().chain(of_system(&it.system)).collect()
        }
        Record::Grant(_) => vec![Place::Nowhere],
    }
}

/// What records are looked at by.
pub(super) struct Looking<'a> {
    pub(super) territories: &'a BTreeMap<Kind, Territory>,
    pub(super) known: &'a KnownThings,
    /// Whose records they are.
    pub(super) source: &'a str,
    pub(super) today: Date,
}

impl Looking<'_> {
    /// What each of the drafts would come to.
    pub(super) fn plan(&self, drafts: &Drafts) -> Vec<Planned> {
        let named = drafts.drafts.iter().filter_map(|(draft, completed)| {
            let id = draft.external_id()?.to_owned();
            Some(((draft.kind, id), completed.record.as_ref().ok()?))
        });
        let named: HashMap<_, _> = named.collect();
        let placing = Placing {
            looking: self,
            named: &named,
            parents: &drafts.parents,
        };
        (drafts.drafts.iter().enumerate())
            .map(|(index, (draft, completed))| self.planned(index, draft, completed, &placing))
            .collect()
    }

    fn planned(
        &self,
        index: usize,
        draft: &Draft,
        completed: &Completed,
        placing: &Placing<'_, '_>,
    ) -> Planned {
        let kind = draft.kind;
        let known = known_of(draft, self.known);
        let mut outcome = RecordOutcome::of(kind, Became::Rejected);
        let read = completed.record.as_ref().ok();
        outcome.external_id = read.map(|record| record.external_id().to_owned());
        let judged = match &completed.record {
            Ok(after) => self.judged(draft, known, after, placing),
            Err(problems) => Judged::Unread(problems.clone()),
        };
        let rejected = match judged {
            Judged::Unread(problems) => {
                let told = problems.into_iter();
                outcome.problems = told
                    .map(|problem| RecordProblem::of_form(index, kind, problem))
                    .collect();
                true
            }
            Judged::NotTheirs(said) => {
                let problem = RecordProblem::of_staged(index, kind, "externalId", said);
                outcome.problems = vec![problem];
                true
            }
            Judged::Held(held) => {
                outcome.became = Became::Held;
                let told = held.into_iter();
                outcome.problems = told
                    .map(|held| RecordProblem::of_held(index, kind, held))
                    .collect();
                return Planned {
                    outcome,
                    staged: None,
                };
            }
            Judged::Fit(became, fields) => {
                outcome.became = became;
                outcome.fields = fields.into_iter().map(str::to_owned).collect();
                false
            }
        };
        let staged = draft.external_id().map(|external_id| Staged {
            line: line(index),
            kind,
            external_id: match &completed.record {
                Ok(record) => record.external_id().to_owned(),
                Err(_) => external_id.to_owned(),
            },
            body: if rejected {
                "{}".to_owned()
            } else {
                completed.text.clone()
            },
            text: None,
            rejected,
            seen: Some(known.map_or(0, |told| told.version)),
        });
        Planned { outcome, staged }
    }

    fn judged(
        &self,
        draft: &Draft,
        known: Option<&Told>,
        after: &Record,
        placing: &Placing<'_, '_>,
    ) -> Judged {
        let before = known.map(|told| {
            let given = told.fields.clone();
            let kind = draft.kind;
            Draft { kind, given }.completed(0, None).record
        });
        let before = match before {
            None => None,
            Some(Ok(before)) => Some(before),
            Some(Err(_)) => return Judged::NotTheirs(unreadable()),
        };
        let Some(territory) = self.territories.get(&draft.kind) else {
            return Judged::NotTheirs(elsewhere());
        };
        let all_inside = [before.as_ref(), Some(after)]
            .into_iter()
            .flatten()
            .flat_map(places)
            .all(|place| placing.is_inside(territory, &place));
        if !all_inside {
            return Judged::NotTheirs(elsewhere());
        }
        if known.is_some_and(|told| told.source != self.source) {
            return Judged::NotTheirs(foreign());
        }
        let roles = RoleLooked {
            territory,
            role: known.and_then(|told| told.id.parse().ok()),
            system: self.system_of(after),
        };
        let held = held(before.as_ref(), after, &roles, self.today);
        if !held.is_empty() {
            return Judged::Held(held);
        }
        match (known, before) {
            (Some(told), Some(before)) => {
                let fields = draft.changed(&told.fields);
                if fields.is_empty() || before == *after {
                    Judged::Fit(Became::Unchanged, Vec::new())
                } else {
                    Judged::Fit(Became::Changed, fields)
                }
            }
            (None, _) | (_, None) => Judged::Fit(Became::Created, Vec::new()),
        }
    }

    /// The system that a role is of, as the register knows it.
    fn system_of(&self, record: &Record) -> Option<SystemId> {
        let Record::Role(role) = record else {
            return None;
        };
        let name = role.system.as_ref()?.to_string();
        parsed(&self.known.get(&(Kind::System, name))?.id)
    }
}

fn parsed<K: domain::Kind>(id: &str) -> Option<Id<K>> {
    let id: EntityRef = id.parse().ok()?;
    id.to_id().ok()
}

enum Judged {
    /// It is of no form that a record has.
    Unread(Vec<feed::Problem>),
    /// It is not within what the caller may provision.
    NotTheirs((Words, Words)),
    /// It takes a human being.
    Held(Vec<Held>),
    /// It can be applied.
    Fit(Became, Vec<&'static str>),
}

/// One text for what lies elsewhere and for what is not there, so that nobody is told which.
fn elsewhere() -> (Words, Words) {
    (
        Words::part(
            "lies outside of what you may provision, or in nothing that is there",
            "ligger utanför det som du får lämna uppgifter om, eller i något som inte finns",
        ),
        Words::part(
            "a record at or below the `place` of the call",
            "en post på eller under anropets `place`",
        ),
    )
}

fn foreign() -> (Words, Words) {
    (
        Words::part("belongs to another source", "hör till en annan källa"),
        Words::part(
            "a record of your own: to take another's over is done on the host",
            "en egen post: att ta över någon annans görs på servern",
        ),
    )
}

fn unreadable() -> (Words, Words) {
    (
        Words::part(
            "cannot be completed from what the register has",
            "går inte att fylla i med det som registret har",
        ),
        words!(
            "`{import}` of the whole record, on the host",
            "`{import}` av hela posten, på servern",
            import = verbatim("behorig import")
        ),
    )
}

/// Where things lie, those that the call itself brings included.
struct Placing<'a, 'r> {
    looking: &'a Looking<'a>,
    named: &'a HashMap<(Kind, String), &'r Record>,
    parents: &'a HashMap<HsaId, Option<HsaId>>,
}

impl Placing<'_, '_> {
    fn is_inside(&self, territory: &Territory, place: &Place<'_>) -> bool {
        if territory.is_everywhere() {
            return true;
        }
        match place {
            Place::Organisation(id) => self.organisation(territory, id),
            Place::Itself(organisation) => {
                let above = organisation.parent.as_ref();
                territory.has_organisation(&organisation.external_id)
                    || above.is_some_and(|above| self.organisation(territory, above))
            }
            Place::Person(id) => territory.has_person(id),
            Place::Segment(id) => self.through(territory, Kind::Segment, id),
            Place::System(id) => self.through(territory, Kind::System, id),
            Place::Nowhere => false,
        }
    }

    /// An organisation of the register, or of the call below one of the register.
    fn organisation(&self, territory: &Territory, id: &HsaId) -> bool {
        let mut at = Some(id);
        let mut seen = BTreeSet::new();
        while let Some(id) = at.filter(|id| seen.insert((*id).clone())) {
            if territory.has_organisation(id) {
                return true;
            }
            at = self.parents.get(id).and_then(Option::as_ref);
        }
        false
    }

    /// Where a segment or a system lies: as the register has it, and as the call has it.
    fn through(&self, territory: &Territory, kind: Kind, id: &Identifier) -> bool {
        let key = (kind, id.to_string());
        let told = self.looking.known.get(&key);
        let told = told.and_then(|told| told.fields.get("organisation")?.as_str()?.parse().ok());
        let given = self.named.get(&key).and_then(|record| match record {
            Record::Segment(it) => Some(it.organisation.clone()),
            Record::System(it) => Some(it.organisation.clone()),
            Record::Organisation(_)
            | Record::Person(_)
            | Record::Engagement(_)
            | Record::Server(_)
            | Record::Database(_)
            | Record::Service(_)
            | Record::Account(_)
            | Record::SupplierAssessment(_)
            | Record::Role(_)
            | Record::Grant(_) => None,
        });
        let mut places = told.into_iter().chain(given).peekable();
        places.peek().is_some() && places.all(|place: HsaId| self.organisation(territory, &place))
    }
}

/// A role as the register knows it.
struct RoleLooked<'a> {
    territory: &'a Territory,
    role: Option<EntityRef>,
    system: Option<SystemId>,
}

impl Roles for RoleLooked<'_> {
    fn is_privileged(&self, permission: &PermissionName) -> bool {
        self.territory.is_privileged(permission, self.system)
    }

    fn is_granted(&self) -> bool {
        let role: Option<RoleId> = self.role.and_then(|role| role.to_id().ok());
        role.is_some_and(|role| self.territory.is_granted(role))
    }
}
