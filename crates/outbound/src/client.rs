use crate::answer::{Answer, Fetched, Limits, Validators};
use crate::connection::connect;
use crate::{Allowed, OutboundError};
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HOST,
    HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
    USER_AGENT,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinSet;
use url::Url;

/// A head larger than this is no answer.
const MOST_HEAD: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;
/// A validator longer than this is not kept.
const MOST_VALIDATOR: usize = 512;

/// Asks over the network, those alone that the list names. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    allowed: Allowed,
    tls: RwLock<Arc<ClientConfig>>,
}

/// What is asked, besides the address.
struct Question<'a> {
    method: Method,
    body: Bytes,
    headers: Vec<(HeaderName, &'a str)>,
}

impl Outbound {
    /// For those on the list; https servers are believed whose certificates lead to these roots, DER each.
    pub fn new<'a>(allowed: Allowed, roots: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(Arc::new(Inner {
            allowed,
            tls: RwLock::new(tls(roots)),
        }))
    }

    /// Replaces the roots.
    pub fn set_roots<'a>(&self, roots: impl IntoIterator<Item = &'a [u8]>) {
        let config = tls(roots);
        *self.0.tls.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    fn tls(&self) -> Arc<ClientConfig> {
        self.0
            .tls
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Who may be asked.
    pub fn allowed(&self) -> &Allowed {
        &self.0.allowed
    }

    /// What is at an address, unless it is as it was when these validators came.
    ///
    /// # Errors
    /// See [`OutboundError`]. Every status but 200 and, with validators, 304 is one.
    pub async fn get(
        &self,
        url: &str,
        known: &Validators,
        limits: &Limits,
    ) -> Result<Fetched, OutboundError> {
        let mut question = Question {
            method: Method::GET,
            body: Bytes::new(),
            headers: vec![(ACCEPT, "*/*")],
        };
        let conditions = [
            (IF_NONE_MATCH, &known.etag),
            (IF_MODIFIED_SINCE, &known.last_modified),
        ];
        for (name, value) in conditions {
            question
                .headers
                .extend(value.as_deref().map(|value| (name, value)));
        }
        let work = self.ask(url, &question, limits, !known.is_empty());
        within(limits.time, work).await
    }

    /// The answer to what is sent to an address.
    ///
    /// # Errors
    /// See [`OutboundError`]. Every status but those that begin with 2 is one.
    pub async fn post(
        &self,
        url: &str,
        content_type: &str,
        body: Vec<u8>,
        limits: &Limits,
    ) -> Result<Answer, OutboundError> {
        let question = Question {
            method: Method::POST,
            body: body.into(),
            headers: vec![(ACCEPT, "*/*"), (CONTENT_TYPE, content_type)],
        };
        match within(limits.time, self.ask(url, &question, limits, false)).await? {
            Fetched::Changed(answer) => Ok(answer),
            Fetched::Unchanged => Err(OutboundError::Status(304)),
        }
    }

    async fn ask(
        &self,
        url: &str,
        question: &Question<'_>,
        limits: &Limits,
        conditional: bool,
    ) -> Result<Fetched, OutboundError> {
        let mut url = parse(url)?;
        let mut redirects = limits.redirects;
        loop {
            let (response, _connection) = self.ask_once(&url, question).await?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED && conditional {
                return Ok(Fetched::Unchanged);
            }
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                redirects = redirects.checked_sub(1).ok_or(OutboundError::Redirect)?;
                url = elsewhere(&url, &response, &question.method)?;
                continue;
            }
            let is_fine = match question.method {
                Method::GET => status == StatusCode::OK,
                _ => status.is_success(),
            };
            if !is_fine {
                return Err(OutboundError::Status(status.as_u16()));
            }
            return read(response, limits.bytes).await.map(Fetched::Changed);
        }
    }

    /// One question and the head of its answer; the body comes as long as the connection is kept.
    async fn ask_once(
        &self,
        url: &Url,
        question: &Question<'_>,
    ) -> Result<(Response<Incoming>, JoinSet<()>), OutboundError> {
        let reach = self.0.allowed.reach(url).ok_or_else(|| {
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or_default();
            OutboundError::NotAllowed {
                host: format!("{host}:{port}"),
            }
        })?;
        let stream = connect(url, reach, self.tls()).await?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_headers(MOST_HEADERS)
            .max_buf_size(MOST_HEAD)
            .handshake(TokioIo::new(stream))
            .await?;
        // Dropped with the answer, and the connection with it.
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // Who reads the answer hears of it.
            let _ = connection.await;
        });
        let response = sender.send_request(request(url, question)?).await?;
        Ok((response, driver))
    }
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, OutboundError>>,
) -> Result<T, OutboundError> {
    tokio::time::timeout(time, work)
        .await
        .unwrap_or(Err(OutboundError::TimedOut(time)))
}

/// An address that could be asked: http or https, a host, nobody's name and password in it.
pub(crate) fn parse(text: &str) -> Result<Url, OutboundError> {
    let mut url = Url::parse(text).map_err(|_| OutboundError::Url)?;
    let is_fit = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.port() != Some(0);
    url.set_fragment(None);
    is_fit.then_some(url).ok_or(OutboundError::Url)
}

fn tls<'a>(roots: impl IntoIterator<Item = &'a [u8]>) -> Arc<ClientConfig> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.into_iter().map(CertificateDer::from));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    let mut config =
        match ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions) {
            Ok(builder) => builder.with_root_certificates(store).with_no_client_auth(),
            Err(_) => unreachable!("the library's own suites serve its own versions"),
        };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn request(url: &Url, question: &Question<'_>) -> Result<Request<Full<Bytes>>, OutboundError> {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::builder()
        .method(question.method.clone())
        .uri(target)
        .header(HOST, host)
        .header(USER_AGENT, "postern")
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close");
    for (name, value) in &question.headers {
        request = request.header(name, *value);
    }
    request
        .body(Full::new(question.body.clone()))
        .map_err(|_| OutboundError::Url)
}

/// Where an answer leads.
fn elsewhere(
    from: &Url,
    response: &Response<Incoming>,
    method: &Method,
) -> Result<Url, OutboundError> {
    let location = text(response.headers(), LOCATION).ok_or(OutboundError::Redirect)?;
    let to = from.join(&location).map_err(|_| OutboundError::Redirect)?;
    let to = parse(to.as_str()).map_err(|_| OutboundError::Redirect)?;
    // A body is sent again only where the status says so.
    let keeps_method = *method == Method::GET || matches!(response.status().as_u16(), 307 | 308);
    let stays_safe = from.scheme() == to.scheme() || to.scheme() == "https";
    (keeps_method && stays_safe)
        .then_some(to)
        .ok_or(OutboundError::Redirect)
}

async fn read(response: Response<Incoming>, most: u64) -> Result<Answer, OutboundError> {
    let headers = response.headers();
    let packed = headers.get(CONTENT_ENCODING);
    if packed.is_some_and(|packed| packed != HeaderValue::from_static("identity")) {
        return Err(OutboundError::Packed);
    }
    let mut answer = Answer {
        content_type: text(headers, CONTENT_TYPE),
        validators: Validators {
            etag: text(headers, ETAG).filter(|value| value.len() <= MOST_VALIDATOR),
            last_modified: text(headers, LAST_MODIFIED)
                .filter(|value| value.len() <= MOST_VALIDATOR),
        },
        max_age: text(headers, CACHE_CONTROL).as_deref().and_then(max_age),
        body: Vec::new(),
    };
    let mut body = response.into_body();
    let said = hyper::body::Body::size_hint(&body).exact();
    if said.is_some_and(|bytes| bytes > most) {
        return Err(OutboundError::TooLarge(most));
    }
    // What was announced and is not too much: then nothing is ever copied.
    let announced = said.and_then(|bytes| usize::try_from(bytes).ok());
    answer.body.reserve_exact(announced.unwrap_or(0));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if (answer.body.len() + data.len()) as u64 > most {
            return Err(OutboundError::TooLarge(most));
        }
        answer.body.extend_from_slice(&data);
    }
    Ok(answer)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn max_age(cache_control: &str) -> Option<Duration> {
    let mut parts = cache_control.split(',').map(str::trim);
    let seconds = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then_some(value)
    })?;
    seconds
        .trim_matches('"')
        .parse()
        .ok()
        .map(Duration::from_secs)
}
