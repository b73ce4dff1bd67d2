//! What a database must promise before anything is recorded in it.
//!
//! Pure judgements over settings that were read back, so that each refusal can be tested without a
//! server that is set up wrongly.

use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// A setting under which a commit that was acknowledged can be lost, or a name not be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct UnsafeSetting {
    setting: &'static str,
    found: String,
    danger: Words,
    remedy: Words,
}

impl Speaks for UnsafeSetting {
    fn words(&self) -> Words {
        words!(
            "`{setting}` is `{found}`: {danger}; {remedy}",
            "`{setting}` är `{found}`. {danger} {remedy}",
            setting = verbatim(self.setting),
            found = verbatim(&self.found),
            danger = self.danger,
            remedy = self.remedy,
        )
    }
}

const LOSS: Words = Words::new(
    "commits could be lost",
    "Det som har sparats skulle kunna gå förlorat.",
);

/// Judges SQLite's settings of a writing connection.
///
/// # Errors
/// When the journal is not a write-ahead log or is not synced at every commit.
pub fn judge_sqlite(journal_mode: &str, synchronous: i64) -> Result<(), UnsafeSetting> {
    if !journal_mode.eq_ignore_ascii_case("wal") {
        return Err(UnsafeSetting {
            setting: "journal_mode",
            found: journal_mode.to_owned(),
            danger: LOSS,
            remedy: Words::new(
                "it has to be `wal`; put the file on a local disk",
                "Det ska vara `wal`. Lägg filen på en lokal disk.",
            ),
        });
    }
    // 2 is FULL and 3 is EXTRA.
    if synchronous < 2 {
        return Err(UnsafeSetting {
            setting: "synchronous",
            found: synchronous.to_string(),
            danger: LOSS,
            remedy: Words::new(
                "it has to be 2 (FULL) or 3 (EXTRA)",
                "Det ska vara 2 (FULL) eller 3 (EXTRA).",
            ),
        });
    }
    Ok(())
}

/// Judges PostgreSQL's settings of a session.
///
/// # Errors
/// When the server, or the session, does not sync commits to disk.
pub fn judge_postgres(
    fsync: &str,
    full_page_writes: &str,
    synchronous_commit: &str,
) -> Result<(), UnsafeSetting> {
    for (setting, found) in [("fsync", fsync), ("full_page_writes", full_page_writes)] {
        if found != "on" {
            return Err(UnsafeSetting {
                setting,
                found: found.to_owned(),
                danger: LOSS,
                remedy: Words::new(
                    "it has to be `on` in the server's configuration",
                    "Det ska vara `on` i serverns inställningar.",
                ),
            });
        }
    }
    if matches!(
        synchronous_commit,
        "on" | "local" | "remote_write" | "remote_apply"
    ) {
        return Ok(());
    }
    Err(UnsafeSetting {
        setting: "synchronous_commit",
        found: synchronous_commit.to_owned(),
        danger: LOSS,
        remedy: Words::new(
            "it has to be `on` (or `remote_apply`) for this database and user",
            "Det ska vara `on` (eller `remote_apply`) för databasen och användaren.",
        ),
    })
}

/// Judges the encoding of a PostgreSQL database, which nothing can change afterwards.
///
/// # Errors
/// When it is not UTF-8.
pub fn judge_encoding(server_encoding: &str) -> Result<(), UnsafeSetting> {
    if server_encoding == "UTF8" {
        return Ok(());
    }
    Err(UnsafeSetting {
        setting: "server_encoding",
        found: server_encoding.to_owned(),
        danger: Words::new(
            "not every name could be stored",
            "Alla namn skulle inte kunna sparas.",
        ),
        remedy: Words::new(
            "it has to be `UTF8`: make another database (`CREATE DATABASE … ENCODING 'UTF8' TEMPLATE \
             template0`)",
            "Det ska vara `UTF8`. Skapa en annan databas (`CREATE DATABASE … ENCODING 'UTF8' TEMPLATE \
             template0`).",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_keep_acknowledged_commits_are_accepted() {
        assert!(judge_sqlite("wal", 2).is_ok() && judge_sqlite("WAL", 3).is_ok());
        for (journal, synchronous) in [("wal", 1), ("wal", 0), ("delete", 2), ("memory", 2)] {
            assert!(
                judge_sqlite(journal, synchronous).is_err(),
                "{journal} {synchronous}"
            );
        }
        assert!(judge_postgres("on", "on", "on").is_ok());
        assert!(judge_postgres("on", "on", "remote_apply").is_ok());
        for (fsync, pages, commit) in [
            ("off", "on", "on"),
            ("on", "off", "on"),
            ("on", "on", "off"),
            ("on", "on", ""),
        ] {
            let refused = judge_postgres(fsync, pages, commit)
                .unwrap_err()
                .to_string();
            assert!(refused.contains("commits could be lost"), "{refused}");
        }
    }
}
