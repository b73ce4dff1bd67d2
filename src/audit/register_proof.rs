//! Proofs out of the stored log of what the register had of one thing.
//!
//! The tree of the register is folded from the log's own changes, up to the one after which the proof speaks; the rows
//! of the register are not looked at. Each proof is verified before it is handed out, as whoever gets it will.

use std::io::Cursor;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::Snapshot;
use super::connection::OutOfLog;
use super::export::{ExportError, proved, slots};
use super::head::{number, stored};
use super::prove::{ProveError, checkpoint};
use super::state::{Registers, RootError};
use super::stored_event::checked;
use super::subtree::inclusion_path;
use domain::Words;
use domain::id::EntityRef;
use domain::speaks::{Speaks, events, words};
use transparency::account::RESTORED;
use transparency::bundle::{Hex, KnownKey, ProvedEvent, Question, SlotLine, Source, Verdict};
use transparency::canonical::Value;
use transparency::checkpoint::SignedCheckpoint;
use transparency::keys::{GENESIS, Keys, ROTATED};
use transparency::register_proof::{First, Found, Register, RegisterProof, Thing, VERSION, verify};
use transparency::state_root::{StateTree, key};

/// How many changes are looked through at once for one with a root.
const LOOK: u64 = 64;

/// What is to be proved.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Of what.
    pub id: EntityRef,
    /// After which event; `None`: the last one that the newest checkpoint covers.
    pub at: Option<u64>,
    /// Whether the personal values go with it, as far as they are not erased.
    pub values: bool,
}

/// A proof, which is good.
#[derive(Debug, Clone)]
pub struct Proved {
    /// What it says.
    pub found: Found,
    /// The checkpoint that it is proved against, as a signed note.
    pub checkpoint: String,
    /// The proof as a text that others verify.
    pub text: String,
}

/// There is no proof.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum NotProved {
    /// There is no such event: the log has so many.
    Beyond(u64),
    /// No checkpoint covers the event yet: the newest one is of so many.
    NotCovered {
        /// How many.
        newest: u64,
    },
    /// What was so then went with the events below that seq.
    Pruned(u64),
    /// What is stored does not prove it, or the database failed.
    #[error(transparent)]
    Log(#[from] ProveError),
}

impl Speaks for NotProved {
    fn words(&self) -> Words {
        match self {
            Self::Beyond(size) => words!(
                "there is no such event: the log has {size}, counted from 0. Give a lower number",
                "Den händelsen finns inte. Loggen har {size}, räknat från 0. Ange ett lägre nummer.",
                size = events(*size)
            ),
            Self::NotCovered { newest } => words!(
                "no checkpoint covers that yet: the newest one is of {newest}. Wait for the notary, or run `behorig notary`",
                "Ingen kontrollpunkt omfattar det ännu. Den senaste gäller {newest}. Vänta på notarien, eller kör \
                 `behorig notary`.",
                newest = events(*newest)
            ),
            Self::Pruned(below) => words!(
                "the events below {below} were pruned, and with them what was so then: give {below} or more; the bundles \
                 that were made before have the rest",
                "Händelserna före {below} är gallrade, och med dem hur det var då. Ange {below} eller mer. Resten finns i \
                 de bevisfiler som gjordes innan.",
                below
            ),
            Self::Log(error) => error.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Log(error) => error.cause(),
            Self::Beyond(_) | Self::NotCovered { .. } | Self::Pruned(_) => None,
        }
    }
}

impl From<DbErr> for NotProved {
    fn from(error: DbErr) -> Self {
        Self::Log(error.into())
    }
}

impl From<OutOfLog> for NotProved {
    fn from(out: OutOfLog) -> Self {
        match out {
            OutOfLog::Pruned { below } => Self::Pruned(below),
            OutOfLog::Beyond { size } => Self::Beyond(size),
        }
    }
}

impl From<ExportError> for ProveError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Tampered(what) => Self::Tampered(what),
            ExportError::Pruned(below) => Self::Pruned(below),
            ExportError::Database(error) => Self::Database(error),
            ExportError::Part(_)
            | ExportError::Nothing(_)
            | ExportError::NotCovered { .. }
            | ExportError::Write(_) => Self::Contradiction(error.words()),
        }
    }
}

/// Proves what the register had of a thing, in what the newest checkpoint covers.
///
/// # Errors
/// No checkpoint covers it yet, it was pruned, there is no such event, or what is stored does not prove it.
pub async fn prove(
    snapshot: &Snapshot,
    registers: &Registers,
    asked: Asked,
) -> Result<Proved, NotProved> {
    let (anchor, at) = anchor(snapshot, asked.at).await?;
    let (id, claim) = (asked.id.to_string(), anchor.claim());
    let log = Anchored {
        db: snapshot.connection(),
        size: claim.size,
    };
    let after = log.last_with_root(at).await?;
    let register = match after {
        None => Register::of(&StateTree::default(), &id, None),
        Some((event, root)) => {
            let (seq, pruned_below) = (event.seq, snapshot.pruned_below());
            let read = |tree: &StateTree| Register::of(tree, &id, Some(event));
            let after = registers.after(log.db, (seq, &root), pruned_below, read);
            after.await.map_err(|error| unfolded(error, pruned_below))?
        }
    };
    let own = Hex(key(&id));
    let is_there = register.bucket.iter().any(|(key, _)| *key == own);
    let thing = match &register.after {
        Some(event) if is_there => Some(log.thing(&id, event.seq, asked.values).await?),
        _ => None,
    };
    let first = First {
        register_proof: VERSION,
        id,
        origin: claim.origin.clone(),
        size: claim.size,
        values: asked.values,
        keys: log.operations(&[GENESIS, ROTATED]).await?,
        restores: log.operations(&[RESTORED]).await?,
    };
    good(RegisterProof {
        first,
        register,
        thing,
        checkpoint: anchor.to_string(),
    })
}

/// The newest checkpoint, and the event that is asked about, which it covers.
async fn anchor(
    snapshot: &Snapshot,
    at: Option<u64>,
) -> Result<(SignedCheckpoint, u64), NotProved> {
    if let Some(at) = at {
        snapshot.holds_from(at)?;
        if at == snapshot.log_size() {
            return Err(NotProved::Beyond(at));
        }
    }
    let newest = checkpoint(snapshot.connection(), None).await?;
    let newest = newest.ok_or(NotProved::NotCovered { newest: 0 })?;
    let size = newest.claim().size;
    let at = at.unwrap_or(size.saturating_sub(1));
    if at < size {
        Ok((newest, at))
    } else {
        Err(NotProved::NotCovered { newest: size })
    }
}

/// Why the changes up to one do not give its root. Of what was so before events were pruned, the last words about each
/// thing are left, and they may be later.
fn unfolded(error: RootError, pruned_below: u64) -> NotProved {
    match error {
        RootError::Differs(seq) if seq < pruned_below => NotProved::Pruned(pruned_below),
        RootError::Differs(_) | RootError::NoChange(_) => {
            ProveError::Contradiction(error.words()).into()
        }
        RootError::Database(error) => error.into(),
    }
}

/// The log as far as the anchor covers it.
struct Anchored<'a> {
    db: &'a DatabaseTransaction,
    size: u64,
}

impl Anchored<'_> {
    /// The operations of those names, with their paths.
    async fn operations(&self, names: &[&str]) -> Result<Vec<ProvedEvent>, ProveError> {
        Ok(proved(self.db, names, self.size).await?)
    }

    /// The last change up to that seq that has a root, and the root; `None`: nothing has changed by then.
    async fn last_with_root(&self, at: u64) -> Result<Option<(ProvedEvent, String)>, ProveError> {
        // The condition is spelled as in the partial index.
        let sql = format!(
            "SELECT seq, envelope FROM audit_event WHERE kind IN ('change', 'policy') AND seq <= $1 \
             ORDER BY seq DESC LIMIT {LOOK}"
        );
        let mut below = Some(at);
        while let Some(at) = below {
            let mut last = None;
            for row in self.db.query_all_raw(self.statement(&sql, at)).await? {
                let (seq, envelope) = (number(&row, 0)?, row.try_get_by_index(1)?);
                let envelope: Vec<u8> = envelope;
                if let Some(root) = member(&envelope, "root") {
                    return Ok(Some((self.event(seq).await?, root)));
                }
                last = Some(seq);
            }
            below = last.and_then(|seq| seq.checked_sub(1));
        }
        Ok(None)
    }

    /// The last change about the thing up to that seq, with the values that are not erased.
    async fn thing(&self, id: &str, up_to: u64, values: bool) -> Result<Thing, ProveError> {
        let sql = "SELECT seq FROM audit_latest WHERE entity = $1";
        let backend = self.db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [id.into()]);
        let row = self.db.query_one_raw(statement).await?;
        let mut seq = row.map(|row| number(&row, 0)).transpose()?;
        // Decisions about the thing may be many; each change about it names the one before.
        while let Some(later) = seq.filter(|seq| *seq > up_to) {
            let envelope = self.envelope(later).await?;
            let previous = previous(envelope.as_bytes());
            seq = previous.filter(|previous| *previous < later);
        }
        let told = self.event(seq.ok_or_else(ProveError::missing)?).await?;
        let slots = if values {
            self.slots(&told).await?
        } else {
            Vec::new()
        };
        Ok(Thing { told, slots })
    }

    /// The values of what the thing is, without what was said of the change.
    async fn slots(&self, told: &ProvedEvent) -> Result<Vec<SlotLine>, ProveError> {
        let value = Value::parse(told.envelope.as_bytes()).ok();
        let own = value.as_ref().and_then(Value::as_object);
        let names = own.and_then(|own| own.get("personal")?.as_array());
        let names = names.into_iter().flatten().filter_map(Value::as_text);
        let names: Vec<&str> = names.collect();
        let mut kept = slots(self.db, &(told.seq..told.seq + 1)).await?;
        let kept = kept.remove(&told.seq).unwrap_or_default();
        Ok(kept
            .into_iter()
            .filter(|slot| names.contains(&slot.slot.as_str()))
            .collect())
    }

    async fn envelope(&self, seq: u64) -> Result<String, ProveError> {
        let sql = "SELECT seq, envelope, leaf FROM audit_event WHERE seq = $1";
        let row = self.db.query_one_raw(self.statement(sql, seq)).await?;
        Ok(checked(seq, &row.ok_or_else(ProveError::missing)?)?)
    }

    async fn event(&self, seq: u64) -> Result<ProvedEvent, ProveError> {
        let path = inclusion_path(self.db, seq, self.size).await?;
        Ok(ProvedEvent {
            seq,
            envelope: self.envelope(seq).await?,
            proof: path.into_iter().flatten().map(Hex).collect(),
        })
    }

    fn statement(&self, sql: &str, seq: u64) -> Statement {
        let backend = self.db.get_database_backend();
        Statement::from_sql_and_values(backend, sql, [stored(seq).into()])
    }
}

/// The text of an outermost member.
fn member(envelope: &[u8], name: &str) -> Option<String> {
    let value = Value::parse(envelope).ok()?;
    let text = value.as_object()?.get(name)?.as_text()?;
    Some(text.to_owned())
}

/// The seq of the event that told of the same thing before.
fn previous(envelope: &[u8]) -> Option<u64> {
    let value = Value::parse(envelope).ok()?;
    let previous = value.as_object()?.get("previous")?.as_integer()?;
    u64::try_from(previous).ok()
}

/// The proof, if it is one to whoever verifies it: whoever has the database needs no other word for the log's keys.
fn good(proof: RegisterProof) -> Result<Proved, NotProved> {
    let events = proof.first.keys.iter();
    let keys = Keys::introduced_by(events.map(|event| (event.seq, event.envelope.as_bytes())));
    let question = Question {
        keys: keys
            .map_err(ProveError::from)?
            .iter()
            .map(KnownKey::from)
            .collect(),
        ..Question::default()
    };
    let text = proof.text();
    let bytes = Cursor::new(text.clone().into_bytes());
    let mut source =
        Source::new(bytes).map_err(|error| ProveError::Contradiction(error.words()))?;
    let (verdict, found) = verify(&mut source, &question);
    match verdict {
        Verdict::Good => Ok(Proved {
            found,
            checkpoint: proof.checkpoint,
            text,
        }),
        Verdict::Tampered(what) => Err(ProveError::Tampered(what).into()),
        Verdict::Incomplete(what) | Verdict::CouldNotRun(what) => {
            Err(ProveError::Contradiction(what).into())
        }
    }
}
