//! Erasing values: those of one class in one archive, of events below a seq; and facts, by whole months.

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};

use super::super::accounted;
use super::super::connection::{DatabaseError, Snapshot};
use super::super::head::{number, stored};
use super::super::log::Log;
use super::super::transact::TransactError;
use super::{Disposal, RetainError, facts, integer};
use domain::id::INSTALLATION;
use transparency::account::{ERASE, ERASED, Erasure};
use transparency::canonical::Object;
use transparency::fact::FACTS;

/// Over how many events' values one commit goes.
const CHUNK: u64 = 2_048;

/// Which values go, as the database knows them. What has no authority is the installation's. What a thing of the
/// register is stays as long as it is that: with the last event that told of it.
const GOING: &str = "retention_class = $1 AND COALESCE(authority, $2) = $3 \
    AND (retention_class <> 'register' OR seq NOT IN (SELECT seq FROM audit_latest))";

/// What goes.
enum Going {
    /// Values of slots: of a class, in an archive, of events below a seq.
    Values(String, String, u64),
    /// Facts of the months before that one.
    Facts(String),
}

impl Going {
    /// What the event of an erasure says.
    fn of(erasure: &Erasure) -> Self {
        if erasure.class == FACTS {
            Self::Facts(erasure.before.clone())
        } else {
            let (class, authority) = (erasure.class.clone(), erasure.authority.clone());
            Self::Values(class, authority, erasure.below)
        }
    }

    /// Class, the installation's id, archive.
    fn values(&self) -> Vec<Value> {
        match self {
            Self::Values(class, authority, _) => {
                let installation = INSTALLATION.to_string();
                vec![
                    class.as_str().into(),
                    installation.into(),
                    authority.as_str().into(),
                ]
            }
            Self::Facts(before) => vec![before.as_str().into()],
        }
    }

    async fn count(&self, db: &DatabaseTransaction) -> Result<u64, DbErr> {
        let mut values = self.values();
        let sql = match self {
            Self::Values(.., below) => {
                values.push(stored(*below).into());
                format!("SELECT COUNT(*) FROM audit_slot WHERE {GOING} AND seq < $4")
            }
            Self::Facts(_) => "SELECT COUNT(*) FROM audit_fact WHERE month < $1".to_owned(),
        };
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let row = db.query_one_raw(statement).await?;
        row.map_or(Ok(0), |row| number(&row, 0))
    }
}

/// The retention classes that values are kept under, in any archive.
///
/// # Errors
/// When the log cannot be read.
pub async fn classes_of_values(snapshot: &Snapshot) -> Result<Vec<String>, DatabaseError> {
    let db = snapshot.connection();
    let sql = "SELECT DISTINCT retention_class FROM audit_slot \
        UNION SELECT 'facts' FROM audit_fact ORDER BY 1";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

impl Log {
    /// How many values, or facts, an erasure would take, of events below that seq.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn values_to_erase(
        &self,
        disposal: &Disposal,
        below: u64,
    ) -> Result<u64, RetainError> {
        let going = self.going(disposal, below).await?;
        let snapshot = self.shared.db.snapshot().await?;
        Ok(going.count(snapshot.connection()).await?)
    }

    async fn going(&self, disposal: &Disposal, below: u64) -> Result<Going, RetainError> {
        let authority = disposal.authority.to_string();
        if disposal.class != FACTS {
            return Ok(Going::Values(disposal.class.clone(), authority, below));
        }
        // Facts are shared by decisions about whatever archive, so they are the installation's.
        if disposal.authority != INSTALLATION {
            return Ok(Going::Facts(String::new()));
        }
        let snapshot = self.shared.db.snapshot().await?;
        let month = facts::month_at(snapshot.connection(), below).await?;
        Ok(Going::Facts(month))
    }

    /// Erases the values of a class in an archive, of events below that seq; of the class of facts those of the months
    /// that were over when the event of that seq was recorded. The seq of the event that accounts for it.
    ///
    /// # Errors
    /// When the log cannot be written; what was begun can be resumed.
    pub async fn erase(&self, disposal: &Disposal, below: u64) -> Result<u64, RetainError> {
        if let Some(open) = self.open_erasure().await? {
            return Err(RetainError::Open(open.seq));
        }
        let going = self.going(disposal, below).await?;
        let values = self.values_to_erase(disposal, below).await?;
        let mut details = Object::new()
            .with("below", integer(below)?)
            .with("disposal", disposal.details())
            .with("values", integer(values)?);
        if let Going::Facts(before) = &going {
            details.set("before", before.as_str());
        }
        let (id, receipt) = self.record(ERASE, details).await?;
        self.take(&going).await?;
        self.erased(&id.to_string()).await?;
        Ok(receipt.seq(id).unwrap_or_default())
    }

    /// Finishes the erasure that was cut off. The seq of the event that accounts for it.
    ///
    /// # Errors
    /// As [`Log::erase`], or there is none.
    pub async fn resume_erasure(&self) -> Result<u64, RetainError> {
        let open = self.open_erasure().await?.ok_or(RetainError::NothingOpen)?;
        self.take(&Going::of(&open)).await?;
        self.erased(&open.id).await?;
        Ok(open.seq)
    }

    /// The values are gone from the tables: they leave the files before the log says that it is done.
    async fn erased(&self, event: &str) -> Result<(), RetainError> {
        self.shared.db.rewrite().await?;
        self.record(ERASED, Object::new().with("erase", event))
            .await?;
        Ok(())
    }

    async fn open_erasure(&self) -> Result<Option<Erasure>, RetainError> {
        let snapshot = self.shared.db.snapshot().await?;
        let account = accounted::read(snapshot.connection()).await?;
        Ok(account.unfinished_erasure().cloned())
    }

    async fn take(&self, going: &Going) -> Result<(), TransactError<DatabaseError>> {
        let below = match going {
            Going::Values(.., below) => *below,
            Going::Facts(before) => return self.take_facts(before).await,
        };
        let mut from = Some(0);
        while let Some(start) = from {
            let values = going.values();
            from = self
                .chunk(move |tx| take_some(tx, values, start, below).boxed())
                .await?;
        }
        Ok(())
    }
}

/// Deletes the next values at or after a seq; from which seq on there may be more.
async fn take_some(
    tx: &DatabaseTransaction,
    mut values: Vec<Value>,
    from: u64,
    below: u64,
) -> Result<Option<u64>, DbErr> {
    let backend = tx.get_database_backend();
    values.extend([stored(from).into(), stored(below).into()]);
    let next = format!("SELECT MIN(seq) FROM audit_slot WHERE {GOING} AND seq >= $4 AND seq < $5");
    let next = Statement::from_sql_and_values(backend, next, values.clone());
    let row = tx.query_one_raw(next).await?;
    let next: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    let Some(next) = next.and_then(|next| u64::try_from(next).ok()) else {
        return Ok(None);
    };
    let end = below.min(next + CHUNK);
    values.truncate(3);
    values.extend([stored(next).into(), stored(end).into()]);
    let delete = format!("DELETE FROM audit_slot WHERE {GOING} AND seq >= $4 AND seq < $5");
    let delete = Statement::from_sql_and_values(backend, delete, values);
    tx.execute_raw(delete).await?;
    Ok((end < below).then_some(end))
}
