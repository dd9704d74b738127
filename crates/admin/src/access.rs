//! Who may administer a realm: the holder of an access token of that realm or of `master` whose person has the right now.

use crate::answer::Refused;
use authn::bearer::{self, BearerIdentity};
use authn::{Cx, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::Arrival;
use http::{HeaderMap, header};
use realm::fresh::MASTER_REALM;
use realm::{ClientId, Realm, RealmName, RoleSet};
use serde::Deserialize;
use std::sync::Arc;

/// Evidence: somebody with a token that counts. Only [`Caller::identify`] makes one.
pub struct Caller {
    /// The request to the realm that issued the token.
    pub home: Cx,
    /// Whose token it is.
    pub identity: BearerIdentity,
    /// The roles that the person has now and that the token's client may carry.
    roles: RoleSet,
}

impl Caller {
    /// Checks the request's bearer token.
    ///
    /// # Errors
    /// [`Refused::Unauthorized`].
    pub async fn identify(
        server: &Server,
        arrival: Arrival,
        headers: &HeaderMap,
    ) -> Result<Self, Refused> {
        let token = token(headers).ok_or(Refused::Unauthorized)?;
        let home = issuing_realm(token).ok_or(Refused::Unauthorized)?;
        let home = Cx::enter(server, &home, arrival).await?;
        let home = home
            .filter(|cx| cx.realm.settings.enabled)
            .ok_or(Refused::Unauthorized)?;
        let identity = bearer::identify(&home, token).await?;
        let identity = identity.map_err(|_| Refused::Unauthorized)?;
        let roles = bearer::carried_roles(&home.realm, &identity);
        Ok(Self {
            home,
            identity,
            roles,
        })
    }

    /// Whether the token is of the realm that administers all others.
    pub fn is_of_master(&self) -> bool {
        self.home.realm.name.as_str() == MASTER_REALM
    }

    /// Whether this person may do what these roles allow (`view-users`, …; one is enough) in this realm.
    pub fn has_any(&self, target: &RealmName, roles: &[&str]) -> bool {
        let Some(client) = self.rights_client(target) else {
            return false;
        };
        let of = |name: &&str| self.home.realm.client_role(&client.id, name);
        roles
            .iter()
            .filter_map(of)
            .any(|role| self.roles.contains(&role.id))
    }

    /// Whether this person has this role of `master` (`create-realm`, `admin`).
    pub fn has_master_role(&self, name: &str) -> bool {
        let role = self.home.realm.realm_role(name);
        self.is_of_master() && role.is_some_and(|role| self.roles.contains(&role.id))
    }

    /// The client whose roles are the rights over a realm, as seen from the token's realm.
    fn rights_client(&self, target: &RealmName) -> Option<&Arc<realm::Client>> {
        let home: &Realm = &self.home.realm;
        if self.is_of_master() {
            home.client(&ClientId::new(format!("{target}-realm")))
        } else if home.name == *target {
            home.client(&ClientId::new("realm-management"))
        } else {
            None
        }
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
