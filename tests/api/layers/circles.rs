//! No circle between the modules of a room: whoever reads one can read what it stands on first.
//!
//! The compiler holds that rooms are floors, and lets the modules inside one know each other as they like. Here the
//! modules beside each other are held to it, at every depth: those of the room, and those inside each of them. A
//! module and what is inside it are one, so a part may use what the whole has.

use std::collections::{BTreeMap, BTreeSet};

use super::house;
use super::manifests::FLOORS;
use super::source::Source;

/// The rooms in which there is none. One that has been untied is added, and none is taken out.
const UNTIED: &[&str] = &[
    "domain",
    "policy",
    "authn",
    "feed",
    "transparency",
    "audit",
    "gate",
    "graphql",
    "http",
    "command",
    "config",
];

/// A module by its path within its room.
type Module<'a> = Vec<&'a str>;

/// The modules of a room.
struct Room<'a> {
    sources: BTreeMap<Module<'a>, &'a Source>,
    /// What a module passes on under its own name, and which of those inside it has it.
    passed_on: BTreeMap<(Module<'a>, &'a str), Module<'a>>,
}

impl<'a> Room<'a> {
    /// The room of those files, each with where it stands in its crate.
    fn of(files: &'a [(String, Source)]) -> Self {
        let sources = files.iter().map(|(file, source)| (module(file), source));
        let sources: BTreeMap<_, _> = sources.collect();
        let mut passed_on = BTreeMap::new();
        for (module, source) in &sources {
            for path in source.uses() {
                let inside = [module.as_slice(), &path[..1]].concat();
                if let Some(name) = path.last().filter(|_| sources.contains_key(&inside)) {
                    passed_on.insert((module.clone(), *name), inside);
                }
            }
        }
        Self { sources, passed_on }
    }

    /// Which module has what the path leads to from another.
    fn found(&self, from: &Module<'a>, path: &[&'a str]) -> Module<'a> {
        let mut at = from.clone();
        let mut names = path.iter().copied().peekable();
        while let Some(name) = names.peek().copied() {
            let inside = [at.as_slice(), &[name]].concat();
            match name {
                "self" => {}
                "crate" => at.clear(),
                "super" => {
                    at.pop();
                }
                _ if self.sources.contains_key(&inside) => at = inside,
                _ => match self.passed_on.get(&(at.clone(), name)) {
                    // The same name is looked for in there.
                    Some(inside) => {
                        at.clone_from(inside);
                        continue;
                    }
                    None => return at,
                },
            }
            names.next();
        }
        at
    }

    /// Which modules know which of those beside them, by the module that they are in.
    fn arrows(&self) -> BTreeMap<Module<'a>, BTreeSet<(&'a str, &'a str)>> {
        let mut arrows: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (from, source) in &self.sources {
            for path in source.paths() {
                let to = self.found(from, &path);
                let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(known)) = (from.get(common), to.get(common)) {
                    let beside = to[..common].to_vec();
                    arrows.entry(beside).or_default().insert((*from, *known));
                }
            }
        }
        arrows
    }

    /// The modules that know each other in a circle, with what lies between circles.
    fn circles(&self) -> Vec<String> {
        let circles = self
            .arrows()
            .into_iter()
            .filter_map(|(within, mut arrows)| {
                loop {
                    let known: BTreeSet<_> = arrows.iter().map(|(_, known)| *known).collect();
                    let knowing: BTreeSet<_> = arrows.iter().map(|(from, _)| *from).collect();
                    let before = arrows.len();
                    arrows.retain(|(from, to)| known.contains(from) && knowing.contains(to));
                    if arrows.len() == before {
                        break;
                    }
                }
                let tied: BTreeSet<_> = arrows.iter().map(|(from, _)| *from).collect();
                let tied = Vec::from_iter(tied).join(", ");
                let within = [["crate"].as_slice(), &within].concat().join("::");
                (!tied.is_empty()).then(|| format!("{within}: {tied}"))
            });
        circles.collect()
    }
}

/// The module that a file has, by where it stands in its room.
fn module(file: &str) -> Module<'_> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut names: Vec<&str> = path.split('/').collect();
    names.pop_if(|name| ["mod", "lib"].contains(name));
    names
}

#[test]
fn no_modules_of_an_untied_room_know_each_other_in_a_circle() {
    let house = house();
    for room in UNTIED {
        let is_crate = FLOORS.iter().any(|(name, _)| name == room);
        let files = house.iter().filter_map(|(inside, code)| {
            let within = inside.strip_prefix(room)?.strip_prefix('/')?;
            // What is no crate names what it has by where it stands in the binary's.
            let file = if is_crate { within } else { inside };
            Some((file.to_owned(), Source::of(code)))
        });
        let files: Vec<_> = files.collect();
        assert!(files.len() > 10, "`{room}` has {} files", files.len());
        assert_eq!(Room::of(&files).circles(), Vec::<String>::new(), "{room}");
    }
}

#[test]
fn a_planted_circle_is_found_however_it_is_written() {
    let circles = |files: &[(&str, &str)]| {
        let files = files.iter();
        let files = files.map(|(file, code)| ((*file).to_owned(), Source::of(code)));
        Room::of(&files.collect::<Vec<_>>()).circles()
    };
    let none = Vec::<String>::new();
    for (files, tied) in [
        (
            vec![("a.rs", "use super::b::B;"), ("b.rs", "use crate::a::A;")],
            "crate: a, b",
        ),
        (
            vec![
                ("lib.rs", "pub use {b::B, c::C};"),
                ("a.rs", "fn f() { super::B::new() }"),
                ("b.rs", "use super::{C, self};"),
                ("c.rs", "impl crate::a::T for C {}"),
                ("d.rs", "use super::a::A;"),
            ],
            "crate: a, b, c",
        ),
        (
            vec![
                ("a/mod.rs", "pub use inner::Inner;"),
                ("a/inner.rs", "use super::{beside::{X, Y}};"),
                ("a/beside.rs", "use crate::a::Inner as In;"),
            ],
            "crate::a: beside, inner",
        ),
        (
            vec![
                ("a/mod.rs", "mod inner;"),
                ("a/inner.rs", "use super::super::b::B;"),
                ("b.rs", "use super::a::inner;"),
            ],
            "crate: a, b",
        ),
        (
            vec![
                ("room/mod.rs", "mod a; mod b;"),
                ("room/a.rs", "use crate::room::b::B;"),
                ("room/b.rs", "use super::a::A;"),
            ],
            "crate::room: a, b",
        ),
    ] {
        assert_eq!(circles(&files), [tied], "{files:?}");
    }
    for files in [
        vec![("a.rs", "use super::b::B;"), ("b.rs", "// super::a::A")],
        vec![
            ("a/mod.rs", "use inner::Inner; pub struct A;"),
            ("a/inner.rs", "use super::A; use crate::a::A;"),
        ],
        vec![
            ("a.rs", "use super::b::B;"),
            ("b.rs", "#[cfg(test)]\nmod tests { use crate::a::A; }"),
        ],
    ] {
        assert_eq!(circles(&files), none, "{files:?}");
    }
}
