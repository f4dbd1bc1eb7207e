//! A worker as a process of this machine.

use std::{
    fs::OpenOptions,
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use crate::{record::RunFolder, spec::DeviceChoice};

/// Settings of glibc's allocator for a process that makes and drops big tensors all the time: it keeps
/// blocks and uses them again, where by default each big one is mapped and unmapped by the system.
/// Measured: half as fast again.
pub(super) const ALLOCATOR: [(&str, &str); 3] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// Starts workers as children, which go on when their parent ends.
#[derive(Debug, Clone)]
pub struct Local {
    /// The program, called as `PROGRAM worker RUN_DIR --device DEVICE`.
    pub program: PathBuf,
}

impl Local {
    /// Starts a worker for the run in `folder` on `device`.
    pub fn start(&self, folder: &RunFolder, device: &DeviceChoice) -> io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(folder.worker_log())?;
        Command::new(&self.program)
            .arg("worker")
            .arg(folder.path())
            .args(["--device", &device.to_string()])
            .current_dir(folder.path())
            .envs(ALLOCATOR)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }
}
