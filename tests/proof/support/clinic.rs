//! People who hold a role of the record system in a unit of their own.

use test_support::Region;

/// Somebody who may read the records of one unit.
#[derive(Debug, Clone)]
pub(crate) struct Clinician {
    pub(crate) person: String,
    pub(crate) engagement: String,
    /// The unit that the person's role of the record system reaches.
    pub(crate) unit: String,
    /// A place of another care provider, which the person holds nothing in.
    pub(crate) elsewhere: String,
}

/// Every employee who holds just one role of the record system, in force.
pub(crate) fn clinicians(region: &Region) -> Vec<Clinician> {
    let held = region.holdings();
    let in_cosmic: Vec<_> = held
        .iter()
        .filter(|held| held.role["system"] == "sys-000" && held.role["privileged"] == false)
        .collect();
    let everything = region.all_holdings();
    let places: Vec<&str> = region
        .of("organisation")
        .filter_map(|organisation| organisation["externalId"].as_str())
        .filter(|place| region.care_provider_of(place).is_some())
        .collect();
    in_cosmic
        .iter()
        .filter_map(|one| {
            let theirs = || everything.iter().filter(|held| held.holder == one.holder);
            let wide = |unit: &str| theirs().any(|held| held.over("organisation") == Some(unit));
            if theirs()
                .filter(|held| held.role["system"] == "sys-000")
                .count()
                != 1
            {
                return None;
            }
            if one.engagement?["type"] != "employee" {
                return None;
            }
            let unit = one.over("organisation")?;
            let provider = region.care_provider_of(unit);
            let far = |other: &str| region.care_provider_of(other) != provider;
            Some(Clinician {
                person: one.holder.to_owned(),
                engagement: one.grant["engagement"].as_str()?.to_owned(),
                unit: unit.to_owned(),
                elsewhere: (*places.iter().find(|place| !wide(place) && far(place))?).to_owned(),
            })
        })
        .collect()
}

/// A role of the record system that reads patient data and that an integration may grant.
pub(crate) fn reader_role(region: &Region) -> &str {
    let mut roles = region.of("role");
    let role = roles.find(|role| role["system"] == "sys-000" && role["name"] == "Läsbehörig");
    role.and_then(|role| role["externalId"].as_str())
        .expect("a role that reads")
}
