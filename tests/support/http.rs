//! A small HTTP/1.1 client that keeps its connection: for many requests in a row, and for seeing a server go away.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// One connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
    line: String,
}

/// What came back.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, read as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Itself, when it is a 200.
    ///
    /// # Panics
    /// When it is not.
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text());
        self
    }
}

impl Connection {
    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// The system's.
    pub fn open(port: u16) -> io::Result<Self> {
        Self::open_with(port, "")
    }

    /// Connects, and sends this before anything else.
    ///
    /// # Errors
    /// The system's.
    pub fn open_with(port: u16, preamble: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
        stream.set_nodelay(true)?;
        stream.write_all(preamble.as_bytes())?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: format!("localhost:{port}"),
            line: String::new(),
        })
    }

    /// `GET`.
    ///
    /// # Errors
    /// When the server goes away.
    pub fn get(&mut self, target: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
        self.send("GET", target, headers, None)
    }

    /// `POST` of a form that is encoded already; [`form`] does it.
    ///
    /// # Errors
    /// When the server goes away.
    pub fn post(
        &mut self,
        target: &str,
        headers: &[(&str, &str)],
        form: &str,
    ) -> io::Result<Response> {
        self.send("POST", target, headers, Some(form))
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> io::Result<Response> {
        let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if let Some(form) = form {
            let _ = write!(
                text,
                "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
                form.len()
            );
        } else {
            text.push_str("\r\n");
        }
        self.stream.get_mut().write_all(text.as_bytes())?;
        self.receive()
    }

    fn receive(&mut self) -> io::Result<Response> {
        let status = self.next_line()?.split(' ').nth(1).map(str::parse);
        let status = status
            .and_then(Result::ok)
            .ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        while let Some((name, value)) = self.next_line()?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        if response.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(self.next_line()?, 16)
                    .map_err(|_| io::ErrorKind::InvalidData)?;
                self.take(size, &mut response.body)?;
                self.next_line()?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(size) = response.header("content-length") {
            let size = size.parse().map_err(|_| io::ErrorKind::InvalidData)?;
            self.take(size, &mut response.body)?;
        }
        Ok(response)
    }

    /// A line without its end.
    fn next_line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end())
    }

    fn take(&mut self, size: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let before = body.len();
        body.resize(before + size, 0);
        self.stream.read_exact(&mut body[before..])
    }
}

/// Encodes a form, or a query.
pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
