//! What deserves somebody's attention in a feed although it is taken as it is.
//!
//! Every flag is one query over the staged records: the external ids of what is flagged, and a detail
//! without personal data. What the feed does not tell of is there as the register has it ([`super::known`]), so that a
//! partial file neither lowers a flag nor raises one for want of the rest. Over the lines of the feed alone the
//! counts can be compared with those that its sender made from the same records.
//!
//! To add a flag: name it ([`FlagName`]), give it a query here, and count it in the tests.

use super::flag::Flag;
use domain::FlagName;
use feed::Kind;

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

const fn flag(name: FlagName, kind: Kind, select: &'static str) -> Flag {
    Flag {
        name,
        kind: Some(kind),
        select,
    }
}

/// Every flag. A feed's last line counts those that follow from the feed alone.
pub const FLAGS: &[Flag] = &[
    flag(FlagName::RoleLooksAlike, Kind::Role, alike!("role")),
    flag(FlagName::SystemLooksAlike, Kind::System, alike!("system")),
    flag(
        FlagName::ServiceLooksAlike,
        Kind::Service,
        alike!("service"),
    ),
    flag(
        FlagName::EndedWithGrant,
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
        FlagName::ExternalWithoutEnd,
        Kind::Engagement,
        records!(
            "engagement",
            "s.body ->> 'type'",
            "s.body ->> 'until' IS NULL \
             AND s.body ->> 'type' IN ('consultant', 'student', 'privateProvider')"
        ),
    ),
    flag(
        FlagName::VendorWithoutEnd,
        Kind::Engagement,
        records!(
            "engagement",
            "s.body ->> 'type'",
            "s.body ->> 'until' IS NULL AND s.body ->> 'type' = 'vendor'"
        ),
    ),
    flag(
        FlagName::ExternalWithoutSponsor,
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
        FlagName::WideServerAdmin,
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
        FlagName::PatientGrantWithoutAnalysis,
        Kind::Grant,
        grants!(
            "s.body ->> 'origin'",
            "r.body -> 'patientData' = 'true' AND s.body ->> 'needsAndRiskAnalysis' IS NULL"
        ),
    ),
    flag(
        FlagName::TrainingMissing,
        Kind::Person,
        records!("person", "NULL", "s.body ->> 'trainingCompletedOn' IS NULL"),
    ),
    flag(
        FlagName::NoCredential,
        Kind::Person,
        records!("person", "NULL", "s.body -> 'credentials' = '[]'"),
    ),
    flag(
        FlagName::OwnerMissing,
        Kind::System,
        records!("system", "NULL", "s.body ->> 'owner' IS NULL"),
    ),
    flag(
        FlagName::Unclassified,
        Kind::System,
        records!("system", "NULL", "s.body ->> 'classification' IS NULL"),
    ),
    flag(
        FlagName::Class4,
        Kind::System,
        records!(
            "system",
            "NULL",
            "s.body -> 'classification' -> 'confidentiality' = '4'"
        ),
    ),
    flag(
        FlagName::PasswordLoginPastDate,
        Kind::System,
        records!(
            "system",
            "s.body ->> 'passwordLoginUntil'",
            "s.body ->> 'passwordLoginUntil' < :today"
        ),
    ),
    flag(
        FlagName::VendorWithoutAssessment,
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
        FlagName::ServiceOwnerGone,
        Kind::Service,
        concat!(
            records!("service", "NULL", "s.body ->> 'owner' NOT IN "),
            employed_here!()
        ),
    ),
    flag(
        FlagName::AccountWithoutOwner,
        Kind::Account,
        records!("account", "s.body ->> 'type'", "s.body ->> 'owner' IS NULL"),
    ),
    flag(
        FlagName::UnitWithoutContact,
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
        name: FlagName::TwoIdsOneHuman,
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
        FlagName::ExpiredGrant,
        Kind::Grant,
        records!("grant", "s.body ->> 'until'", "s.body ->> 'until' < :today"),
    ),
    flag(
        FlagName::SelfOrdered,
        Kind::Grant,
        records!(
            "grant",
            "NULL",
            "s.body ->> 'orderedBy' = s.body -> 'principal' ->> 'externalId'"
        ),
    ),
    flag(
        FlagName::SegmentWithFewAdmins,
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
