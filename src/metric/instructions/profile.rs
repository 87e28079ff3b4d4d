//! What callgrind writes, read back. Its format is described in Valgrind's manual, "Callgrind
//! Format Specification"; this reads what callgrind writes with names and positions uncompressed
//! and one line for each function and each way in which it was reached.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

/// Instructions by function, its callees apart, and how often it was called.
///
/// A name is what the executable's table of symbols has, demangled. A function of a library
/// without symbols goes by the library and its address there, `libgcc_s.so.1 0x14c40`; a guest's,
/// which is in no file, by its address, `0x709b120`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// By the stack that it was reached by, the function itself first.
    stacks: BTreeMap<Vec<String>, i64>,
    calls: BTreeMap<String, i64>,
}

#[derive(Debug, PartialEq, Eq, Error)]
pub enum BadProfile {
    #[error("line {line} of callgrind's output is not understood: `{text}`")]
    Line { line: usize, text: String },
    #[error("callgrind's output counts `{found}`, not instructions alone")]
    Events { found: String },
    #[error("callgrind's output says that its lines come to {said}, but they come to {found}")]
    Sum { said: i64, found: i64 },
    #[error("callgrind's output is cut short")]
    Short,
}

impl Profile {
    /// # Errors
    /// When it is not what callgrind writes, or not whole.
    pub fn parse(text: &str) -> Result<Profile, BadProfile> {
        let mut profile = Profile::default();
        let mut stack = Vec::new();
        let mut object = "";
        let mut object_of_callee = None;
        // A caller goes by the name that it has itself.
        let mut names: HashMap<String, String> = HashMap::new();
        let mut callee = String::new();
        let mut is_of_callee = false;
        let mut said = None;
        for (at, line) in text.lines().enumerate() {
            let bad = || BadProfile::Line {
                line: at + 1,
                text: line.to_owned(),
            };
            if let Some(name) = line.strip_prefix("ob=") {
                object = name;
            } else if let Some(name) = line.strip_prefix("cob=") {
                object_of_callee = Some(name);
            } else if let Some(name) = line.strip_prefix("fn=") {
                stack = frames(name);
                let inner = named(&stack[0], object);
                names.insert(std::mem::replace(&mut stack[0], inner.clone()), inner);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                // Its object is named only where it is another one than the caller's.
                let of = object_of_callee.take().unwrap_or(object);
                callee = named(&frames(name)[0], of);
            } else if let Some(calls) = line.strip_prefix("calls=") {
                // The next line is what the callee took, which stands under its own name.
                is_of_callee = true;
                let calls = calls.split_ascii_whitespace().next().unwrap_or_default();
                let calls: i64 = calls.parse().map_err(|_| bad())?;
                *profile
                    .calls
                    .entry(std::mem::take(&mut callee))
                    .or_default() += calls;
            } else if let Some(events) = line.strip_prefix("events: ") {
                if events.trim() != "Ir" {
                    let found = events.to_owned();
                    return Err(BadProfile::Events { found });
                }
            } else if let Some(sum) = line.strip_prefix("totals: ") {
                said = Some(sum.trim().parse().map_err(|_| bad())?);
            } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
                let cost = line.split_ascii_whitespace().nth(1).ok_or_else(bad)?;
                let cost: i64 = cost.parse().map_err(|_| bad())?;
                if !std::mem::take(&mut is_of_callee) {
                    *profile.stacks.entry(stack.clone()).or_default() += cost;
                }
            }
        }
        profile.name_callers(&names);
        let said = said.ok_or(BadProfile::Short)?;
        let found = profile.total();
        if said != found {
            return Err(BadProfile::Sum { said, found });
        }
        Ok(profile)
    }

    fn name_callers(&mut self, names: &HashMap<String, String>) {
        let mut stacks = BTreeMap::new();
        for (mut stack, cost) in std::mem::take(&mut self.stacks) {
            for caller in stack.iter_mut().skip(1) {
                if let Some(name) = names.get(caller) {
                    caller.clone_from(name);
                }
            }
            *stacks.entry(stack).or_default() += cost;
        }
        self.stacks = stacks;
    }

    pub fn total(&self) -> i64 {
        self.stacks.values().sum()
    }

    /// By the function alone.
    pub fn functions(&self) -> BTreeMap<&str, i64> {
        let mut functions = BTreeMap::new();
        for (stack, cost) in &self.stacks {
            let function = stack.first().map_or("", String::as_str);
            *functions.entry(function).or_default() += cost;
        }
        functions
    }

    /// Each with its callers, the function itself first.
    pub fn stacks(&self) -> impl Iterator<Item = (&[String], i64)> {
        let each = self.stacks.iter();
        each.map(|(stack, &cost)| (stack.as_slice(), cost))
    }

    /// How often functions were called whose name `is` so.
    pub fn calls(&self, is: impl Fn(&str) -> bool) -> i64 {
        let such = self.calls.iter().filter(|(name, _)| is(name));
        such.map(|(_, calls)| calls).sum()
    }

    /// What is more here than there; whatever both share is gone.
    pub fn beyond(&self, other: &Profile) -> Profile {
        Profile {
            stacks: beyond(&self.stacks, &other.stacks),
            calls: beyond(&self.calls, &other.calls),
        }
    }
}

fn beyond<K: Ord + Clone>(more: &BTreeMap<K, i64>, less: &BTreeMap<K, i64>) -> BTreeMap<K, i64> {
    let mut beyond = more.clone();
    for (key, value) in less {
        *beyond.entry(key.clone()).or_default() -= value;
    }
    beyond.retain(|_, &mut value| value != 0);
    beyond
}

/// `inner'caller'caller's caller`, and a number where a function called itself; at least one.
fn frames(name: &str) -> Vec<String> {
    let is_of_recursion = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    let parts = name.split('\'').filter(|part| !is_of_recursion(part));
    let frames: Vec<String> = parts.map(str::to_owned).collect();
    match frames.is_empty() {
        true => vec![name.to_owned()],
        false => frames,
    }
}

/// An address means nothing without the file that it is in.
fn named(function: &str, object: &str) -> String {
    let file = object.rsplit('/').next().unwrap_or_default();
    match function.strip_prefix("0x") {
        Some(address) if !matches!(file, "" | "???") => {
            format!("{file} 0x{}", address.trim_start_matches('0'))
        }
        _ => function.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WRITTEN: &str = "\
# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 7
cmd:  trapbench worker
part: 1

desc: Trigger: --dump-before=trapbench_count_until

positions: line
events: Ir
summary: 34

ob=/bin/trapbench
fl=???
fn=outer
0 10
cob=
cfi=
cfn=0x0000000004021000
calls=2 0
0 20
0 3
cob=/lib/libgcc_s.so.1
cfn=0x0000000000014c40
calls=4 0
0 0

ob=
fl=
fn=0x0000000004021000'outer
0 17
ob=/lib/libgcc_s.so.1
fn=0x0000000000014c40'2'outer
0 0
ob=/bin/trapbench
fn=inner'0x0000000000014c40'outer
0 4

totals: 34
";

    #[test]
    fn callees_are_counted_once() {
        let profile = Profile::parse(WRITTEN).unwrap();
        let functions = [
            ("0x0000000004021000", 17),
            ("inner", 4),
            ("libgcc_s.so.1 0x14c40", 0),
            ("outer", 13),
        ];
        assert_eq!(profile.functions(), BTreeMap::from(functions));
        assert_eq!(profile.calls(|name| name.starts_with("libgcc_s")), 4);
        assert_eq!(profile.calls(|name| name.starts_with("0x")), 2);
    }

    #[test]
    fn a_function_is_told_from_its_callers() {
        let profile = Profile::parse(WRITTEN).unwrap();
        let stacks = Vec::from_iter(profile.stacks().map(|(stack, _)| stack.join(" < ")));
        assert_eq!(
            stacks,
            [
                "0x0000000004021000 < outer",
                "inner < libgcc_s.so.1 0x14c40 < outer",
                "libgcc_s.so.1 0x14c40 < outer",
                "outer"
            ]
        );
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let cut = WRITTEN.strip_suffix("totals: 34\n").unwrap();
        assert_eq!(Profile::parse(cut), Err(BadProfile::Short));
        let less = WRITTEN.replace("0 17\n", "");
        let sum = BadProfile::Sum {
            said: 34,
            found: 17,
        };
        assert_eq!(Profile::parse(&less), Err(sum));
        let other = WRITTEN.replace("events: Ir", "events: Ir Dr");
        assert!(matches!(
            Profile::parse(&other),
            Err(BadProfile::Events { .. })
        ));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "(c?fn=|c?ob=|calls=|totals: |events: |[0-9+*-]| |'|[a-z]|\n){0,60}"
        ) {
            let _ = Profile::parse(&text);
        }

        #[test]
        fn what_is_beyond_adds_up(
            small in prop::collection::btree_map("[a-d]", 0..1000i64, 0..4),
            large in prop::collection::btree_map("[a-d]", 0..1000i64, 0..4),
        ) {
            let [small, large] = [small, large].map(|functions: BTreeMap<String, i64>| Profile {
                stacks: functions.into_iter().map(|(name, cost)| (vec![name], cost)).collect(),
                calls: BTreeMap::new(),
            });
            let beyond = large.beyond(&small);
            prop_assert_eq!(beyond.total(), large.total() - small.total());
        }
    }
}
