//! What stands above a target: the nodes between it and the organisations, and those to follow upwards.

use domain::EntityRef;
use domain::facts::{Node, Scope, SystemFacts};
use domain::id::{DatabaseId, INSTALLATION, OrganisationId, SegmentId, SystemId};

use crate::At;
use crate::things::{Database, Segment, Server};

/// What stands directly above a target.
pub(crate) enum Above {
    Organisations(Vec<OrganisationId>),
    /// As it was stored.
    Path(Vec<OrganisationId>, Option<SystemId>),
    /// The installation, for what may belong to a system and belongs to none.
    NoSystem,
    System(SystemId),
    Segment(SegmentId),
    Database(DatabaseId),
    Scope(Scope),
}

/// The direct parents, the organisations to follow upwards, and the system concerned.
pub(crate) type Surroundings = (Vec<EntityRef>, Vec<OrganisationId>, Option<SystemFacts>);

impl At<'_> {
    /// The direct parents, the organisations to follow upwards, and the system concerned; what lies between goes into
    /// `nodes`.
    pub(crate) fn above(&self, above: Above, nodes: &mut Vec<Node>) -> Surroundings {
        match above {
            Above::Organisations(units) => {
                let parents = units.iter().map(|id| EntityRef::from(*id)).collect();
                (parents, units, None)
            }
            Above::Path(units, system) => {
                let parents = units.iter().map(|id| EntityRef::from(*id)).collect();
                let known = system.and_then(|id| self.system(id));
                (parents, units, known.map(|(facts, _)| facts))
            }
            Above::NoSystem => (vec![INSTALLATION.into()], vec![INSTALLATION], None),
            Above::System(id) => {
                let (units, facts) = self.above_system(id, nodes);
                (vec![id.into()], units, facts)
            }
            Above::Segment(id) => {
                let (units, facts) = self.above_segment(id, nodes);
                (vec![id.into()], units, facts)
            }
            Above::Database(id) => {
                let (units, facts) = self.above_database(id, nodes);
                (vec![id.into()], units, facts)
            }
            Above::Scope(scope) => self.above_scope(scope, nodes),
        }
    }

    pub(crate) fn above_scope(&self, scope: Scope, nodes: &mut Vec<Node>) -> Surroundings {
        let (units, system) = match scope {
            Scope::Installation => (vec![INSTALLATION], None),
            Scope::Organisation(id) => (vec![id], None),
            Scope::System(id) => self.above_system(id, nodes),
            Scope::Segment(id) => self.above_segment(id, nodes),
            Scope::Database(id) => self.above_database(id, nodes),
        };
        (vec![scope.entity()], units, system)
    }

    fn above_system(
        &self,
        id: SystemId,
        nodes: &mut Vec<Node>,
    ) -> (Vec<OrganisationId>, Option<SystemFacts>) {
        let Some((facts, organisation)) = self.system(id) else {
            return (Vec::new(), None);
        };
        if !nodes.iter().any(|node| node.id == id.into()) {
            nodes.push(Node {
                id: id.into(),
                parents: vec![organisation.into()],
            });
        }
        (vec![organisation], Some(facts))
    }

    /// A database lies in its system, and on a server with whatever that lies in.
    fn above_database(
        &self,
        id: DatabaseId,
        nodes: &mut Vec<Node>,
    ) -> (Vec<OrganisationId>, Option<SystemFacts>) {
        let database: Option<&Database> = self.region.get(id);
        let server = database.and_then(|one| self.region.get::<Server>(one.server));
        let (Some(database), Some(server)) = (database, server) else {
            return (Vec::new(), None);
        };
        nodes.push(Node {
            id: id.into(),
            parents: vec![database.system.into(), database.server.into()],
        });
        nodes.push(Node {
            id: database.server.into(),
            parents: vec![server.segment.into()],
        });
        let (mut units, facts) = self.above_system(database.system, nodes);
        let (hosting, _) = self.above_segment(server.segment, nodes);
        units.extend(hosting);
        (units, facts)
    }

    fn above_segment(
        &self,
        id: SegmentId,
        nodes: &mut Vec<Node>,
    ) -> (Vec<OrganisationId>, Option<SystemFacts>) {
        let Some(segment) = self.region.get::<Segment>(id) else {
            return (Vec::new(), None);
        };
        let mut parents = vec![EntityRef::from(segment.organisation)];
        let mut units = vec![segment.organisation];
        let mut facts = None;
        if let Some(system) = segment.system {
            parents.push(system.into());
            let (owners, found) = self.above_system(system, nodes);
            units.extend(owners);
            facts = found;
        }
        nodes.push(Node {
            id: id.into(),
            parents,
        });
        (units, facts)
    }
}
