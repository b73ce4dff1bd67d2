//! The same questions before and after an edit, each from the weakest sign-in to the strongest: as everything is
//! now, and once more as it will be when nothing stands in the way any more.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use domain::edit::{Edit, Gain, Gained, GainedBy, MOST_GAINED};
use domain::facts::{Asked, GrantFacts, PrincipalFacts, TargetFacts};
use domain::permission::Category;
use domain::verdict::Verdict;
use domain::{EntityRef, PermissionName};

use super::comparing::{Comparing, Staged, What, When};
use super::lifted::{self, Staging};
use super::probe::{Probe, reaches};
use super::seen::{Seen, weighty};
use super::sides::{Side, Sides};
use super::takeover::administers_servers;
use crate::worked::with_companions;

impl Comparing<'_> {
    /// Whether any of these gains, however many others do.
    pub(super) fn is_gained_by(&self, these: &BTreeSet<EntityRef>) -> bool {
        let favoured = self.edit.favours();
        let mut known = (these.iter()).filter_map(|id| self.after.holders.get_key_value(id));
        favoured.is_some_and(|service| these.contains(&service))
            || known.any(|one| !self.gained_by(&[one]).is_empty())
    }

    /// Who gains what.
    pub(super) fn gain(&self) -> Gain {
        let holders: Vec<(&EntityRef, &PrincipalFacts)> = self.after.holders.iter().collect();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = holders.len().div_ceil(threads).max(1);
        let mut rows = BTreeSet::new();
        std::thread::scope(|scope| {
            let some = holders.chunks(share);
            let asked: Vec<_> = some
                .map(|some| scope.spawn(move || self.gained_by(some)))
                .collect();
            for gained in asked {
                match gained.join() {
                    Ok(gained) => rows.extend(gained),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        let more = rows.len() > MOST_GAINED;
        rows = rows.into_iter().take(MOST_GAINED).collect();
        Gain { rows, more }
    }

    /// What these gain, in their order, until it is known to be too much.
    fn gained_by(&self, holders: &[(&EntityRef, &PrincipalFacts)]) -> Vec<Gained> {
        let mut rows = Vec::new();
        for (id, after) in holders {
            if !self.may_concern(after) {
                continue;
            }
            if let Some(before) = self.before.holders.get(*id) {
                let mut now = self.decided(before, after, When::Now);
                now.extend(self.taken_over(before, after, When::Now));
                rows.extend(self.besides(&now, before, after));
                rows.extend(now);
            }
            if rows.len() > MOST_GAINED {
                break;
            }
        }
        rows
    }

    /// Whether there is anything to ask the holder about: of servers and control only what is reached, and what
    /// can be taken over from there.
    fn may_concern(&self, holder: &PrincipalFacts) -> bool {
        if !matches!(self.edit, Edit::MoveServer { .. } | Edit::SetControl { .. }) {
            return true;
        }
        let changed = self.after.changed.iter();
        let mut things = changed.filter_map(|id| self.after.things.get(id));
        let reached = |thing| holder.grants.iter().any(|grant| reaches(grant, thing));
        administers_servers(holder) || things.any(reached)
    }

    /// What the holder gains later, besides what is gained now.
    fn besides(
        &self,
        now: &[Gained],
        before: &PrincipalFacts,
        after: &PrincipalFacts,
    ) -> Vec<Gained> {
        let known: BTreeSet<What> = now.iter().map(what).collect();
        let when = When::Later(&self.later, &known);
        let mut later = BTreeMap::new();
        for one in lifted::each(self.set, self.now, before, after) {
            let decided = self.decided(&one.before, &one.after, when);
            let taken_over = self.taken_over(&one.before, &one.after, when);
            for row in decided.into_iter().chain(taken_over) {
                let what = what(&row);
                if known.contains(&what) {
                    continue;
                }
                let kept = later.entry(what).or_insert_with(|| Gained {
                    by: GainedBy::Later,
                    ..row.clone()
                });
                kept.privileged |= row.privileged;
                kept.patient_data |= row.patient_data;
                kept.grants.extend(row.grants);
            }
        }
        later.into_values().collect()
    }

    /// What the holder is allowed after and not before.
    fn decided(
        &self,
        before: &PrincipalFacts,
        after: &PrincipalFacts,
        when: When<'_>,
    ) -> Vec<Gained> {
        let mut rows = Vec::new();
        for permission in self.permissions(before, after) {
            let holder = [before, after].map(|side| conferring(side, &permission));
            let sides = Sides::of(self, &holder, &permission);
            for mut probe in self.probes(&permission, &holder) {
                let gained = match when {
                    When::Now => {
                        let stages = [&self.before.stages, &self.after.stages];
                        self.gained(&sides, &probe, stages).ok()
                    }
                    When::Later(_, known) if known.contains(&probe.what(&permission)) => None,
                    When::Later(staged, _) => {
                        probe.before = lifted::target(&probe.before);
                        probe.after = lifted::target(&probe.after);
                        self.gained_later(&sides, &probe, staged)
                    }
                };
                rows.extend(gained);
            }
        }
        rows
    }

    /// What is gained by any of these stages. By the first nothing is refused but a sign-in, so what is not
    /// allowed then is not by any others.
    fn gained_later<'a>(
        &'a self,
        sides: &Sides<'a>,
        probe: &Probe,
        staged: &'a [Staged],
    ) -> Option<Gained> {
        for each in staged {
            let both = [&each.before, &each.after];
            match self.gained(sides, probe, both) {
                Ok(gained) => return Some(gained),
                Err(NotGained::Refused) => return None,
                Err(NotGained::Had) => {}
            }
        }
        None
    }

    /// The permissions that are worth asking about, of either side.
    fn permissions(
        &self,
        before: &PrincipalFacts,
        after: &PrincipalFacts,
    ) -> BTreeSet<PermissionName> {
        let grants = before.grants.iter().chain(&after.grants);
        let held = grants.flat_map(|grant| weighty(self.edit, grant));
        held.map(|held| held.name.clone()).collect()
    }

    fn gained<'a>(
        &'a self,
        sides: &Sides<'a>,
        probe: &Probe,
        [stages_before, stages_after]: [&'a Staging; 2],
    ) -> Result<Gained, NotGained> {
        let permission = sides.permission;
        let [before, after] = sides.holder;
        let asked = [
            treated(self.before, permission, &probe.before),
            treated(self.after, permission, &probe.after),
        ];
        let [asked_before, asked_after] = &asked;
        let [unknown_before, unknown_after] = &self.unknown;
        let under_before = (stages_before, unknown_before);
        let under_after = (stages_after, unknown_after);
        let same_thing = probe.before == probe.after && asked_before == asked_after;
        if same_thing && sides.are_alike([under_before, under_after], &probe.after) {
            return Err(NotGained::Had);
        }
        let allowed = sides.ask(Side::After, under_after, asked_after, &probe.after);
        let (weakest, verdict) = (allowed.iter().enumerate())
            .find(|(_, one)| one.is_allowed())
            .ok_or(NotGained::Refused)?;
        let had = sides.ask(Side::Before, under_before, asked_before, &probe.before);
        if had.get(weakest).is_some_and(Verdict::is_allowed) {
            return Err(NotGained::Had);
        }
        let by = if had.last().is_some_and(Verdict::is_allowed) {
            GainedBy::WeakerSignIn
        } else {
            GainedBy::Reach
        };
        let grants = before.grants.iter().chain(&after.grants);
        let used: Vec<&GrantFacts> = grants
            .filter(|grant| verdict.matched.contains(&grant.id))
            .collect();
        let privileged = asked.iter().any(Asked::is_privileged)
            || used.iter().any(|grant| grant.role.privileged);
        let records = probe.after.system.as_ref();
        let patient_data = used.iter().any(|grant| grant.opens_patient_data())
            || (asked[1].category == Some(Category::Use)
                && records.is_some_and(|system| system.patient_data));
        // What a class demanded of a sign-in is let go by two, whatever is kept there.
        if !privileged && !patient_data && by != GainedBy::WeakerSignIn {
            return Err(NotGained::Had);
        }
        Ok(Gained {
            holder: after.id,
            individual: after.individual(),
            permission: permission.clone(),
            over: probe.over,
            records_in: probe.records_in,
            by,
            privileged,
            patient_data,
            grants: verdict.matched.iter().copied().collect(),
        })
    }
}

/// Why something is not gained.
enum NotGained {
    /// It is refused after as well.
    Refused,
    /// It was allowed before as well, or nothing differs, or nothing that matters.
    Had,
}

fn what(row: &Gained) -> What {
    (row.permission.clone(), row.over, row.records_in)
}

/// The principal with only those grants that a question about the permission is asked with.
fn conferring(principal: &PrincipalFacts, permission: &PermissionName) -> PrincipalFacts {
    let asked = with_companions(permission);
    let mut principal = principal.clone();
    principal.grants.retain(|grant| {
        let mut held = grant.role.permissions.iter();
        held.any(|held| asked.contains(&held.name))
    });
    principal
}

/// How the permission is treated where the target is.
fn treated(side: &Seen, permission: &PermissionName, target: &TargetFacts) -> Asked {
    let key = (permission.clone(), target.staged_at().system);
    let known = side.asked.get(&key);
    known
        .cloned()
        .unwrap_or_else(|| Asked::untreated(permission))
}
