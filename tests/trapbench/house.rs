//! The arrows between the files of the house, as `src/lib.rs` lists its rooms: they point one way,
//! and no file leads back to itself by way of another.
//!
//! A file points at another if it names something of it: in a `use`, in a path that begins with
//! `crate`, `super` or `self`, also within a macro. What a module hands on counts as that module's
//! and as the file's that it is from. What is compiled for tests alone does not count, and neither
//! does what a module and those within it say of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree};

#[test]
fn no_file_leads_back_to_itself() {
    let mut found = Vec::new();
    for root in ["src", "crates/wasmer/src", "crates/worker/src"] {
        let house = House::of(root);
        found.extend(circles(&house.arrows()));
    }
    let circles = found
        .iter()
        .map(|circle| format!("{} → {}", circle.join(" → "), circle[0]));
    let circles = Vec::from_iter(circles);
    assert!(
        circles.is_empty(),
        "circles of files:\n{}",
        circles.join("\n")
    );
}

#[test]
fn a_room_uses_those_above_it_alone() {
    let house = House::of("src");
    let listed = listed(&fs::read_to_string(checkout().join("src/lib.rs")).unwrap());
    let rooms = house.files.keys().filter_map(|module| module.first());
    let rooms = BTreeSet::from_iter(rooms.map(String::as_str));
    let place = |room: &str| listed.iter().position(|one| one == room);
    for room in &rooms {
        assert!(place(room).is_some(), "src/lib.rs does not list `{room}`");
    }
    let mut against = Vec::new();
    for (from, to) in house.arrows() {
        let [Some(one), Some(other)] = [&from, &to].map(|file| room(file)) else {
            continue;
        };
        if place(one) < place(other) {
            against.push(format!("{from} → {to}"));
        }
    }
    assert!(
        against.is_empty(),
        "arrows against the order of src/lib.rs:\n{}",
        against.join("\n")
    );
}

/// A module by its path below the crate: `["record", "writer"]`.
type Module = Vec<String>;

/// The files of one crate.
struct House {
    files: BTreeMap<Module, SourceFile>,
}

/// One of them, without what is compiled for tests.
struct SourceFile {
    /// Seen from the checkout.
    path: String,
    tokens: TokenStream,
    /// What it hands on, by the name that it has there: paths as they are written.
    handed_on: BTreeMap<String, Vec<String>>,
}

impl House {
    fn of(root: &str) -> House {
        let mut house = House {
            files: BTreeMap::new(),
        };
        let file = PathBuf::from(root).join("lib.rs");
        house.read(Vec::new(), &file, Path::new(root));
        house
    }

    /// Reads a module's file, and those of the modules that it declares; `folder` is where they
    /// lie.
    fn read(&mut self, module: Module, file: &Path, folder: &Path) {
        let text = fs::read_to_string(checkout().join(file)).unwrap();
        let mut items = syn::parse_file(&text).unwrap().items;
        items.retain(|item| !is_of_tests(attributes(item)));
        let mut handed_on = BTreeMap::new();
        for item in &items {
            match item {
                Item::Mod(child) if child.content.is_none() => {
                    let name = child.ident.to_string();
                    let own = folder.join(&name);
                    let file = [own.with_extension("rs"), own.join("mod.rs")];
                    let mut file = file.into_iter();
                    let file = file.find(|file| checkout().join(file).is_file());
                    let module = [&module[..], std::slice::from_ref(&name)].concat();
                    self.read(module, &file.unwrap(), &own);
                }
                Item::Use(item) => hand_on(&item.tree, &mut Vec::new(), &mut handed_on),
                _ => {}
            }
        }
        let file = SourceFile {
            path: file.to_str().unwrap().to_owned(),
            tokens: items.iter().map(ToTokens::to_token_stream).collect(),
            handed_on,
        };
        self.files.insert(module, file);
    }

    /// From which file to which.
    fn arrows(&self) -> BTreeSet<(String, String)> {
        let mut arrows = BTreeSet::new();
        for (module, file) in &self.files {
            let mut paths = Vec::new();
            written(file.tokens.clone(), &mut paths);
            for path in paths {
                for named in self.named(module, &path) {
                    let is_family = named.starts_with(module) || module.starts_with(&named);
                    if !is_family {
                        arrows.insert((file.path.clone(), self.files[&named].path.clone()));
                    }
                }
            }
        }
        arrows
    }

    /// The module that holds what a path within `module` names, and before it those that hand it
    /// on; none for what is another crate's.
    fn named(&self, module: &[String], path: &[String]) -> Vec<Module> {
        let mut at = module.to_vec();
        let mut is_ours = false;
        for (step, name) in path.iter().enumerate() {
            let child = [&at[..], std::slice::from_ref(name)].concat();
            match name.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ if self.files.contains_key(&child) => at = child,
                name => {
                    if let Some(from) = self.files[&at].handed_on.get(name) {
                        let whole = [from, &path[step + 1..]].concat();
                        let behind = self.named(&at, &whole);
                        return [vec![at], behind].concat();
                    }
                    return Vec::from_iter(is_ours.then_some(at));
                }
            }
            is_ours = true;
        }
        vec![at]
    }
}

/// What a `use` brings into a module, by its name there.
fn hand_on(tree: &UseTree, path: &mut Vec<String>, into: &mut BTreeMap<String, Vec<String>>) {
    let mut name = |ident: &syn::Ident, renamed: &syn::Ident, path: &[String]| {
        let mut whole = path.to_vec();
        // `use path::{self}` names the path itself.
        let known = match ident == "self" {
            true => path.last().cloned().unwrap_or_default(),
            false => {
                whole.push(ident.to_string());
                renamed.to_string()
            }
        };
        into.insert(known, whole);
    };
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            hand_on(&step.tree, path, into);
            path.pop();
        }
        UseTree::Name(one) => name(&one.ident, &one.ident, path),
        UseTree::Rename(one) => name(&one.ident, &one.rename, path),
        UseTree::Group(group) => {
            for tree in &group.items {
                hand_on(tree, path, into);
            }
        }
        UseTree::Glob(_) => panic!("a star does not say what it brings: {}", path.join("::")),
    }
}

/// Every path that begins with `crate`, `super` or `self`, also those of macros.
fn written(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let tokens = Vec::from_iter(tokens);
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(first)
                if ["crate", "super", "self"].iter().any(|one| first == one) =>
            {
                at = path(&tokens, at, &[], paths);
            }
            TokenTree::Group(group) => {
                written(group.stream(), paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads a path at `at`, and all that it comes to where it ends in braces; returns what follows it.
fn path(tokens: &[TokenTree], at: usize, before: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut whole = before.to_vec();
    let mut at = at;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(step)) => whole.push(step.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let within = Vec::from_iter(group.stream());
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(one) if one.as_char() == ',');
                for one in within.split(is_comma).filter(|one| !one.is_empty()) {
                    path(one, 0, &whole, paths);
                }
                return at + 1;
            }
            // A star is the module itself.
            _ => break,
        }
        at += 1;
        let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(one)) if one.as_char() == ':');
        if !(is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))) {
            break;
        }
        at += 2;
    }
    paths.push(whole);
    at.max(1)
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    let is_one = |one: &Attribute| {
        let words = one.meta.to_token_stream().to_string().replace(' ', "");
        words == "cfg(test)" || words == "test"
    };
    attributes.iter().any(is_one)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(one) => &one.attrs,
        Item::Enum(one) => &one.attrs,
        Item::Fn(one) => &one.attrs,
        Item::Impl(one) => &one.attrs,
        Item::Macro(one) => &one.attrs,
        Item::Mod(one) => &one.attrs,
        Item::Static(one) => &one.attrs,
        Item::Struct(one) => &one.attrs,
        Item::Trait(one) => &one.attrs,
        Item::Type(one) => &one.attrs,
        Item::Use(one) => &one.attrs,
        _ => &[],
    }
}

/// A shortest circle of each knot of files: every file that leads back to itself is in one.
fn circles(arrows: &BTreeSet<(String, String)>) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().push(to);
    }
    let mut circles: Vec<Vec<String>> = Vec::new();
    for start in next.keys() {
        if circles.iter().flatten().any(|file| file == start) {
            continue;
        }
        if let Some(circle) = circle(start, &next) {
            circles.push(circle.into_iter().map(str::to_owned).collect());
        }
    }
    circles
}

/// The shortest way from a file back to it.
fn circle<'a>(start: &'a str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for to in next.get(way[way.len() - 1]).into_iter().flatten() {
                if *to == start {
                    return Some(way);
                }
                if seen.insert(*to) {
                    longer.push([&way[..], &[to]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// The rooms that `src/lib.rs` lists, in its order.
fn listed(text: &str) -> Vec<String> {
    let rooms = text.lines().filter_map(|line| {
        let (name, _) = line
            .strip_prefix("//! - ")?
            .trim_start_matches('[')
            .strip_prefix('`')?
            .split_once('`')?;
        Some(name.to_owned())
    });
    rooms.collect()
}

/// The first part of a file's place below `src`.
fn room(file: &str) -> Option<&str> {
    let below = file.strip_prefix("src/")?;
    let room = below.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    (room != "lib" && room != "main").then_some(room)
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
