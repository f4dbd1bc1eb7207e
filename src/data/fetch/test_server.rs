//! A server on this machine that answers as badly as it is told to.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Option<usize>,
    /// Bytes of the body after which nothing more comes.
    cut: Option<usize>,
    /// Whether the connection stays open then.
    stalls: bool,
}

impl Answer {
    fn new(status: u16, body: Vec<u8>) -> Self {
        let length = Some(body.len());
        Self { status, headers: vec![], length, body, cut: None, stalls: false }
    }

    /// All of `body`, marked as version 1.
    pub(super) fn whole(body: Vec<u8>) -> Self {
        Self::new(200, body).with("ETag", "\"v1\"")
    }

    /// `body` from a byte on.
    pub(super) fn part(body: &[u8], from: usize) -> Self {
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        Self::new(206, body[from..].to_vec()).with("Content-Range", &range).with("ETag", "\"v1\"")
    }

    /// Nothing but a status.
    pub(super) fn status(status: u16) -> Self {
        Self::new(status, vec![])
    }

    /// Look there.
    pub(super) fn redirect(to: &str) -> Self {
        Self::new(302, vec![]).with("Location", to)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without_mark(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "ETag");
        self
    }

    pub(super) fn with_length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    pub(super) fn without_length(mut self) -> Self {
        self.length = None;
        self
    }

    /// The connection ends after so many bytes of the body.
    pub(super) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// After so many bytes of the body nothing comes and nothing ends.
    pub(super) fn stalled_after(mut self, bytes: usize) -> Self {
        (self.cut, self.stalls) = (Some(bytes), true);
        self
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        write!(stream, "HTTP/1.1 {} Said\r\nConnection: close\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        if let Some(length) = self.length {
            write!(stream, "Content-Length: {length}\r\n")?;
        }
        write!(stream, "\r\n")?;
        stream.write_all(&self.body[..self.cut.unwrap_or(self.body.len())])?;
        stream.flush()
    }
}

/// A server that gives its answers one after the other, a connection each, and then no more.
pub(super) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    /// Stalled connections stay open as long as this lives.
    _end: mpsc::Sender<()>,
}

impl Server {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = mpsc::channel::<()>();
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            let mut stalled = Vec::new();
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                heard.lock().unwrap().push(head(&stream));
                // Who has been told enough may close.
                let _ = answer.send(&mut stream);
                if answer.stalls {
                    stalled.push(stream);
                }
            }
            drop(listener);
            if !stalled.is_empty() {
                let _ = ended.recv_timeout(Duration::from_mins(1));
            }
        });
        Self { port, asked, _end: end }
    }

    pub(super) fn url(&self, file: &str) -> String {
        format!("http://127.0.0.1:{}/{file}", self.port)
    }

    /// The heads of the requests that have come.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The head of a request.
fn head(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|bytes| bytes > 0) {}
    head
}
