//! What is wrong with staged records that only the whole feed and the register can tell.
//!
//! Every check is one query over the staging table, read page by page on a snapshot, so that nothing
//! is locked while it runs. What the database would refuse later (a scope that does not fit its role,
//! a role that changes system …) is found here, so that applying cannot stop half-way for it.
//!
//! To add a check: give it a place in [`checks`], and a bad line in the tests.

mod fit;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::kind::references;
use super::references::{Reference, in_feed, in_register, is_global, key_column, table};
use super::sql::Sql;
use domain::Words;
use domain::speaks::{verbatim, words};
use feed::{Kind, Problem};

/// How many problems are read at once.
const PAGE: usize = 500;

/// What a run's checks need to know.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The run.
    pub run: &'a str,
    /// The feed's source.
    pub source: &'a str,
    /// The source whose records it takes over; `None`: nobody's.
    pub take_over: Option<&'a str>,
    /// Whether rejected records count as missing to those that refer to them.
    pub cascade: bool,
}

/// One check.
#[derive(Debug)]
pub struct Check {
    kind: Kind,
    field: &'static str,
    /// `WITH` and what follows, or nothing.
    with: String,
    /// The value that is wrong, as SQL over `s`.
    given: String,
    /// The line that the blame falls on, as SQL over `s`, or `NULL`.
    blame: String,
    /// When it is wrong, as SQL over `s`.
    condition: String,
    wrong: Words,
    right: Words,
}

impl Check {
    /// The problems that the check finds in lines after `after`, in the order of lines, a page of
    /// them; fewer than a page: there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        after: u64,
    ) -> Result<(Vec<Problem>, bool), ApplyError> {
        let text = format!(
            "{with} SELECT s.line, {given}, {blame} FROM staged_record s \
             WHERE s.run_id = :run AND s.kind = '{kind}' AND NOT s.rejected AND s.line > :after \
             AND ({condition}) ORDER BY s.line LIMIT {PAGE}",
            with = self.with,
            given = self.given,
            blame = self.blame,
            kind = self.kind,
            condition = self.condition,
        );
        let values = [
            ("run", Value::from(scope.run)),
            ("source", Value::from(scope.source)),
            ("other", Value::from(scope.take_over.unwrap_or_default())),
            (
                "after",
                Value::from(i64::try_from(after).unwrap_or(i64::MAX)),
            ),
        ];
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let rows = db.query_all_raw(statement).await?;
        let more = rows.len() == PAGE;
        let problems = rows.iter().map(|row| {
            let line: i64 = row.try_get_by_index(0)?;
            let given: Option<String> = row.try_get_by_index(1)?;
            let blame: Option<i64> = row.try_get_by_index(2)?;
            let wrong = blame.map_or_else(
                || self.wrong.clone(),
                |line| {
                    words!(
                        "leads to line {line}, which is rejected",
                        "leder till rad {line}, som inte godtas",
                        line
                    )
                },
            );
            let line = u64::try_from(line).unwrap_or_default();
            let problem = Problem::of_line(line, wrong, self.right.clone());
            let problem = problem.at(self.kind, self.field);
            Ok(match given {
                Some(given) => problem.given(&given),
                None => problem,
            })
        });
        Ok((problems.collect::<Result<_, DbErr>>()?, more))
    }
}

/// Every check, references first.
#[must_use]
pub fn checks(scope: Scope<'_>) -> Vec<Check> {
    let alive = if scope.cascade {
        " AND NOT t.rejected"
    } else {
        ""
    };
    let mut checks = vec![];
    checks.extend(Kind::ALL.iter().map(|kind| duplicate(*kind, alive)));
    checks.extend(spelled_otherwise());
    checks.extend(
        (Kind::ALL.iter().flat_map(|kind| references(*kind)))
            .map(|reference| dangling(*reference, alive)),
    );
    checks.push(cycle());
    checks.push(built_in());
    checks.extend(foreign());
    checks.extend(kept());
    checks.push(fit::foreign_engagement(alive));
    checks.extend(fit::unfit());
    checks.extend(fit::stranded());
    checks
}

fn duplicate(kind: Kind, alive: &str) -> Check {
    simple(
        kind,
        "externalId",
        "s.external_id",
        format!(
            "s.line NOT IN (SELECT MIN(t.line) FROM staged_record t WHERE t.run_id = :run \
             AND t.kind = '{kind}'{alive} GROUP BY t.external_id)"
        ),
        Words::part(
            "is the id of an earlier record of the same kind",
            "är id för en tidigare post av samma slag",
        ),
        Words::part("an id of its own", "ett eget id"),
    )
}

/// HSA-ids that differ in upper and lower case only are one id to everybody else: whoever has two of them would be
/// two people here.
fn spelled_otherwise() -> [Check; 2] {
    let check = |kind: Kind, table: &str| {
        simple(
            kind,
            "externalId",
            "s.external_id",
            format!(
                "upper(s.external_id) IN (SELECT upper(t.external_id) FROM staged_record t \
                 WHERE t.run_id = :run AND t.kind = '{kind}' GROUP BY upper(t.external_id) \
                 HAVING COUNT(DISTINCT t.external_id) > 1) \
                 OR EXISTS (SELECT 1 FROM {table} r WHERE upper(r.hsa_id) = upper(s.external_id) \
                 AND r.hsa_id <> s.external_id)"
            ),
            Words::part(
                "differs from another HSA-id in upper and lower case only",
                "skiljer sig från ett annat HSA-id bara i stora och små bokstäver",
            ),
            Words::part(
                "each HSA-id spelled in one way, as the register has it",
                "varje HSA-id skrivet på ett sätt, som i registret",
            ),
        )
    };
    [
        check(Kind::Person, "person"),
        check(Kind::Organisation, "organisation"),
    ]
}

fn dangling(reference: Reference, alive: &str) -> Check {
    let Reference {
        kind,
        field,
        id,
        when,
        target,
        each,
    } = reference;
    let missing = format!(
        "({when}) AND {id} IS NOT NULL AND NOT {feed} AND NOT {register}",
        feed = in_feed(target, id, alive),
        register = in_register(target, id),
    );
    let rejected = format!(
        "(SELECT MIN(t.line) FROM staged_record t WHERE t.run_id = :run \
         AND t.kind = '{target}' AND t.external_id = {id} AND t.rejected)"
    );
    let from = "FROM EACH(s, controls) WHERE";
    let (given, blame, condition) = if each {
        (
            format!("(SELECT MIN(e.value) {from} {missing})"),
            format!("(SELECT MIN({rejected}) {from} {missing})"),
            format!("EXISTS (SELECT 1 {from} {missing})"),
        )
    } else {
        (id.to_owned(), rejected, missing)
    };
    Check {
        kind,
        field,
        with: String::new(),
        given,
        blame,
        condition,
        wrong: words!(
            "is no {target} of the feed or the register",
            "finns inte som `{target}` i filen eller registret",
            target = verbatim(target)
        ),
        right: words!(
            "the externalId of a {target}",
            "ett externalId för `{target}`",
            target = verbatim(target)
        ),
    }
}

fn simple(
    kind: Kind,
    field: &'static str,
    given: &str,
    condition: String,
    wrong: Words,
    right: Words,
) -> Check {
    Check {
        kind,
        field,
        with: String::new(),
        given: given.to_owned(),
        blame: "CAST(NULL AS BIGINT)".to_owned(),
        condition,
        wrong,
        right,
    }
}

/// The organisations as they will be: the feed's records, and the register's rows for the rest. A node
/// whose parent is in neither is a root here; that it dangles is told by another check.
pub(super) const TREE: &str = "WITH RECURSIVE merged (node, parent) AS (
    SELECT m.external_id, m.body ->> 'parent' FROM staged_record m
    WHERE m.run_id = :run AND m.kind = 'organisation' AND NOT m.rejected
    UNION ALL
    SELECT o.hsa_id, p.hsa_id FROM organisation o JOIN organisation p ON p.id = o.parent_id
    WHERE NOT EXISTS (SELECT 1 FROM staged_record m WHERE m.run_id = :run
        AND m.kind = 'organisation' AND m.external_id = o.hsa_id AND NOT m.rejected)
), reach (node, depth) AS (
    SELECT node, 0 FROM merged
    WHERE parent IS NULL OR parent NOT IN (SELECT node FROM merged)
    UNION
    SELECT merged.node, reach.depth + 1 FROM reach JOIN merged ON merged.parent = reach.node
)";

fn cycle() -> Check {
    Check {
        with: TREE.to_owned(),
        ..simple(
            Kind::Organisation,
            "parent",
            "s.body ->> 'parent'",
            "s.external_id NOT IN (SELECT node FROM reach)".to_owned(),
            Words::part(
                "leads back to the organisation itself",
                "leder tillbaka till organisationen själv",
            ),
            Words::part("a tree", "ett träd"),
        )
    }
}

fn built_in() -> Check {
    simple(
        Kind::Service,
        "externalId",
        "s.external_id",
        "EXISTS (SELECT 1 FROM service r WHERE r.external_id = s.external_id AND r.built_in)"
            .to_owned(),
        Words::part(
            "is the id of a built-in service",
            "är id för en inbyggd tjänst",
        ),
        Words::part("another client id", "ett annat id"),
    )
}

/// A record has an owner: what another source has brought is that source's to tell, wherever its id is
/// unique by itself.
fn foreign() -> impl Iterator<Item = Check> {
    let global = Kind::ALL.iter().filter(|kind| is_global(**kind));
    global.map(|kind| {
        let owner = format!(
            "FROM {table} r WHERE r.{key} = s.external_id AND r.source <> :source \
             AND r.source <> :other",
            table = table(*kind),
            key = key_column(*kind),
        );
        simple(
            *kind,
            "externalId",
            &format!("(SELECT r.source {owner})"),
            format!("EXISTS (SELECT 1 {owner})"),
            Words::part(
                "is the source that the record belongs to",
                "är källan som posten hör till",
            ),
            Words::part(
                "a record of its own; `--take-over-from` with that source takes it over",
                "en egen post; `--take-over-from` med den källan tar över den",
            ),
        )
    })
}

/// What cannot change once it has been recorded.
fn kept() -> [Check; 3] {
    let row = |table: &str, differs: &str| {
        format!(
            "EXISTS (SELECT 1 FROM {table} r WHERE r.external_id = s.external_id \
             AND r.source IN (:source, :other) AND {differs})"
        )
    };
    [
        simple(
            Kind::Engagement,
            "person",
            "s.body ->> 'person'",
            row(
                "engagement",
                "NOT EXISTS (SELECT 1 FROM person p WHERE p.id = r.person_id \
                 AND p.hsa_id = s.body ->> 'person')",
            ),
            Words::part(
                "is not whose engagement it was",
                "är inte den som hade anställningen eller uppdraget",
            ),
            Words::part(
                "the same person, or an engagement of its own",
                "samma person, eller en egen anställning eller ett eget uppdrag",
            ),
        ),
        simple(
            Kind::Role,
            "system",
            "s.body ->> 'system'",
            row(
                "role",
                "COALESCE(s.body ->> 'system', '') <> COALESCE((SELECT y.external_id FROM system y \
                 WHERE y.id = r.system_id), '')",
            ),
            Words::part(
                "is not the system that the role belonged to",
                "är inte systemet som rollen hörde till",
            ),
            Words::part(
                "the same system, or a role of its own",
                "samma system, eller en egen roll",
            ),
        ),
        simple(
            Kind::Grant,
            "principal.externalId",
            "s.body -> 'principal' ->> 'externalId'",
            row(
                "role_grant",
                "NOT EXISTS (SELECT 1 FROM person p WHERE p.id = r.person_id \
                 AND p.hsa_id = s.body -> 'principal' ->> 'externalId' \
                 UNION ALL SELECT 1 FROM service v WHERE v.id = r.service_id \
                 AND v.external_id = s.body -> 'principal' ->> 'externalId')",
            ),
            Words::part(
                "is not who held the grant",
                "är inte den som hade behörigheten",
            ),
            Words::part(
                "the same holder, or a grant of its own",
                "samma innehavare, eller en egen behörighet",
            ),
        ),
    ]
}
