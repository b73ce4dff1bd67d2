//! What a caller may see of a list, as SQL.
//!
//! `policy` says it as a [`Filter`]; here each of its forms becomes a condition on the rows of a kind,
//! with the meaning that [`Filter::admits`] gives it. Where the rows of a kind lie has to be what the
//! facts of one row say, or a list would show what a single decision refuses:
//!
//! | kind | lies directly in | `system` |
//! |---|---|---|
//! | organisation | itself, and what is above it | – |
//! | person | the units of the live engagements, else of the last or the first one | – |
//! | engagement | as its person | – |
//! | service | its organisation | – |
//! | account | the installation | its system |
//! | system | its organisation | itself |
//! | supplier assessment | the installation | its system |
//! | segment | itself, its organisation | its system |
//! | server | its segment | its segment's system |
//! | database | itself, its server | its system |
//! | role | the installation | its system |
//! | grant | its scope | its scope's system |
//! | proposal | the organisation of what it changes, as it was | the system of what it changes, as it was |
//! | event | the organisations of its stored path | as stored |
//!
//! Everything lies in the installation, so a filter never names it. A condition is never unknown (SQL's
//! third truth value), or its opposite would lose rows. To add a kind: a [`Placed`] beside its record.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Iden};

use entity::{
    audit_event, database, engagement, organisation_closure, person, segment, server, system,
};

use crate::read::decisions::holds;
use domain::id::{INSTALLATION, PlaceKind};
use domain::{Calendar, Date, EntityRef, Instant};
use policy::{Attribute, Filter};

/// The days that decide what is live at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The day it is.
    pub today: Date,
    /// The earliest last day that is not over yet, the hours of grace included.
    pub earliest_last_day: Date,
}

impl Moment {
    /// The days at that instant.
    #[must_use]
    pub fn of(now: Instant, calendar: Calendar) -> Self {
        let today = now.date();
        let yesterday = today
            .plus_days(-1)
            .filter(|day| now < calendar.ends_with_grace(*day));
        Self {
            today,
            earliest_last_day: yesterday.unwrap_or(today),
        }
    }
}

/// Places that something can lie in, by kind.
#[derive(Debug, Default)]
pub struct Places {
    organisations: Vec<String>,
    systems: Vec<String>,
    segments: Vec<String>,
    servers: Vec<String>,
    databases: Vec<String>,
}

impl Places {
    /// The places by kind; `None`: one is of a kind that nothing lies in.
    fn of(places: &[EntityRef]) -> Option<Self> {
        let mut sorted = Self::default();
        for place in places {
            let ids = match place.kind().place()? {
                PlaceKind::Organisation => &mut sorted.organisations,
                PlaceKind::System => &mut sorted.systems,
                PlaceKind::Segment => &mut sorted.segments,
                PlaceKind::Server => &mut sorted.servers,
                PlaceKind::Database => &mut sorted.databases,
            };
            ids.push(place.to_string());
        }
        Some(sorted)
    }

    /// Whether the organisation is one of these or below one.
    pub(crate) fn over_organisation(&self, id: Expr) -> Condition {
        among(id, &self.organisations, |organisations| {
            Query::select()
                .column(organisation_closure::Column::DescendantId)
                .from(organisation_closure::Entity)
                .and_where(organisation_closure::Column::AncestorId.is_in(organisations))
                .to_owned()
        })
    }

    /// Whether the system's organisation is one of these or below one.
    pub(crate) fn over_owner_of_system(&self, id: Expr) -> Condition {
        if self.organisations.is_empty() {
            return never();
        }
        let owned = self.over_organisation(column(system::Column::OrganisationId));
        within(id, select(system::Column::Id).cond_where(owned).to_owned())
    }

    /// Whether the segment is one of these, or its organisation below one.
    pub(crate) fn over_segment(&self, id: Expr) -> Condition {
        let organisation = self.over_organisation(column(segment::Column::OrganisationId));
        let below = select(segment::Column::Id)
            .cond_where(organisation)
            .to_owned();
        is_one_of(id.clone(), &self.segments).add(within(id, below))
    }

    /// Whether the server is in one of these.
    pub(crate) fn over_server(&self, id: Expr) -> Condition {
        let place = self.over_segment(column(server::Column::SegmentId));
        let below = select(server::Column::Id).cond_where(place).to_owned();
        is_one_of(id.clone(), &self.servers).add(within(id, below))
    }

    /// Whether the database is one of these, or its server in one.
    pub(crate) fn over_database(&self, id: Expr) -> Condition {
        let place = self.over_server(column(database::Column::ServerId));
        let below = select(database::Column::Id).cond_where(place).to_owned();
        is_one_of(id.clone(), &self.databases).add(within(id, below))
    }

    /// Whether the person works in one of these, or did last.
    pub(crate) fn over_person(&self, id: Expr, moment: Moment) -> Condition {
        if self.organisations.is_empty() {
            return never();
        }
        let unit = self.over_organisation(column(engagement::Column::UnitId));
        let mut engaged = placing_engagements(engagement::Column::PersonId, moment);
        within(id, engaged.cond_where(unit).to_owned())
    }

    /// Whether the system is named itself, which only a grant over a system can be.
    pub(crate) fn over_scope_system(&self, id: Expr) -> Condition {
        is_one_of(id.clone(), &self.systems).add(self.over_owner_of_system(id))
    }

    /// Whether the stored path of an event passes one of these.
    pub(crate) fn over_path(&self) -> Condition {
        if self.organisations.is_empty() {
            return never();
        }
        let organisations = self.organisations.iter().cloned();
        holds(audit_event::Column::Path, "path", organisations)
    }
}

/// Where the rows of a kind lie, and which attributes they have.
pub trait Placed {
    /// Whether a row is one of the places or lies below one.
    fn lies_in(places: &Places, moment: Moment) -> Condition;

    /// The system a row belongs to or is; `None`: rows of the kind have no such attribute.
    fn system() -> Option<Expr>;

    /// The person that a row is an entry about; `None`: it is about none.
    fn about_person() -> Option<Expr>;

    /// The person who holds the grant that a row is; `None`: it is no grant.
    fn holder() -> Option<Expr>;
}

/// The condition on rows of `K` that the filter stands for; of a filter with a part that cannot be asked here, no
/// row, for the opposite of such a part must not be every row.
#[must_use]
pub(crate) fn condition<K: Placed>(filter: &Filter, moment: Moment) -> Condition {
    translated::<K>(filter, moment).unwrap_or_else(never)
}

fn translated<K: Placed>(filter: &Filter, moment: Moment) -> Option<Condition> {
    Some(match filter {
        Filter::And(all) => all.iter().try_fold(Condition::all(), |sum, one| {
            Some(sum.add(translated::<K>(one, moment)?))
        })?,
        Filter::Or(any) => any.iter().try_fold(never(), |sum, one| {
            Some(sum.add(translated::<K>(one, moment)?))
        })?,
        Filter::Not(inner) => opposite(translated::<K>(inner, moment)?),
        Filter::All => Condition::all(),
        Filter::None => never(),
        Filter::InAny(places) if places.contains(&INSTALLATION.to_ref()) => Condition::all(),
        Filter::InAny(places) => K::lies_in(&Places::of(places)?, moment),
        Filter::AttributeInAny { attribute, of } => attribute_in::<K>(*attribute, of, moment)?,
        Filter::Flag(attribute) => flag::<K>(*attribute)?,
        Filter::Has(attribute) => has::<K>(*attribute),
    })
}

fn flag<K: Placed>(attribute: Attribute) -> Option<Condition> {
    match attribute {
        Attribute::ProtectedIdentity => Some(K::about_person().map_or_else(never, |id| {
            let protected = column(person::Column::ProtectedIdentity).eq(true);
            within(
                id,
                select(person::Column::Id).and_where(protected).to_owned(),
            )
        })),
        Attribute::System
        | Attribute::Individual
        | Attribute::Responsible
        | Attribute::HolderIndividual
        | Attribute::HolderPlaces => None,
    }
}

fn attribute_in<K: Placed>(
    attribute: Attribute,
    of: &[EntityRef],
    moment: Moment,
) -> Option<Condition> {
    let ids: Vec<String> = of.iter().map(EntityRef::to_string).collect();
    Some(match attribute {
        Attribute::System => K::system().map_or_else(never, |system| is_one_of(system, &ids)),
        Attribute::Individual => {
            K::about_person().map_or_else(never, |id| is_identity_of(id, &ids))
        }
        Attribute::HolderIndividual => {
            K::holder().map_or_else(never, |id| is_identity_of(id, &ids))
        }
        Attribute::Responsible => K::about_person().map_or_else(never, |id| {
            among(id, &ids, |ids| {
                let responsible = column(engagement::Column::ResponsibleId);
                select(engagement::Column::PersonId)
                    .cond_where(is_identity_of(responsible, &ids))
                    .to_owned()
            })
        }),
        Attribute::HolderPlaces => match K::holder() {
            None => never(),
            Some(_) if of.contains(&INSTALLATION.to_ref()) => Condition::all(),
            Some(id) => Places::of(of)?.over_person(id, moment),
        },
        Attribute::ProtectedIdentity => return None,
    })
}

fn has<K: Placed>(attribute: Attribute) -> Condition {
    let always = |known: Option<Expr>| known.map_or_else(never, |_| Condition::all());
    let filled = |known: Option<Expr>| {
        known.map_or_else(never, |value| Condition::all().add(value.is_not_null()))
    };
    match attribute {
        Attribute::System => filled(K::system()),
        Attribute::HolderIndividual => filled(K::holder()),
        Attribute::Individual | Attribute::ProtectedIdentity | Attribute::Responsible => {
            always(K::about_person())
        }
        Attribute::HolderPlaces => always(K::holder()),
    }
}

/// The engagements that say where a person belongs: the live ones, else the one that ended last, else
/// the one that begins first.
fn placing_engagements(selected: engagement::Column, moment: Moment) -> SelectStatement {
    let other = |column: engagement::Column| Expr::col((OTHER, column));
    let this = |column: engagement::Column| Expr::col((engagement::Entity, column));
    let others = |those: Condition| {
        let same = other(engagement::Column::PersonId).eq(this(engagement::Column::PersonId));
        Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from_as(engagement::Entity, OTHER)
                .and_where(same)
                .cond_where(those)
                .to_owned(),
        )
    };
    let over = moment.earliest_last_day.to_string();
    let ended = |until: Expr| until.clone().is_not_null().and(until.lt(over.clone()));
    let order = [
        engagement::Column::UntilDate,
        engagement::Column::FromDate,
        engagement::Column::Id,
    ];
    let later = Expr::tuple(order.map(other)).gt(Expr::tuple(order.map(this)));
    let later = ended(other(engagement::Column::UntilDate)).and(later);
    let order = [engagement::Column::FromDate, engagement::Column::Id];
    let earlier = Expr::tuple(order.map(other)).lt(Expr::tuple(order.map(this)));
    let no_longer = Condition::all()
        .add(ended(this(engagement::Column::UntilDate)))
        .add(others(Condition::all().add(later)).not());
    let not_yet = Condition::all()
        .add(others(Condition::all().add(ended(other(engagement::Column::UntilDate)))).not())
        .add(others(Condition::all().add(earlier)).not());
    let else_placed = Condition::all()
        .add(others(live(OTHER, moment)).not())
        .add(Condition::any().add(no_longer).add(not_yet));
    select(selected)
        .cond_where(
            Condition::any()
                .add(live(engagement::Entity, moment))
                .add(else_placed),
        )
        .to_owned()
}

const OTHER: &str = "other";

/// Whether an engagement has begun and not ended.
pub(crate) fn live(table: impl Iden + Clone, moment: Moment) -> Condition {
    let until = Expr::col((table.clone(), engagement::Column::UntilDate));
    Condition::all()
        .add(Expr::col((table, engagement::Column::FromDate)).lte(moment.today.to_string()))
        .add(
            Condition::any()
                .add(until.clone().is_null())
                .add(until.gte(moment.earliest_last_day.to_string())),
        )
}

/// Whether the person is an identity of one of these human beings.
fn is_identity_of(person_id: Expr, individuals: &[String]) -> Condition {
    among(person_id, individuals, |individuals| {
        let known = column(person::Column::IndividualId).is_in(individuals);
        select(person::Column::Id).and_where(known).to_owned()
    })
}

/// No row. More can be added to it, as to any list of alternatives.
pub(crate) fn never() -> Condition {
    Condition::any().add(Expr::cust("1 = 0"))
}

pub(crate) fn opposite(condition: Condition) -> Condition {
    Condition::all().add(condition).not()
}

/// Whether the value is there and one of these.
pub(crate) fn is_one_of(value: Expr, of: &[String]) -> Condition {
    if of.is_empty() {
        return never();
    }
    let one = value
        .clone()
        .is_not_null()
        .and(value.is_in(of.iter().cloned()));
    Condition::any().add(one)
}

/// Whether the value is there and in what the query finds.
fn within(value: Expr, found: SelectStatement) -> Condition {
    Condition::any().add(value.clone().is_not_null().and(value.in_subquery(found)))
}

fn among(
    value: Expr,
    of: &[String],
    found: impl FnOnce(Vec<String>) -> SelectStatement,
) -> Condition {
    if of.is_empty() {
        never()
    } else {
        within(value, found(of.to_vec()))
    }
}

fn select<C: ColumnTrait>(selected: C) -> SelectStatement {
    let (table, _) = selected.as_column_ref();
    Query::select()
        .expr(column(selected))
        .from(table)
        .to_owned()
}

/// The column, with its table's name.
pub(crate) fn column<C: ColumnTrait>(column: C) -> Expr {
    Expr::col(column.as_column_ref())
}
