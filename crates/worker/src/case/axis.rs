//! The axes, a row each. To add one: a variant, its row, and its preparation in the backends that
//! can do it.

use strum::VariantArray;

use super::place::{Place, Value};

/// The one quantity that a series varies; a case's value is a position on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Axis {
    /// Guest frames above the first: at value `n`, `n + 1` are live when the host is called.
    Depth,
    /// Extra host frames under the call, at guest depth [`OTHER_AXES_DEPTH`].
    HostStack,
    /// Other threads that stop guests in the same way at the same time: what a call takes on the
    /// measured thread.
    Threads,
    /// The same threads: what a call takes of all of them together, the inverse of what they get
    /// done.
    Throughput,
    /// Compiled modules that are registered in the process, as a host of plugins has them.
    Modules,
}

/// What the suite knows of an axis.
#[derive(Debug)]
pub struct AxisRow {
    /// As in the ids of cases.
    pub name: &'static str,
    /// What a value counts, as the heading of a table has it.
    pub unit: &'static str,
    /// What stands in front of a value in a sentence.
    pub label: &'static str,
    pub values: Values,
    /// The coordinates that do not vary, and the axis's own at its lowest value.
    pub base: Place,
    /// Puts a value, or the number of a word, into its coordinate.
    pub put: fn(&mut Place, u32),
    pub turn: SharedTurn,
    pub process: OwnProcess,
    pub cores: Cores,
    /// How many usual slices a slice lasts: on an axis with more threads than cores it has to
    /// outlast rounds of the system's scheduler.
    pub usual_slices: u32,
    pub iterations: Iterations,
    pub apart: Apart,
    pub calls: Calls,
    /// Whether a run that names no axis has it. Others are measured where FILTER names them.
    pub is_usual: bool,
}

/// What may stand on an axis.
#[derive(Debug)]
pub enum Values {
    /// Whole numbers. These are measured unless somebody asks for others.
    Numbers(&'static [u32]),
    /// These words and no others.
    Words(&'static [&'static str]),
}

/// Which of a backend's cases on an axis share a turn: those that are subtracted from or divided
/// by each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedTurn {
    /// All series at one value.
    OfAValue,
    /// All series at all values: each is held against the lowest.
    OfAllValues,
}

/// Which of a backend's cases may be timed in one worker process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnProcess {
    /// Those of this axis and of all others that say so.
    No,
    /// Those of one value alone: it changes the process for good.
    PerValue,
}

/// Where a worker process may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cores {
    /// On one core, the same for all.
    One,
    /// On all that the scheduler may use.
    All,
}

/// By which of its cases an axis finds out how many iterations make a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iterations {
    /// By each.
    OfEach,
    /// By the one at the lowest value: a slice is as much work at every value, however long what
    /// is measured makes it.
    OfTheLowest,
}

/// What the two slices of a turn come to where they are far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// The faster one: something got in the way of the other.
    Faster,
    /// Their mean: what gets in the way is what is measured.
    Mean,
}

/// Whose calls a time is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Those of the measured thread.
    Own,
    /// Those of all threads.
    All,
}

/// The depths that a run measures unless it is told otherwise.
pub const DEPTHS: [u32; 8] = [0, 1, 4, 16, 64, 256, 1024, 4096];

/// The guest's depth on every axis but [`Axis::Depth`].
pub const OTHER_AXES_DEPTH: u32 = 16;

/// A call of the documented example: nothing is added to it.
const PLAIN: Place = Place {
    depth: 0,
    host_frames: 0,
    threads: 0,
    modules: 1,
};

const AT_OTHER_DEPTH: Place = Place {
    depth: OTHER_AXES_DEPTH,
    ..PLAIN
};

const DEPTH: AxisRow = AxisRow {
    name: "depth",
    unit: "guest frames above the first",
    label: "depth",
    values: Values::Numbers(&DEPTHS),
    base: PLAIN,
    put: |place, value| place.depth = value,
    turn: SharedTurn::OfAValue,
    process: OwnProcess::No,
    cores: Cores::One,
    usual_slices: 1,
    iterations: Iterations::OfEach,
    apart: Apart::Faster,
    calls: Calls::Own,
    is_usual: true,
};

const HOST_STACK: AxisRow = AxisRow {
    name: "host-stack",
    unit: "extra host frames under the call",
    label: "extra host frames:",
    values: Values::Numbers(&[0, 16, 64]),
    base: AT_OTHER_DEPTH,
    put: |place, value| place.host_frames = value,
    // A call under more host frames is held against the same call under none.
    turn: SharedTurn::OfAllValues,
    ..DEPTH
};

const THREADS: AxisRow = AxisRow {
    name: "threads",
    unit: "other threads that do the same",
    label: "other threads:",
    values: Values::Numbers(&[0, 1, 2, 4, 8, 16]),
    base: AT_OTHER_DEPTH,
    put: |place, value| place.threads = value,
    cores: Cores::All,
    // With sixteen other threads on two cores, 50 ms: time for two rounds of the scheduler.
    usual_slices: 4,
    iterations: Iterations::OfTheLowest,
    apart: Apart::Mean,
    is_usual: false,
    ..DEPTH
};

const THROUGHPUT: AxisRow = AxisRow {
    name: "throughput",
    unit: "other threads, per call of all of them",
    label: "throughput with other threads:",
    calls: Calls::All,
    ..THREADS
};

const MODULES: AxisRow = AxisRow {
    name: "modules",
    unit: "modules registered in the process",
    label: "modules:",
    values: Values::Numbers(&[1, 8, 64, 256, 1024]),
    base: AT_OTHER_DEPTH,
    put: |place, value| place.modules = value,
    process: OwnProcess::PerValue,
    is_usual: false,
    ..DEPTH
};

impl Axis {
    pub const ALL: &'static [Axis] = Axis::VARIANTS;

    pub fn row(self) -> &'static AxisRow {
        match self {
            Axis::Depth => &DEPTH,
            Axis::HostStack => &HOST_STACK,
            Axis::Threads => &THREADS,
            Axis::Throughput => &THROUGHPUT,
            Axis::Modules => &MODULES,
        }
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The values that are measured unless somebody asks for others.
    pub fn usual_values(self) -> Vec<Value> {
        self.row().values.usual()
    }
}

impl AxisRow {
    /// Where a value of the axis lies on all axes.
    pub fn place(&self, value: &Value) -> Place {
        let mut place = self.base;
        (self.put)(&mut place, self.values.coordinate(value));
        place
    }
}

impl Values {
    pub fn usual(&self) -> Vec<Value> {
        match self {
            Values::Numbers(numbers) => numbers.iter().map(|&number| number.into()).collect(),
            Values::Words(words) => words.iter().map(|&word| Value::Word(word.into())).collect(),
        }
    }

    /// A value as it stands in an id.
    ///
    /// # Errors
    /// In words, when it is none of this axis.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        match self {
            Values::Numbers(_) => {
                let number = canonical_number(text).map(Value::Number);
                number.ok_or_else(|| format!("the value `{text}` is no whole number below 2^32"))
            }
            Values::Words(words) if words.contains(&text) => Ok(Value::Word(text.into())),
            Values::Words(words) => Err(format!(
                "the value `{text}` is none of {}",
                words.join(", ")
            )),
        }
    }

    /// Whether a value may stand on the axis.
    pub fn has(&self, value: &Value) -> bool {
        match (self, value) {
            (Values::Numbers(_), Value::Number(_)) => true,
            (Values::Words(words), Value::Word(word)) => words.contains(&&**word),
            (Values::Numbers(_), Value::Word(_)) | (Values::Words(_), Value::Number(_)) => false,
        }
    }

    /// A number is its own coordinate; a word's is its number in the list, from 0.
    fn coordinate(&self, value: &Value) -> u32 {
        match (self, value) {
            (_, Value::Number(number)) => *number,
            (Values::Words(words), Value::Word(word)) => {
                let at = words.iter().position(|one| **one == **word);
                at.map_or(0, |at| at as u32)
            }
            (Values::Numbers(_), Value::Word(_)) => 0,
        }
    }
}

/// `007` and `+7` would be second names of one case, and ids are compared as text.
fn canonical_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_axis_varies_one_coordinate_and_starts_from_its_base() {
        for axis in Axis::ALL {
            let row = axis.row();
            let values = axis.usual_values();
            let places = Vec::from_iter(values.iter().map(|value| row.place(value)));
            assert_eq!(places.first(), Some(&row.base), "{}", row.name);
            for (at, place) in places.iter().enumerate() {
                assert!(!places[..at].contains(place), "{}: {place:?}", row.name);
            }
        }
    }

    #[test]
    fn a_value_may_be_a_word() {
        let weather = AxisRow {
            values: Values::Words(&["sun", "rain"]),
            put: |place, value| place.depth = 10 + value,
            ..DEPTH
        };
        let rain = weather.values.read("rain").unwrap();
        assert_eq!(rain.to_string(), "rain");
        assert_eq!(weather.place(&rain).depth, 11);
        assert!(weather.values.has(&rain) && !weather.values.has(&1.into()));
        assert!(!DEPTH.values.has(&rain) && DEPTH.values.has(&1.into()));
        let wrong = weather.values.read("snow").unwrap_err();
        assert_eq!(wrong, "the value `snow` is none of sun, rain");
        let kept = serde_json::to_string(&weather.values.usual()).unwrap();
        assert_eq!(kept, r#"["sun","rain"]"#);
        let read: Vec<Value> = serde_json::from_str(&kept).unwrap();
        assert_eq!(read, weather.values.usual());
    }
}
