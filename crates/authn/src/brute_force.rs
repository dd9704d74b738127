//! Who guesses too often is locked out: for a while, or for good, as the realm says.
//!
//! Failures are counted in the database, each in one statement, so that guesses at many nodes at once count as many.

use crate::flow::Walk;
use crate::{Cx, Fault, people};
use realm::{BruteForceStrategy, Settings, User, UserId};
use store::{LoginFailures, Timestamp};

/// The attribute of a person, and its value, that say that failures switched the account off.
const DISABLED_REASON: &str = "disabledReason";
const PERMANENT: &str = "permanentLockout";

/// Why, in the events.
const ATTACK: &str = "brute_force_attack detected";

/// How somebody is locked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lockout {
    /// For a while.
    Temporary,
    /// Until an administrator switches the account on again.
    Permanent,
}

/// What becomes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is counted.
    Nothing,
    /// They are locked out for so many seconds; whether that counts towards a lock-out for good.
    Wait { seconds: i64, counts: Counts },
    /// They are locked out for good.
    ForGood,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Yes,
    No,
}

/// Whether failures lock this person out at present, as they were read in this request.
pub(crate) async fn lockout(cx: &Cx, user: &User) -> Result<Option<Lockout>, Fault> {
    if !cx.realm.settings.brute_force_protected {
        return Ok(None);
    }
    let reasons = user.attributes.get(DISABLED_REASON);
    if !user.enabled && reasons.is_some_and(|reasons| reasons.iter().any(|why| why == PERMANENT)) {
        return Ok(Some(Lockout::Permanent));
    }
    let mut reader = cx.server.store.read().await?;
    let known = reader.login_failures().find(&cx.realm.id, &user.id).await?;
    let is_locked = known.is_some_and(|known| cx.now < known.not_before);
    Ok(is_locked.then_some(Lockout::Temporary))
}

/// The same by now: comparing a password takes its time, and others may have guessed meanwhile.
pub(crate) async fn lockout_by_now(cx: &Cx, user: &UserId) -> Result<Option<Lockout>, Fault> {
    if !cx.realm.settings.brute_force_protected {
        return Ok(None);
    }
    match people::by_id(cx, user).await? {
        Some(user) => lockout(cx, &user).await,
        None => Ok(None),
    }
}

/// Counts that somebody failed to prove that they are this person.
pub(crate) async fn failed(walk: &mut Walk<'_>, user: &UserId) -> Result<(), Fault> {
    let (cx, settings) = (walk.cx, &walk.cx.realm.settings);
    if !settings.brute_force_protected {
        return Ok(());
    }
    let (realm, address) = (&cx.realm.id, cx.arrival.client_address().to_string());
    let mut writer = cx.server.store.write().await?;
    let counted = writer
        .login_failures()
        .count(realm, user, cx.now, &address, forgotten_after(settings))
        .await?;
    let event = |kind| {
        cx.event(kind)
            .user(user)
            .detail("reason", ATTACK)
            .detail("num_failures", counted.failures.to_string())
    };
    let told = match verdict(settings, &counted, cx.now) {
        Verdict::Nothing => format!("failure {} is counted", counted.failures),
        Verdict::Wait { seconds, counts } => {
            let until = until(cx.now, seconds);
            let is_new = counted.not_before <= cx.now;
            let lockouts = counted.lockouts + i64::from(is_new && counts == Counts::Yes);
            writer
                .login_failures()
                .lock(realm, user, until, lockouts)
                .await?;
            event("USER_DISABLED_BY_TEMPORARY_LOCKOUT")
                .detail("not_before", date(until))
                .record(cx, &mut writer)
                .await?;
            format!("failure {} locks out for {seconds} s", counted.failures)
        }
        Verdict::ForGood => {
            if !is_for_good_at_once(settings) {
                writer
                    .login_failures()
                    .lock(realm, user, counted.not_before, counted.lockouts + 1)
                    .await?;
            }
            let is_new = writer
                .users()
                .disable(realm, user, DISABLED_REASON, PERMANENT)
                .await?;
            if is_new {
                event("USER_DISABLED_BY_PERMANENT_LOCKOUT")
                    .record(cx, &mut writer)
                    .await?;
            }
            format!("failure {} locks out for good", counted.failures)
        }
    };
    writer.commit().await?;
    walk.attempt.note("failures", told);
    Ok(())
}

/// As events of the contract have it: in the server's own zone, which is UTC here, without naming it.
fn date(at: Timestamp) -> String {
    let text = x509::instant_text(at.seconds());
    text.trim_end_matches('Z').to_owned()
}

/// Lock-outs end with a whole second, as the contract states them.
fn until(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp(now.seconds().saturating_mul(1000)).plus_seconds(seconds)
}

/// Whether the realm never locks out for a while because of how many failures there were.
fn is_for_good_at_once(settings: &Settings) -> bool {
    settings.permanent_lockout && settings.max_temporary_lockouts <= 0
}

/// After so many milliseconds without a failure the count begins anew.
fn forgotten_after(settings: &Settings) -> Option<i64> {
    let is_kept = is_for_good_at_once(settings);
    (!is_kept).then(|| settings.max_delta_time_seconds.saturating_mul(1000))
}

fn verdict(settings: &Settings, counted: &LoginFailures, now: Timestamp) -> Verdict {
    let factor = settings.failure_factor.max(1);
    let failures = counted.failures;
    if failures >= factor && is_for_good_at_once(settings) {
        return Verdict::ForGood;
    }
    let steps = match settings.brute_force_strategy {
        _ if failures < factor => 0,
        BruteForceStrategy::Linear => 1 + failures - factor,
        BruteForceStrategy::Multiple => failures / factor,
    };
    let mut seconds = settings.wait_increment_seconds.saturating_mul(steps);
    let mut counts = Counts::Yes;
    if seconds <= 0 {
        // Nobody types that fast.
        let since = counted.previous_failure.map(|before| now.0 - before.0);
        if since.is_none_or(|since| since >= settings.quick_login_check_milli_seconds) {
            return Verdict::Nothing;
        }
        (seconds, counts) = (settings.minimum_quick_login_wait_seconds, Counts::No);
    }
    let seconds = seconds.min(settings.max_failure_wait_seconds);
    if seconds <= 0 {
        return Verdict::Nothing;
    }
    let is_last = counts == Counts::Yes && counted.lockouts >= settings.max_temporary_lockouts;
    if settings.permanent_lockout && is_last {
        return Verdict::ForGood;
    }
    Verdict::Wait { seconds, counts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Counts::{No, Yes};

    fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings {
            failure_factor: 5,
            wait_increment_seconds: 30,
            max_failure_wait_seconds: 100,
            ..Settings::default()
        };
        change(&mut settings);
        settings
    }

    /// What the failures of these numbers come to, each a minute after the one before.
    fn waits(settings: &Settings, failures: std::ops::RangeInclusive<i64>) -> Vec<i64> {
        let one = |failures| match after(settings, failures, 0, 60_000) {
            Verdict::Nothing => 0,
            Verdict::Wait { seconds, counts } => {
                assert_eq!(counts, Yes);
                seconds
            }
            Verdict::ForGood => -1,
        };
        failures.map(one).collect()
    }

    fn after(settings: &Settings, failures: i64, lockouts: i64, since: i64) -> Verdict {
        let counted = LoginFailures {
            failures,
            lockouts,
            not_before: Timestamp(0),
            last_failure: Timestamp(100_000),
            previous_failure: Some(Timestamp(100_000 - since)),
            last_address: String::new(),
        };
        verdict(settings, &counted, Timestamp(100_000))
    }

    #[test]
    fn waits_grow_as_the_strategy_says_up_to_the_longest() {
        let multiple = settings(|_| {});
        let expected = [0, 0, 0, 0, 30, 30, 30, 30, 30, 60];
        assert_eq!(waits(&multiple, 1..=10), expected);
        assert_eq!(waits(&multiple, 20..=20), [100]);
        let linear = settings(|it| it.brute_force_strategy = BruteForceStrategy::Linear);
        assert_eq!(waits(&linear, 4..=9), [0, 30, 60, 90, 100, 100]);
        let huge = settings(|it| it.wait_increment_seconds = i64::MAX);
        assert_eq!(waits(&huge, 10..=10), [100]);
        let none = settings(|it| (it.failure_factor, it.wait_increment_seconds) = (0, 0));
        assert_eq!(waits(&none, 1..=2), [0, 0]);
    }

    #[test]
    fn quick_failures_wait_and_do_not_count_as_lockouts() {
        let wait = Verdict::Wait {
            seconds: 60,
            counts: No,
        };
        for permanent in [false, true] {
            let settings = settings(|it| it.permanent_lockout = permanent);
            assert_eq!(after(&settings, 2, 0, 999), wait);
            assert_eq!(after(&settings, 2, 0, 1000), Verdict::Nothing);
        }
    }

    #[test]
    fn for_good_at_once_or_after_so_many_lockouts() {
        let at_once = settings(|it| it.permanent_lockout = true);
        assert_eq!(waits(&at_once, 4..=6), [0, -1, -1]);
        assert_eq!(forgotten_after(&at_once), None);
        let later = settings(|it| (it.permanent_lockout, it.max_temporary_lockouts) = (true, 2));
        assert_eq!(forgotten_after(&later), Some(43_200_000));
        let wait = Verdict::Wait {
            seconds: 30,
            counts: Yes,
        };
        assert_eq!(after(&later, 6, 1, 60_000), wait);
        assert_eq!(after(&later, 7, 2, 60_000), Verdict::ForGood);
    }
}
