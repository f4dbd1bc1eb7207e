//! From "there may be a daemon" to a connection: find it, or start it and wait until it answers.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    client::{Client, ClientError},
    codec::CodecError,
    daemon::DaemonError,
    socket,
};
use crate::{
    queue::{Places, data_lock, places::DATA_DIR_VARIABLE},
    record::long_log,
};

/// How long a daemon may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait, at first, before another is started where the last one found that one served
/// already: it may be coming up, and it may just be ending.
const OTHER_PATIENCE: Duration = Duration::from_millis(100);

/// Connects to the daemon of a data directory; starts one where there is none.
pub async fn connect_or_start(places: &Places) -> Result<Client, ClientError> {
    if let Some(client) = connect(places).await? {
        return Ok(client);
    }
    let deadline = Instant::now() + START_LIMIT;
    let mut patience = OTHER_PATIENCE;
    loop {
        let mut started = Started::start(places)?;
        let mut next_start = deadline;
        while Instant::now() < next_start {
            if let Some(client) = connect(places).await? {
                started.let_go();
                return Ok(client);
            }
            match started.standing() {
                Standing::Coming => {}
                Standing::OtherServes => next_start = next_start.min(Instant::now() + patience),
                Standing::Failed => return Err(ClientError::NoDaemon(started.said())),
            }
            sleep(Duration::from_millis(20)).await;
        }
        if Instant::now() >= deadline {
            return Err(ClientError::NoDaemon(started.said()));
        }
        patience *= 2;
    }
}

/// Connects to the daemon of a data directory; `None` where there is none.
pub async fn connect(places: &Places) -> Result<Option<Client>, ClientError> {
    let own = socket::path(places);
    // The daemon may have been started where the environment named another folder for sockets.
    let announced = data_lock::holder(&places.daemon_lock()).and_then(|holder| holder.socket);
    let mut paths: Vec<PathBuf> = announced.into_iter().collect();
    match own {
        Ok(path) => paths.push(path),
        Err(error) if paths.is_empty() => return Err(ClientError::NoDaemon(error.to_string())),
        Err(_) => {}
    }
    paths.dedup();
    for path in paths {
        match Client::connect(&path).await {
            Ok(client) if Path::new(&client.daemon.data_dir) == places.data_dir() => {
                return Ok(Some(client));
            }
            // A stale note that leads to another directory's daemon, one that just ends, or none.
            Ok(_) | Err(ClientError::Gone | ClientError::Codec(CodecError::Broken(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// How a daemon that was started stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Coming,
    OtherServes,
    Failed,
}

/// A daemon that was started and has not answered yet.
struct Started {
    child: Option<Child>,
    log: PathBuf,
    log_start: u64,
}

impl Started {
    fn start(places: &Places) -> Result<Self, ClientError> {
        let fail = |what: &str, error: std::io::Error| {
            ClientError::NoDaemon(format!("the daemon could not be started: {what}: {error}"))
        };
        let path = places.daemon_log();
        let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        long_log::put_aside_if_long(&path);
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| fail(&path.display().to_string(), error))?;
        let log_start = size(&path);
        let program = env::current_exe().map_err(|error| fail("this program", error))?;
        let errors = log.try_clone().map_err(|error| fail("its log", error))?;
        let child = Command::new(&program)
            .args(["daemon", "--detached"])
            .env(DATA_DIR_VARIABLE, places.data_dir())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| fail(&program.display().to_string(), error))?;
        Ok(Self { child: Some(child), log: path, log_start })
    }

    /// How the daemon that was started stands.
    fn standing(&mut self) -> Standing {
        let status = self.child.as_mut().and_then(|child| child.try_wait().transpose());
        match status {
            None => Standing::Coming,
            Some(Ok(status)) if status.code() == Some(i32::from(DaemonError::OTHER_SERVES)) => {
                Standing::OtherServes
            }
            Some(_) => Standing::Failed,
        }
    }

    /// The daemon lives on; only its end is waited for, so that it does not stay in the process table
    /// of a client that lives longer.
    fn let_go(mut self) {
        if let Some(mut child) = self.child.take() {
            thread::spawn(move || child.wait());
        }
    }

    /// Why it did not come up, in its own words.
    fn said(&mut self) -> String {
        let standing = self.standing();
        let (log, words) = (self.log.display(), self.words());
        match (standing, words.is_empty()) {
            (Standing::Coming, _) => {
                format!("the daemon has not answered for {} s; see {log}", START_LIMIT.as_secs())
            }
            (_, false) => format!("the daemon did not start: {words}"),
            // A full disk takes no words.
            (_, true) => match self.note() {
                Ok(()) => format!("the daemon did not start, and {log} does not say why"),
                Err(error) => {
                    format!("the daemon did not start, and {log} cannot be written: {error}")
                }
            },
        }
    }

    /// Writes into the log that it did not start.
    fn note(&self) -> std::io::Result<()> {
        let mut log = OpenOptions::new().append(true).open(&self.log)?;
        log.write_all(b"the daemon did not start\n")
    }

    /// What it wrote into its log: its error, or all if there is none.
    fn words(&self) -> String {
        let Ok(mut file) = File::open(&self.log) else { return String::new() };
        let mut bytes = Vec::new();
        if file.seek(SeekFrom::Start(self.log_start)).is_ok() {
            // As far as it can be read.
            let _ = file.take(16 << 10).read_to_end(&mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        text.rsplit("error: ").next().unwrap_or_default().trim().to_owned()
    }
}
