//! A backend's colour, a strategy's look: the same in every chart, table and record.

use std::collections::BTreeMap;

use trapbench_worker::case::{BackendId, Family, Strategy};

/// The colours and strokes of charts, for a page's style or a file's own.
pub const STYLE: &str = include_str!("style.css");

/// How many colours [`STYLE`] has.
const COLOURS: u32 = 6;

/// Which backend has which colour.
///
/// A colour belongs to a name, not to a place in a list, so that a backend looks the same in
/// the report of any record. Names that would share one, which with six colours happens, take
/// the next free colour in the order of names.
#[derive(Clone, Debug, Default)]
pub struct Palette(BTreeMap<BackendId, u32>);

impl Palette {
    pub fn of<'a>(backends: impl IntoIterator<Item = &'a BackendId>) -> Palette {
        let mut palette = BTreeMap::new();
        let mut names: Vec<&BackendId> = backends.into_iter().collect();
        names.sort();
        names.dedup();
        for name in names {
            let own = hash(name.as_str()) % COLOURS;
            let is_free = |colour: &u32| !palette.values().any(|taken| taken == colour);
            let colour = (0..COLOURS)
                .map(|step| (own + step) % COLOURS)
                .find(is_free)
                .unwrap_or(own);
            palette.insert(name.clone(), colour);
        }
        Palette(palette)
    }

    /// The class that sets the colour in [`STYLE`].
    pub fn class(&self, backend: &BackendId) -> String {
        let colour = self.0.get(backend).copied();
        format!("colour-{}", colour.unwrap_or(COLOURS - 1))
    }
}

/// The shape of a strategy's points. Colour says the backend, so colour is never all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// How a strategy's curve is drawn, in whatever company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineLook {
    /// The class of its line in [`STYLE`].
    pub dash: &'static str,
    pub marker: Marker,
}

impl LineLook {
    /// Codes have rings, all others corners; within such a kind, the place of a strategy in the
    /// vocabulary decides.
    pub fn of(strategy: Strategy) -> LineLook {
        let kind = |one: Strategy| match one.family() {
            Family::Code => LookKind::Code,
            Family::Native => LookKind::Native,
            Family::Raise | Family::Trap => LookKind::Abandoning,
        };
        let mut alike = Strategy::ALL
            .iter()
            .filter(|one| kind(**one) == kind(strategy));
        let place = alike.position(|one| *one == strategy).unwrap_or_default();
        let corners = [Marker::Square, Marker::Triangle, Marker::Diamond];
        let dashes = match kind(strategy) {
            LookKind::Code => ["thin", "dashed", "dotted"],
            LookKind::Abandoning | LookKind::Native => ["whole", "dashed", "dotted"],
        };
        LineLook {
            dash: dashes[place % 3],
            marker: match kind(strategy) {
                LookKind::Code => Marker::Circle,
                // The fourth has the first's line and another shape.
                LookKind::Abandoning | LookKind::Native => corners[(place + place / 3) % 3],
            },
        }
    }
}

#[derive(PartialEq)]
enum LookKind {
    Abandoning,
    Code,
    Native,
}

/// FNV-1a with a start that gives the backends of today colours of their own.
fn hash(name: &str) -> u32 {
    let mixed = name.bytes().fold(START, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    });
    mixed >> 16
}

const START: u32 = 24_873;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_keeps_its_colour_in_whatever_company() {
        let names = [
            "wasmer-cranelift",
            "wasmer-llvm",
            "wasmer-singlepass",
            "wasmtime-cranelift",
            "wasmi",
            "native",
        ];
        let names: Vec<BackendId> = names.iter().map(|name| name.parse().unwrap()).collect();
        let together = Palette::of(&names);
        for (colour, name) in names.iter().enumerate() {
            assert_eq!(together.class(name), format!("colour-{colour}"));
            assert_eq!(Palette::of([name]).class(name), together.class(name));
        }
    }

    #[test]
    fn more_backends_than_colours_all_have_one() {
        let names: Vec<BackendId> = (0..9).map(|n| format!("b{n}").parse().unwrap()).collect();
        let palette = Palette::of(&names);
        let classes: std::collections::BTreeSet<String> =
            names.iter().map(|name| palette.class(name)).collect();
        assert_eq!(classes.len(), COLOURS as usize);
    }
}
