//! When a source is asked next.

use store::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Between two tries of a source that answers.
const LEAST: i64 = 5 * MINUTE;
const MOST: i64 = 12 * HOUR;
/// After a failure, then twice as long each time.
const FIRST_RETRY: i64 = 30;
const LAST_RETRY: i64 = HOUR;
/// An answer that does not say how long it holds.
const ANSWER_OF_NOW: i64 = 2 * MINUTE;

/// A number from 0 to 255, by which nodes and sources are kept from moving in step.
pub(super) type Dice = u8;

/// After an answer that was made at `this_update` and says when the next is due: several times in its life, and in good time before it
/// ends.
pub(super) fn after_success(
    now: Timestamp,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    dice: Dice,
) -> Timestamp {
    let now_seconds = now.seconds();
    let Some(next) = next_update.map(Timestamp::seconds) else {
        return now.plus_seconds(jittered(HOUR, dice));
    };
    let life = next.saturating_sub(this_update.seconds()).max(0);
    let left = next.saturating_sub(now_seconds);
    if left <= 0 {
        // Out of date as it came: there may be a better one soon.
        return now.plus_seconds(jittered(LEAST, dice));
    }
    let regular = (life / 4).clamp(LEAST, MOST);
    let in_time = left.saturating_sub(life / 10).max(left / 2);
    now.plus_seconds(jittered(regular.min(in_time).max(MINUTE), dice))
}

/// After an answer of a responder. Those who are not asked about for a day are let be.
pub(super) fn after_answer(
    now: Timestamp,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    wanted_at: Timestamp,
    dice: Dice,
) -> Timestamp {
    let rested = now.seconds().saturating_sub(wanted_at.seconds());
    match next_update {
        Some(_) if rested < 24 * HOUR => after_success(now, this_update, next_update, dice),
        None if rested < 2 * HOUR => now.plus_seconds(jittered(ANSWER_OF_NOW, dice)),
        _ => Timestamp(i64::MAX),
    }
}

/// After so many failures in a row, this one included.
pub(super) fn after_failure(now: Timestamp, failures: i64, dice: Dice) -> Timestamp {
    let doublings = u32::try_from(failures.clamp(1, 20) - 1).unwrap_or(0);
    let wait = FIRST_RETRY.saturating_mul(1 << doublings).min(LAST_RETRY);
    now.plus_seconds(jittered(wait, dice))
}

/// Up to a fifth sooner.
fn jittered(seconds: i64, dice: Dice) -> i64 {
    (seconds - seconds * i64::from(dice) / (5 * 256)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(0).plus_seconds(seconds)
    }

    #[test]
    fn a_list_is_asked_for_before_it_ends_and_not_all_the_time() {
        for (this, next, now, expected) in [
            // A week: every twelve hours.
            (0, 7 * DAY, 0, 12 * HOUR),
            (0, 7 * DAY, 6 * DAY, 12 * HOUR),
            // Near its end: half of what is left.
            (0, 7 * DAY, 7 * DAY - 4 * HOUR, 2 * HOUR),
            (0, 7 * DAY, 7 * DAY - 60, MINUTE),
            // An hour: a quarter of it.
            (0, HOUR, 0, 15 * MINUTE),
            // Ten minutes, and nonsense.
            (0, 10 * MINUTE, 0, 5 * MINUTE),
            (DAY, 0, 0, 5 * MINUTE),
            // Out of date.
            (0, DAY, 2 * DAY, 5 * MINUTE),
        ] {
            let next_try = after_success(at(now), at(this), Some(at(next)), 0);
            assert_eq!(next_try.seconds() - now, expected, "{this} {next} {now}");
        }
        assert_eq!(after_success(at(0), at(0), None, 0), at(HOUR));
        let end = Some(Timestamp(i64::MAX));
        assert_eq!(after_success(at(0), Timestamp(i64::MIN), end, 0), at(MOST));
    }

    #[test]
    fn failures_are_followed_by_longer_and_longer_waits() {
        let waits: Vec<i64> = (1..=9)
            .map(|failures| after_failure(at(0), failures, 0).seconds())
            .collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(after_failure(at(0), i64::MAX, 0), at(HOUR));
        let sooner = after_failure(at(0), 9, 255).seconds();
        assert!((2800..3600).contains(&sooner), "{sooner}");
    }

    #[test]
    fn responders_are_let_be_when_nobody_asks_any_more() {
        let never = Timestamp(i64::MAX);
        for (next, rested, expected) in [
            (Some(at(100 * DAY)), 0, at(50 * DAY + 12 * HOUR)),
            (Some(at(100 * DAY)), DAY, never),
            (None, 0, at(50 * DAY + 2 * MINUTE)),
            (None, 3 * HOUR, never),
        ] {
            let (now, wanted) = (at(50 * DAY), at(50 * DAY - rested));
            assert_eq!(after_answer(now, at(0), next, wanted, 0), expected);
        }
    }
}
