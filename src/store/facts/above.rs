//! What stands above a target: the nodes between it and the organisations, and those to follow upwards.

use crate::rows::{Row, row_of};
use domain::EntityRef;
use domain::facts::{Node, Scope, SystemFacts};
use domain::id::{INSTALLATION, OrganisationId, SystemId};
use gate::FactError;

use super::SnapshotFacts;
use super::outline::{Above, DATABASE};

/// The direct parents, the organisations to follow upwards, and the system concerned.
pub(super) type Surroundings = (Vec<EntityRef>, Vec<OrganisationId>, Option<SystemFacts>);

impl SnapshotFacts {
    /// The direct parents, the organisations to follow upwards, and the system concerned; what lies
    /// between goes into `nodes`.
    pub(super) async fn above(
        &self,
        above: Above,
        nodes: &mut Vec<Node>,
    ) -> Result<Surroundings, FactError> {
        match above {
            Above::Organisations(units) => {
                let parents = units.iter().map(|id| EntityRef::from(*id)).collect();
                Ok((parents, units, None))
            }
            Above::Path(units, system) => {
                let parents = units.iter().map(|id| EntityRef::from(*id)).collect();
                let known = self.system_if(system).await?.map(|row| row.facts);
                Ok((parents, units, known))
            }
            Above::NoSystem => {
                self.system_if(None).await?;
                Ok((vec![INSTALLATION.into()], vec![INSTALLATION], None))
            }
            Above::System(id) => {
                let (units, facts) = self.above_system(id, nodes).await?;
                Ok((vec![id.into()], units, facts))
            }
            Above::Segment(id) => {
                let (units, facts) = self.above_segment(&id, nodes).await?;
                Ok((vec![id], units, facts))
            }
            Above::Database(id) => {
                let (units, facts) = self.above_database(&id, nodes).await?;
                Ok((vec![id], units, facts))
            }
            Above::Scope(scope) => self.above_scope(scope, nodes).await,
        }
    }

    pub(super) async fn above_scope(
        &self,
        scope: Scope,
        nodes: &mut Vec<Node>,
    ) -> Result<Surroundings, FactError> {
        let (units, system) = match scope {
            Scope::Installation => (vec![INSTALLATION], None),
            Scope::Organisation(id) => (vec![id], None),
            Scope::System(id) => self.above_system(id, nodes).await?,
            Scope::Segment(id) => self.above_segment(&id.into(), nodes).await?,
            Scope::Database(id) => self.above_database(&id.into(), nodes).await?,
        };
        Ok((vec![scope.entity()], units, system))
    }

    async fn above_system(
        &self,
        id: SystemId,
        nodes: &mut Vec<Node>,
    ) -> Result<(Vec<OrganisationId>, Option<SystemFacts>), FactError> {
        let Some(row) = self.system(id).await? else {
            return Ok((Vec::new(), None));
        };
        if !nodes.iter().any(|node| node.id == id.into()) {
            nodes.push(Node {
                id: id.into(),
                parents: vec![row.organisation.into()],
            });
        }
        Ok((vec![row.organisation], Some(row.facts)))
    }

    /// A database lies in its system, and on a server with whatever that lies in.
    async fn above_database(
        &self,
        id: &EntityRef,
        nodes: &mut Vec<Node>,
    ) -> Result<(Vec<OrganisationId>, Option<SystemFacts>), FactError> {
        let Some(row) = row_of(self.snapshot.connection(), DATABASE, id).await? else {
            return Ok((Vec::new(), None));
        };
        let row = Row::of("database", &row);
        let system: SystemId = row.id("system_id")?;
        let server = row.entity("server_id")?;
        let segment = row.entity("segment_id")?;
        nodes.push(Node {
            id: *id,
            parents: vec![system.into(), server],
        });
        nodes.push(Node {
            id: server,
            parents: vec![segment],
        });
        let (mut units, facts) = self.above_system(system, nodes).await?;
        let (hosting, _) = self.above_segment(&segment, nodes).await?;
        units.extend(hosting);
        Ok((units, facts))
    }

    async fn above_segment(
        &self,
        id: &EntityRef,
        nodes: &mut Vec<Node>,
    ) -> Result<(Vec<OrganisationId>, Option<SystemFacts>), FactError> {
        let sql = "SELECT id, system_id, organisation_id FROM segment WHERE id = $1";
        let Some(row) = row_of(self.snapshot.connection(), sql, id).await? else {
            return Ok((Vec::new(), None));
        };
        let row = Row::of("segment", &row);
        let organisation: OrganisationId = row.id("organisation_id")?;
        let system: Option<SystemId> = row.id_if("system_id")?;
        let mut parents = vec![EntityRef::from(organisation)];
        let mut units = vec![organisation];
        let mut facts = None;
        if let Some(system) = system {
            parents.push(system.into());
            let (owners, found) = self.above_system(system, nodes).await?;
            units.extend(owners);
            facts = found;
        } else {
            self.system_if(None).await?;
        }
        nodes.push(Node { id: *id, parents });
        Ok((units, facts))
    }
}
