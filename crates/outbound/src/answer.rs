use std::time::Duration;

/// What an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body.
    pub bytes: u64,
    /// From the look-up of the name to the last byte, other addresses that the answer leads to included.
    pub time: Duration,
    /// How often an answer may lead elsewhere. Each place has to be on the list, and https never leads to http.
    pub redirects: u8,
}

/// By what an answer can be asked for again, if it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// An answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `Content-Type`, as it came.
    pub content_type: Option<String>,
    /// For the next time.
    pub validators: Validators,
    /// How long it says that it holds (`Cache-Control: max-age`).
    pub max_age: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of asking again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It is as it was.
    Unchanged,
    /// This is it now.
    Changed(Answer),
}

impl Validators {
    /// Whether there is nothing to compare by.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}
