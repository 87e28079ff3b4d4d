//! A gate's sides: what stands on the command line, as executables.

use std::path::Path;

use crate::arms::{self, Source};
use crate::cli::building::{backends, executables, features};
use crate::gate::{self, Executables, Side};
use crate::record::Header;
use trapbench_worker::case::Case;

/// What is to be built.
pub struct Wanted<'a> {
    pub base: &'a Source,
    pub head: Option<&'a Source>,
    /// Of each side; 0 for one ordinary link, with its symbols.
    pub relinks: u32,
    pub cases: &'a [Case],
    pub module: Option<&'a Path>,
}

/// The sides of a gate, built.
pub struct Sides {
    pub base: Side,
    pub head: Side,
    pub control: Side,
    pub remarks: Vec<String>,
}

impl Sides {
    pub fn build(wanted: &Wanted) -> anyhow::Result<Sides> {
        let Wanted {
            base,
            relinks,
            cases,
            module,
            ..
        } = *wanted;
        let features = features(&backends(cases));
        let (head, mut remarks) = head(wanted.head, relinks);
        let links = match relinks {
            0 => 0,
            relinks => relinks + gate::spare(relinks),
        };
        // The control is the base once more, and shares no relink with it.
        let of_base = executables(base, &features, 2 * links)?;
        let of_head = executables(&head, &features, links)?;
        let sound = |found, name: &str, sides: u32, remarks: &mut Vec<String>| {
            let wanted = [relinks, sides];
            anyhow::Ok(match found {
                Executables::Bare(_) => found,
                Executables::Relinked(links) => {
                    let sound = gate::sound(links, name, wanted, cases, module, remarks)?;
                    Executables::Relinked(sound)
                }
            })
        };
        let (base_name, head_name) = (shown(base), shown(&head));
        let of_base = sound(of_base, &base_name, 2, &mut remarks)?;
        let of_head = sound(of_head, &head_name, 1, &mut remarks)?;
        let half = of_base.number() / 2;
        let [of_base, of_control] = of_base.cut(half);
        let side = |name: String, executables| Side {
            name,
            executables,
            slowdown: None,
        };
        let sides = Sides {
            base: side(base_name, of_base),
            head: side(head_name, of_head),
            control: side("control".to_owned(), of_control),
            remarks,
        };
        Ok(sides.with_as_many_relinks())
    }

    /// A pair of relinks is a unit of inference, so all have as many as the poorest has.
    fn with_as_many_relinks(mut self) -> Sides {
        let mut relinked = Vec::new();
        for side in [&mut self.base, &mut self.head, &mut self.control] {
            if let Executables::Relinked(links) = &mut side.executables {
                relinked.push(links);
            }
        }
        let fewest = relinked.iter().map(|links| links.len()).min();
        for links in relinked {
            links.truncate(fewest.unwrap_or_default());
        }
        self
    }
}

/// As it may be published: without the folders of this machine.
fn shown(source: &Source) -> String {
    Header::command_line([source.to_string().into()]).remove(0)
}

/// This executable's own sources, where they are as they were; else the executable itself.
fn head(named: Option<&Source>, relinks: u32) -> (Source, Vec<String>) {
    if let Some(head) = named {
        return (head.clone(), Vec::new());
    }
    match arms::as_built() {
        Ok(_) => (Source::Here, Vec::new()),
        Err(_) => {
            let this = std::env::current_exe().unwrap_or_default();
            let remark = "the head is this executable as it is, for its sources have changed or are \
                          gone: it cannot be relinked, and is judged with the wider margin";
            let remarks = (relinks > 0).then(|| remark.to_owned());
            (Source::Executable(this), Vec::from_iter(remarks))
        }
    }
}
