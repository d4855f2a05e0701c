//! The table of what was measured, and whether the budgets are kept.

use std::fmt::Write;

use super::{
    Budget,
    first_build::{ALONE_BUDGET, Built, PROGRAMS},
    measure::Usage,
};

/// What the crate takes with some features.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) budget: Budget,
    pub(super) check: Usage,
    pub(super) script: Usage,
}

/// The table, and whether all is within the budgets.
pub(super) fn table(stock: Usage, rows: &[Row]) -> (String, bool) {
    let mut text = String::from(
        "| checked | CPU | of stock | memory | of stock | build script |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "| stock progenitor | {} | 1 | {} | 1 | |",
        seconds(stock),
        megabytes(stock)
    );
    let mut is_kept = true;
    for row in rows {
        let mut judged = |value, budget, shown| judged(&mut is_kept, value, budget, shown);
        let cpu = row.check.cpu.as_secs_f64() / stock.cpu.as_secs_f64();
        #[allow(clippy::cast_precision_loss)]
        let peak = row.check.peak as f64 / stock.peak as f64;
        let script = row.script.cpu.as_secs_f64();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            row.name,
            seconds(row.check),
            judged(cpu, row.budget.cpu, format!("{cpu:.3}")),
            megabytes(row.check),
            judged(peak, row.budget.peak, format!("{peak:.3}")),
            judged(script, row.budget.script, seconds(row.script)),
        );
    }
    (text, is_kept)
}

/// The table of first builds, one for each of [`PROGRAMS`], and whether all are
/// within the budgets.
pub(super) fn first_builds(alone: Usage, built: &[Built]) -> (String, bool) {
    let mut text = String::from(
        "| first build, debug | CPU | of reqwest alone | crates | more |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    let mut is_kept = true;
    for (program, build) in PROGRAMS.iter().zip(built) {
        let cpu = build.usage.cpu.as_secs_f64() / built[0].usage.cpu.as_secs_f64();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            program.name,
            seconds(build.usage),
            judged(&mut is_kept, cpu, program.budget, format!("{cpu:.2}")),
            build.crates,
            build.crates.saturating_sub(built[0].crates),
        );
    }
    let cpu = alone.cpu.as_secs_f64();
    let shown = judged(&mut is_kept, cpu, Some(ALONE_BUDGET), seconds(alone));
    let _ = writeln!(
        text,
        "\nThis crate alone, default features, debug: {shown} of CPU time."
    );
    (text, is_kept)
}

/// A value and whether it is within its budget.
fn judged(is_kept: &mut bool, value: f64, budget: Option<f64>, shown: String) -> String {
    match budget {
        None => shown,
        Some(budget) if value <= budget => format!("{shown} (≤ {budget}: ok)"),
        Some(budget) => {
            *is_kept = false;
            format!("{shown} (≤ {budget}: FAIL)")
        }
    }
}

fn seconds(usage: Usage) -> String {
    format!("{:.2} s", usage.cpu.as_secs_f64())
}

fn megabytes(usage: Usage) -> String {
    format!("{} MB", usage.peak / 1_000_000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn usage(millis: u64, megabytes: u64) -> Usage {
        Usage {
            cpu: Duration::from_millis(millis),
            peak: megabytes * 1_000_000,
        }
    }

    fn judged(cpu: u64, peak: u64, script: u64) -> (String, bool) {
        let budget = Budget {
            cpu: Some(0.5),
            peak: Some(0.25),
            script: Some(5.0),
        };
        let row = Row {
            name: "all",
            budget,
            check: usage(cpu, peak),
            script: usage(script, 1),
        };
        table(usage(1000, 100), &[row])
    }

    #[test]
    fn what_is_within_its_budgets_is_ok() {
        let (text, is_kept) = judged(500, 25, 5000);
        assert!(is_kept);
        assert_eq!(
            text.lines().last(),
            Some(
                "| all | 0.50 s | 0.500 (≤ 0.5: ok) | 25 MB | 0.250 (≤ 0.25: ok) \
                 | 5.00 s (≤ 5: ok) |"
            )
        );
    }

    #[test]
    fn each_budget_that_is_exceeded_fails_alone() {
        for (cpu, peak, script) in [(501, 25, 5000), (500, 26, 5000), (500, 25, 5001)] {
            let (text, is_kept) = judged(cpu, peak, script);
            assert!(!is_kept, "{text}");
            assert_eq!(text.matches("FAIL").count(), 1, "{text}");
        }
    }

    #[test]
    fn first_builds_are_judged_by_the_one_of_reqwest_alone() {
        let build = |cpu: [u64; 4]| {
            let build = |millis| Built {
                usage: usage(millis, 1),
                crates: if millis == 10_000 { 100 } else { 112 },
            };
            cpu.map(build)
        };
        let (text, is_kept) =
            first_builds(usage(4_750, 1), &build([10_000, 14_500, 15_500, 7_500]));
        assert!(is_kept, "{text}");
        assert!(
            text.contains("| rustls,feature-flags | 14.50 s | 1.45 (≤ 1.45: ok) | 112 | 12 |\n")
        );
        assert!(text.contains("| rustls-ring,feature-flags | 7.50 s | 0.75 | 112 | 12 |\n"));
        for (alone, cpu) in [
            (4_751, [10_000, 14_500, 15_500, 7_500]),
            (4_750, [10_000, 14_501, 15_500, 7_500]),
            (4_750, [10_000, 14_500, 15_501, 7_500]),
        ] {
            let (text, is_kept) = first_builds(usage(alone, 1), &build(cpu));
            assert!(!is_kept, "{text}");
            assert_eq!(text.matches("FAIL").count(), 1, "{text}");
        }
    }
}
