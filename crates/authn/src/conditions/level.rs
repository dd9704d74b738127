//! `conditional-level-of-authentication`: whether the steps beside it are needed for the level that is asked for.

use crate::flow::Walk;
use crate::level;
use realm::Execution;

/// The first level that a sign-in comes to is always needed; further ones as far as the client asks for them, unless the session reached them
/// a short while ago.
pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> bool {
    if walk.found.level.is_none() {
        return true;
    }
    let config = condition.authenticator_config.as_deref();
    let (level, max_age) = level::setting(&walk.cx.realm, config);
    let is_asked = walk
        .requested_level()
        .is_some_and(|asked| asked.level >= level);
    is_asked
        && !walk
            .found
            .reached
            .counts(level, max_age, walk.cx.now.seconds())
}
