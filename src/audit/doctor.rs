//! What is wrong with a log, what it can mean, and what a human being can do about it.
//!
//! Apart from the inspection, which looks at everything and names it: this looks at what stops a service or a
//! notary, in seconds, and explains. It repairs nothing, and neither does anything else: whoever repairs a log
//! by a program has a program that forges logs. To explain one more thing: a [`Finding`] with its words.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::accounted;
use super::connection::Snapshot;
use super::head::{number, stored};
use super::inspect;
use super::leaves::Leaves;
use super::prove::{self, ProveError};
use super::restore::{Loss, NotRestored};
use super::subtree::{Hole, subtree_hash};
use domain::Words;
use domain::speaks::{Speaks, events, foreign, verbatim, words};
use transparency::account::Account;
use transparency::tree::{BLOCK, Frontier};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What differs.
    pub what: Words,
    /// What it can mean.
    pub means: Words,
    /// What a human being can do.
    pub remedy: Words,
    /// Whether the log was altered, as far as this can tell; else something was only cut off.
    pub is_alteration: bool,
}

/// The log could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum DoctorError {
    /// The database failed.
    Database(#[from] DbErr),
    /// The notary's memory cannot be read.
    Memory(#[from] std::io::Error),
}

impl Speaks for DoctorError {
    fn words(&self) -> Words {
        match self {
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
            Self::Memory(error) => words!(
                "the notary's memory cannot be read: {error}",
                "Notariens minne går inte att läsa. Orsak: {error}",
                error
            ),
        }
    }
}

const HEAD: Words = Words::new(
    "The head is written in one commit with the events. A row of it, or of the events, was changed by another hand \
     than the service's, or the disk has lost something.",
    "Huvudposten skrivs tillsammans med händelserna. En rad i den eller i händelserna har ändrats av någon annan än \
     tjänsten, eller så har disken tappat något.",
);
const HEAD_REMEDY: Words = Words::new(
    "Stop every server and keep a copy of the database as it is. Run `behorig log verify --database` with the \
     notary's file: it names what was altered. Then restore the last good backup and run \
     `behorig log adopt-restore`.",
    "Stoppa alla servrar och spara en kopia av databasen som den är. Kör `behorig log verify --database` med \
     notariens fil, så får du veta vad som har ändrats. Läs sedan tillbaka den senaste säkerhetskopian som är hel och \
     kör `behorig log adopt-restore`.",
);
const UNTOLD: Words = Words::new(
    "Every change of the register is written in one commit with the event that tells of it. A row was changed by \
     another hand than the service's. Decisions rest on what the log tells, lists may show the row.",
    "Varje ändring i registret skrivs tillsammans med händelsen som berättar om den. En rad har ändrats av någon annan \
     än tjänsten. Beslut bygger på vad loggen berättar, men listor kan visa raden.",
);
const UNTOLD_REMEDY: Words = Words::new(
    "Keep a copy of the database as it is, and find out who has its password. `behorig log verify --database` names \
     every such row. A running service writes them anew as the events tell within the hour, `behorig log \
     repair-register` at once.",
    "Spara en kopia av databasen som den är, och ta reda på vem som har dess lösenord. `behorig log verify --database` \
     nämner varje sådan rad. Tjänsten skriver dem på nytt inom en timme som händelserna berättar, och `behorig log \
     repair-register` gör det genast.",
);
const CUT: Words = Words::new(
    "An older state of the database has taken the place of the one that was recorded: a restore from backup, or \
     somebody who cut the log's tail off.",
    "Ett äldre skick av databasen har ersatt det som sparades: en återläsning från säkerhetskopia, eller någon som har \
     kortat av loggen.",
);
const CUT_REMEDY: Words = Words::new(
    "If it was your restore: run `behorig log adopt-restore` with the notary's file and the tokens of two human \
     beings, start every server again, and the notary with --accept-restore. If it was not: stop every server, keep \
     a copy of the database, and call whoever handles incidents.",
    "Om det var din återläsning: kör `behorig log adopt-restore` med notariens fil och inloggningar från två personer, \
     starta alla servrar igen, och notarien med --accept-restore. Om det inte var det: stoppa alla servrar, spara en \
     kopia av databasen och ring den som har hand om incidenter.",
);
const UNACCOUNTED: Words = Words::new(
    "The head claims something that no event of the log accounts for: it was changed by another hand than the \
     service's.",
    "Huvudposten påstår något som ingen händelse i loggen redovisar. Den har ändrats av någon annan än tjänsten.",
);
const CUT_OFF: Words = Words::new(
    "The process that did it has ended before it was done. Nothing is lost, and everything that is gone is \
     accounted for.",
    "Processen som höll på slutade innan den var klar. Inget har gått förlorat, och allt som är borta är redovisat.",
);

/// Looks at what stops a service or a notary.
///
/// # Errors
/// When the database fails or the notary's memory cannot be read.
pub async fn examine(
    snapshot: &Snapshot,
    memory: Option<&mut Leaves>,
) -> Result<Vec<Finding>, DoctorError> {
    let db = snapshot.connection();
    let account = accounted::read(db).await?;
    let mut found = Vec::new();
    if let Some(finding) = head(db, &account).await? {
        found.push(finding);
    }
    found.extend(newest(db, snapshot.log_size()).await?);
    found.extend(tail(db, snapshot.log_size()).await?);
    if let Some(memory) = memory {
        found.extend(remembered(snapshot, memory).await?);
    }
    found.extend(untold(snapshot).await?);
    found.extend(cut_off(&account));
    Ok(found)
}

/// Whether the register is what the log tells.
async fn untold(snapshot: &Snapshot) -> Result<Option<Finding>, DoctorError> {
    let differences = inspect::register_told(snapshot).await?;
    let Some(first) = differences.named().first() else {
        return Ok(None);
    };
    let more = differences.count() - 1;
    let what = if more == 0 {
        first.what.clone()
    } else {
        words!(
            "{what}; and {more} more like it",
            "{what} Och {more} till av samma slag.",
            what = first.what.clone(),
            more
        )
    };
    Ok(Some(alteration(what, UNTOLD, UNTOLD_REMEDY)))
}

const fn alteration(what: Words, means: Words, remedy: Words) -> Finding {
    Finding {
        what,
        means,
        remedy,
        is_alteration: true,
    }
}

/// Whether the head is one, and the tree's.
async fn head(
    db: &impl ConnectionTrait,
    account: &Account,
) -> Result<Option<Finding>, DoctorError> {
    let sql = "SELECT size, root, frontier, epoch, pruned_below FROM audit_head WHERE log_id = 1";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let Some(row) = db.query_one_raw(statement).await? else {
        let what = Words::new("the log has no head", "Loggen har ingen huvudpost.");
        return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    };
    let size = number(&row, 0)?;
    let root: Vec<u8> = row.try_get_by_index(1)?;
    let frontier: Vec<u8> = row.try_get_by_index(2)?;
    let frontier = Frontier::decode(size, &frontier);
    if !frontier.is_ok_and(|frontier| frontier.root().as_slice() == root) {
        let what = words!(
            "the head's frontier does not give its root of {size}",
            "Huvudpostens kant ger inte dess rot för {size}.",
            size = events(size)
        );
        return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    }
    match subtree_hash(db, &(0..size)).await {
        Ok(hash) if hash.as_slice() == root => {}
        Err(Hole::Database(error)) => return Err(error.into()),
        Ok(_) | Err(Hole::Row(_) | Hole::Pruned(_)) => {
            let what = words!(
                "the stored tree does not give the head's root of {size}",
                "Det sparade trädet ger inte huvudpostens rot för {size}.",
                size = events(size)
            );
            return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
        }
    }
    let (epoch, below): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
    if epoch != stored(account.epoch()) {
        let what = words!(
            "the head is of epoch {epoch}, and the log accounts for {accounted}",
            "Huvudposten har epok {epoch}, men loggen redovisar {accounted}.",
            epoch,
            accounted = account.epoch()
        );
        return Ok(Some(alteration(what, UNACCOUNTED, HEAD_REMEDY)));
    }
    if below > stored(account.pruned_below()) || below % stored(BLOCK) != 0 {
        let what = words!(
            "the head says that the events below {below} were pruned, and the log accounts for those below {accounted}",
            "Huvudposten säger att händelserna före {below} är gallrade, men loggen redovisar dem före {accounted}.",
            below,
            accounted = account.pruned_below()
        );
        return Ok(Some(alteration(what, UNACCOUNTED, HEAD_REMEDY)));
    }
    Ok(None)
}

/// Whether the newest checkpoint is of this log.
async fn newest(db: &impl ConnectionTrait, size: u64) -> Result<Option<Finding>, DoctorError> {
    let unreadable = |what| Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    let checkpoint = match prove::checkpoint(db, None).await {
        Ok(Some(checkpoint)) => checkpoint,
        Ok(None) => return Ok(None),
        Err(ProveError::Database(error)) => return Err(error.into()),
        Err(error) => return unreadable(error.whole()),
    };
    let claim = checkpoint.claim();
    if claim.size > size {
        let what = words!(
            "the newest checkpoint is of {claimed}, and there are {size}",
            "Den senaste kontrollpunkten gäller {claimed}, men det finns {size}.",
            claimed = events(claim.size),
            size
        );
        return Ok(Some(alteration(what, CUT, CUT_REMEDY)));
    }
    match prove::keys(db).await {
        Ok(keys) if keys.vouch_for(&checkpoint) => {}
        Err(ProveError::Database(error)) => return Err(error.into()),
        Ok(_) => {
            return unreadable(Words::new(
                "the log's key has not signed the newest checkpoint",
                "Loggens nyckel har inte signerat den senaste kontrollpunkten.",
            ));
        }
        Err(error) => return unreadable(error.whole()),
    }
    match subtree_hash(db, &(0..claim.size)).await {
        Ok(hash) if hash == claim.root => Ok(None),
        // It ended within what was pruned: the notary's file would tell.
        Err(Hole::Pruned(_)) => Ok(None),
        Err(Hole::Database(error)) => Err(error.into()),
        Ok(_) | Err(Hole::Row(_)) => {
            let what = words!(
                "the events do not give the root of the newest checkpoint, of {size}",
                "Händelserna ger inte roten i den senaste kontrollpunkten, för {size}.",
                size = events(claim.size)
            );
            Ok(Some(alteration(what, CUT, CUT_REMEDY)))
        }
    }
}

/// Whether the events end where the head says.
async fn tail(db: &impl ConnectionTrait, size: u64) -> Result<Option<Finding>, DoctorError> {
    let sql = "SELECT MAX(seq) FROM audit_event";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    let last: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    let there = last.and_then(|last| u64::try_from(last + 1).ok());
    Ok(there.filter(|there| *there != size).map(|there| {
        let what = words!(
            "the events end before {there}, and the head counts {size}",
            "Händelserna slutar före {there}, men huvudposten räknar {size}.",
            there,
            size
        );
        alteration(what, HEAD, HEAD_REMEDY)
    }))
}

/// Whether the log goes on from what the notary remembers.
async fn remembered(
    snapshot: &Snapshot,
    memory: &mut Leaves,
) -> Result<Option<Finding>, DoctorError> {
    match Loss::find(snapshot, memory).await {
        Err(NotRestored::NothingLost) => Ok(None),
        Err(NotRestored::Memory(error)) => Err(error.into()),
        Err(NotRestored::Database(error)) => Err(error.into()),
        Err(error @ (NotRestored::AnotherLog | NotRestored::Pruned(_))) => {
            Ok(Some(alteration(error.whole(), CUT, CUT_REMEDY)))
        }
        Ok(loss) => {
            let what = words!(
                "the notary remembers {lost}, and the log has the first {common} of them",
                "Notarien minns {lost}, och loggen har de första {common} av dem.",
                lost = events(loss.lost),
                common = loss.common
            );
            Ok(Some(if loss.adopted.is_some() {
                Finding {
                    what,
                    means: Words::new(
                        "The log accounts for it: a restore from backup was adopted, and the notary has \
                         not been told.",
                        "Loggen redovisar det: en återläsning från säkerhetskopia har godtagits, men notarien har \
                         inte fått veta det.",
                    ),
                    remedy: Words::new(
                        "Start the notary with --accept-restore and the epoch, if you know of the restore.",
                        "Starta notarien med --accept-restore och epoken, om du känner till återläsningen.",
                    ),
                    is_alteration: false,
                }
            } else {
                alteration(what, CUT, CUT_REMEDY)
            }))
        }
    }
}

fn cut_off(account: &Account) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(open) = account.unfinished_pruning() {
        found.push(Finding {
            what: words!(
                "event {seq} began to prune the events below {below}, and no event says that it is done",
                "Händelse {seq} började gallra händelserna före {below}, men ingen händelse säger att det är klart.",
                seq = open.seq,
                below = open.below
            ),
            means: CUT_OFF,
            remedy: Words::new(
                "Run `behorig log prune --resume`.",
                "Kör `behorig log prune --resume`.",
            ),
            is_alteration: false,
        });
    }
    if let Some(open) = account.unfinished_erasure() {
        found.push(Finding {
            what: words!(
                "event {seq} began to erase values of the class `{class}`, and no event says that it is done",
                "Händelse {seq} började radera värden i klassen `{class}`, men ingen händelse säger att det är klart.",
                seq = open.seq,
                class = verbatim(&open.class)
            ),
            means: CUT_OFF,
            remedy: Words::new(
                "Run `behorig log erase --resume`.",
                "Kör `behorig log erase --resume`.",
            ),
            is_alteration: false,
        });
    }
    found
}
