//! Proofs out of the stored log: that an event is in what a checkpoint covers, and that the log has only
//! grown.
//!
//! Apart from the arithmetic of proofs because this reads, and from reading for display because it knows
//! nothing of what events say. Nothing is handed out that does not prove what it should: where rows and
//! roots contradict each other there is no proof, and that is told apart from a database that fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::connection::DatabaseError;
use super::head::{number, stored};
use super::stored_event::Unread;
use super::subtree::{Hole, inclusion_path, subtree_hash};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, foreign, words};
use transparency::bundle::Tampered;
use transparency::checkpoint::SignedCheckpoint;
use transparency::keys::{Keys, KeysError, ROTATED};
use transparency::note::NoteError;
use transparency::proof::{self, Subtree};
use transparency::tree::{Hash, leaf_hash};

/// There is no proof.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ProveError {
    /// What is stored does not prove what it should.
    Contradiction(Words),
    /// It takes events that were pruned.
    Pruned(u64),
    /// A row is not what was recorded.
    Tampered(Box<Tampered>),
    /// A published checkpoint cannot be read.
    Checkpoint(#[from] NoteError),
    /// The events that introduce keys do not.
    Keys(#[from] KeysError),
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for ProveError {
    fn words(&self) -> Words {
        match self {
            Self::Contradiction(what) => contradiction(what),
            Self::Pruned(below) => words!(
                "the events below {below} were pruned, so nothing about an earlier log can be proved but of a multiple \
                 of 256 events",
                "Händelserna före {below} är gallrade. Om en tidigare logg kan därför inget bevisas annat än för en \
                 multipel av 256 händelser.",
                below
            ),
            Self::Tampered(tampered) => contradiction(tampered),
            Self::Checkpoint(_) => Words::new(
                "a published checkpoint cannot be read",
                "En publicerad kontrollpunkt går inte att läsa.",
            ),
            Self::Keys(_) => Words::new(
                "the log's keys cannot be read",
                "Loggens nycklar går inte att läsa.",
            ),
            Self::Database(_) => {
                Words::new("the log could not be read", "Loggen gick inte att läsa.")
            }
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Checkpoint(error) => Some(error.words()),
            Self::Keys(error) => Some(error.words()),
            Self::Database(error) => Some(foreign(error)),
            Self::Contradiction(_) | Self::Pruned(_) | Self::Tampered(_) => None,
        }
    }
}

fn contradiction(what: &impl Speaks) -> Words {
    words!(
        "the stored log contradicts itself: {what}",
        "Den sparade loggen motsäger sig själv. {what}",
        what
    )
}

impl ProveError {
    pub(super) const fn missing() -> Self {
        Self::Contradiction(Words::new("an event is not there", "En händelse saknas."))
    }

    /// Whether what is stored is at fault, and not the way to it.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        match self {
            Self::Contradiction(_) | Self::Tampered(_) | Self::Checkpoint(_) | Self::Keys(_) => {
                true
            }
            Self::Pruned(_) | Self::Database(_) => false,
        }
    }
}

impl From<Hole> for ProveError {
    fn from(hole: Hole) -> Self {
        match hole {
            Hole::Row(_) => Self::Contradiction(Words::new(
                "rows that the head counts are not there",
                "Rader som huvudposten räknar saknas.",
            )),
            Hole::Pruned(below) => Self::Pruned(below),
            Hole::Database(error) => Self::Database(error),
        }
    }
}

impl From<Unread> for ProveError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Tampered(what) => Self::Tampered(what),
            Unread::Database(error) => Self::Database(error),
        }
    }
}

/// The proof that an event is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The event's seq.
    pub index: u64,
    /// The event's bytes.
    pub envelope: Vec<u8>,
    /// The hashes of the path, the lowest first (RFC 9162 section 2.1.3).
    pub path: Vec<Hash>,
    /// What it is proved against.
    pub checkpoint: SignedCheckpoint,
}

/// The proof that a later log continues an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// How many events the earlier one has, and its root.
    pub earlier: (u64, Hash),
    /// How many events the later one has, and its root.
    pub later: (u64, Hash),
    /// The hashes of the path, the lowest first (RFC 9162 section 2.1.4).
    pub path: Vec<Hash>,
}

impl Inclusion {
    /// The hash of the event's bytes.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.envelope)
    }

    /// The proof as a text that others verify (C2SP tlog-proof), with the event in it.
    #[must_use]
    pub fn text(&self) -> String {
        let extra = STANDARD.encode(&self.envelope);
        let path = lines(&self.path);
        let Self {
            index, checkpoint, ..
        } = self;
        format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{path}\n{checkpoint}")
    }
}

impl Consistency {
    /// The proof as a text that witnesses take (C2SP tlog-witness), up to a checkpoint of the later log.
    #[must_use]
    pub fn text(&self, later: &SignedCheckpoint) -> String {
        let path = lines(&self.path);
        format!("old {}\n{path}\n{later}", self.earlier.0)
    }
}

fn lines(path: &[Hash]) -> String {
    path.iter().fold(String::new(), |mut text, hash| {
        text.push_str(&STANDARD.encode(hash));
        text.push('\n');
        text
    })
}

/// The published checkpoint of so many events or, without a number, of the most.
///
/// # Errors
/// When it cannot be read.
pub async fn checkpoint(
    db: &impl ConnectionTrait,
    size: Option<u64>,
) -> Result<Option<SignedCheckpoint>, ProveError> {
    let newest = "SELECT note FROM audit_checkpoint WHERE size <= $1 ORDER BY size DESC LIMIT 1";
    let exact = "SELECT note FROM audit_checkpoint WHERE size = $1";
    let (sql, size) = match size {
        None => (newest, i64::MAX),
        Some(size) => (exact, stored(size)),
    };
    let row = db.query_one_raw(statement(db, sql, [size])).await?;
    let Some(row) = row else { return Ok(None) };
    let note: String = row.try_get_by_index(0)?;
    Ok(Some(note.parse()?))
}

/// Every key that the log has introduced.
///
/// # Errors
/// When its events cannot be read, or introduce no key.
pub async fn keys(db: &impl ConnectionTrait) -> Result<Keys, ProveError> {
    let genesis = envelope(db, 0).await?;
    let genesis = genesis.ok_or_else(|| {
        ProveError::Contradiction(Words::new("event 0 is not there", "Händelse 0 saknas."))
    })?;
    let mut events = vec![(0, genesis)];
    // The condition is spelled as in the partial index.
    let sql = format!(
        "SELECT seq, envelope FROM audit_event WHERE kind = 'operation' AND action = '{ROTATED}' \
         ORDER BY seq"
    );
    let rotations = Statement::from_string(db.get_database_backend(), sql);
    for row in db.query_all_raw(rotations).await? {
        events.push((number(&row, 0)?, row.try_get_by_index(1)?));
    }
    let events = events.iter().map(|(seq, bytes)| (*seq, bytes.as_slice()));
    Ok(Keys::introduced_by(events)?)
}

/// The first event that was recorded at that instant or later, if there is one.
///
/// # Errors
/// When the log cannot be read.
pub async fn first_at(
    db: &impl ConnectionTrait,
    at: Instant,
) -> Result<Option<u64>, DatabaseError> {
    let sql = "SELECT MIN(seq) FROM audit_event WHERE t_us >= $1";
    let row = db
        .query_one_raw(statement(db, sql, [at.as_micros()]))
        .await?;
    let first: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(first.and_then(|seq| u64::try_from(seq).ok()))
}

/// The proof that the event is in what the newest checkpoint covers; `None`: it does not cover it yet.
///
/// # Errors
/// When there is no such event, or what is stored does not prove it.
pub async fn inclusion(
    db: &impl ConnectionTrait,
    seq: u64,
) -> Result<Option<Inclusion>, ProveError> {
    let Some(checkpoint) = checkpoint(db, None).await? else {
        return Ok(None);
    };
    let (size, root) = (checkpoint.claim().size, checkpoint.claim().root);
    if seq >= size {
        return Ok(None);
    }
    let Some(envelope) = envelope(db, seq).await? else {
        // Whoever asks for its hash is told why it is not there.
        subtree_hash(db, &(seq..seq + 1)).await?;
        return Err(ProveError::missing());
    };
    let path = inclusion_path(db, seq, size).await?.unwrap_or_default();
    if proof::root_of_inclusion(seq, size, leaf_hash(&envelope), &path) != Some(root) {
        return Err(ProveError::Contradiction(Words::new(
            "an event is not in the checkpoint that should cover it",
            "En händelse finns inte i kontrollpunkten som ska omfatta den.",
        )));
    }
    Ok(Some(Inclusion {
        index: seq,
        envelope,
        path,
        checkpoint,
    }))
}

/// The proof that the log of `later` events continues the one of `earlier`, and of nothing more than is
/// stored; `None`: there are not so many events, or none in the earlier one.
///
/// # Errors
/// When what is stored does not prove it.
pub async fn consistency(
    db: &impl ConnectionTrait,
    earlier: u64,
    later: u64,
) -> Result<Option<Consistency>, ProveError> {
    let Some(subtrees) = proof::consistency(earlier, later) else {
        return Ok(None);
    };
    let path = hashes(db, &subtrees).await?;
    let earlier = (earlier, subtree_hash(db, &(0..earlier)).await?);
    let later = (later, subtree_hash(db, &(0..later)).await?);
    if !proof::continues((earlier.0, &earlier.1), (later.0, &later.1), &path) {
        return Err(ProveError::Contradiction(Words::new(
            "the stored nodes are not those of the stored leaves",
            "De sparade noderna stämmer inte med de sparade löven.",
        )));
    }
    Ok(Some(Consistency {
        earlier,
        later,
        path,
    }))
}

async fn hashes(db: &impl ConnectionTrait, subtrees: &[Subtree]) -> Result<Vec<Hash>, Hole> {
    let mut hashes = Vec::with_capacity(subtrees.len());
    for subtree in subtrees {
        hashes.push(subtree_hash(db, subtree).await?);
    }
    Ok(hashes)
}

async fn envelope(db: &impl ConnectionTrait, seq: u64) -> Result<Option<Vec<u8>>, DbErr> {
    let sql = "SELECT envelope FROM audit_event WHERE seq = $1";
    let row = db.query_one_raw(statement(db, sql, [stored(seq)])).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

fn statement<V: Into<Value>, const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [V; N],
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values.map(Into::into))
}
