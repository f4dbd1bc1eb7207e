//! Which of the programs that a test needs there are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Where a program is. `sshd` lies where users do not look.
pub fn find(program: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = env::split_paths(&paths).chain(usual);
    folders.find_map(|folder| Some(folder.join(program)).filter(|path| path.is_file()))
}

/// Says what is missing, where something is; then there is nothing to test.
pub fn are_missing() -> bool {
    any_missing(&["sshd", "ssh", "ssh-keygen"])
}

pub fn any_missing(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().copied().filter(|part| find(part).is_none()).collect();
    if missing.is_empty() {
        return false;
    }
    let missing = missing.join(", ");
    let required = env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
    assert!(!required, "STILLROOM_REQUIRE_REAL_PARTS is set, and {missing} cannot be found");
    eprintln!("not tested over ssh: {missing} cannot be found");
    true
}

/// True where the tests may mount file systems.
pub fn may_mount() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/proc/filesystems").exists()
}
