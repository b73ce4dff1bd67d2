//! Lists: what somebody may see of a kind, as one decision and one event.

use std::collections::BTreeSet;

use audit::Depends;
use domain::EntityRef;
use domain::action::{List, ListKind, Listable};
use domain::clock::fresh;
use domain::facts::{Circumstances, PrincipalFacts};
use domain::verdict::{StagedAt, Stages};
use policy::{Filter, ListQuestion};

use super::event;
use super::facts::STAGES;
use super::operation::{Operation, lock};
use super::permit::Permit;
use super::refusal::Refusal;

/// What somebody may see of a kind, with what that was made from.
pub(crate) struct Listed {
    pub(crate) filter: Filter,
    pub(crate) question: ListQuestion,
    pub(crate) stages: Stages,
    pub(crate) depends: Depends,
}

impl Operation {
    /// Leave to list things of a kind, with the filter that says which; the rows that come back go
    /// into the event. SQL finds and sorts them, but what the register says decides: `leave_out` is told what of them
    /// the filter does not admit by that.
    ///
    /// # Errors
    /// What `rows` fails with, or a refusal where the question could not be decided.
    pub async fn list<K, T, E>(
        &self,
        action: List<K>,
        rows: impl AsyncFnOnce(Permit<List<K>>) -> Result<T, E>,
        ids: impl Fn(&T) -> Vec<EntityRef>,
        leave_out: impl FnOnce(&mut T, &BTreeSet<EntityRef>),
    ) -> Result<T, E>
    where
        K: Listable,
        E: From<Refusal>,
    {
        let Listed {
            filter,
            question,
            stages,
            depends,
        } = self.list_filter(K::LISTED, None);
        let decision = fresh(self.clock.as_ref());
        let mut listed = rows(Permit::listing(action, filter.clone(), decision)).await;
        if let Ok(shown) = &mut listed {
            let hidden = self.not_admitted(K::LISTED, &filter, ids(shown));
            if !hidden.is_empty() {
                leave_out(shown, &hidden);
            }
        }
        // It was decided, whether or not somebody waited until there was something to show.
        let ids = listed.as_ref().map_or_else(|_| Vec::new(), &ids);
        let shown = ids.iter().map(|id| (K::READ, *id));
        lock(&self.shown).extend(shown);
        let about = event::Listing {
            kind: K::NAME,
            ids,
            question,
            filter,
            stages,
            depends,
        };
        self.enter(event::listed(self, decision, K::READ, about).map_err(Refusal::from)?);
        listed
    }

    /// What of the rows of a list the filter does not admit by what the register says of them: what somebody has written
    /// there that no change tells of.
    fn not_admitted(
        &self,
        kind: ListKind,
        filter: &Filter,
        ids: Vec<EntityRef>,
    ) -> BTreeSet<EntityRef> {
        let mut hidden = BTreeSet::new();
        if kind == ListKind::Reach {
            // What a report tells is worked out of the register, and its filter is about segments.
            return hidden;
        }
        let at = self.register.at();
        for id in ids {
            if at.admits(id, |facts| filter.admits(facts)) == Some(false) {
                tracing::error!(%id, "a row that the log does not tell of so was left out of a list");
                hidden.insert(id);
            }
        }
        hidden
    }

    pub(crate) fn list_filter(&self, kind: ListKind, purpose: Option<String>) -> Listed {
        let principal = &self.actor.record.facts;
        let standing = self.register.standing(principal, &kind.permission().into());
        let stages = self.register.at().stages(StagedAt::default());
        let question = ListQuestion {
            principal: PrincipalFacts::clone(&standing),
            kind,
            circumstances: Circumstances {
                purpose,
                ..self.circumstances()
            },
        };
        let filter = self.policies.set.filter(&question, &stages);
        let mut depends = self.actor.depends.clone();
        depends.extend(&standing.depends);
        depends.insert(STAGES);
        Listed {
            filter,
            question,
            stages: self.policies.set.lenient(&stages, self.now),
            depends,
        }
    }
}
