//! The daemon: it owns the queue of one data directory and serves clients on a socket, for as long as
//! there is something to do. Workers do not need it: they go on when it ends, and the next one takes
//! them over.

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio::{
    net::{UnixListener, UnixStream},
    runtime,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    connection,
    histories::Histories,
    host::Host,
    socket::{self, SocketError},
    studies::Studies,
};
use crate::{
    config::{Config, ConfigDir},
    machine::watch::Watched,
    queue::{
        Places, Queue,
        data_lock::{DataLock, DataLockError},
        store::StoreError,
    },
};

/// The most clients at a time; a program that opens connections without end must not exhaust the daemon.
const MAX_CLIENTS: usize = 100;
/// How often the daemon looks whether it is still needed and reachable.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A daemon that could not begin, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Another has the data directory.
    #[error(transparent)]
    Lock(#[from] DataLockError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The socket cannot be used.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The system denies something else.
    #[error("the daemon cannot run: {0}")]
    System(#[from] io::Error),
    /// The queue's thread is gone.
    #[error("the queue failed; its runs go on")]
    QueueFailed,
}

impl DaemonError {
    /// The exit code of a daemon that found another at work.
    pub const OTHER_SERVES: u8 = 3;

    /// What the process shall exit with.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Lock(DataLockError::Held { .. }) => Self::OTHER_SERVES,
            _ => 1,
        }
    }
}

/// Serves the data directory until nobody needs that for `idle`, a client or a signal ends it. `program`
/// is called for workers, for devices and for estimates.
pub fn serve(places: &Places, program: PathBuf, idle: Duration) -> Result<(), DaemonError> {
    let mut lock = DataLock::take(places)?;
    let path = socket::path(places)?;
    let config = Config::of_process();
    let (queue, keeper) = Queue::open(places.clone(), program, &config.starting)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let door = Door::open(path, &mut lock)?;
        let (end, _) = watch::channel(false);
        let host = Arc::new(Host {
            queue,
            name: sysinfo::System::host_name().unwrap_or_default(),
            data_dir: places.data_dir().display().to_string(),
            histories: Histories::default(),
            studies: Studies::new(own_studies()),
            machine: Watched::default(),
            log: places.daemon_log(),
            end,
        });
        tracing::info!("serving {} at {}", places.data_dir().display(), door.path.display());
        serve_until_done(door, &mut lock, places, host, &keeper, idle).await
    });
    // Blocking work of connections that are gone is not waited for.
    runtime.shutdown_background();
    tracing::info!("the daemon ends");
    served
}

/// Where users put studies of their own.
fn own_studies() -> Option<PathBuf> {
    let folder = ConfigDir::find(&|name| std::env::var(name).ok())?;
    Some(folder.studies())
}

/// The socket, with which of its files is the daemon's own.
struct Door {
    path: PathBuf,
    listener: UnixListener,
    inode: u64,
}

impl Door {
    fn open(path: PathBuf, lock: &mut DataLock) -> Result<Self, DaemonError> {
        let listener = UnixListener::from_std(socket::listen(&path)?)?;
        let inode = inode(&path).unwrap_or_default();
        lock.announce(&path)?;
        Ok(Self { path, listener, inode })
    }

    /// False when somebody has removed the socket, as a system does with the runtime directory of a
    /// user who has logged out.
    fn is_there(&self) -> bool {
        inode(&self.path) == Some(self.inode)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if self.is_there() {
            // What is left behind is replaced by the next daemon.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path).ok().map(|file| file.ino())
}

async fn serve_until_done(
    mut door: Door,
    lock: &mut DataLock,
    places: &Places,
    host: Arc<Host>,
    keeper: &JoinHandle<()>,
    idle: Duration,
) -> Result<(), DaemonError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A terminal that goes away is no reason to end.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut end = host.end.subscribe();
    let clients = Arc::new(AtomicUsize::new(0));
    let mut needed = Instant::now();
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            accepted = door.listener.accept() => match accepted {
                Ok((stream, _)) => {
                    needed = Instant::now();
                    receive(stream, &host, &clients);
                }
                Err(error) => {
                    // Out of file handles, most likely: those at work will give some back.
                    tracing::warn!("a client could not connect: {error}");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {}
            _ = end.changed() => break,
            _ = looks.tick() => {
                if keeper.is_finished() {
                    return Err(DaemonError::QueueFailed);
                }
                if clients.load(Ordering::Relaxed) > 0 || host.queue.is_busy().unwrap_or(false) {
                    needed = Instant::now();
                } else if needed.elapsed() >= idle {
                    break;
                }
                if !door.is_there() {
                    match socket::path(places).map_err(DaemonError::from).and_then(|path| Door::open(path, lock)) {
                        Ok(new) => {
                            tracing::warn!("the socket was removed; serving at {}", new.path.display());
                            door = new;
                        }
                        Err(error) => tracing::debug!("the socket was removed: {error}"),
                    }
                }
            }
        }
    }
    host.end.send_replace(true);
    Ok(())
}

fn receive(stream: UnixStream, host: &Arc<Host>, clients: &Arc<AtomicUsize>) {
    if clients.load(Ordering::Relaxed) >= MAX_CLIENTS {
        tracing::warn!("more than {MAX_CLIENTS} clients; the newest is turned away");
        return;
    }
    clients.fetch_add(1, Ordering::Relaxed);
    let (host, clients) = (host.clone(), clients.clone());
    tokio::spawn(async move {
        if let Err(error) = connection::serve(stream, host).await {
            tracing::info!("a client was dropped: {error}");
        }
        clients.fetch_sub(1, Ordering::Relaxed);
    });
}
