//! The strategies, a row each. To add one: a variant, its row, and its preparation in the backends
//! that can do it.

use strum::VariantArray;

use super::{Outcome, Series};
use crate::ending::Ending;
use crate::fixture::{EXIT_CODE, Entry, SENTINEL, SUM};

/// How the host tells the guest to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Strategy {
    /// The host function returns a fresh error, as the documented example does.
    Raise,
    /// It returns a clone of an error that the runtime wrapped once.
    RaisePrebuilt,
    /// It wraps a fresh error into the runtime's error type itself, which captures a trace.
    RaiseTraced,
    /// It returns a code, at which the guest executes `unreachable`.
    Unreachable,
    /// It returns a code that the guest tests in every frame.
    Sentinel,
    /// On `native`: it suspends the coroutine on which the guest runs, which is then reset.
    Reset,
    /// On `native`: it returns an error value that every frame hands on.
    Result,
    /// On `native`: it starts an unwinding of the stack, which the caller catches.
    Panic,
}

/// What the suite knows of a strategy.
#[derive(Debug)]
pub struct StrategyRow {
    /// As in the ids of cases.
    pub name: &'static str,
    /// What is called of the guest; nothing where no WebAssembly guest is.
    pub entry: Option<Entry>,
    /// Whose completing run is this one's too: strategies that share code share it.
    pub completes_as: Strategy,
    /// How an exiting call ends.
    pub exits: Ending,
    pub family: Family,
}

/// What a strategy rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The host raises an error that the runtime carries to the caller.
    Raise,
    /// The guest traps by itself, and the runtime carries an error of its own to the caller.
    Trap,
    /// A code is returned, and the guest tests it in every frame.
    Code,
    /// Frames of the host's language are left, and no WebAssembly is executed.
    Native,
}

const RAISE: StrategyRow = StrategyRow {
    name: "raise",
    entry: Some(Entry::Run),
    completes_as: Strategy::Raise,
    exits: Ending::Exited(EXIT_CODE.0),
    family: Family::Raise,
};

const RAISE_PREBUILT: StrategyRow = StrategyRow {
    name: "raise-prebuilt",
    ..RAISE
};

const RAISE_TRACED: StrategyRow = StrategyRow {
    name: "raise-traced",
    ..RAISE
};

const UNREACHABLE: StrategyRow = StrategyRow {
    name: "unreachable",
    entry: Some(Entry::RunUnreachable),
    completes_as: Strategy::Unreachable,
    exits: Ending::Trapped,
    family: Family::Trap,
};

const SENTINEL_ROW: StrategyRow = StrategyRow {
    name: "sentinel",
    entry: Some(Entry::RunSentinel),
    completes_as: Strategy::Sentinel,
    exits: Ending::Returned(SENTINEL),
    family: Family::Code,
};

const RESET: StrategyRow = StrategyRow {
    name: "reset",
    entry: None,
    completes_as: Strategy::Reset,
    exits: Ending::Exited(EXIT_CODE.0),
    family: Family::Native,
};

const RESULT: StrategyRow = StrategyRow {
    name: "result",
    completes_as: Strategy::Result,
    ..RESET
};

const PANIC: StrategyRow = StrategyRow {
    name: "panic",
    completes_as: Strategy::Panic,
    ..RESET
};

impl Strategy {
    pub const ALL: &'static [Strategy] = Strategy::VARIANTS;

    pub fn row(self) -> &'static StrategyRow {
        match self {
            Strategy::Raise => &RAISE,
            Strategy::RaisePrebuilt => &RAISE_PREBUILT,
            Strategy::RaiseTraced => &RAISE_TRACED,
            Strategy::Unreachable => &UNREACHABLE,
            Strategy::Sentinel => &SENTINEL_ROW,
            Strategy::Reset => &RESET,
            Strategy::Result => &RESULT,
            Strategy::Panic => &PANIC,
        }
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn family(self) -> Family {
        self.row().family
    }

    /// Whether an exit leaves the guest's frames where they are. Their code then needs no tests,
    /// and the strategy is held against the sentinel.
    pub fn abandons_frames(self) -> bool {
        match self.family() {
            Family::Raise | Family::Trap => true,
            Family::Code | Family::Native => false,
        }
    }

    /// Those that are held against the sentinel.
    pub fn all_abandoning() -> impl Iterator<Item = Strategy> {
        let all = Strategy::ALL.iter().copied();
        all.filter(|one| one.abandons_frames())
    }

    /// The completing run of the same guest code, which is subtracted from an exit.
    pub fn complete(self) -> Series {
        Series {
            strategy: self.row().completes_as,
            outcome: Outcome::Complete,
        }
    }

    pub fn exit(self) -> Series {
        Series {
            strategy: self,
            outcome: Outcome::Exit,
        }
    }

    /// The series that bear its name: its exit, and its completing run where that is its own.
    pub fn series(self) -> impl Iterator<Item = Series> {
        let both = Outcome::ALL.iter().map(move |&outcome| Series {
            strategy: self,
            outcome,
        });
        both.filter(|series| series.exists())
    }
}

impl Series {
    /// How its calls must end.
    pub fn ending(self) -> Ending {
        match self.outcome {
            Outcome::Exit => self.strategy.row().exits,
            Outcome::Complete => Ending::Returned(SUM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(family: impl Fn(Family) -> bool) -> Vec<String> {
        let strategies = Strategy::ALL.iter().filter(|one| family(one.family()));
        let series = strategies.flat_map(|strategy| strategy.series());
        series.map(|series| series.to_string()).collect()
    }

    #[test]
    fn the_raising_strategies_share_a_completion_and_the_native_ones_have_their_own() {
        let of_guests = [
            "raise/exit",
            "raise/complete",
            "raise-prebuilt/exit",
            "raise-traced/exit",
            "unreachable/exit",
            "unreachable/complete",
            "sentinel/exit",
            "sentinel/complete",
        ];
        assert_eq!(series(|family| family != Family::Native), of_guests);
        let of_native = [
            "reset/exit",
            "reset/complete",
            "result/exit",
            "result/complete",
            "panic/exit",
            "panic/complete",
        ];
        assert_eq!(series(|family| family == Family::Native), of_native);
    }

    #[test]
    fn a_strategy_completes_by_the_entry_that_it_exits_by() {
        for strategy in Strategy::ALL {
            let row = strategy.row();
            assert_eq!(row.entry, row.completes_as.row().entry, "{}", row.name);
            assert_eq!(row.entry.is_none(), row.family == Family::Native);
        }
    }
}
