//! What a program takes: user and system CPU time and its peak memory, which
//! the kernel tells by `wait4` of a child that has ended.
//!
//! Each program is run by a small process of its own, `cargo xtask measure`:
//! Linux counts the peak of the process that starts another as the other's,
//! and this tool's own is that of a code generator.

use std::{
    env,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use wait4::Wait4;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// What a program took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// In bytes.
    pub(crate) peak: u64,
}

/// Runs a program and prints its usage, as JSON.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (program, rest) = arguments.command.split_first().context("no program")?;
    let mut child = Command::new(program)
        .args(rest)
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| program.clone())?;
    let used = child.wait4()?;
    if !used.status.success() {
        bail!("{program}: {}", used.status);
    }
    let usage = Usage {
        cpu: used.rusage.utime + used.rusage.stime,
        peak: used.rusage.maxrss,
    };
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}

/// A command that does the same and prints what it took.
pub(crate) fn of(program: &str, arguments: &[String]) -> anyhow::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["measure", "--"]).arg(program).args(arguments);
    Ok(command)
}

/// Runs such a command.
pub(crate) fn take(command: &mut Command) -> anyhow::Result<Usage> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The medians of CPU time and peak, each by itself.
pub(crate) fn medians(usages: &[Usage]) -> Usage {
    let median = |mut values: Vec<u64>| {
        values.sort_unstable();
        let middle = values.len() / 2;
        if values.len() % 2 == 1 {
            values[middle]
        } else {
            values[middle - 1].midpoint(values[middle])
        }
    };
    let micros = |usage: &Usage| u64::try_from(usage.cpu.as_micros()).unwrap_or(u64::MAX);
    Usage {
        cpu: Duration::from_micros(median(usages.iter().map(micros).collect())),
        peak: median(usages.iter().map(|usage| usage.peak).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two() {
        let usages = |values: &[(u64, u64)]| -> Vec<Usage> {
            let usage = |&(cpu, peak)| Usage {
                cpu: Duration::from_micros(cpu),
                peak,
            };
            values.iter().map(usage).collect()
        };
        let three = medians(&usages(&[(9, 1), (2, 70), (4, 30)]));
        assert_eq!((three.cpu.as_micros(), three.peak), (4, 30));
        let four = medians(&usages(&[(9, 1), (2, 70), (4, 30), (6, 10)]));
        assert_eq!((four.cpu.as_micros(), four.peak), (5, 20));
    }
}
