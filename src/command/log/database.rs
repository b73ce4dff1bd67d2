//! `behorig log verify --database`: everything that is derived from the events, derived once more.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::super::error::CommandError;
use super::super::opening::{self, OnDatabase};
use super::super::output;
use super::checking;
use audit::Database;
pub(super) use audit::inspect::Known;
use audit::inspect::{Inspected, Shape, inspect};
use domain::Words;
use domain::speaks::{Speaks, counted, events, foreign, joined, words};
use transparency::checkpoint::SignedCheckpoint;

/// Inspects the database of that address against what was kept: the notary's file of leaf hashes, and checkpoints.
pub(super) async fn run(
    config: Option<&Path>,
    database: Option<String>,
    leaves: Option<&Path>,
    kept: Vec<SignedCheckpoint>,
) -> Result<(), CommandError> {
    let known = Known {
        kept,
        leaves: leaves.map(open).transpose()?,
        ..Known::default()
    };
    let on = OnDatabase { database };
    // Settings that are not right are no tampering.
    let settings =
        opening::settings(config, &on).map_err(|error| CommandError::Could(error.words()))?;
    let db = opening::open(&settings).await?;
    let inspected = inspected(&db, known).await;
    db.close().await;
    inspected
}

/// Inspects the database, prints the page, and says what came out.
pub(super) async fn inspected(db: &Database, known: Known) -> Result<(), CommandError> {
    let snapshot = db
        .snapshot()
        .await
        .map_err(|error| CommandError::Could(error.whole()))?;
    let shape = Shape::expected(db).await;
    let known = Known {
        shape: shape
            .inspect_err(|error| {
                output::complain(&words!(
                    "the shape is not compared: {error}",
                    "Databasens form jämförs inte. Orsak: {error}",
                    error = foreign(error)
                ));
            })
            .ok(),
        policy_digest: Some(policy::digest),
        ..known
    };
    let bar = checking::bar(&checking::VERIFYING);
    bar.set_length(snapshot.log_size());
    let inspected = inspect(&snapshot, known, &|done| bar.set_position(done)).await;
    bar.finish_and_clear();
    let inspected = inspected.map_err(|error| CommandError::Could(error.words()))?;
    drop(snapshot);
    output::print(&page(&inspected))?;
    told(&inspected).map_err(CommandError::on_page)
}

/// The exit code of an inspection.
fn told(inspected: &Inspected) -> Result<(), CommandError> {
    match inspected.differences.named() {
        [] if !inspected.open.is_empty() => Err(CommandError::Incomplete(Words::new(
            "incomplete: a checkpoint that was kept could not be compared",
            "Ofullständigt: en sparad kontrollpunkt gick inte att jämföra.",
        ))),
        [] => Ok(()),
        [first, ..] => Err(CommandError::NotRight(checking::tampered(first))),
    }
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, CommandError> {
    let failed = |error: &dyn Speaks| {
        CommandError::Could(words!(
            "the file of leaf hashes `{file}`: {error}",
            "Notariens fil `{file}`: {error}",
            file,
            error
        ))
    };
    let opened = File::open(file).map_err(|error| failed(&error))?;
    let found = opened.metadata().map_err(|error| failed(&error))?;
    if !found.is_file() {
        return Ok(Box::new(BufReader::new(opened)));
    }
    if found.len().is_multiple_of(32) {
        // What the notary adds from now on may be newer than what it is compared with.
        Ok(Box::new(BufReader::new(opened.take(found.len()))))
    } else {
        Err(failed(&Words::new(
            "its length is not one of whole hashes",
            "Dess längd går inte jämnt upp i kontrollsummor.",
        )))
    }
}

fn page(inspected: &Inspected) -> Words {
    let differences = &inspected.differences;
    let mut lines = vec![headline(inspected)];
    lines.extend(compared(inspected));
    lines.extend(not_compared(inspected));
    if !differences.is_empty() {
        lines.push(Words::part("\nWhat differs", "\nDet som skiljer sig"));
    }
    for difference in differences.named() {
        lines.push(words!("  {difference}", "  {difference}", difference));
    }
    if differences.more() > 0 {
        lines.push(words!(
            "  … and {more} more",
            "  … och {more} till",
            more = differences.more()
        ));
    }
    if inspected.checkpoints == 0 {
        lines.push(Words::part(
            "\nNo checkpoint was compared: whoever can write the database can have written all of it anew.",
            "\nIngen kontrollpunkt jämfördes: den som kan skriva i databasen kan ha skrivit om alltihop.",
        ));
    }
    joined(lines, "\n")
}

fn headline(inspected: &Inspected) -> Words {
    if inspected.differences.is_empty() {
        Words::part(
            "GOOD: everything that was compared follows from the events\n",
            "GOOD: allt som jämfördes följer av händelserna\n",
        )
    } else {
        Words::part(
            "TAMPERED: not everything that was compared follows from the events\n",
            "TAMPERED: allt som jämfördes följer inte av händelserna\n",
        )
    }
}

/// What was held against the events.
fn compared(inspected: &Inspected) -> Vec<Words> {
    let mut lines = vec![words!(
        "events         {size}: bytes, leaves, columns, ids of lists, values, counts, nodes, head",
        "händelser      {size}: byte, löv, kolumner, id:n i listor, värden, antal, noder, huvudpost",
        size = inspected.size
    )];
    if inspected.pruned_below > 0 {
        lines.push(words!(
            "pruned         {below} of them, as the log's own events account for: their nodes",
            "gallrade       {below} av dem, som loggens egna händelser redovisar: deras noder",
            below = inspected.pruned_below
        ));
    }
    lines.push(words!(
        "checkpoints    {checkpoints}, published or kept",
        "kontrollpunkter {checkpoints}, publicerade eller sparade",
        checkpoints = inspected.checkpoints
    ));
    lines.push(words!(
        "register       {things} things, each compared with the last event about it",
        "register       {things} poster, var och en jämförd med den senaste händelsen om den",
        things = inspected.register
    ));
    if let Some(sets) = inspected.policies {
        lines.push(words!(
            "policies       sets: {sets}, with texts, digests and which is in force",
            "regler         uppsättningar: {sets}, med texter, kontrollsummor och vilken som gäller",
            sets
        ));
    }
    lines.push(match inspected.shape {
        Some(things) => words!(
            "shape          {things} tables, columns, constraints, indexes, views and triggers, compared with \
             what this version makes",
            "form           {things} tabeller, kolumner, villkor, index, vyer och utlösare, jämförda med dem som den \
             här versionen skapar",
            things
        ),
        None => Words::part(
            "not compared   the shape of the database (triggers, indexes, views): a fresh one could not be \
             made beside it",
            "inte jämfört   databasens form (utlösare, index, vyer): det gick inte att skapa en ny bredvid",
        ),
    });
    lines.push(match inspected.leaves {
        0 => Words::part(
            "notary's file  not given: an altered event is named by the part it lies in",
            "notariens fil  inte angiven: en ändrad händelse anges med den del den ligger i",
        ),
        leaves => words!(
            "notary's file  {leaves} leaves",
            "notariens fil  {leaves} löv",
            leaves
        ),
    });
    lines
}

/// What nothing can be said of.
fn not_compared(inspected: &Inspected) -> Vec<Words> {
    let mut lines = Vec::new();
    if inspected.within_pruned > 0 {
        lines.push(words!(
            "not compared   {checkpoints} of logs that ended within what was pruned: give the notary's file",
            "inte jämfört   {checkpoints} för loggar som slutade i det som är gallrat: ange notariens fil",
            checkpoints = counted(
                inspected.within_pruned,
                ("checkpoint", "checkpoints"),
                ("kontrollpunkt", "kontrollpunkter")
            )
        ));
    }
    for size in &inspected.open {
        lines.push(words!(
            "not compared   the checkpoint of {size} that was kept: such a log ended within what was \
             pruned, or was lost with a restore from backup that the log accounts for",
            "inte jämfört   den sparade kontrollpunkten för {size}: en sådan logg slutade i det som är gallrat, eller \
             gick förlorad i en återläsning som loggen redovisar",
            size = events(*size)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_a_notary_adds_meanwhile_is_not_taken_for_a_log_that_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let leaves = folder.path().join("leaves");
        std::fs::write(&leaves, [7; 64]).unwrap();
        let mut opened = open(&leaves).unwrap();
        let mut notary = OpenOptions::new().append(true).open(&leaves).unwrap();
        notary.write_all(&[8; 32]).unwrap();
        let mut read = Vec::new();
        opened.read_to_end(&mut read).unwrap();
        assert_eq!(read, [7; 64]);
    }
}
