//! One file, over HTTP, however often the connection breaks.
//!
//! What has come is asked for no second time (`Range`, with `If-Range` so that a file that has changed comes
//! whole). A server that ignores that, lies about a length, stalls, answers "later" or redirects is coped
//! with; one that gives something else is told of by its sum, and nothing of it is kept. Waits grow from
//! try to try, and a try that brought something counts as none.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use md5::Md5;
use serde::Serialize;
use sha2::{Digest, Sha256};
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, StatusCode, header},
};

use super::error::FetchError;
use super::partial::{Note, Partial};
use super::policy::Policy;
use super::published::{Remote, Sum};
use crate::{
    data::content::{Content, sha256},
    record::checksum::digits,
};

/// What happens in a download.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// So much of a file is here.
    Coming {
        /// The file.
        file: String,
        /// Bytes that are here.
        bytes: u64,
        /// Bytes of the whole file, where that is known.
        total: Option<u64>,
    },
    /// A try has failed; the next one comes later.
    Waiting {
        /// The file.
        file: String,
        /// What happened.
        problem: String,
        /// Seconds until the next try.
        secs: f64,
    },
    /// The address has failed; the next one is tried.
    Elsewhere {
        /// The file.
        file: String,
        /// What happened.
        problem: String,
    },
    /// The file is here, and its sum, where one is known, is right.
    Complete {
        /// The file.
        file: String,
        /// Its length.
        bytes: u64,
        /// Whether there was a sum to compare with.
        compared: bool,
    },
}

/// Fetches `remote` into `folder`, where it has its own name only once it is whole.
///
/// # Errors
/// With what happened at its last address.
pub fn download(
    remote: &Remote,
    folder: &Path,
    policy: &Policy,
    watch: &mut dyn FnMut(&Step),
) -> Result<PathBuf, FetchError> {
    let target = folder.join(&remote.file);
    if target.is_file() {
        if compare(&target, remote.sum, "").is_ok() {
            watch(&complete(remote, &target));
            return Ok(target);
        }
        fs::remove_file(&target).map_err(|cause| FetchError::write(&target, cause))?;
    }
    let agent = agent(policy);
    let mut failed = None;
    for url in &remote.urls {
        if let Some(error) = failed.take() {
            let problem = FetchError::to_string(&error);
            watch(&Step::Elsewhere { file: remote.file.clone(), problem });
        }
        let mut attempt = Attempt { agent: &agent, remote, url, folder, policy, watch };
        match attempt.run(&target) {
            Ok(()) => {
                watch(&complete(remote, &target));
                return Ok(target);
            }
            Err(error) if error.is_of_the_address() => failed = Some(error),
            Err(error) => return Err(error),
        }
    }
    let nowhere = || FetchError::Address {
        url: remote.file.clone(),
        problem: "it is published nowhere".to_owned(),
    };
    Err(failed.unwrap_or_else(nowhere))
}

fn complete(remote: &Remote, target: &Path) -> Step {
    Step::Complete {
        file: remote.file.clone(),
        bytes: fs::metadata(target).map_or(0, |metadata| metadata.len()),
        compared: remote.sum != Sum::Unknown,
    }
}

fn agent(policy: &Policy) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(8)
        .timeout_resolve(Some(policy.connect))
        .timeout_connect(Some(policy.connect))
        .timeout_recv_response(Some(policy.stall))
        .timeout_per_read(Some(policy.stall))
        .timeout_per_write(Some(policy.stall))
        .user_agent(concat!("stillroom/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .build()
        .into()
}

/// How a try ended that was not the last.
enum Ended {
    /// Everything has come, as far as the server says.
    Whole,
    /// It broke off; perhaps the server has said how long to wait.
    Broken(String, Option<Duration>),
    /// What has come is of no use; it was forgotten.
    Restarted,
}

/// The file from one address.
struct Attempt<'a> {
    agent: &'a Agent,
    remote: &'a Remote,
    url: &'a str,
    folder: &'a Path,
    policy: &'a Policy,
    watch: &'a mut dyn FnMut(&Step),
}

impl Attempt<'_> {
    fn run(&mut self, target: &Path) -> Result<(), FetchError> {
        let mut resumed = false;
        loop {
            let mut partial = Partial::open(self.folder, &self.remote.file, self.url)
                .map_err(|cause| FetchError::write(self.folder, cause))?;
            resumed |= partial.bytes() > 0;
            resumed |= self.fill(&mut partial)?;
            partial.sync().map_err(|cause| FetchError::write(&partial.path, cause))?;
            match self.check(&partial) {
                Ok(()) => {
                    return partial
                        .finish(target)
                        .map_err(|cause| FetchError::write(target, cause));
                }
                Err(error) => {
                    partial.discard();
                    // Parts of two versions of a file may have met: once more, in one piece.
                    if !std::mem::take(&mut resumed) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Fetches until everything is here; whether it came in several pieces.
    fn fill(&mut self, partial: &mut Partial) -> Result<bool, FetchError> {
        let (mut empty_tries, mut restarts) = (0, 0);
        for tried in 0.. {
            let before = partial.bytes();
            let (problem, asked) = match self.once(partial)? {
                Ended::Whole => return Ok(tried > 0),
                Ended::Restarted if restarts < 3 => {
                    restarts += 1;
                    continue;
                }
                Ended::Restarted => {
                    ("the server gives other parts than it is asked for".into(), None)
                }
                Ended::Broken(problem, asked) => (problem, asked),
            };
            empty_tries = if partial.bytes() > before { 0 } else { empty_tries + 1 };
            if empty_tries >= self.policy.tries || tried >= self.policy.most_tries {
                let (url, kept) = (self.url.to_owned(), partial.bytes());
                return Err(FetchError::Unreachable { url, problem, kept });
            }
            let doubled =
                self.policy.pause.saturating_mul(1 << empty_tries.saturating_sub(1).min(16));
            let pause = asked.unwrap_or(doubled).min(self.policy.longest_pause);
            let (file, secs) = (self.remote.file.clone(), pause.as_secs_f64());
            (self.watch)(&Step::Waiting { file, problem, secs });
            thread::sleep(pause);
        }
        Ok(true)
    }

    /// One request.
    fn once(&mut self, partial: &mut Partial) -> Result<Ended, FetchError> {
        let mut request = self.agent.get(self.url);
        if let (Some(mark), 1..) = (&partial.note.mark, partial.bytes()) {
            request = request
                .header(header::RANGE, format!("bytes={}-", partial.bytes()))
                .header(header::IF_RANGE, mark);
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return self.failed(&error),
        };
        let write = |path: &Path| {
            let path = path.to_owned();
            move |cause| FetchError::Write { path, cause }
        };
        let headers = response.headers();
        match response.status() {
            StatusCode::OK => {
                let total = number(headers, header::CONTENT_LENGTH);
                let note = Note { url: self.url.to_owned(), mark: mark(headers), total };
                partial.restart(note).map_err(write(&partial.path))?;
            }
            StatusCode::PARTIAL_CONTENT => {
                let part = part(headers);
                let fits = part.is_some_and(|(from, total)| {
                    from == partial.bytes() && partial.note.total.is_none_or(|known| known == total)
                });
                if !fits {
                    let note = Note { url: self.url.to_owned(), ..Note::default() };
                    partial.restart(note).map_err(write(&partial.path))?;
                    return Ok(Ended::Restarted);
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE if partial.bytes() > 0 => {
                if partial.note.total == Some(partial.bytes()) {
                    return Ok(Ended::Whole);
                }
                let note = Note { url: self.url.to_owned(), ..Note::default() };
                partial.restart(note).map_err(write(&partial.path))?;
                return Ok(Ended::Restarted);
            }
            status if is_temporary(status) => {
                let asked = number(headers, header::RETRY_AFTER).map(Duration::from_secs);
                let reason = status.canonical_reason().unwrap_or("no reason");
                let problem = format!("it answered {} ({reason})", status.as_u16());
                return Ok(Ended::Broken(problem, asked));
            }
            status => {
                let (url, reason) = (self.url.to_owned(), status.canonical_reason());
                return Err(FetchError::Refused { url, status: status.as_u16(), reason });
            }
        }
        self.expect(partial)?;
        self.take(partial, response)
    }

    /// Whether a file of the length that the server states can be the one, and has room.
    fn expect(&self, partial: &Partial) -> Result<(), FetchError> {
        let Some(total) = partial.note.total else { return Ok(()) };
        if let Some(expected) = self.remote.bytes.filter(|expected| *expected != total) {
            return Err(FetchError::Length { url: self.url.to_owned(), found: total, expected });
        }
        if total > self.policy.most_bytes {
            let most = self.policy.most_bytes;
            return Err(FetchError::Endless { url: self.url.to_owned(), most });
        }
        let needed = total.saturating_sub(partial.bytes());
        match free(self.folder) {
            Some(free) if free < needed => {
                Err(FetchError::Space { path: self.folder.to_owned(), free, needed })
            }
            _ => Ok(()),
        }
    }

    /// Takes what comes until it ends.
    fn take(
        &mut self,
        partial: &mut Partial,
        response: Response<Body>,
    ) -> Result<Ended, FetchError> {
        let most = self.remote.bytes.unwrap_or(self.policy.most_bytes);
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 16];
        let mut reported: Option<Instant> = None;
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return self.failed(&ureq::Error::from(error)),
            };
            if partial.bytes() + count as u64 > most {
                return Err(match self.remote.bytes {
                    Some(expected) => FetchError::Length {
                        url: self.url.to_owned(),
                        found: partial.bytes() + count as u64,
                        expected,
                    },
                    None => FetchError::Endless { url: self.url.to_owned(), most },
                });
            }
            partial
                .append(&buffer[..count])
                .map_err(|cause| FetchError::write(&partial.path, cause))?;
            if reported.is_none_or(|reported| reported.elapsed() >= self.policy.report) {
                reported = Some(Instant::now());
                self.report(partial);
            }
        }
        self.report(partial);
        match partial.note.total {
            Some(total) if partial.bytes() < total => {
                let problem =
                    format!("the connection ended after {} of {total} bytes", partial.bytes());
                Ok(Ended::Broken(problem, None))
            }
            _ => Ok(Ended::Whole),
        }
    }

    fn report(&mut self, partial: &Partial) {
        let total = partial.note.total.or(self.remote.bytes);
        let (file, bytes) = (self.remote.file.clone(), partial.bytes());
        (self.watch)(&Step::Coming { file, bytes, total });
    }

    /// What a failed request or a broken answer means.
    fn failed(&self, error: &ureq::Error) -> Result<Ended, FetchError> {
        let url = || self.url.to_owned();
        let problem = match error {
            ureq::Error::BadUri(problem) => {
                return Err(FetchError::Address { url: url(), problem: problem.clone() });
            }
            ureq::Error::Http(error) => {
                return Err(FetchError::Address { url: url(), problem: error.to_string() });
            }
            ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => {
                let problem = "it leads from one address to the next without end".to_owned();
                return Err(FetchError::Address { url: url(), problem });
            }
            ureq::Error::Timeout(_) => {
                format!("nothing came for {} seconds", self.policy.stall.as_secs_f64())
            }
            ureq::Error::HostNotFound => "its host is not known here".to_owned(),
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "the connection broke off".to_owned()
            }
            ureq::Error::Io(error) => error.to_string(),
            error => error.to_string(),
        };
        Ok(Ended::Broken(problem, None))
    }

    /// Whether what has come is the published file.
    fn check(&self, partial: &Partial) -> Result<(), FetchError> {
        if let Some(expected) = self.remote.bytes.filter(|expected| *expected != partial.bytes()) {
            let (url, found) = (self.url.to_owned(), partial.bytes());
            return Err(FetchError::Length { url, found, expected });
        }
        compare(&partial.path, self.remote.sum, self.url)
    }
}

/// Whether the file at `path`, which came from `url`, has this sum.
fn compare(path: &Path, sum: Sum, url: &str) -> Result<(), FetchError> {
    let damaged = |fault: crate::data::FileFault| FetchError::Content {
        url: url.to_owned(),
        problem: fault.to_string(),
    };
    let open = || File::open(path).map_err(|cause| FetchError::write(path, cause));
    let (kind, found, expected) = match sum {
        Sum::Unknown => return Ok(()),
        Sum::Sha256(expected) => ("SHA-256", hashed::<Sha256>(open()?, path)?, expected),
        Sum::Md5(expected) => ("MD5", hashed::<Md5>(open()?, path)?, expected),
        Sum::Content(expected) => {
            let content = Content::open(path).map_err(damaged)?;
            // Nothing that is published unpacks to more; a bomb is cut off and has another sum.
            let found = sha256(content.take(MOST_CONTENT)).map_err(damaged)?;
            ("SHA-256 unpacked", found, expected)
        }
    };
    if found == expected {
        return Ok(());
    }
    Err(FetchError::Sum { url: url.to_owned(), kind, found, expected })
}

/// Most bytes of content that are unpacked to compare them.
const MOST_CONTENT: u64 = 1 << 30;

fn hashed<D: Digest>(mut file: File, path: &Path) -> Result<String, FetchError> {
    let mut hash = D::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(digits(&hash.finalize())),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(FetchError::write(path, cause)),
        }
    }
}

fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

fn number(headers: &HeaderMap, name: header::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the server calls this version of the file: a strong entity tag, else the time of its last change.
fn mark(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let tag = text(header::ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| text(header::LAST_MODIFIED))
}

/// The first byte of a part and the length of the whole: `bytes 100-199/200`.
fn part(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()?))
}

/// Bytes that are free where `folder` lies, where the system tells.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
