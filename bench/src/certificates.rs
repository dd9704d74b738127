//! What judging certificates costs: a plain chain, and those that want us busy.

use crate::cases::{Case, hostile, plain};
use crate::limits;
use std::time::Duration;

/// CPU time that one hostile certificate may take.
const AT_MOST: Duration = Duration::from_millis(50);

/// Prints CPU time and work of each case, reading included; gives how many took too long.
pub(crate) fn measure() -> usize {
    println!(
        "certificates, reading included                            CPU for each  signatures  comparisons"
    );
    row(&plain());
    let cases = hostile();
    cases.iter().filter(|case| row(case) > AT_MOST).count()
}

fn row(case: &Case) -> Duration {
    let (outcome, work) = case.run();
    assert_eq!(outcome, case.expected, "{}", case.name);
    let cpu = limits::each(Duration::from_millis(100), || {
        case.run();
    });
    let missed = if cpu > AT_MOST { "  missed" } else { "" };
    println!(
        "  {:<56} {:>9.3} ms  {:>9}  {:>11}{missed}",
        case.name,
        cpu.as_secs_f64() * 1e3,
        work.signatures,
        work.comparisons
    );
    cpu
}
