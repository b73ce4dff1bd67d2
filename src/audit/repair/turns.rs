//! The order in which rows are written: whatever refers to what, and whatever stands in whose way.

use domain::speaks::Speaks as _;
use sea_orm::{DatabaseTransaction, DbErr, TransactionTrait as _};

use super::super::state::Astray;
use super::{Wanted, compare, write};

/// Writes what can be written, whatever refers to what; those that are again what the log tells.
pub(super) async fn write_in_turn(
    db: &DatabaseTransaction,
    mut wanted: Vec<Wanted>,
) -> Result<Vec<Astray>, DbErr> {
    let mut done = Vec::new();
    loop {
        let before = done.len();
        let mut rest = Vec::new();
        for row in wanted {
            if write_one(db, &row).await? {
                done.push(row.found);
            } else {
                rest.push(row);
            }
        }
        if rest.is_empty() {
            return Ok(done);
        }
        if done.len() == before {
            done.extend(write_together(db, rest).await?);
            return Ok(done);
        }
        wanted = rest;
    }
}

/// Writes a row; `false`: the database refuses it, or it is not what the log tells then.
async fn write_one(db: &DatabaseTransaction, row: &Wanted) -> Result<bool, DbErr> {
    let savepoint = db.begin().await?;
    let written = write::row(&savepoint, row.aggregate, &row.found, row.original.as_ref()).await;
    let is_right = match written {
        Ok(()) => is_told(&savepoint, row).await?,
        Err(error) => {
            tracing::debug!(row = %row.found.words(), %error, "the row cannot be written yet");
            false
        }
    };
    if is_right {
        savepoint.commit().await?;
    } else {
        savepoint.rollback().await?;
    }
    Ok(is_right)
}

/// Writes rows that stand in each other's way: what each is known by is taken from all of them first.
async fn write_together(db: &DatabaseTransaction, rows: Vec<Wanted>) -> Result<Vec<Astray>, DbErr> {
    let savepoint = db.begin().await?;
    let mut is_right = true;
    for row in &rows {
        is_right &= write::without_names(&savepoint, row.aggregate, &row.found)
            .await
            .is_ok();
    }
    for row in &rows {
        is_right = is_right && write_one(&savepoint, row).await?;
    }
    if is_right {
        savepoint.commit().await?;
        return Ok(rows.into_iter().map(|row| row.found).collect());
    }
    savepoint.rollback().await?;
    Ok(Vec::new())
}

async fn is_told(db: &DatabaseTransaction, row: &Wanted) -> Result<bool, DbErr> {
    let ids = [row.found.id.clone()];
    Ok(compare(db, row.aggregate, &ids).await?.is_empty())
}
