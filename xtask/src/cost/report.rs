//! The table of what was measured, and whether the budgets are kept.

use std::fmt::{Display, Write};

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
        let more = build.crates.saturating_sub(built[0].crates);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            program.name,
            seconds(build.usage),
            judged(&mut is_kept, cpu, program.budget, format!("{cpu:.2}")),
            build.crates,
            judged(&mut is_kept, more, program.more_crates, more.to_string()),
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
fn judged<T: PartialOrd + Display>(
    is_kept: &mut bool,
    value: T,
    budget: Option<T>,
    shown: String,
) -> String {
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
        let build = |[cpu, more]: [u64; 2]| Built {
            usage: usage(cpu, 1),
            crates: 100 + usize::try_from(more).unwrap(),
        };
        let kept = [
            [10_000, 0],
            [11_500, 12],
            [14_500, 40],
            [15_500, 50],
            [7_500, 7],
        ];
        let (text, is_kept) = first_builds(usage(4_750, 1), &kept.map(build));
        assert!(is_kept, "{text}");
        for row in [
            "| rustls,feature-flags | 11.50 s | 1.15 (≤ 1.15: ok) | 112 | 12 (≤ 12: ok) |\n",
            "| default features | 15.50 s | 1.55 (≤ 1.55: ok) | 150 | 50 |\n",
        ] {
            assert!(text.contains(row), "{text}");
        }
        for (alone, index, exceeded) in [
            (4_751, 0, [10_000, 0]),
            (4_750, 1, [11_501, 12]),
            (4_750, 1, [11_500, 13]),
            (4_750, 2, [14_501, 40]),
            (4_750, 3, [15_501, 50]),
            (4_750, 4, [7_501, 7]),
        ] {
            let mut built = kept;
            built[index] = exceeded;
            let (text, is_kept) = first_builds(usage(alone, 1), &built.map(build));
            assert!(!is_kept, "{text}");
            assert_eq!(text.matches("FAIL").count(), 1, "{text}");
        }
    }
}
