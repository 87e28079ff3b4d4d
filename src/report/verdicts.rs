//! A comparison's cases by verdict: what changed, what did not, what nobody can tell.

use super::comparison::{ComparedCase, Comparison};
use crate::verdict::judge::{Judgement, Verdict};

/// Each list with the biggest change first.
pub struct Verdicts<'a> {
    pub changed: Vec<(&'a ComparedCase, &'a Judgement)>,
    pub unsure: Vec<(&'a ComparedCase, &'a Judgement)>,
    pub same: Vec<(&'a ComparedCase, &'a Judgement)>,
    pub unjudged: Vec<(&'a ComparedCase, &'a str)>,
}

impl<'a> Verdicts<'a> {
    pub fn of(comparison: &'a Comparison) -> Verdicts<'a> {
        let mut verdicts = Verdicts {
            changed: Vec::new(),
            unsure: Vec::new(),
            same: Vec::new(),
            unjudged: Vec::new(),
        };
        for row in &comparison.cases {
            match &row.judgement {
                Err(why) => verdicts.unjudged.push((row, why)),
                Ok(judgement) => match judgement.verdict {
                    Verdict::Slower | Verdict::Faster => verdicts.changed.push((row, judgement)),
                    Verdict::Unsure => verdicts.unsure.push((row, judgement)),
                    Verdict::Same => verdicts.same.push((row, judgement)),
                },
            }
        }
        for list in [
            &mut verdicts.changed,
            &mut verdicts.unsure,
            &mut verdicts.same,
        ] {
            let size = |judgement: &Judgement| judgement.ratio.value.ln().abs();
            list.sort_by(|a, b| size(b.1).total_cmp(&size(a.1)));
        }
        verdicts
    }

    /// How many cases each verdict has, by its name.
    pub fn tally(&self) -> [(&'static str, usize); 4] {
        let slower =
            |(_, judgement): &&(&ComparedCase, &Judgement)| judgement.verdict == Verdict::Slower;
        let slower = self.changed.iter().filter(slower).count();
        [
            ("slower", slower),
            ("faster", self.changed.len() - slower),
            ("same", self.same.len()),
            ("unsure", self.unsure.len()),
        ]
    }

    /// The same, in words, with what is accepted apart: it is no finding.
    pub fn found(&self) -> Vec<(&'static str, &'static str, usize)> {
        let accepted = self.accepted().count();
        let own = |(name, cases)| match name {
            "slower" => (name, name, cases - accepted),
            _ => (name, name, cases),
        };
        let accepted = ("accepted", "slower, accepted", accepted);
        let found = self.tally().map(own).into_iter().chain([accepted]);
        found
            .filter(|&(name, _, cases)| name != "accepted" || cases > 0)
            .collect()
    }

    /// Cases that are slower, which somebody has said is as it should be.
    pub fn accepted(&self) -> impl Iterator<Item = (&'a ComparedCase, &'a Judgement, &'a str)> {
        let changed = self.changed.iter();
        let slower = changed.filter(|(_, judgement)| judgement.verdict == Verdict::Slower);
        slower.filter_map(|&(row, judgement)| Some((row, judgement, row.accepted.as_deref()?)))
    }

    /// What the comparison comes to.
    pub fn sentence(&self) -> String {
        let [(_, slower), (_, faster), (_, same), (_, unsure)] = self.tally();
        let cases = |number: usize| match number {
            1 => "1 case is".to_owned(),
            _ => format!("{number} cases are"),
        };
        match (slower, faster) {
            (0, 0) if unsure == 0 && same > 0 => "Nothing changed".to_owned(),
            (0, 0) if same + unsure == 0 => "Nothing could be judged".to_owned(),
            (0, 0) => format!("No change shows, and of {} one cannot tell", number(unsure)),
            (_, 0) => format!("{} slower, none faster", cases(slower)),
            (0, _) => format!("{} faster, none slower", cases(faster)),
            _ => format!("{} slower, {faster} faster", cases(slower)),
        }
    }
}

/// A verdict in words, `slower by 3.2 %`.
pub fn change(judgement: &Judgement) -> String {
    let change = judgement.ratio.value - 1.0;
    match judgement.verdict {
        // A factor says more than hundreds of per cent.
        Verdict::Slower if change >= 1.0 => format!("slower, {:.1} times", judgement.ratio.value),
        Verdict::Slower => format!("slower by {:.1} %", change * 100.0),
        Verdict::Faster => format!("faster by {:.1} %", -change * 100.0),
        Verdict::Same | Verdict::Unsure => judgement.verdict.to_string(),
    }
}

fn number(cases: usize) -> String {
    match cases {
        1 => "1 case".to_owned(),
        _ => format!("{cases} cases"),
    }
}
