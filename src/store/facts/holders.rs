//! Everybody who holds anything, with all of it: for whoever holds the host and asks what a policy would change.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, Value};

use crate::read::decisions::past::HostReader;
use crate::rows::{Row, rows};
use domain::facts::{BestSignIn, PrincipalFacts};
use domain::{Calendar, EntityRef, Instant};
use gate::FactError;

use super::holdings;

const HOLDERS: &str = "\
    SELECT DISTINCT COALESCE(g.person_id, g.service_id) AS id FROM role_grant g \
    WHERE g.revoked_at IS NULL AND COALESCE(g.person_id, g.service_id) > $1 ORDER BY id LIMIT $2";

const WITHOUT_CARD: &str = "\
    SELECT p.id, (SELECT COUNT(*) FROM person_credential c WHERE c.person_id = p.id) AS reserve \
    FROM person p WHERE NOT EXISTS (SELECT 1 FROM person_credential c \
    WHERE c.person_id = p.id AND c.kind <> 'siths-reserve')";

impl HostReader {
    /// The people who have no card, or anything as good, to sign in with, each with the best that they have.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn without_card(
        &self,
        connection: &DatabaseTransaction,
    ) -> Result<BTreeMap<EntityRef, BestSignIn>, FactError> {
        let found = rows(connection, WITHOUT_CARD, []).await?;
        let people = found.iter().map(|row| {
            let row = Row::of("person", row);
            let best = match row.get::<i64>("reserve")? {
                0 => BestSignIn::Password,
                _ => BestSignIn::ReserveCard,
            };
            Ok((row.entity("id")?, best))
        });
        people.collect()
    }

    /// The holders whose ids come after that one, at most so many, in the order of their ids, each with every
    /// grant that has not been revoked.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn holders(
        &self,
        connection: &DatabaseTransaction,
        (calendar, now): (Calendar, Instant),
        after: &str,
        most: i64,
    ) -> Result<Vec<PrincipalFacts>, FactError> {
        let found = rows(connection, HOLDERS, [Value::from(after), most.into()]).await?;
        let table = "role_grant";
        let ids: Result<Vec<EntityRef>, FactError> = found
            .iter()
            .map(|row| Row::of(table, row).entity("id"))
            .collect();
        holdings::held_by(connection, calendar, now.date(), &ids?, None).await
    }
}
