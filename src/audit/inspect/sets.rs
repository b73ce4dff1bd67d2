//! `audit_set`: the members of paths, places and reasons, which the auditor's questions are found by.
//!
//! Compared with the columns themselves, each distinct value once: those have been compared with the
//! events, and there are few of them however long the log is. What stood in events that were pruned stays.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, DbErr};

use super::difference::Differences;
use super::table;
use domain::speaks::{verbatim, words};

/// The columns that are taken apart.
const TAKEN_APART: [&str; 3] = ["path", "place", "reasons"];

pub(super) async fn sets(
    db: &DatabaseTransaction,
    is_pruned: bool,
    found: &mut Differences,
) -> Result<(), DbErr> {
    for column in TAKEN_APART {
        let wholes =
            format!("SELECT DISTINCT {column} FROM audit_event WHERE {column} IS NOT NULL");
        let (mut should, mut there) = (BTreeSet::new(), BTreeSet::new());
        for row in table::all(db, &wholes).await? {
            let whole: String = row.try_get_by_index(0)?;
            there.insert(whole.clone());
            for member in whole.split('/').filter(|member| !member.is_empty()) {
                should.insert((member.to_owned(), whole.clone()));
            }
        }
        let stored = format!("SELECT member, whole FROM audit_set WHERE held_in = '{column}'");
        for row in table::all(db, &stored).await? {
            let pair: (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let (member, whole) = &pair;
            let of_pruned = is_pruned
                && !there.contains(whole)
                && whole
                    .split('/')
                    .any(|part| !part.is_empty() && part == member);
            if !should.remove(&pair) && !of_pruned {
                let (member, whole) = pair;
                found.log(words!(
                    "`audit_set` has {member} in the {column} `{whole}`, which no event has",
                    "`audit_set` har {member} i `{column}` `{whole}`, som ingen händelse har.",
                    member = verbatim(member),
                    column = verbatim(column),
                    whole = verbatim(whole)
                ));
            }
        }
        for (member, whole) in should {
            found.log(words!(
                "`audit_set` lacks {member} of the {column} `{whole}`",
                "`audit_set` saknar {member} i `{column}` `{whole}`.",
                member = verbatim(member),
                column = verbatim(column),
                whole = verbatim(whole)
            ));
        }
    }
    let others = "SELECT CAST(held_in AS TEXT) FROM audit_set \
         WHERE held_in NOT IN ('path', 'place', 'reasons') LIMIT 100";
    for row in table::all(db, others).await? {
        let held_in: String = row.try_get_by_index(0)?;
        found.log(words!(
            "`audit_set` has a row of `{held_in}`, which is no set",
            "`audit_set` har en rad om `{held_in}`, som inte är någon mängd.",
            held_in = verbatim(held_in)
        ));
    }
    Ok(())
}
