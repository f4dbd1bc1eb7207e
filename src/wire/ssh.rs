//! A daemon on another machine, through the user's own `ssh`: its configuration, agent, jump hosts, hardware keys
//! and shared connections count, and no port is opened and no secret kept.
//!
//! `ssh` runs `stillroom agent` over there, which joins its input and output to that machine's daemon. What start-up
//! files of the far shell print before it is skipped: the agent begins with a line of its own ([`Greeting`]). What
//! `ssh` or the far shell write to standard error is kept, its end at least, because it says why a host is not
//! reached.

use std::{
    ffi::OsString,
    fmt,
    io::ErrorKind,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::{timeout, timeout_at},
};

use super::{
    client::{Client, ClientError, Patience, ReadHalf},
    codec::Lines,
    host_error::HostError,
    ssh_login,
    ssh_sharing::Sharing,
};
use crate::{
    config::{RemoteHost, remote_host::PROGRAM},
    harmless::plain_lines,
    queue::{HostName, Refusal},
};

/// How long a host may take until its agent has said its first line, where nobody is asked anything.
const GREETING_LIMIT: Duration = Duration::from_secs(30);
/// The same where ssh may ask the user: as long as servers wait for an answer.
const ASKED_LIMIT: Duration = Duration::from_mins(2);
/// How many bytes may come before the agent's first line.
const BANNER_LIMIT: usize = 64 << 10;
/// How much of what ssh says is kept.
const SAID_BYTES: usize = 4 << 10;
/// How long the end of a process is waited for, to learn why.
const END_LIMIT: Duration = Duration::from_millis(500);
/// How long, after that, for the end of what it says: a shared connection that it has left behind may hold the
/// pipe open.
const SAID_LIMIT: Duration = Duration::from_millis(300);

/// Who answers what ssh asks for: a password, a passphrase, whether a key is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompts {
    /// Nobody. What needs an answer fails.
    Nobody,
    /// The user at the terminal of this process.
    Terminal,
}

/// The first line of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The version of this line.
    pub stillroom_agent: u32,
    /// The program's version.
    pub program: String,
    /// Why the daemon cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Greeting {
    /// That of this program.
    pub fn new(error: Option<String>) -> Self {
        Self { stillroom_agent: 1, program: env!("CARGO_PKG_VERSION").to_owned(), error }
    }
}

/// What `ssh` is called with, for `remote` to be run at the host; `options` say over which connection.
fn arguments(
    host: &RemoteHost,
    prompts: Prompts,
    options: &[String],
    remote: &str,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-T", "-x"].map(Into::into).into();
    let mut option = |text: &str| arguments.extend(["-o".into(), text.into()]);
    // What the user has set up for working at that host by hand would only be in the way.
    option("ClearAllForwardings=yes");
    option("RemoteCommand=none");
    if prompts == Prompts::Nobody {
        option("BatchMode=yes");
    }
    for text in options {
        option(text);
    }
    arguments.extend(["--".into(), host.ssh.clone().into(), remote.into()]);
    arguments
}

/// What the far shell is given, whichever it is: the program with some arguments.
pub fn remote_command(host: &RemoteHost, arguments: &[&str]) -> String {
    let program = match host.program.strip_prefix("~/") {
        // Left to the shell.
        Some(rest) => format!("~/{}", quoted(rest)),
        None => quoted(&host.program),
    };
    let words =
        arguments.iter().flat_map(|word| [" ".to_owned(), quoted(word)]).collect::<String>();
    if host.program == PROGRAM {
        // A shell that nobody sits at often does not look where users put programs.
        format!("env PATH=\"$HOME/.local/bin:$HOME/.cargo/bin:$PATH\" {program}{words}")
    } else {
        format!("{program}{words}")
    }
}

/// One word for a shell.
pub fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./:=@%+,".contains(sign);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Connects to the daemon of a host, which is started there where it is missing.
pub async fn connect(
    host: &RemoteHost,
    prompts: Prompts,
    sharing: Sharing,
) -> Result<Client, ClientError> {
    let mut words = vec!["agent"];
    words.extend(host.data_dir.iter().flat_map(|path| ["--data-dir", path]));
    let remote = remote_command(host, &words);
    let mut process = Process::start(host, prompts, sharing, &remote).await?;
    let (write, read) = process.pipes()?;
    let read: ReadHalf = Box::new(read);
    let limit = if prompts == Prompts::Nobody { GREETING_LIMIT } else { ASKED_LIMIT };
    let lines = process.greeting(Lines::new(read), limit).await?;
    if sharing == Sharing::Avoided {
        // The host answers and lets us in: what was silent is of no more use.
        ssh_login::log_out(host).await;
    }
    let silence = Duration::from_secs(host.patience);
    let patience = Patience { hello: silence, pause: silence, silence: Some(silence) };
    let client = Client::begin(lines, Box::new(write), Some(process), patience).await;
    client.map_err(|error| match error {
        // A process of that number may be here too.
        ClientError::Refused(Refusal { reason, advice }) => {
            let at = |text: &str| format!("{}: {text}", host.name);
            let advice = if advice.is_empty() { advice } else { at(&advice) };
            Refusal { reason: at(&reason), advice }.into()
        }
        error => error,
    })
}

/// An `ssh` that runs something at a host. It ends when this is dropped.
pub struct Process {
    host: RemoteHost,
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    /// Done when all is said.
    listens: Option<JoinHandle<()>>,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("host", &self.host.name).finish_non_exhaustive()
    }
}

impl Process {
    /// Runs a command of the far shell, with pipes for its input and output.
    pub async fn start(
        host: &RemoteHost,
        prompts: Prompts,
        sharing: Sharing,
        remote: &str,
    ) -> Result<Self, HostError> {
        let options = sharing.options(host).await;
        // Ctrl-C is for this program, which may want to say more over the connection: ssh is started deaf to it.
        let started = Command::new("sh")
            .args(["-c", "trap '' INT QUIT; exec ssh \"$@\"", "ssh"])
            .args(arguments(host, prompts, &options, remote))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = started.map_err(|error| HostError::NoSsh(error.to_string()))?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let errors = child.stderr.take();
        let listens = errors.map(|errors| tokio::spawn(keep_the_end(errors, Arc::clone(&said))));
        Ok(Self { host: host.clone(), child, said, listens })
    }

    /// The host that it runs something at.
    pub fn host(&self) -> HostName {
        HostName::new(&self.host.name)
    }

    /// Its input and output, once.
    pub fn pipes(&mut self) -> Result<(ChildStdin, ChildStdout), HostError> {
        match (self.child.stdin.take(), self.child.stdout.take()) {
            (Some(input), Some(output)) => Ok((input, output)),
            _ => Err(HostError::Cut { host: self.host.name.clone(), said: self.said() }),
        }
    }

    /// Waits for the end of what was run; anything but success is an error.
    pub async fn finish(&mut self) -> Result<(), HostError> {
        match self.child.wait().await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) if status.code() == Some(255) => Err(self.unanswered("").await),
            Ok(status) => {
                let said = self.all_said().await;
                let said = if said.is_empty() { status.to_string() } else { said };
                Err(HostError::Failed { host: self.host.name.clone(), said })
            }
            Err(error) => Err(HostError::NoSsh(error.to_string())),
        }
    }

    /// What has been said on standard error, its last lines.
    fn said(&self) -> String {
        let bytes = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last_lines(&String::from_utf8_lossy(&bytes))
    }

    /// The same once the process has ended: what was said last may be on its way still.
    async fn all_said(&mut self) -> String {
        if let Some(listens) = self.listens.take() {
            // What has come until then has to do.
            let _ = timeout(SAID_LIMIT, listens).await;
        }
        self.said()
    }

    /// Reads up to and with the agent's first line.
    async fn greeting(
        &mut self,
        mut lines: Lines<ReadHalf>,
        limit: Duration,
    ) -> Result<Lines<ReadHalf>, ClientError> {
        let deadline = tokio::time::Instant::now() + limit;
        let (mut before, mut bytes) = (String::new(), 0);
        loop {
            let line = match timeout_at(deadline, lines.next()).await {
                Err(_) => {
                    let host = self.host.name.clone();
                    let (secs, said) = (limit.as_secs(), self.said());
                    return Err(HostError::Silent { host, secs, said }.into());
                }
                Ok(Ok(Some(line))) => line,
                Ok(Ok(None)) => return Err(self.unanswered(&before).await.into()),
                Ok(Err(error)) => return Err(self.no_agent(&error.to_string()).into()),
            };
            if let Ok(Greeting { error, .. }) = serde_json::from_slice(&line) {
                return match error {
                    None => Ok(lines),
                    Some(said) => {
                        let said = plain_lines(&said, "?").into_owned();
                        Err(HostError::NoDaemon { host: self.host.name.clone(), said }.into())
                    }
                };
            }
            // With its end: empty lines may come without end too.
            bytes += line.len() + 1;
            before = String::from_utf8_lossy(&line).into_owned();
            if bytes > BANNER_LIMIT {
                return Err(self.no_agent(&before).into());
            }
        }
    }

    fn no_agent(&self, said: &str) -> HostError {
        let said = last_lines(said);
        let said = if said.is_empty() { "with empty lines".to_owned() } else { said };
        HostError::NoAgent { host: self.host.name.clone(), said }
    }

    /// Why the output ended before an agent had spoken.
    async fn unanswered(&mut self, before: &str) -> HostError {
        let status = timeout(END_LIMIT, self.child.wait()).await;
        let code = status.ok().and_then(Result::ok).and_then(|status| status.code());
        let (host, said) = (self.host.name.clone(), self.all_said().await);
        let or = |text: &str| if said.is_empty() { text.to_owned() } else { said.clone() };
        match code {
            Some(126 | 127) if said.contains("ssh: not found") || said.contains("exec: ssh") => {
                HostError::NoSsh(said)
            }
            Some(126 | 127) => HostError::NoProgram {
                host,
                program: self.host.program.clone(),
                said: or("it was not found"),
            },
            Some(255) if is_question(&said) => HostError::Asks { host, said },
            Some(255) | None => HostError::Unreachable { host, said: or("ssh does not say why") },
            // A program of the same name, or one too old to have an agent.
            Some(code) if before.is_empty() => {
                self.no_agent(&or(&format!("it ended with exit code {code}")))
            }
            Some(_) => self.no_agent(&or(before)),
        }
    }

    /// Why the connection ended.
    pub async fn cut(&mut self) -> ClientError {
        let status = timeout(END_LIMIT, self.child.wait()).await;
        if status.is_ok_and(|status| status.is_ok_and(|status| status.success())) {
            return ClientError::Gone;
        }
        HostError::Cut { host: self.host.name.clone(), said: self.all_said().await }.into()
    }
}

/// Whether ssh would have had to ask somebody.
fn is_question(said: &str) -> bool {
    // What is not as it was, ssh does not ask about.
    let asks = ["Permission denied", "Host key verification failed", "passphrase", "password"]
        .iter()
        .any(|words| said.contains(words));
    asks && !said.contains("has changed")
}

/// Keeps the end of what comes, without an end to how much comes.
async fn keep_the_end(mut errors: impl AsyncRead + Unpin, said: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = vec![0; SAID_BYTES];
    loop {
        match errors.read(&mut chunk).await {
            Ok(0) => return,
            Ok(count) => {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend(chunk.iter().take(count));
                let surplus = said.len().saturating_sub(SAID_BYTES);
                said.drain(..surplus);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// The last lines that say something, harmless for a terminal, as one.
fn last_lines(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    // What ssh does for the record, and its farewell, say nothing.
    let telling =
        lines.filter(|line| !line.is_empty() && !line.starts_with("Warning: Permanently added"));
    let last: Vec<&str> = telling.collect();
    let joined = last
        .iter()
        .skip(last.len().saturating_sub(2))
        .map(|line| line.trim_end_matches('.'))
        .collect::<Vec<_>>()
        .join("; ");
    plain_lines(&joined.chars().take(300).collect::<String>(), "?").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_is_called_with() {
        let host = RemoteHost::of_ssh("box").unwrap();
        let words = |prompts, options: &[String]| {
            let words = arguments(&host, prompts, options, "true");
            words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        let usual = "-T -x -o ClearAllForwardings=yes -o RemoteCommand=none";
        assert_eq!(words(Prompts::Terminal, &[]), format!("{usual} -- box true"));
        assert_eq!(
            words(Prompts::Nobody, &["ControlPath=none".to_owned()]),
            format!("{usual} -o BatchMode=yes -o ControlPath=none -- box true")
        );
    }

    #[test]
    fn what_the_far_shell_is_given() {
        let mut host = RemoteHost::of_ssh("box").unwrap();
        assert_eq!(
            remote_command(&host, &["agent"]),
            "env PATH=\"$HOME/.local/bin:$HOME/.cargo/bin:$PATH\" stillroom agent"
        );
        host.program = "~/my bin/still'room".to_owned();
        assert_eq!(
            remote_command(&host, &["agent", "--data-dir", "/big disk/$(x)"]),
            r"~/'my bin/still'\''room' agent --data-dir '/big disk/$(x)'"
        );
    }

    #[test]
    fn words_of_ssh_are_its_last_lines_and_harmless() {
        let text = "Warning: Permanently added 'x'\nfirst\n\nsecond \x1b[31m\nthird\r\n";
        assert_eq!(last_lines(text), "second ?[31m; third");
        assert!(is_question("me@box: Permission denied (publickey,password)."));
        assert!(is_question("Host key verification failed."));
        assert!(!is_question("Host key for box has changed; Host key verification failed."));
        assert!(!is_question("ssh: connect to host box port 22: Connection refused"));
    }
}
