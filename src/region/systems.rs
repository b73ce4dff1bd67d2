//! Systems, and the landscape of systems and segments.

use domain::facts::{Answering, Landscape, SegmentOutline, SystemFacts};
use domain::id::{OrganisationId, SystemId};
use domain::text::characters::is_blank;

use crate::At;
use crate::index::Relation;
use crate::things::{Segment, SupplierAssessment, System};

/// Whether a text names something: a blank names nothing.
pub(crate) fn names(text: Option<&String>) -> bool {
    text.is_some_and(|text| !is_blank(text))
}

impl At<'_> {
    /// A system with the organisation that keeps it; `None`: it is not there.
    pub(crate) fn system(&self, id: SystemId) -> Option<(SystemFacts, OrganisationId)> {
        let system: &System = self.region.get(id)?;
        let class = system.classification.as_ref();
        let facts = SystemFacts {
            id,
            owner: system.owner.and_then(|person| self.individual_of(person)),
            confidentiality: class.map(|class| class.confidentiality),
            class_analysis: names(class.and_then(|class| class.analysis.as_ref())),
            patient_data: system.patient_data,
            patient_level: system.patient_level,
            password_login_until: system
                .password_login_until
                .map(|day| self.calendar.ends(day)),
            supplier: system.supplier,
            assessment_valid_until: self.assessed_until(id, system),
        };
        Some((facts, system.organisation))
    }

    /// Until when the supplier of a system has been assessed.
    fn assessed_until(&self, id: SystemId, system: &System) -> Option<domain::Instant> {
        let supplier = system.supplier?;
        let about = self.region.users(id, Relation::Of);
        let assessments = about.filter_map(|id| self.region.get::<SupplierAssessment>(id));
        let counting = assessments
            .filter(|one| one.supplier == Some(supplier) && one.decided_on <= self.today);
        let last = counting.map(|one| one.valid_until).max();
        last.map(|day| self.calendar.ends(day))
    }

    /// Every system.
    #[must_use]
    pub fn systems(&self) -> Vec<SystemFacts> {
        let mut ids: Vec<SystemId> = self
            .region
            .all::<System>()
            .filter_map(|(id, _)| id.to_id().ok())
            .collect();
        ids.sort_unstable();
        let systems = ids.into_iter().filter_map(|id| self.system(id));
        systems.map(|(facts, _)| facts).collect()
    }

    /// Every segment and system in outline.
    #[must_use]
    pub fn landscape(&self) -> Landscape {
        let segments = self.region.all::<Segment>().filter_map(|(id, segment)| {
            let servers = self.region.users(id, Relation::Of).count();
            let outline = SegmentOutline {
                system: segment.system,
                of: self.answering(segment.organisation),
                controls: segment.controls.iter().copied().collect(),
                servers: u64::try_from(servers).unwrap_or(u64::MAX),
            };
            Some((id.to_id().ok()?, outline))
        });
        let systems = self.region.all::<System>().filter_map(|(id, system)| {
            Some((id.to_id().ok()?, self.answering(system.organisation)))
        });
        Landscape {
            segments: segments.collect(),
            systems: systems.collect(),
        }
    }

    /// Who answers for what that organisation keeps.
    fn answering(&self, keeper: OrganisationId) -> Answering {
        let lineage = self.region.upwards(keeper);
        let mut of = Answering::default();
        for (id, organisation) in lineage {
            of.organisations.insert(id);
            if of.authority.is_none() && organisation.authority {
                of.authority = Some(id);
            }
        }
        of
    }
}
