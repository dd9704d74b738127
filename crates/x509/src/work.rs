//! How much is spent on one certificate, whoever sent it.

/// What one judgement took. Each has a limit; beyond it the judgement ends in a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Signatures verified.
    pub signatures: usize,
    /// Certificates considered as somebody's issuer.
    pub candidates: usize,
    /// Names compared with constraints, and policies followed along a path.
    pub comparisons: usize,
}

/// A limit is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMuchWork;

impl Work {
    /// Signatures verified, at the most.
    pub const MAX_SIGNATURES: usize = 32;
    /// Certificates considered, at the most.
    pub const MAX_CANDIDATES: usize = 1_024;
    /// Comparisons, at the most.
    pub const MAX_COMPARISONS: usize = 100_000;

    pub(crate) fn verify(&mut self) -> Result<(), TooMuchWork> {
        spend(&mut self.signatures, 1, Self::MAX_SIGNATURES)
    }

    pub(crate) fn consider(&mut self) -> Result<(), TooMuchWork> {
        spend(&mut self.candidates, 1, Self::MAX_CANDIDATES)
    }

    pub(crate) fn compare(&mut self, times: usize) -> Result<(), TooMuchWork> {
        spend(&mut self.comparisons, times, Self::MAX_COMPARISONS)
    }
}

fn spend(spent: &mut usize, times: usize, most: usize) -> Result<(), TooMuchWork> {
    let sum = spent.saturating_add(times);
    if sum > most {
        return Err(TooMuchWork);
    }
    *spent = sum;
    Ok(())
}
