//! A mean's standard error, and how many of them its interval reaches: Student's t.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Unusable;

/// The half-width of a Student interval in standard errors: the two-sided quantile at `level`
/// for the mean of two or more `processes`.
pub fn critical_t(processes: usize, level: f64) -> Result<f64, Unusable> {
    if 0.0 < level && level < 1.0 {
        student_quantile(processes, 0.5 + level / 2.0)
    } else {
        Err(Unusable::BadLevel)
    }
}

/// The `probability` quantile of Student's t with `processes` − 1 degrees of freedom.
pub fn student_quantile(processes: usize, probability: f64) -> Result<f64, Unusable> {
    let freedom = processes.saturating_sub(1) as f64;
    let student = StudentsT::new(0.0, 1.0, freedom)
        .map_err(|_| Unusable::TooFewProcesses { found: processes })?;
    let quantile = student.inverse_cdf(probability);
    if quantile.is_finite() {
        Ok(quantile)
    } else {
        Err(Unusable::OutOfRange)
    }
}

/// The mean of two or more values and its standard error, s / √K.
pub fn mean_and_error(processes: &[f64]) -> (f64, f64) {
    let count = processes.len() as f64;
    let mean = processes.iter().sum::<f64>() / count;
    let squares: f64 = processes.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (processes, level, t) in [
            (2, 0.95, 12.706_204_736_432_095),
            (5, 0.95, 2.776_445_105_197_799),
            (8, 0.95, 2.364_624_251_592_784),
            (20, 0.95, 2.093_024_054_408_263),
            (8, 0.999, 5.407_882_520_861_725),
            (20, 0.999_99, 5.949_353_3),
        ] {
            let quantile = critical_t(processes, level).unwrap();
            assert!(
                (quantile / t - 1.0).abs() < 1e-7,
                "{processes} {level}: {quantile}"
            );
        }
    }
}
