//! What the register knows and the feed does not tell, staged beside the feed: flags are true of both together.
//!
//! A file that tells of six people says nothing of the rest, so what was flagged of the rest stands or falls by the
//! register. Apart from staging lines because nothing of this is applied: these rows are of kinds of their own,
//! `known` where the feed's source has brought them and `foreign` where another has, on lines below zero, and hold
//! no more than the flags ask for. Nobody is named in them but by id.
//!
//! To let a flag ask for more: its field in [`KNOWN`], called as in the feed.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::check::Scope;
use super::references::{key_column, table};
use super::sql::Sql;
use feed::Kind;
use gate::RunAuthority;

/// How many rows are staged at once.
const AT_ONCE: u32 = 2_000;

/// Rows of the register that flags are about, or ask for.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    kind: Kind,
    /// Whether they are other sources' rows.
    foreign: bool,
    /// What a record would say of the row `x`, as SQL.
    body: &'static str,
    /// Which of the rows, as SQL over `x`.
    which: &'static str,
}

const fn own(kind: Kind, body: &'static str) -> Known {
    Known {
        kind,
        foreign: false,
        body,
        which: "TRUE",
    }
}

const fn foreign(known: Known, which: &'static str) -> Known {
    Known {
        foreign: true,
        which,
        ..known
    }
}

macro_rules! hsa_id {
    ($column:literal) => {
        concat!(
            "(SELECT p.hsa_id FROM person p WHERE p.id = x.",
            $column,
            ")"
        )
    };
}

const PERSON: Known = own(
    Kind::Person,
    "OBJECT('individual', (SELECT i.external_key FROM individual i WHERE i.id = x.individual_id), \
     'trainingCompletedOn', x.training_completed_on, \
     'credentials', (SELECT LIST(c.kind) FROM person_credential c WHERE c.person_id = x.id))",
);

const ENGAGEMENT: Known = own(
    Kind::Engagement,
    concat!(
        "OBJECT('person', ",
        hsa_id!("person_id"),
        ", 'responsible', ",
        hsa_id!("responsible_id"),
        ", 'type', x.kind, 'from', x.from_date, 'until', x.until_date)"
    ),
);

/// A service that ordered for itself is no person, so its row names nobody who ordered: that it did is kept by the
/// flag.
const GRANT: Known = Known {
    which: "x.revoked_at IS NULL",
    ..own(
        Kind::Grant,
        concat!(
            "OBJECT('principal', OBJECT('externalId', COALESCE(",
            hsa_id!("person_id"),
            ", (SELECT v.external_id FROM service v WHERE v.id = x.service_id))), \
             'engagement', (SELECT n.external_id FROM engagement n WHERE n.id = x.engagement_id), \
             'role', (SELECT r.external_id FROM role r WHERE r.id = x.role_id), \
             'scope', OBJECT('kind', x.scope_kind, 'externalId', COALESCE(\
                 (SELECT o.hsa_id FROM organisation o WHERE o.id = x.organisation_id), \
                 (SELECT y.external_id FROM system y WHERE y.id = x.system_id), \
                 (SELECT m.external_id FROM segment m WHERE m.id = x.segment_id), \
                 (SELECT d.external_id FROM \"database\" d WHERE d.id = x.database_id))), \
             'from', x.from_date, 'until', x.until_date, 'origin', x.origin, \
             'needsAndRiskAnalysis', x.needs_and_risk_analysis, 'orderedBy', COALESCE(",
            hsa_id!("ordered_by_id"),
            ", (SELECT v.external_id FROM service v JOIN import_flag f ON f.entity_id = x.id \
                 AND f.flag = 'selfOrdered' WHERE v.id = x.service_id)))"
        ),
    )
};

/// Everything that is staged so.
pub const KNOWN: &[Known] = &[
    own(Kind::Organisation, "OBJECT('type', x.kind)"),
    PERSON,
    ENGAGEMENT,
    own(
        Kind::System,
        concat!(
            "OBJECT('name', x.name, 'owner', ",
            hsa_id!("owner_id"),
            ", 'supplier', (SELECT o.hsa_id FROM organisation o WHERE o.id = x.supplier_id), \
             'patientData', TRUTH(x.patient_data), 'passwordLoginUntil', x.password_login_until, \
             'classification', (SELECT OBJECT('confidentiality', c.confidentiality) \
                 FROM system_classification c WHERE c.system_id = x.id))"
        ),
    ),
    own(Kind::Segment, "OBJECT()"),
    own(
        Kind::Service,
        concat!("OBJECT('name', x.name, 'owner', ", hsa_id!("owner_id"), ")"),
    ),
    own(
        Kind::Account,
        concat!("OBJECT('type', x.kind, 'owner', ", hsa_id!("owner_id"), ")"),
    ),
    own(
        Kind::SupplierAssessment,
        "OBJECT('supplier', (SELECT o.hsa_id FROM organisation o WHERE o.id = x.supplier_id), \
         'system', (SELECT y.external_id FROM system y WHERE y.id = x.system_id), \
         'decidedOn', x.decided_on, 'validUntil', x.valid_until)",
    ),
    own(
        Kind::Role,
        "OBJECT('name', x.name, 'system', (SELECT y.external_id FROM system y WHERE y.id = x.system_id), \
         'patientData', TRUTH(x.patient_data), \
         'permissions', (SELECT LIST(q.name) FROM role_permission m \
             JOIN permission q ON q.id = m.permission_id WHERE m.role_id = x.id))",
    ),
    GRANT,
    foreign(PERSON, "TRUE"),
    foreign(ENGAGEMENT, "TRUE"),
    // Whatever brought them, they are of the feed's own roles.
    foreign(
        GRANT,
        "x.revoked_at IS NULL \
         AND EXISTS (SELECT 1 FROM role r WHERE r.id = x.role_id AND r.source = :source)",
    ),
];

impl Known {
    /// The last id of the next rows after `after`; `None`: there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(
        &self,
        db: &DatabaseTransaction,
        scope: Scope<'_>,
        after: &str,
    ) -> Result<Option<String>, ApplyError> {
        let text = format!(
            "SELECT MAX(q.id) FROM (SELECT x.id FROM {table} x WHERE x.id > :after AND {rows} \
             ORDER BY x.id LIMIT {AT_ONCE}) q",
            table = table(self.kind),
            rows = self.rows(),
        );
        let values = [
            ("run", Value::from(scope.run)),
            ("source", Value::from(scope.source)),
            ("after", Value::from(after)),
        ];
        let statement = Sql::named(db.get_database_backend(), &text, &values).done();
        let row = db.query_one_raw(statement).await?;
        Ok(row.map_or(Ok(None), |row| row.try_get_by_index(0))?)
    }

    /// Stages the rows after `after` up to `to`, behind so many that are staged already; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stage(
        &self,
        tx: &DatabaseTransaction,
        _: &RunAuthority,
        scope: Scope<'_>,
        (after, to): (&str, &str),
        staged: u64,
    ) -> Result<u64, DbErr> {
        let text = format!(
            "INSERT INTO staged_record (run_id, line, kind, external_id, body) \
             SELECT :run, -:staged - ROW_NUMBER() OVER (ORDER BY x.id), '{word} {kind}', x.{key}, {body} \
             FROM {table} x WHERE x.id > :after AND x.id <= :to AND {rows}",
            word = if self.foreign { "foreign" } else { "known" },
            kind = self.kind,
            key = key_column(self.kind),
            body = self.body,
            table = table(self.kind),
            rows = self.rows(),
        );
        let values = [
            ("run", Value::from(scope.run)),
            ("source", Value::from(scope.source)),
            ("after", Value::from(after)),
            ("to", Value::from(to)),
            (
                "staged",
                Value::from(i64::try_from(staged).unwrap_or(i64::MAX)),
            ),
        ];
        let statement = Sql::named(tx.get_database_backend(), &text, &values).done();
        Ok(tx.execute_raw(statement).await?.rows_affected())
    }

    /// The rows, of which no record of the feed that is applied tells otherwise.
    fn rows(&self) -> String {
        format!(
            "x.{key} IS NOT NULL AND x.source {whose} :source AND {which} \
             AND NOT EXISTS (SELECT 1 FROM staged_record t WHERE t.run_id = :run \
                 AND t.kind = '{kind}' AND t.external_id = x.{key} AND NOT t.rejected)",
            key = key_column(self.kind),
            whose = if self.foreign { "<>" } else { "=" },
            which = self.which,
            kind = self.kind,
        )
    }
}
