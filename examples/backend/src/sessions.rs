//! Who sits at which browser. In memory: a restart signs everybody out here, and one click signs them in again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use openidconnect::core::CoreIdToken;
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde_json::Value;

const NAME: &str = "backend_session";

/// On the way to the provider and back.
pub struct Underway {
    pub state: CsrfToken,
    pub nonce: Nonce,
    pub verifier: PkceCodeVerifier,
    /// The same address must be named when the code is exchanged.
    pub base_url: String,
}

/// Signed in.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub claims: Value,
    pub id_token: CoreIdToken,
}

enum Session {
    Underway(Underway),
    SignedIn(Box<Person>),
}

impl Session {
    fn lives(&self) -> Duration {
        match self {
            Self::Underway(_) => Duration::from_secs(10 * 60),
            Self::SignedIn(_) => Duration::from_secs(8 * 60 * 60),
        }
    }
}

#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, (Instant, Session)>>);

impl Sessions {
    /// Keeps a sign-in that is under way; the cookie to set.
    pub fn begin(&self, underway: Underway) -> String {
        self.insert(Session::Underway(underway))
    }

    /// The sign-in that this browser began. It is given out once.
    pub fn finish(&self, headers: &HeaderMap) -> Option<Underway> {
        match self.remove(headers)? {
            Session::Underway(underway) => Some(underway),
            Session::SignedIn(_) => None,
        }
    }

    /// Keeps who signed in, under a new name, so that a cookie from before means nothing; the cookie to set.
    pub fn sign_in(&self, person: Person) -> String {
        self.insert(Session::SignedIn(Box::new(person)))
    }

    pub fn person(&self, headers: &HeaderMap) -> Option<Person> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match sessions.get(cookie(headers)?) {
            Some((since, session @ Session::SignedIn(person)))
                if since.elapsed() < session.lives() =>
            {
                Some(Person::clone(person))
            }
            _ => None,
        }
    }

    pub fn sign_out(&self, headers: &HeaderMap) -> Option<Person> {
        match self.remove(headers)? {
            Session::SignedIn(person) => Some(*person),
            Session::Underway(_) => None,
        }
    }

    fn insert(&self, session: Session) -> String {
        let id = CsrfToken::new_random_len(32).secret().clone();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, (since, session)| since.elapsed() < session.lives());
        sessions.insert(id.clone(), (Instant::now(), session));
        format!("{NAME}={id}; Path=/; HttpOnly; SameSite=Lax")
    }

    fn remove(&self, headers: &HeaderMap) -> Option<Session> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, session) = sessions.remove(cookie(headers)?)?;
        (since.elapsed() < session.lives()).then_some(session)
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}
