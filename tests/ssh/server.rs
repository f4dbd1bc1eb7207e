//! An `sshd` on loopback, with keys of its own, for one test. It ends with the test, and so does whatever runs
//! in its sessions; also where the whole program of tests is killed.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{home::until, parts};

/// How often another port is tried where somebody else was quicker.
const TRIES: usize = 20;

pub struct Server {
    folder: TempDir,
    pub port: u16,
    process: Child,
}

impl Server {
    /// Starts one whose sessions have these variables, with more lines for its configuration.
    pub fn start(variables: &[(&str, &Path)], more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        for name in ["host_key", "id", "stranger"] {
            make_key(&folder.path().join(name));
        }
        fs::copy(folder.path().join("id.pub"), folder.path().join("authorized_keys")).unwrap();
        if rustix::process::geteuid().is_root() {
            // Where it locks itself in, as root; distributions make it when the service starts.
            let _ = fs::create_dir_all("/run/sshd");
        }
        for _ in 0..TRIES {
            let port = free_port();
            write_configuration(folder.path(), port, variables, more);
            let mut process = spawn(folder.path());
            if comes_up(&mut process, port) {
                fs::write(
                    folder.path().join("known_hosts"),
                    known(folder.path(), port, "host_key"),
                )
                .unwrap();
                return Self { folder, port, process };
            }
            let _ = process.kill();
            let _ = process.wait();
        }
        let log = fs::read_to_string(folder.path().join("sshd.log")).unwrap_or_default();
        panic!("sshd does not start:\n{log}");
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Names another key as the server's, as if somebody stood between.
    pub fn change_known_key(&self) {
        let line = known(self.folder.path(), self.port, "stranger");
        fs::write(self.file("known_hosts"), line).unwrap();
    }

    /// How often somebody has logged in.
    pub fn logins(&self) -> usize {
        fs::read_to_string(self.file("sshd.log")).unwrap().matches("Accepted publickey").count()
    }

    /// The processes that serve sessions now, without what runs in them.
    pub fn sessions(&self) -> Vec<u32> {
        let mut all = descendants(self.process.id());
        all.retain(|pid| name(*pid).is_some_and(|name| name.starts_with("sshd")));
        all
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let sessions = descendants(self.process.id());
        let _ = self.process.kill();
        let _ = self.process.wait();
        for pid in sessions {
            super::home::send(pid, rustix::process::Signal::KILL);
        }
        if std::thread::panicking() {
            let log = fs::read_to_string(self.file("sshd.log")).unwrap_or_default();
            let end: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("sshd.log, its last lines backwards:\n{}", end.join("\n"));
        }
    }
}

fn make_key(path: &Path) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path);
    assert!(command.status().unwrap().success());
}

fn known(folder: &Path, port: u16, key: &str) -> String {
    let key = fs::read_to_string(folder.join(key).with_extension("pub")).unwrap();
    let words: Vec<&str> = key.split_whitespace().take(2).collect();
    format!("[127.0.0.1]:{port} {}\n", words.join(" "))
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn write_configuration(folder: &Path, port: u16, variables: &[(&str, &Path)], more: &str) {
    let here = folder.display();
    // The first of two lines for one thing counts.
    let mut text = format!(
        "{more}\n\
         Port {port}\n\
         ListenAddress 127.0.0.1\n\
         HostKey {here}/host_key\n\
         PidFile none\n\
         AuthorizedKeysFile {here}/authorized_keys\n\
         PermitRootLogin yes\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         UsePAM no\n\
         UseDNS no\n\
         StrictModes no\n\
         PrintMotd no\n\
         PrintLastLog no\n\
         MaxStartups 200\n\
         MaxSessions 100\n"
    );
    if !variables.is_empty() {
        let all = variables.iter().map(|(name, value)| format!(" {name}={}", value.display()));
        writeln!(text, "SetEnv{}", all.collect::<String>()).unwrap();
    }
    fs::write(folder.join("sshd_config"), text).unwrap();
}

/// Becomes the program of its arguments. A child that stays beside waits for the end of the standard input, which this
/// program of tests holds open for as long as it lives, and then ends that program with all that it has started.
const UNTIL_NOBODY_IS_THERE: &str = r#"exec 3<&0 </dev/null
{
    trap '' TERM
    read -r _ <&3
    kill -TERM $$ $(cat /proc/$$/task/*/children 2>/dev/null) 2>/dev/null
} &
exec "$@" 3<&-"#;

fn spawn(folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", UNTIL_NOBODY_IS_THERE, "sh"])
        // It starts itself anew for each connection, by its whole path.
        .arg(parts::find("sshd").unwrap())
        .args(["-D", "-e", "-f"])
        .arg(folder.join("sshd_config"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(File::options().create(true).append(true).open(folder.join("sshd.log")).unwrap())
        .spawn()
        .unwrap()
}

/// Whether it comes up: it says its name to whoever connects.
fn comes_up(process: &mut Child, port: u16) -> bool {
    until("sshd has come up, or ended", || {
        if process.try_wait().unwrap().is_some() {
            return Some(false);
        }
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        line.starts_with("SSH-2.0").then_some(true)
    })
}

/// The processes that a process has started, and those that these have.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            all.push(child);
            all.extend(descendants(child));
        }
    }
    all
}

/// What a process is called.
pub fn name(pid: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}
