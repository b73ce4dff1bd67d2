//! What records would come to: each completed from the register, read, placed, and looked at for what is not an
//! integration's to say.
//!
//! Pure but for what was read before, so that what is answered is what is applied: a thing that changes between the two
//! has another version by then, and its record is left out and named.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::id::{EngagementId, RoleId, SystemId};
use domain::speaks::{verbatim, words};
use domain::text::Identifier;
use domain::{Date, EntityRef, HsaId, Id, PermissionName, Words};
use feed::draft::{Completed, Draft};
use feed::{Kind, Record};
use gate::Territory;
use store::import::{Halted, Staged, Told};

use super::brake::surprising_loss;
use super::held::{Held, Registered, held};
use super::outcome::{Became, RecordOutcome, RecordProblem};
use super::place::{Place, Placing, places};
use super::runs::absent;

/// What the register has of the things that are named, by kind and external id.
pub(super) type KnownThings = HashMap<(Kind, String), Told>;

/// A record with what it would come to.
pub(super) struct Planned {
    pub(super) outcome: RecordOutcome,
    /// The line to stage; `None`: nothing can refer to it, and nothing of it is applied.
    pub(super) staged: Option<Staged>,
    /// The engagement that ceases to count by it, where that was not known two weeks before, and by which field.
    pub(super) ends: Option<(EngagementId, &'static str)>,
    /// Whether it is about something that is there and not over.
    pub(super) in_force: bool,
    /// Whether it lies outside of what its caller may provision.
    pub(super) elsewhere: bool,
    /// The record as it came, where it waits for somebody.
    pub(super) waits: Option<Halted>,
}

/// The drafts, completed.
pub(super) struct Drafts {
    drafts: Vec<(Draft, Completed)>,
    /// Organisations that the drafts tell of, with what is above them.
    parents: HashMap<HsaId, Option<HsaId>>,
}

impl Drafts {
    /// Completes the drafts from what the register has.
    pub(super) fn completed(drafts: Vec<Draft>, known: &KnownThings, source: &str) -> Self {
        let complete = |(index, draft): (usize, Draft)| {
            // Nothing is completed from, or told of, what another source has said.
            let own = known_of(&draft, known).filter(|told| told.source == source);
            let mut completed = draft.completed(line(index), own.map(|told| &told.fields));
            if let Err(bad) = &mut completed.record {
                let misread = draft.misread(line(index));
                if !misread.is_empty() {
                    bad.problems = misread;
                }
            }
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

    /// What the records refer to and is looked at with them, by external id: segments and systems for their place, and
    /// whoever is engaged.
    pub(super) fn referred(&self) -> BTreeSet<(Kind, String)> {
        let mut named = BTreeSet::new();
        let records = self.drafts.iter();
        for record in records.filter_map(|(_, completed)| completed.record.as_ref().ok()) {
            for place in places(record) {
                named.extend(match place {
                    Place::Segment(id) => Some((Kind::Segment, id.to_string())),
                    Place::System(id) => Some((Kind::System, id.to_string())),
                    Place::Person(id) => Some((Kind::Person, id.to_string())),
                    Place::Organisation(_) | Place::Itself(_) | Place::Nowhere => None,
                });
            }
        }
        named
    }

    /// The keys of human beings that the records name.
    pub(super) fn individuals(&self) -> BTreeSet<&str> {
        let records = self.drafts.iter();
        let people = records.filter_map(|(_, completed)| match &completed.record {
            Ok(Record::Person(person)) => Some(person.individual.as_str()),
            Ok(_) | Err(_) => None,
        });
        people.collect()
    }
}

/// The line of the record of that number, counted from 0.
pub(super) fn line(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1)
}

fn known_of<'a>(draft: &Draft, known: &'a KnownThings) -> Option<&'a Told> {
    known.get(&(draft.kind, draft.external_id()?.to_owned()))
}

/// The record, to wait for somebody.
fn waiting(draft: &Draft, known: Option<&Told>) -> Halted {
    Halted {
        draft: draft.clone(),
        seen: known.map_or(0, |told| told.version),
    }
}

/// What records are looked at by.
pub(super) struct Looking<'a> {
    pub(super) territories: &'a BTreeMap<Kind, Territory>,
    pub(super) known: &'a KnownThings,
    /// The keys of human beings among those named whom another source has told of.
    pub(super) individuals: &'a BTreeSet<String>,
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
            known: self.known,
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
        let named = read.map(Record::external_id);
        let named = named.or_else(|| known.map(|told| told.external_id.as_str()));
        outcome.external_id = named.map(str::to_owned);
        let mut ends = None;
        let foreign = known.is_some_and(|told| told.source != self.source);
        let judged = match &completed.record {
            _ if foreign => Judged::NotTheirs(others()),
            Ok(after) => self.judged(draft, known, after, placing),
            Err(bad) => Judged::Unread(bad.problems.clone()),
        };
        let in_force = known.is_some_and(|told| !absent::is_over(kind, told, self.today));
        let is_elsewhere = matches!(judged, Judged::Elsewhere);
        let rejected = match judged {
            Judged::Unread(problems) => {
                let told = problems.into_iter();
                outcome.problems = told
                    .map(|problem| RecordProblem::of_form(index, kind, problem))
                    .collect();
                true
            }
            Judged::NotTheirs(said) => {
                let problem = RecordProblem::at(index, kind, "externalId", said);
                outcome.problems = vec![problem];
                true
            }
            Judged::Elsewhere => {
                let problem = RecordProblem::at(index, kind, "externalId", elsewhere());
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
                    ends: None,
                    in_force,
                    elsewhere: false,
                    waits: None,
                };
            }
            Judged::Fit(became, fields, ending) => {
                outcome.became = became;
                outcome.fields = fields.into_iter().map(str::to_owned).collect();
                ends = ending;
                false
            }
        };
        let external_id = match &completed.record {
            Ok(record) => Some(record.external_id().to_owned()),
            Err(bad) => bad.external_id.clone(),
        };
        let staged = external_id.map(|external_id| Staged {
            line: line(index),
            kind,
            external_id,
            body: if rejected {
                "{}".to_owned()
            } else {
                completed.text.clone()
            },
            text: None,
            rejected,
            seen: Some(known.map_or(0, |told| told.version)),
        });
        Planned {
            outcome,
            staged,
            in_force,
            elsewhere: is_elsewhere,
            waits: ends.is_some().then(|| waiting(draft, known)),
            ends,
        }
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
            return Judged::Elsewhere;
        };
        let all_inside = [before.as_ref(), Some(after)]
            .into_iter()
            .flatten()
            .flat_map(places)
            .all(|place| placing.is_inside(territory, &place));
        if !all_inside {
            return Judged::Elsewhere;
        }
        if known.is_none() && territory.is_named(draft.kind.entity(), after.external_id()) {
            return Judged::NotTheirs(others());
        }
        let registered = Looked {
            looking: self,
            territory,
            role: known.and_then(|told| parsed(&told.id)),
            system: self.system_of(after),
        };
        let held = held(before.as_ref(), after, &registered, self.today);
        if !held.is_empty() {
            return Judged::Held(held);
        }
        match (known, before) {
            (Some(told), Some(before)) => {
                let fields = draft.changed(&told.fields);
                if fields.is_empty() || before == *after {
                    Judged::Fit(Became::Unchanged, Vec::new(), None)
                } else {
                    let ends = surprising_loss(&before, after, self.today);
                    let ends = ends.and_then(|by| Some((parsed(&told.id)?, by)));
                    Judged::Fit(Became::Changed, fields, ends)
                }
            }
            (None, _) | (_, None) => Judged::Fit(Became::Created, Vec::new(), None),
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
    /// It is nothing that the caller may provision, as is told.
    NotTheirs((Words, Words)),
    /// It lies outside of what the caller may provision.
    Elsewhere,
    /// It takes a human being.
    Held(Vec<Held>),
    /// It can be applied; with the engagement that ceases to count by it, where nobody knew.
    Fit(
        Became,
        Vec<&'static str>,
        Option<(EngagementId, &'static str)>,
    ),
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

fn others() -> (Words, Words) {
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

/// What a record names, as the register knows it.
struct Looked<'a> {
    looking: &'a Looking<'a>,
    territory: &'a Territory,
    role: Option<RoleId>,
    system: Option<SystemId>,
}

impl Registered for Looked<'_> {
    fn is_privileged(&self, permission: &PermissionName) -> bool {
        self.territory.is_privileged(permission, self.system)
    }

    fn is_granted(&self) -> bool {
        self.role
            .is_some_and(|role| self.territory.is_granted(role))
    }

    fn is_individual(&self, key: &Identifier) -> bool {
        self.looking.individuals.contains(key.as_str())
    }

    fn is_protected(&self, person: &HsaId) -> bool {
        let known = self.looking.known.get(&(Kind::Person, person.to_string()));
        known.is_some_and(|told| told.fields.get("protectedIdentity") == Some(&true.into()))
    }
}
