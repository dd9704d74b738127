//! The HTTP client, for the `openidconnect` crate and for our own look-ups.

use std::error::Error;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Certificate, Client, Request, redirect};

pub struct Http(Client);

impl Http {
    /// A client that follows no redirects, so that nobody can send it elsewhere.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(10));
        if let Some(path) = ca_file {
            let pem =
                std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(&pem)?);
        }
        Ok(Self(builder.build()?))
    }

    pub async fn get(&self, url: &str) -> Result<Vec<u8>, reqwest::Error> {
        Ok(self
            .0
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?
            .to_vec())
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(Request::try_from(request)?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = HttpResponse::new(answer.bytes().await?.to_vec());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
