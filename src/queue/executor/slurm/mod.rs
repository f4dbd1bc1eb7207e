//! Workers as jobs of Slurm.
//!
//! ```text
//! keeper ── orders ─► thread ── sbatch, scancel, scontrol ─► Slurm
//!        ◄── news ──         ◄── squeue, at most every 30 s ──
//! ```
//!
//! A thread of its own asks Slurm, so that the queue and its clients never wait for a controller that is slow. All
//! jobs are asked about in one call. What a worker does is told by its log, as everywhere; Slurm only says whether
//! there is one.

pub mod batch;
pub mod commands;
pub mod reasons;
pub mod script;
pub mod states;

use std::{
    env,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use batch::Batch;
use commands::{Submission, Trouble};
use states::Seen;

use crate::{config::SlurmTable, queue::RunId};

/// The environment variable by which tests have Slurm asked more often than every 30 seconds.
pub const INTERVAL_VARIABLE: &str = "STILLROOM_SLURM_INTERVAL_SECS";
/// How often Slurm is asked at most: controllers are shared.
const INTERVAL: Duration = Duration::from_secs(30);
/// How long the thread waits for an order before it looks whether it is time to ask.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What is wished of the thread.
#[derive(Debug)]
pub enum Order {
    /// Submit a batch.
    Submit(Batch),
    /// Cancel jobs.
    Cancel(Vec<String>),
    /// Say all that is known of the job of a run, which is over.
    Inquire(RunId, String),
}

/// What the thread has to tell.
#[derive(Debug)]
pub enum News {
    /// A batch is in Slurm, as the job of this number.
    Submitted(Batch, String),
    /// A batch is not, or nobody knows.
    NotSubmitted(Batch, Trouble),
    /// All jobs, as they were after that moment.
    Jobs(Instant, Vec<Seen>),
    /// Slurm cannot be asked.
    Away(Trouble),
    /// What is known of the job of a run that is over.
    Told(RunId, String, Option<Seen>),
}

/// The way to Slurm.
#[derive(Debug)]
pub struct Slurm {
    /// What jobs ask for.
    pub table: SlurmTable,
    /// The program on the nodes.
    pub program: PathBuf,
    orders: Sender<Order>,
    news: Receiver<News>,
    is_wanted: Arc<AtomicBool>,
}

impl Slurm {
    /// Starts the thread, which ends with this.
    pub fn start(table: SlurmTable, program: &Path, data_dir: &Path) -> Self {
        let (orders, ordered) = mpsc::channel();
        let (tell, news) = mpsc::channel();
        let is_wanted = Arc::new(AtomicBool::new(false));
        let clerk = Clerk {
            data_dir: data_dir.to_owned(),
            warning: table.warning,
            interval: interval(env::var(INTERVAL_VARIABLE).ok().as_deref()),
            tell,
            is_wanted: Arc::clone(&is_wanted),
        };
        thread::spawn(move || clerk.work(&ordered));
        Self { table, program: program.to_owned(), orders, news, is_wanted }
    }

    /// Has something done, some time.
    pub fn order(&self, order: Order) {
        // The thread ends after this.
        let _ = self.orders.send(order);
    }

    /// What there is to tell, if anything.
    pub fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }

    /// Whether there is anything to ask Slurm about.
    pub fn want(&self, is_wanted: bool) {
        self.is_wanted.store(is_wanted, Ordering::Relaxed);
    }
}

fn interval(variable: Option<&str>) -> Duration {
    let secs = variable.and_then(|text| text.parse::<f64>().ok());
    let secs = secs.filter(|secs| (0.05..=86400.0).contains(secs));
    secs.map_or(INTERVAL, Duration::from_secs_f64)
}

/// Who does the asking.
struct Clerk {
    data_dir: PathBuf,
    warning: u64,
    interval: Duration,
    tell: Sender<News>,
    is_wanted: Arc<AtomicBool>,
}

impl Clerk {
    fn work(&self, ordered: &Receiver<Order>) {
        let mut asked: Option<Instant> = None;
        loop {
            let told = match ordered.recv_timeout(BETWEEN_LOOKS.min(self.interval)) {
                Ok(order) => self.fulfil(order),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let is_time = asked.is_none_or(|asked| asked.elapsed() >= self.interval);
            let told = told.and_then(|()| {
                if !is_time || !self.is_wanted.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let now = Instant::now();
                asked = Some(now);
                self.tell.send(match commands::jobs() {
                    Ok(seen) => News::Jobs(now, seen),
                    Err(trouble) => News::Away(trouble),
                })
            });
            if told.is_err() {
                return;
            }
        }
    }

    fn fulfil(&self, order: Order) -> Result<(), mpsc::SendError<News>> {
        match order {
            Order::Submit(batch) => {
                let submitted = commands::submit(Submission {
                    script: &batch.script(),
                    folder: &batch.folder,
                    name: &batch.job_name,
                    comment: &batch.comment(&self.data_dir),
                    warning: self.warning,
                    tasks: batch.runs.len(),
                });
                self.tell.send(match submitted {
                    Ok(job) => News::Submitted(batch, job),
                    Err(trouble) => News::NotSubmitted(batch, trouble),
                })
            }
            Order::Cancel(jobs) => {
                if let Err(trouble) = commands::cancel(&jobs) {
                    // The next look at all jobs finds those that nobody wants.
                    tracing::warn!("scancel {}: {}", jobs.join(" "), trouble.words());
                }
                Ok(())
            }
            Order::Inquire(run, job) => {
                self.tell.send(match commands::inquire(&job) {
                    Ok(seen) => News::Told(run, job, seen),
                    // It is asked about again at the next look.
                    Err(trouble) => News::Away(trouble),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slurm_is_asked_twice_a_minute_unless_a_test_says_otherwise() {
        assert_eq!(interval(None), INTERVAL);
        assert_eq!(interval(Some("0.5")), Duration::from_millis(500));
        for wrong in ["", "x", "0", "-3", "NaN", "inf"] {
            assert_eq!(interval(Some(wrong)), INTERVAL, "{wrong}");
        }
    }
}
