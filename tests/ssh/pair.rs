//! Two machines that are one: a home here, a home there, and ssh between them.

use std::{
    env,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{fake_worker, home::Home, outcome, parts, server::Server};

pub struct Pair {
    pub server: Server,
    /// The home on the far side.
    pub far: Home,
    pub near: Home,
}

impl Pair {
    /// A pair with one host, `box`.
    pub fn new() -> Self {
        Self::with("", "")
    }

    /// The same with more lines for the configuration of sshd, and of ssh.
    pub fn with(sshd: &str, ssh: &str) -> Self {
        let (far, near) = (Home::new(), Home::new());
        let home = far.folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let (runtime, config) =
            (far.folder.path().join("runtime"), far.folder.path().join("config"));
        let variables: [(&str, &Path); 4] = [
            ("HOME", &home),
            ("XDG_RUNTIME_DIR", &runtime),
            ("STILLROOM_CONFIG_DIR", &config),
            ("STILLROOM_WORKER", fake_worker::program()),
        ];
        let pair = Self { server: Server::start(&variables, sshd), far, near };
        pair.configure_ssh(ssh);
        let real = parts::find("ssh").unwrap();
        pair.put_ssh(&format!("exec {} -F {} \"$@\"", real.display(), pair.ssh_config().display()));
        pair.hosts(&[("box", &pair.far.data(), Path::new(env!("CARGO_BIN_EXE_stillroom")))]);
        pair
    }

    pub fn ssh_config(&self) -> PathBuf {
        self.server.file("ssh_config")
    }

    /// The user's own `ssh`.
    pub fn ssh(&self) -> Command {
        let mut command = Command::new(parts::find("ssh").unwrap());
        command.arg("-F").arg(self.ssh_config());
        command
    }

    /// The home directory that the far side's programs see.
    pub fn far_home(&self) -> PathBuf {
        self.far.folder.path().join("home")
    }

    /// Whatever ssh is asked for is this server.
    pub fn configure_ssh(&self, more: &str) {
        let (port, id) = (self.server.port, self.server.file("id"));
        let known = self.server.file("known_hosts");
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let text = format!(
            "{more}\nHost *\n  HostName 127.0.0.1\n  Port {port}\n  User {}\n  IdentityFile {}\n  \
             IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /dev/null\n",
            String::from_utf8(user).unwrap().trim(),
            id.display(),
            known.display(),
        );
        fs::write(self.ssh_config(), text).unwrap();
    }

    /// What is found as `ssh`, a script.
    pub fn put_ssh(&self, script: &str) {
        fs::create_dir_all(self.near.folder.path().join("bin")).unwrap();
        put_script(&self.near.folder.path().join("bin/ssh"), script);
    }

    /// Names hosts with their data directories and programs.
    pub fn hosts(&self, hosts: &[(&str, &Path, &Path)]) {
        let mut text = String::new();
        for (name, data, program) in hosts {
            let (data, program) = (data.display(), program.display());
            write!(
                text,
                "[hosts.{name}]\nssh = \"{name}\"\ndata_dir = \"{data}\"\nprogram = \"{program}\"\n\
                 patience = 2\n"
            )
            .unwrap();
        }
        self.configure(&text);
    }

    /// Writes the settings of this side.
    pub fn configure(&self, text: &str) {
        let folder = self.near.folder.path().join("config");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// The program here.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut paths = vec![self.near.folder.path().join("bin")];
        paths.extend(env::split_paths(&env::var_os("PATH").unwrap()));
        let mut command = self.near.program(arguments);
        command.env("PATH", env::join_paths(paths).unwrap()).env_remove("SSH_AUTH_SOCK");
        command
    }

    /// The program here, for `box`.
    pub fn far_program(&self, arguments: &[&str]) -> Command {
        self.program(&[&["--host", "box"], arguments].concat())
    }

    /// What a command for `box` prints.
    pub fn prints(&self, arguments: &[&str]) -> String {
        outcome::prints(self.far_program(arguments))
    }

    /// What a command for `box` says as it fails.
    pub fn fails(&self, arguments: &[&str]) -> String {
        outcome::fails(self.far_program(arguments))
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        outcome::json(self.far_program(arguments))
    }
}

pub fn put_script(path: &Path, script: &str) {
    // A script that is being written cannot be started.
    let new = path.with_extension("new");
    fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).unwrap();
    fs::rename(&new, path).unwrap();
}
