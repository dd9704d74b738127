use super::{Answer, Idp, REALM, request};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use realm::{ClientId, RealmName};
use serde_json::Value;

/// Where applications get their answers.
pub const CALLBACK: &str = "http://app.example/cb";
/// The verifier of every proof key (RFC 7636 §4.1).
pub const VERIFIER: &str = "the-quick-brown-fox-jumps-over-the-lazy-dog-0123";

/// An application.
#[derive(Clone, Copy)]
pub struct App<'a> {
    idp: &'a Idp,
    id: &'a str,
    headers: &'a [(&'a str, &'a str)],
    secret: Option<&'a str>,
    nobody: bool,
}

/// Where an application sends a browser.
#[derive(Clone, Debug)]
pub struct AuthorizeUrl {
    pub address: String,
}

/// A token answer.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub json: Value,
}

impl<'a> App<'a> {
    pub(super) fn new(idp: &'a Idp, id: &'a str) -> Self {
        Self {
            idp,
            id,
            headers: &[],
            secret: None,
            nobody: false,
        }
    }

    /// With this secret instead of its own.
    pub fn with_secret(self, secret: &'a str) -> Self {
        Self {
            secret: Some(secret),
            ..self
        }
    }

    /// Without saying who it is.
    pub fn as_nobody(self) -> Self {
        Self {
            nobody: true,
            ..self
        }
    }

    /// Sending these headers with each request.
    pub fn with(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }

    /// An authorization request as it should be.
    pub fn authorize(&self) -> AuthorizeUrl {
        self.authorize_with(&[])
    }

    /// The same with other or further parameters; an empty value leaves one out.
    pub fn authorize_with(&self, changes: &[(&str, &str)]) -> AuthorizeUrl {
        let challenge = jose::sha256_base64url(VERIFIER.as_bytes());
        let mut params = vec![
            ("client_id", self.id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "s-1"),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        params.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        params.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .finish();
        AuthorizeUrl {
            address: format!("/realms/{REALM}/protocol/openid-connect/auth?{query}"),
        }
    }

    /// The client's secret, if it has one.
    async fn secret(&self) -> Option<String> {
        let realm = self
            .idp
            .server
            .store
            .realm(&RealmName::new(REALM))
            .await
            .unwrap()
            .unwrap();
        let client = realm.client(&ClientId::new(self.id)).unwrap().clone();
        client.secret.clone().filter(|_| !client.public_client)
    }

    /// `POST` of a form to an endpoint of the protocol, with the client's credentials.
    pub async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        let own = self.secret().await;
        let uri = format!("/realms/{REALM}/protocol/openid-connect/{endpoint}");
        let mut builder =
            request("POST", &uri).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in self.headers {
            builder = builder.header(*name, *value);
        }
        // What writes the form can't wait on another thread.
        let request = {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(form);
            match self.secret.map(str::to_owned).or(own) {
                _ if self.nobody => {}
                Some(secret) => {
                    let basic = STANDARD.encode(format!("{}:{secret}", self.id));
                    builder = builder.header("authorization", format!("Basic {basic}"));
                }
                None => {
                    body.append_pair("client_id", self.id);
                }
            }
            builder.body(Body::from(body.finish())).unwrap()
        };
        self.idp.send(request).await
    }

    /// Exchanges a grant.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("token", form).await
    }

    /// Exchanges a code, with the right address and verifier.
    pub async fn redeem(&self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(&form).await
    }

    /// Exchanges a name and a password.
    pub async fn password(&self, username: &str, password: &str) -> Answer {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password),
            ("scope", "openid"),
        ];
        self.token(&form).await
    }

    /// Exchanges a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// Asks who a token is about.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let uri = format!("/realms/{REALM}/protocol/openid-connect/userinfo");
        let request = request("GET", &uri).header("authorization", format!("Bearer {token}"));
        self.idp.send(request.body(Body::empty()).unwrap()).await
    }
}

impl Answer {
    /// The tokens of an answer that grants them.
    #[track_caller]
    pub fn granted(&self) -> Tokens {
        assert_eq!(self.status, 200, "{}", self.text);
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            json,
        }
    }
}

impl Tokens {
    /// The claims of the access token.
    #[track_caller]
    pub fn claims(&self) -> Value {
        claims(&self.access)
    }

    /// The claims of the ID token.
    #[track_caller]
    pub fn id_claims(&self) -> Value {
        claims(self.json["id_token"].as_str().unwrap())
    }
}

/// Algorithm, type and key of a token.
#[track_caller]
pub fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    serde_json::json!({"alg": header["alg"], "typ": header["typ"], "kid": header["kid"]})
}

/// The claims of a token, unchecked.
#[track_caller]
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
