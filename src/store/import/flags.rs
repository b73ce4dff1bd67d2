//! What deserves somebody's attention in a feed although it is taken as it is.
//!
//! Every flag is one query over the staged records: the external ids of what is flagged, and a detail
//! without personal data. What the feed does not tell of is there as the register has it ([`super::known`]), so that a
//! partial file neither lowers a flag nor raises one for want of the rest. Over the lines of the feed alone the
//! counts can be compared with those that its sender made from the same records.
//!
//! To add a flag: give it a query here, and count it in the tests.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::check::Scope;
use super::references::{Key, table};
use super::sql::Sql;
use crate::domain::Date;
use crate::feed::Kind;

/// How many flagged things are read at once.
const PAGE: usize = 500;

/// One kind of flag.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name.
    pub name: &'static str,
    /// What it stands on; `None`: an individual.
    kind: Option<Kind>,
    /// `SELECT external_id, detail …`.
    select: &'static str,
}

/// What flags are counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// What the source has brought, as it will be.
    Everything,
    /// The records of the feed, as if there were no others.
    FeedAlone,
}

/// Something that is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// The source's id.
    pub external_id: String,
    /// The register's id; `None` before the record has been applied.
    pub entity_id: Option<String>,
    /// A detail without personal data.
    pub detail: Option<String>,
}

/// The source's records of a kind, as they will be. They are found by kind and id: the plus keeps SQLite from
/// going through all lines instead.
macro_rules! staged {
    ($alias:literal, $kind:literal) => {
        staged!($alias, $kind, "")
    };
    ($alias:literal, $kind:literal, $more:expr) => {
        concat!(
            $alias,
            ".run_id = :run AND ",
            $alias,
            ".kind IN ('",
            $kind,
            "', 'known ",
            $kind,
            "'",
            $more,
            ") AND NOT ",
            $alias,
            ".rejected AND +",
            $alias,
            ".line >= :first"
        )
    };
}

/// The same of every source.
macro_rules! of_any_source {
    ($alias:literal, $kind:literal) => {
        staged!($alias, $kind, concat!(", 'foreign ", $kind, "'"))
    };
}

macro_rules! records {
    ($kind:literal, $detail:literal, $condition:literal) => {
        concat!(
            "SELECT s.external_id, ",
            $detail,
            " AS detail FROM staged_record s WHERE ",
            staged!("s", $kind),
            " AND ",
            $condition
        )
    };
}

/// Grants with their roles.
macro_rules! grants {
    ($detail:literal, $condition:expr) => {
        concat!(
            "SELECT s.external_id, ",
            $detail,
            " AS detail FROM staged_record s JOIN staged_record r \
             ON r.external_id = s.body ->> 'role' AND ",
            staged!("r", "role"),
            " WHERE ",
            staged!("s", "grant"),
            " AND ",
            $condition
        )
    };
}

/// Records that are called as something else is.
macro_rules! alike {
    ($kind:literal) => {
        concat!(
            "SELECT s.external_id, l.other AS detail FROM staged_look_alike l JOIN staged_record s \
             ON s.external_id = l.external_id AND ",
            staged!("s", $kind),
            " WHERE l.run_id = :run AND l.kind = '",
            $kind,
            "'"
        )
    };
}

macro_rules! in_force {
    () => {
        "s.body ->> 'from' <= :today \
         AND (s.body ->> 'until' IS NULL OR s.body ->> 'until' >= :today)"
    };
}

/// The people who are employed here today.
macro_rules! employed_here {
    () => {
        concat!(
            "(SELECT w.body ->> 'person' FROM staged_record w WHERE ",
            of_any_source!("w", "engagement"),
            " AND w.body ->> 'type' IN ('employee', 'hourly') AND w.body ->> 'from' <= :today \
             AND (w.body ->> 'until' IS NULL OR w.body ->> 'until' >= :today))"
        )
    };
}

macro_rules! administers_servers {
    () => {
        "EXISTS (SELECT 1 FROM EACH(r, permissions) WHERE e.value = 'server:administer')"
    };
}

const fn flag(name: &'static str, kind: Kind, select: &'static str) -> Flag {
    Flag {
        name,
        kind: Some(kind),
        select,
    }
}

/// Every flag. A feed's last line counts those that follow from the feed alone.
pub const FLAGS: &[Flag] = &[
    flag("roleLooksAlike", Kind::Role, alike!("role")),
    flag("systemLooksAlike", Kind::System, alike!("system")),
    flag("serviceLooksAlike", Kind::Service, alike!("service")),
    flag(
        "endedWithGrant",
        Kind::Grant,
        concat!(
            "SELECT s.external_id, g.body ->> 'until' AS detail FROM staged_record s \
             JOIN staged_record g ON g.external_id = s.body ->> 'engagement' AND ",
            staged!("g", "engagement"),
            " WHERE ",
            staged!("s", "grant"),
            " AND g.body ->> 'until' < :today AND ",
            in_force!()
        ),
    ),
    flag(
        "externalWithoutEnd",
        Kind::Engagement,
        records!(
            "engagement",
            "s.body ->> 'type'",
            "s.body ->> 'until' IS NULL \
             AND s.body ->> 'type' IN ('consultant', 'student', 'privateProvider')"
        ),
    ),
    flag(
        "vendorWithoutEnd",
        Kind::Engagement,
        records!(
            "engagement",
            "s.body ->> 'type'",
            "s.body ->> 'until' IS NULL AND s.body ->> 'type' = 'vendor'"
        ),
    ),
    flag(
        "externalWithoutSponsor",
        Kind::Engagement,
        concat!(
            records!(
                "engagement",
                "s.body ->> 'type'",
                "s.body ->> 'type' IN ('consultant', 'student', 'privateProvider', 'vendor')"
            ),
            " AND (s.body ->> 'responsible' IS NULL \
              OR (SELECT p.body ->> 'individual' FROM staged_record p WHERE ",
            of_any_source!("p", "person"),
            " AND p.external_id = s.body ->> 'person') \
              = (SELECT p.body ->> 'individual' FROM staged_record p WHERE ",
            of_any_source!("p", "person"),
            " AND p.external_id = s.body ->> 'responsible') \
              OR s.body ->> 'responsible' NOT IN ",
            employed_here!(),
            ")"
        ),
    ),
    flag(
        "wideServerAdmin",
        Kind::Grant,
        grants!(
            "s.body -> 'scope' ->> 'kind'",
            concat!(
                "s.body -> 'scope' ->> 'kind' <> 'segment' AND ",
                administers_servers!()
            )
        ),
    ),
    flag(
        "patientGrantWithoutAnalysis",
        Kind::Grant,
        grants!(
            "s.body ->> 'origin'",
            "r.body -> 'patientData' = 'true' AND s.body ->> 'needsAndRiskAnalysis' IS NULL"
        ),
    ),
    flag(
        "trainingMissing",
        Kind::Person,
        records!("person", "NULL", "s.body ->> 'trainingCompletedOn' IS NULL"),
    ),
    flag(
        "noCredential",
        Kind::Person,
        records!("person", "NULL", "s.body -> 'credentials' = '[]'"),
    ),
    flag(
        "ownerMissing",
        Kind::System,
        records!("system", "NULL", "s.body ->> 'owner' IS NULL"),
    ),
    flag(
        "unclassified",
        Kind::System,
        records!("system", "NULL", "s.body ->> 'classification' IS NULL"),
    ),
    flag(
        "class4",
        Kind::System,
        records!(
            "system",
            "NULL",
            "s.body -> 'classification' -> 'confidentiality' = '4'"
        ),
    ),
    flag(
        "passwordLoginPastDate",
        Kind::System,
        records!(
            "system",
            "s.body ->> 'passwordLoginUntil'",
            "s.body ->> 'passwordLoginUntil' < :today"
        ),
    ),
    flag(
        "vendorWithoutAssessment",
        Kind::System,
        concat!(
            records!(
                "system",
                "s.body ->> 'supplier'",
                "s.body ->> 'supplier' IS NOT NULL AND s.body -> 'patientData' = 'true'"
            ),
            " AND NOT EXISTS (SELECT 1 FROM staged_record a WHERE ",
            staged!("a", "supplierAssessment"),
            " AND a.body ->> 'supplier' = s.body ->> 'supplier' \
              AND a.body ->> 'system' = s.external_id \
              AND a.body ->> 'decidedOn' <= :today AND a.body ->> 'validUntil' >= :today)"
        ),
    ),
    flag(
        "serviceOwnerGone",
        Kind::Service,
        concat!(
            records!("service", "NULL", "s.body ->> 'owner' NOT IN "),
            employed_here!()
        ),
    ),
    flag(
        "accountWithoutOwner",
        Kind::Account,
        records!("account", "s.body ->> 'type'", "s.body ->> 'owner' IS NULL"),
    ),
    flag(
        "unitWithoutContact",
        Kind::Organisation,
        concat!(
            "SELECT u.external_id, NULL AS detail FROM staged_record u WHERE ",
            staged!("u", "organisation"),
            " AND u.body ->> 'type' = 'unit' AND u.external_id NOT IN (\
             SELECT s.body -> 'scope' ->> 'externalId' FROM staged_record s JOIN staged_record r \
             ON r.external_id = s.body ->> 'role' AND ",
            staged!("r", "role"),
            " WHERE ",
            of_any_source!("s", "grant"),
            " AND r.body ->> 'name' = 'Kontaktperson' \
              AND s.body -> 'scope' ->> 'externalId' IS NOT NULL AND ",
            in_force!(),
            ")"
        ),
    ),
    Flag {
        name: "twoIdsOneHuman",
        kind: None,
        select: concat!(
            "SELECT s.body ->> 'individual' AS external_id, CAST(COUNT(*) AS TEXT) AS detail \
             FROM staged_record s WHERE ",
            of_any_source!("s", "person"),
            " GROUP BY s.body ->> 'individual' HAVING COUNT(*) > 1 \
             AND SUM(CASE s.kind WHEN 'foreign person' THEN 0 ELSE 1 END) > 0"
        ),
    },
    flag(
        "expiredGrant",
        Kind::Grant,
        records!("grant", "s.body ->> 'until'", "s.body ->> 'until' < :today"),
    ),
    flag(
        "selfOrdered",
        Kind::Grant,
        records!(
            "grant",
            "NULL",
            "s.body ->> 'orderedBy' = s.body -> 'principal' ->> 'externalId'"
        ),
    ),
    flag(
        "segmentWithFewAdmins",
        Kind::Segment,
        concat!(
            "SELECT m.external_id, CAST(COALESCE(admins.n, 0) AS TEXT) AS detail \
             FROM staged_record m LEFT JOIN (\
             SELECT s.body -> 'scope' ->> 'externalId' AS segment, \
             COUNT(DISTINCT s.body -> 'principal' ->> 'externalId') AS n \
             FROM staged_record s JOIN staged_record r \
             ON r.external_id = s.body ->> 'role' AND ",
            staged!("r", "role"),
            " WHERE ",
            of_any_source!("s", "grant"),
            " AND s.body -> 'scope' ->> 'kind' = 'segment' AND ",
            administers_servers!(),
            " AND ",
            in_force!(),
            " GROUP BY s.body -> 'scope' ->> 'externalId') admins ON admins.segment = m.external_id \
             WHERE ",
            staged!("m", "segment"),
            " AND COALESCE(admins.n, 0) < 2"
        ),
    ),
];

impl Flag {
    /// What it stands on; an individual counts among people.
    #[must_use]
    pub fn on(&self) -> Kind {
        self.kind.unwrap_or(Kind::Person)
    }

    /// How many are flagged, of everything there will be or by the feed's own word alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        today: Date,
        over: Over,
    ) -> Result<u64, DbErr> {
        let text = format!("SELECT COUNT(*) FROM ({}) q", self.select);
        let values = values(scope, today, "", over);
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let row = db.query_one_raw(statement).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// A page of what is flagged, by external id after `after`; fewer than a page: there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        today: Date,
        after: &str,
    ) -> Result<(Vec<Flagged>, bool), DbErr> {
        let (table, key, global) = match self.kind {
            Some(kind) => (
                table(kind),
                Key::of(kind).column(),
                Key::of(kind).is_global(),
            ),
            // Whichever feed has named them first.
            None => ("individual", "external_key", true),
        };
        let source = if global {
            ""
        } else {
            " AND x.source = :source"
        };
        let text = format!(
            "SELECT q.external_id, (SELECT MIN(x.id) FROM {table} x WHERE x.{key} = q.external_id{source}), \
             q.detail FROM ({select}) q \
             WHERE q.external_id > :after ORDER BY q.external_id LIMIT {PAGE}",
            select = self.select,
        );
        let values = values(scope, today, after, Over::Everything);
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let rows = db.query_all_raw(statement).await?;
        let more = rows.len() == PAGE;
        let flagged = rows.iter().map(|row| {
            Ok(Flagged {
                external_id: row.try_get_by_index(0)?,
                entity_id: row.try_get_by_index(1)?,
                detail: row.try_get_by_index(2)?,
            })
        });
        Ok((flagged.collect::<Result<_, DbErr>>()?, more))
    }
}

fn values(scope: Scope<'_>, today: Date, after: &str, over: Over) -> [(&'static str, Value); 5] {
    let first = match over {
        Over::Everything => i64::MIN,
        Over::FeedAlone => 0,
    };
    [
        ("first", Value::from(first)),
        ("run", Value::from(scope.run)),
        ("source", Value::from(scope.source)),
        ("today", Value::from(today.to_string())),
        ("after", Value::from(after)),
    ]
}
