//! The files that pages load.

use std::borrow::Cow;

/// A file that pages load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The file.
    pub bytes: Cow<'static, [u8]>,
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its `ETag`, quoted.
    pub etag: String,
}

impl Asset {
    pub(crate) fn new(path: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Option<Self> {
        let content_type = match path.rsplit_once('.')?.1 {
            "css" => "text/css;charset=utf-8",
            "js" => "text/javascript;charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "avif" => "image/avif",
            "woff2" => "font/woff2",
            "woff" => "font/woff",
            "ttf" => "font/ttf",
            "otf" => "font/otf",
            "ico" => "image/x-icon",
            _ => return None,
        };
        let bytes = bytes.into();
        let etag = format!("\"{:016x}\"", fingerprint([&*bytes]));
        Some(Self {
            bytes,
            content_type,
            etag,
        })
    }
}

/// Our own files, by the path behind `/resources/{version}/login/postern/`.
pub(crate) const EMBEDDED: &[(&str, &[u8])] = &[
    ("style.css", include_bytes!("../assets/style.css")),
    ("mark.svg", include_bytes!("../assets/mark.svg")),
    ("continue.js", include_bytes!("../assets/continue.js")),
    (
        "session-status.js",
        include_bytes!("../assets/session-status.js"),
    ),
    (
        "cookie-probe.js",
        include_bytes!("../assets/cookie-probe.js"),
    ),
    (
        "cookie-probed.js",
        include_bytes!("../assets/cookie-probed.js"),
    ),
];

/// FNV-1a of 64 bits: tells versions of our own files apart, on every node alike. No protection against forgery.
pub(crate) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    parts
        .into_iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
