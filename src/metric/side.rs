use std::path::{Path, PathBuf};

use crate::roster::Runs;

/// One side of a contest: a build, as the executables that stand for it.
#[derive(Clone, Debug)]
pub struct Side {
    pub name: String,
    pub executables: Executables,
    /// By which share its workers slow every case down.
    pub slowdown: Option<f64>,
}

/// What stands for a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executables {
    /// One executable, whose layout is a bias that no sampling removes.
    Bare(PathBuf),
    /// Links of the same objects, each in another order. Each belongs to one side alone.
    Relinked(Vec<PathBuf>),
}

impl Executables {
    pub fn is_bare(&self) -> bool {
        matches!(self, Executables::Bare(_))
    }

    /// How many there are, as rulings tell it.
    pub fn number(&self) -> usize {
        match self {
            Executables::Bare(_) => 1,
            Executables::Relinked(links) => links.len(),
        }
    }

    /// One of them, where any will do.
    pub fn any(&self) -> &Path {
        match self {
            Executables::Bare(executable) => executable,
            Executables::Relinked(links) => &links[0],
        }
    }

    /// What the processes of its arms are started from.
    pub fn runs(&self) -> Runs {
        match self {
            Executables::Bare(executable) => Runs::Copies(executable.clone()),
            Executables::Relinked(links) => Runs::Links(links.clone()),
        }
    }

    /// The first `number` relinks, and the others. A bare executable is on either side of the cut.
    pub fn cut(self, number: usize) -> [Executables; 2] {
        match self {
            Executables::Bare(_) => [self.clone(), self],
            Executables::Relinked(mut links) => {
                let others = links.split_off(number.min(links.len()));
                [links, others].map(Executables::Relinked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relinks_are_shared_out_and_a_bare_executable_stands_on_either_side() {
        let links = |names: &[&str]| Executables::Relinked(names.iter().map(Into::into).collect());
        let all = links(&["a", "b", "c"]);
        assert_eq!((all.number(), all.is_bare()), (3, false));
        assert_eq!(all.cut(1), [links(&["a"]), links(&["b", "c"])]);
        let bare = Executables::Bare("a".into());
        assert_eq!((bare.number(), bare.is_bare()), (1, true));
        assert_eq!(bare.clone().cut(1), [bare.clone(), bare.clone()]);
        // One link is a link still: it is nobody else's, and is not copied.
        assert!(!links(&["a"]).is_bare());
        assert_ne!(links(&["a"]).runs(), bare.runs());
    }
}
