//! `behorig log verify --database`: everything that is derived from the events, derived once more.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::super::arguments::OnDatabase;
use super::super::{CommandError, output, service};
use super::verify::{self, Verify};
use crate::audit::Database;
pub(super) use crate::audit::inspect::Known;
use crate::audit::inspect::{Inspected, Shape, inspect};
use crate::policy;

pub(super) async fn run(config: Option<&Path>, asked: Verify) -> Result<(), CommandError> {
    let leaves = asked.leaves.as_deref().map(open).transpose()?;
    let known = Known {
        kept: verify::kept(&asked.checkpoint)?,
        leaves,
        ..Known::default()
    };
    let on = OnDatabase {
        database: asked.database,
    };
    // Settings that are not right are no tampering.
    let settings =
        service::settings(config, &on).map_err(|error| CommandError::Could(error.to_string()))?;
    let db = service::open(&settings).await?;
    let inspected = inspected(&db, known).await;
    db.close().await;
    inspected
}

/// Inspects the database, prints the page, and says what came out.
pub(super) async fn inspected(db: &Database, known: Known) -> Result<(), CommandError> {
    let snapshot = db
        .snapshot()
        .await
        .map_err(|error| CommandError::Could(error.to_string()))?;
    let shape = Shape::expected(db).await;
    let known = Known {
        shape: shape
            .inspect_err(|error| output::complain(&format!("the shape is not compared: {error}")))
            .ok(),
        policy_digest: Some(policy::digest),
        ..known
    };
    let bar = verify::bar("verifying");
    bar.set_length(snapshot.log_size());
    let inspected = inspect(&snapshot, known, &|done| bar.set_position(done)).await;
    bar.finish_and_clear();
    let inspected = inspected.map_err(|error| CommandError::Could(error.to_string()))?;
    drop(snapshot);
    output::print(page(&inspected).trim_end())?;
    told(&inspected)
}

/// The exit code of an inspection.
fn told(inspected: &Inspected) -> Result<(), CommandError> {
    match inspected.differences.named() {
        [] if !inspected.open.is_empty() => Err(CommandError::Incomplete(
            "incomplete: a checkpoint that was kept could not be compared".to_owned(),
        )),
        [] => Ok(()),
        [first, ..] => Err(CommandError::NotRight(format!("tampered: {first}"))),
    }
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, CommandError> {
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::Could(format!(
            "the file of leaf hashes `{}`: {error}",
            file.display()
        ))
    };
    let opened = File::open(file).map_err(|error| failed(&error))?;
    let length = opened.metadata().map_err(|error| failed(&error))?.len();
    if length.is_multiple_of(32) {
        Ok(Box::new(BufReader::new(opened)))
    } else {
        Err(failed(&"its length is not one of whole hashes"))
    }
}

/// What no event gives yet.
const REGISTER: &str = "\
not compared   the register's rows (organisations, people, systems, roles, grants): they are not derived
               from the events that tell of them, so one that was written beside the service is not found";

fn page(inspected: &Inspected) -> String {
    let Inspected {
        size,
        checkpoints,
        leaves,
        pruned_below,
        within_pruned,
        open,
        policies,
        shape,
        differences,
    } = inspected;
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = if differences.is_empty() {
        writeln!(
            page,
            "GOOD: everything that was compared follows from the events\n"
        )
    } else {
        writeln!(
            page,
            "TAMPERED: not everything that was compared follows from the events\n"
        )
    };
    let _ = writeln!(
        page,
        "events         {size}: bytes, leaves, columns, ids of lists, values, counts, nodes, head"
    );
    if *pruned_below > 0 {
        let _ = writeln!(
            page,
            "pruned         {pruned_below} of them, as the log's own events account for: their nodes"
        );
    }
    let _ = writeln!(page, "checkpoints    {checkpoints}, published or kept");
    if let Some((sets, stages)) = policies {
        let _ = writeln!(
            page,
            "policies       sets: {sets}, with texts, digests and which is in force; stages of guardrails: {stages}"
        );
    }
    let _ = match shape {
        Some(things) => writeln!(
            page,
            "shape          {things} tables, columns, constraints, indexes, views and triggers, compared with \
             what this version makes"
        ),
        None => writeln!(
            page,
            "not compared   the shape of the database (triggers, indexes, views): a fresh one could not be \
             made beside it"
        ),
    };
    let _ = match leaves {
        0 => writeln!(
            page,
            "notary's file  not given: an altered event is named by the part it lies in"
        ),
        _ => writeln!(page, "notary's file  {leaves} leaves"),
    };
    let _ = writeln!(page, "{REGISTER}");
    if *within_pruned > 0 {
        let _ = writeln!(
            page,
            "not compared   {within_pruned} checkpoints of logs that ended within what was pruned: give \
             the notary's file"
        );
    }
    for size in open {
        let _ = writeln!(
            page,
            "not compared   the checkpoint of {size} events that was kept: such a log ended within what was \
             pruned, or was lost with a restore from backup that the log accounts for"
        );
    }
    if !differences.is_empty() {
        let _ = writeln!(page, "\nWhat differs");
    }
    for difference in differences.named() {
        let _ = writeln!(page, "  {difference}");
    }
    if differences.more() > 0 {
        let _ = writeln!(page, "  … and {} more", differences.more());
    }
    if *checkpoints == 0 {
        let _ = writeln!(
            page,
            "\nNo checkpoint was compared: whoever can write the database can have written all of it anew."
        );
    }
    page
}
