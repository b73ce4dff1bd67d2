//! Decisions that were made again.

use async_graphql::{Enum, SimpleObject};

use crate::spoken::Told;
use domain::Speaks as _;
use service::replay::{Difference, Replayed};

/// What became of a decision that was made again.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum ReplayResult {
    /// It came out as it is recorded.
    Same,
    /// It came out differently.
    Differs,
    /// It cannot be made again.
    Impossible,
}

/// A decision made again: its question and facts as recorded, against the policies of then.
#[derive(Debug, Clone, SimpleObject)]
pub struct Replay {
    /// What became of it.
    result: ReplayResult,
    /// What came out differently.
    differences: Vec<ReplayDifference>,
    /// Why it cannot be made again; null: it can.
    problem: Option<Told>,
}

/// Something that came out differently.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReplayDifference {
    /// The member of the event, as the format of the log names it.
    member: String,
    /// What the event says, as JSON; null: nothing.
    recorded: Option<String>,
    /// What came out, as JSON; null: nothing.
    replayed: Option<String>,
}

impl From<Difference> for ReplayDifference {
    fn from(difference: Difference) -> Self {
        Self {
            member: difference.member.to_owned(),
            recorded: difference.recorded,
            replayed: difference.replayed,
        }
    }
}

impl From<Replayed> for Replay {
    fn from(replayed: Replayed) -> Self {
        let (result, differences, problem) = match replayed {
            Replayed::Same => (ReplayResult::Same, Vec::new(), None),
            Replayed::Differs(differences) => (ReplayResult::Differs, differences, None),
            Replayed::Impossible(why) => (
                ReplayResult::Impossible,
                Vec::new(),
                Some(why.words().into()),
            ),
        };
        Self {
            result,
            differences: differences.into_iter().map(Into::into).collect(),
            problem,
        }
    }
}
