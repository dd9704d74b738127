//! Who may administer a realm: the holder of an access token of that realm or of `master` whose person has the right now.

use crate::answer::Refused;
use authn::bearer;
use authn::{Cx, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::Arrival;
use http::{HeaderMap, header};
use realm::fresh::MASTER_REALM;
use realm::{Realm, RealmName};
use serde::Deserialize;
use std::sync::Arc;

/// Evidence: somebody who has the right that a resource asks for. Only [`Administrator::admit`] makes one.
pub struct Administrator {
    /// The realm that is administered.
    pub target: Arc<Realm>,
}

impl Administrator {
    /// Checks the request's bearer token, and that its person has this role (`view-events`, …) over the realm.
    ///
    /// # Errors
    /// [`Refused::Unauthorized`], [`Refused::Forbidden`]; [`Refused::NotFound`] only for somebody who may know that there is no such realm.
    pub async fn admit(
        server: &Server,
        arrival: Arrival,
        headers: &HeaderMap,
        target: &RealmName,
        role: &str,
    ) -> Result<Self, Refused> {
        let token = token(headers).ok_or(Refused::Unauthorized)?;
        let home = issuing_realm(token).ok_or(Refused::Unauthorized)?;
        if home != *target && home.as_str() != MASTER_REALM {
            return Err(Refused::Forbidden);
        }
        let cx = Cx::enter(server, &home, arrival).await?;
        let cx = cx.ok_or(Refused::Unauthorized)?;
        let identity = bearer::identify(&cx, token).await?;
        let identity = identity.map_err(|_| Refused::Unauthorized)?;
        let target = match server.store.realm(target).await? {
            Some(realm) => realm,
            None if home.as_str() == MASTER_REALM => {
                return Err(Refused::NotFound("Realm not found."));
            }
            None => return Err(Refused::Forbidden),
        };
        if !bearer::administers(&cx.realm, &identity, &target.name, role) {
            return Err(Refused::Forbidden);
        }
        Ok(Self { target })
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

/// The realm that a token says it is of. Nothing is believed yet: that realm's keys decide.
fn issuing_realm(token: &str) -> Option<RealmName> {
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let issued: Issued = serde_json::from_slice(&payload).ok()?;
    let name = issued.iss.rsplit('/').next()?;
    let name = percent_encoding::percent_decode_str(name)
        .decode_utf8()
        .ok()?;
    Some(RealmName::new(name.into_owned()))
}
