//! Everybody who holds anything, with all of it: for whoever holds the host and asks what a policy would change.

use sea_orm::{DatabaseTransaction, Value};

use crate::domain::facts::PrincipalFacts;
use crate::domain::target::PrincipalKey;
use crate::domain::{Calendar, Instant};
use crate::gate::FactError;
use crate::store::read::decisions::past::HostReader;
use crate::store::rows::{Row, rows};

use super::{grants, principal};

const HOLDERS: &str = "\
    SELECT DISTINCT COALESCE(g.person_id, g.service_id) AS id, p.hsa_id, s.external_id \
    FROM role_grant g LEFT JOIN person p ON p.id = g.person_id \
    LEFT JOIN service s ON s.id = g.service_id \
    WHERE g.revoked_at IS NULL AND COALESCE(g.person_id, g.service_id) > $1 ORDER BY 1 LIMIT $2";

/// Somebody with every grant that has not been revoked.
#[derive(Debug, Clone)]
pub struct HolderFacts {
    /// The HSA-id or client id.
    pub external: String,
    /// What policies may ask about.
    pub facts: PrincipalFacts,
}

impl HostReader {
    /// The holders whose ids come after that one, at most so many, in the order of their ids.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn holders(
        &self,
        connection: &DatabaseTransaction,
        (calendar, now): (Calendar, Instant),
        after: &str,
        most: i64,
    ) -> Result<Vec<HolderFacts>, FactError> {
        let found = rows(connection, HOLDERS, [Value::from(after), most.into()]).await?;
        let mut holders = Vec::with_capacity(found.len());
        for row in &found {
            let row = Row {
                table: "role_grant",
                row,
            };
            let person: Option<String> = row.get("hsa_id")?;
            let key = match person {
                Some(hsa_id) => PrincipalKey::Person(
                    hsa_id
                        .parse()
                        .map_err(|_| row.corrupt("hsa_id", "not an HSA-id"))?,
                ),
                None => PrincipalKey::Service(row.get("external_id")?),
            };
            let known = principal::principal(connection, calendar, now, key).await?;
            let Some(record) = known.found_in_source() else {
                continue;
            };
            let mut facts = record.facts;
            facts.grants = grants::held(
                connection,
                calendar,
                now.date(),
                std::slice::from_ref(&facts.id),
                None,
            )
            .await?;
            holders.push(HolderFacts {
                external: record.external,
                facts,
            });
        }
        Ok(holders)
    }
}
