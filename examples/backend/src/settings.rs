//! What the environment says.

use std::env::{self, VarError};
use std::path::PathBuf;

use openidconnect::{ClientId, ClientSecret, IssuerUrl};

pub struct Settings {
    pub issuer: IssuerUrl,
    pub client_id: ClientId,
    pub client_secret: ClientSecret,
    pub port: u16,
    /// The one authority to believe instead of the system's, for a provider with a certificate of its own making.
    pub ca_file: Option<PathBuf>,
}

impl Settings {
    /// # Errors
    /// Names the variable that is wrong.
    pub fn from_env() -> Result<Self, String> {
        let issuer = read("OIDC_ISSUER", "http://localhost:8080/realms/demo")?;
        let port = read("PORT", "3000")?;
        Ok(Self {
            issuer: IssuerUrl::new(issuer).map_err(|error| format!("OIDC_ISSUER: {error}"))?,
            client_id: ClientId::new(read("OIDC_CLIENT_ID", "backend")?),
            client_secret: ClientSecret::new(read("OIDC_CLIENT_SECRET", "backend-secret")?),
            port: port.parse().map_err(|error| format!("PORT: {error}"))?,
            ca_file: env::var_os("OIDC_CA_FILE")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
        })
    }

    /// Where this application is, as the browser names it: either name of this machine, and nothing else.
    pub fn base_url(&self, host: Option<&str>) -> String {
        let other = format!("127.0.0.1:{}", self.port);
        if host == Some(other.as_str()) {
            format!("http://{other}")
        } else {
            format!("http://localhost:{}", self.port)
        }
    }
}

fn read(name: &str, default: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Ok(default.to_owned()),
        Err(error) => Err(format!("{name}: {error}")),
    }
}
