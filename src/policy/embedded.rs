//! The policy folder that the program is built with, its cases beside it.
//!
//! To add a file to `policies` or `policies/tests`: name it here; a test compares both.

/// The schema and the policies: file name and text.
pub(super) const EMBEDDED: &[(&str, &str)] = &[
    (
        "behorig.cedarschema",
        include_str!("../../policies/behorig.cedarschema"),
    ),
    (
        "oversight.cedar",
        include_str!("../../policies/oversight.cedar"),
    ),
    (
        "privileged.cedar",
        include_str!("../../policies/privileged.cedar"),
    ),
    (
        "protected_identity.cedar",
        include_str!("../../policies/protected_identity.cedar"),
    ),
    (
        "provisioning.cedar",
        include_str!("../../policies/provisioning.cedar"),
    ),
    (
        "records.cedar",
        include_str!("../../policies/records.cedar"),
    ),
    ("rely.cedar", include_str!("../../policies/rely.cedar")),
    ("roles.cedar", include_str!("../../policies/roles.cedar")),
    ("self.cedar", include_str!("../../policies/self.cedar")),
    (
        "strong_authentication.cedar",
        include_str!("../../policies/strong_authentication.cedar"),
    ),
];

/// The cases: file name and text.
pub(super) const EMBEDDED_CASES: &[(&str, &str)] = &[
    (
        "oversight.json",
        include_str!("../../policies/tests/oversight.json"),
    ),
    (
        "privileged.json",
        include_str!("../../policies/tests/privileged.json"),
    ),
    (
        "protected_identity.json",
        include_str!("../../policies/tests/protected_identity.json"),
    ),
    (
        "provisioning.json",
        include_str!("../../policies/tests/provisioning.json"),
    ),
    (
        "records.json",
        include_str!("../../policies/tests/records.json"),
    ),
    ("rely.json", include_str!("../../policies/tests/rely.json")),
    (
        "roles.json",
        include_str!("../../policies/tests/roles.json"),
    ),
    ("self.json", include_str!("../../policies/tests/self.json")),
    (
        "strong_authentication.json",
        include_str!("../../policies/tests/strong_authentication.json"),
    ),
];

#[cfg(test)]
mod tests {
    use domain::Speaks as _;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::super::vocabulary::SCHEMA;
    use super::super::vocabulary::{GROUPS, RELY, category_action};
    use super::super::{Cases, PolicySet};
    use super::{EMBEDDED, EMBEDDED_CASES};
    use domain::permission::{Category, ServicePermission};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
    }

    #[test]
    fn the_embedded_policies_hold_their_cases_and_every_policy_has_some() {
        let set = PolicySet::embedded().unwrap();
        let report = set.try_cases(&Cases::embedded().unwrap());
        assert!(report.is_good(), "{}", report.words());
        assert!(report.passed > 100, "{}", report.words());
    }

    #[test]
    fn the_schema_and_the_code_name_the_same_actions() {
        let set = PolicySet::embedded().unwrap();
        let mut code: BTreeSet<&str> = ServicePermission::ALL
            .iter()
            .map(|own| own.action())
            .collect();
        code.extend([Category::Use, Category::Administer].map(category_action));
        code.insert(RELY);
        let schema: BTreeSet<&str> = set.loaded.slices.keys().map(String::as_str).collect();
        assert_eq!(schema, code);
        let groups: BTreeSet<String> = set
            .loaded
            .schema
            .action_groups()
            .map(|uid| AsRef::<str>::as_ref(uid.id()).to_owned())
            .collect();
        assert_eq!(groups, GROUPS.map(str::to_owned).into());
    }

    #[test]
    fn the_embedded_files_are_the_folders() {
        let there = PolicySet::load(&folder()).unwrap();
        assert_eq!(there.files().len(), EMBEDDED.len());
        assert_eq!(there.digest(), PolicySet::embedded().unwrap().digest());
        assert!(there.files().iter().any(|(path, _)| path == SCHEMA));
        let cases = std::fs::read_dir(folder().join("tests")).unwrap();
        assert_eq!(cases.count(), EMBEDDED_CASES.len());
    }

    #[test]
    fn every_row_that_a_policy_cites_is_explained() {
        let rows = std::fs::read_to_string(folder().join("requirements.md")).unwrap();
        let set = PolicySet::embedded().unwrap();
        for note in set.loaded.notes.values() {
            for row in note
                .reason
                .source
                .iter()
                .flat_map(|source| source.split(", "))
            {
                assert!(rows.contains(&format!("| {row} |")), "{row}");
            }
        }
    }
}
