//! A gate's sides: what stands on the command line, as executables.

use std::path::Path;

use crate::arms::{self, Source};
use crate::cli::building::executables;
use crate::gate::{self, Unsound};
use crate::metric::{Executables, Side};
use crate::record::Header;
use trapbench_worker::case::Case;

/// Base and head, built. Where they are relinks there are more of them than will be used.
pub struct BuiltSides {
    pub base_source: Source,
    pub base: Side,
    pub head: Side,
    pub remarks: Vec<String>,
}

/// The sides of a gate.
pub struct Sides {
    pub base: Side,
    pub head: Side,
    pub control: Side,
}

impl BuiltSides {
    /// So many `relinks` for each of three sides, with `features`; 0 for one ordinary link, with
    /// its symbols.
    ///
    /// # Errors
    /// When one cannot be built.
    pub fn of(
        base: &Source,
        head: Option<&Source>,
        features: &[&str],
        relinks: u32,
    ) -> anyhow::Result<BuiltSides> {
        let (head, remarks) = head_or_this(head, relinks);
        let links = match relinks {
            0 => 0,
            relinks => relinks + gate::spare(relinks),
        };
        let side = |source: &Source, links: u32| {
            anyhow::Ok(Side {
                name: shown(source),
                executables: executables(source, features, links)?,
                slowdown: None,
            })
        };
        Ok(BuiltSides {
            base_source: base.clone(),
            // The control is the base once more, and shares no relink with it.
            base: side(base, 2 * links)?,
            head: side(&head, links)?,
            remarks,
        })
    }
}

impl Sides {
    /// Those relinks that are sound, shared out; which are left out is remarked.
    ///
    /// # Errors
    /// When too few are sound.
    pub fn of(
        built: BuiltSides,
        relinks: u32,
        cases: &[Case],
        module: Option<&Path>,
        remarks: &mut Vec<String>,
    ) -> Result<Sides, Unsound> {
        let mut sound = |side: Side, sides: u32| {
            let executables = match side.executables {
                Executables::Bare(_) => side.executables,
                Executables::Relinked(links) => {
                    let wanted = [relinks, sides];
                    let sound = gate::sound(links, &side.name, wanted, cases, module, remarks)?;
                    Executables::Relinked(sound)
                }
            };
            Ok(Side {
                executables,
                ..side
            })
        };
        let base = sound(built.base, 2)?;
        let head = sound(built.head, 1)?;
        let half = base.executables.number() / 2;
        let [of_base, of_control] = base.executables.clone().cut(half);
        let sides = Sides {
            control: Side {
                name: "control".to_owned(),
                executables: of_control,
                slowdown: None,
            },
            base: Side {
                executables: of_base,
                ..base
            },
            head,
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
fn head_or_this(named: Option<&Source>, relinks: u32) -> (Source, Vec<String>) {
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
