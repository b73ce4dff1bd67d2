//! From texts to a policy set: parsed, validated strictly, its annotations read, sliced by action.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read as _};
use std::path::Path;

use cedar_policy::{
    Entities, Entity, EntityUid, Policy, PolicyId, PolicySet as Policies, Schema, SchemaFragment,
    ValidationMode, Validator,
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::annotation::Note;
use super::bounds;
use super::concerns::{applies, concerns};
use super::error::{PolicyError, Problems, statements};
use super::grammar;
use super::vocabulary::{GROUPS, SCHEMA};
use domain::Words;
use domain::action::ListKind;
use domain::speaks::{Speaks, verbatim, words};

/// How far policies may follow attributes: `resource.system.patientData`.
const DEREFERENCES: u32 = 2;

/// The policies that can have a say about one action.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) action: EntityUid,
    /// The action with the groups it belongs to.
    pub(super) entity: Entity,
    pub(super) all: Policies,
    pub(super) permits: Policies,
    /// The permits and the guardrails that ask for a sign-in.
    pub(super) sign_in: Policies,
}

/// Everything that loading yields.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) schema: Schema,
    pub(super) slices: HashMap<String, Slice>,
    pub(super) notes: BTreeMap<String, Note>,
    /// The policies that have a say about what lists show.
    pub(super) listed: BTreeSet<String>,
    /// The file of each policy and its text there, by id.
    pub(super) texts: BTreeMap<String, (String, String)>,
    pub(super) files: Vec<(String, String)>,
    pub(super) digest: String,
}

/// Where a policy stands, and what it is.
struct Placed {
    path: String,
    position: (usize, usize),
    text: String,
    policy: Policy,
}

pub(super) fn load(files: &[(String, String)]) -> Result<Loaded, PolicyError> {
    let mut problems = Problems::default();
    let mut files = files.to_vec();
    files.sort();
    if files.len() > bounds::FILES {
        let reason = words!(
            "{count} files: expected at most {most}",
            "Det är {count} filer. Det får vara högst {most}.",
            count = files.len(),
            most = bounds::FILES
        );
        problems.add("the folder", (0, 0), reason);
    }
    for (path, text) in &files {
        if let Some(what) = bounds::exceeded(path, text) {
            problems.add(path, (0, 0), what);
        }
    }
    if !problems.is_empty() {
        problems.into_result()?;
        return Err(PolicyError::default());
    }
    let schema = read_schema(&files, &mut problems);
    let placed = read_policies(&files, &mut problems);
    let notes = read_notes(&placed, &mut problems);
    let (Some(schema), true) = (schema, problems.is_empty()) else {
        problems.into_result()?;
        return Err(PolicyError::default());
    };
    let actions = schema
        .action_entities()
        .unwrap_or_else(|_| Entities::empty());
    validate(&schema, &placed, &files, &mut problems);
    for placed in &placed {
        for wrong in grammar::check(&placed.policy, &actions) {
            problems.add(&placed.path, placed.position, wrong);
        }
    }
    let reads: Vec<&str> = ListKind::ALL
        .iter()
        .map(|kind| kind.permission().action())
        .collect();
    let listed = placed
        .iter()
        .filter(|placed| {
            reads
                .iter()
                .any(|read| concerns(&placed.policy, read, &actions))
        })
        .map(|placed| AsRef::<str>::as_ref(placed.policy.id()).to_owned())
        .collect();
    let texts = placed.iter().map(|placed| {
        let id: &str = placed.policy.id().as_ref();
        (id.to_owned(), (placed.path.clone(), placed.text.clone()))
    });
    let texts = texts.collect();
    let policies: Vec<Policy> = placed.into_iter().map(|placed| placed.policy).collect();
    let slices = slice(&actions, &policies, &notes);
    problems.into_result()?;
    Ok(Loaded {
        digest: digest(&files),
        schema,
        slices,
        notes,
        listed,
        texts,
        files,
    })
}

fn read_schema(files: &[(String, String)], problems: &mut Problems) -> Option<Schema> {
    let Some((path, text)) = files.iter().find(|(path, _)| path == SCHEMA) else {
        let what = Words::new("the schema is missing", "Schemat saknas.");
        problems.add(SCHEMA, (0, 0), what);
        return None;
    };
    let fragment = match SchemaFragment::from_cedarschema_str(text) {
        Ok((fragment, warnings)) => {
            for warning in warnings {
                problems.add_diagnostic(path, text, (0, 0), &warning);
            }
            fragment
        }
        Err(error) => {
            problems.add_diagnostic(path, text, (0, 0), &error);
            return None;
        }
    };
    Schema::from_schema_fragments([fragment])
        .map_err(|error| problems.add_diagnostic(path, text, (0, 0), &error))
        .ok()
}

fn read_policies(files: &[(String, String)], problems: &mut Problems) -> Vec<Placed> {
    let mut all = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path != SCHEMA) {
        let parsed: Policies = match text.parse() {
            Ok(parsed) => parsed,
            Err(error) => {
                for error in cedar_policy::ParseErrors::iter(&error) {
                    problems.add_diagnostic(path, text, (0, 0), error);
                }
                continue;
            }
        };
        if parsed.num_of_templates() > 0 {
            let what = Words::new(
                "templates are not used: grants are data",
                "Mallar används inte. Behörigheter är data.",
            );
            problems.add(path, (0, 0), what);
        }
        let statements = statements(text);
        for policy in parsed.policies() {
            let id: &str = policy.id().as_ref();
            let index = id
                .strip_prefix("policy")
                .and_then(|n| n.parse::<usize>().ok());
            let statement = index.and_then(|index| statements.get(index));
            all.push(Placed {
                path: path.clone(),
                position: statement.map_or((0, 0), |statement| statement.position),
                text: statement.map_or_else(String::new, |statement| statement.text.to_owned()),
                policy: policy.clone(),
            });
        }
    }
    all.sort_by(|a, b| (&a.path, a.position).cmp(&(&b.path, b.position)));
    for placed in &mut all {
        if let Some(id) = placed.policy.annotation("id") {
            placed.policy = placed.policy.new_id(PolicyId::new(id));
        }
    }
    all
}

fn read_notes(placed: &[Placed], problems: &mut Problems) -> BTreeMap<String, Note> {
    let mut notes = BTreeMap::new();
    for Placed {
        path,
        position,
        policy,
        ..
    } in placed
    {
        match Note::read(policy) {
            Err(wrong) => {
                for wrong in wrong {
                    problems.add(path, *position, wrong);
                }
            }
            Ok(note) => {
                let id = note.reason.policy.clone();
                if notes.insert(id.clone(), note).is_some() {
                    let what = words!(
                        "`@id(\"{id}\")` is used twice",
                        "`@id(\"{id}\")` används två gånger.",
                        id = verbatim(id)
                    );
                    problems.add(path, *position, what);
                }
            }
        }
    }
    notes
}

fn validate(
    schema: &Schema,
    placed: &[Placed],
    files: &[(String, String)],
    problems: &mut Problems,
) {
    let validator = Validator::new(schema.clone());
    for Placed {
        path,
        position,
        policy,
        ..
    } in placed
    {
        let text = files
            .iter()
            .find(|(known, _)| known == path)
            .map_or("", |(_, text)| text);
        let Ok(one) = Policies::from_policies([policy.clone()]) else {
            continue;
        };
        let result = validator.validate_with_level(&one, ValidationMode::Strict, DEREFERENCES);
        for error in result.validation_errors() {
            problems.add_diagnostic(path, text, *position, error);
        }
        for warning in result.validation_warnings() {
            problems.add_diagnostic(path, text, *position, warning);
        }
    }
}

fn slice(
    actions: &Entities,
    policies: &[Policy],
    notes: &BTreeMap<String, Note>,
) -> HashMap<String, Slice> {
    let mut slices = HashMap::new();
    for entity in actions.iter() {
        let uid = entity.uid();
        let name: &str = uid.id().as_ref();
        if GROUPS.contains(&name) {
            continue;
        }
        let takes = |policy: &&Policy| applies(policy, &uid, actions);
        let note = |policy: &Policy| notes.get::<str>(policy.id().as_ref());
        let gather = |keep: &dyn Fn(&Note) -> bool| {
            let chosen = policies
                .iter()
                .filter(takes)
                .filter(|policy| note(policy).is_some_and(keep));
            Policies::from_policies(chosen.cloned()).unwrap_or_default()
        };
        let slice = Slice {
            all: gather(&|_| true),
            permits: gather(&|note| !note.forbids),
            sign_in: gather(&|note| !note.forbids || note.step_up.is_some()),
            action: uid.clone(),
            entity: entity.clone(),
        };
        slices.insert(name.to_owned(), slice);
    }
    slices
}

/// SHA-256 over each file in the order of the paths: length and bytes of the path, length and bytes of
/// the text, lengths as eight bytes, most significant first.
pub(super) fn digest(files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for part in files.iter().flat_map(|(path, text)| [path, text]) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

/// The schema and every policy file of a folder.
pub(super) fn read_folder(dir: &Path) -> Result<Vec<(String, String)>, PolicyError> {
    let mut problems = Problems::default();
    let kept =
        |name: &str| name == SCHEMA || Path::new(name).extension().is_some_and(|e| e == "cedar");
    let files = match read_texts(dir, kept) {
        Ok((files, unread)) => {
            for (name, error) in unread {
                problems.add(&name, (0, 0), error.words());
            }
            files
        }
        Err(error) => {
            problems.add(&dir.display().to_string(), (0, 0), error.words());
            Vec::new()
        }
    };
    problems.into_result()?;
    Ok(files)
}

/// The text of a file that is not larger than any policy, or any file of cases, has to be.
fn read_bounded(path: &Path) -> io::Result<String> {
    let most = bounds::BYTES as u64;
    let mut text = String::new();
    io::Read::read_to_string(&mut std::fs::File::open(path)?.take(most + 1), &mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!(
            "the file is larger than {most} bytes"
        )));
    }
    Ok(text)
}

/// Names and texts of a folder's files, and those that could not be read.
pub(super) type Texts = (Vec<(String, String)>, Vec<(String, io::Error)>);

/// The files of a folder whose name is kept, by name.
pub(super) fn read_texts(dir: &Path, kept: impl Fn(&str) -> bool) -> io::Result<Texts> {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !kept(&name) {
            continue;
        }
        match read_bounded(&entry.path()) {
            Ok(text) => files.push((name, text)),
            Err(error) => unread.push((name, error)),
        }
    }
    files.sort();
    Ok((files, unread))
}
