//! This program copied to a host, where system and architecture are the same.
//!
//! The copy is written beside its place, compared by its checksum and started once before it takes the place: a
//! connection that breaks, a full disk or a system library that is too old leave what was there as it was.

use std::{
    cell::Cell,
    env, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{ChildStdin, ChildStdout},
    select,
    time::{Instant, sleep_until},
    try_join,
};

use super::{
    host_error::HostError,
    ssh::{Process, Prompts, quoted},
    ssh_sharing::Sharing,
};
use crate::{config::RemoteHost, harmless::plain_lines, record::checksum};

/// Where the program is put, as a user of the host would write it.
pub const PLACE: &str = "~/.local/bin/stillroom";
/// The most that a command over there may print.
const OUTPUT_BYTES: u64 = 64 << 10;
/// How much is sent at a time.
const CHUNK_BYTES: usize = 64 << 10;
/// How long nothing may be taken or printed; a slow disk needs its time at the end of a copy.
const STALL_LIMIT: Duration = Duration::from_mins(2);

/// What would be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The program of this process.
    pub program: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// How far the copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were handed over.
    pub sent: u64,
    /// Of so many.
    pub of: u64,
}

/// Looks whether this program can work at the host.
pub async fn plan(host: &RemoteHost, prompts: Prompts) -> Result<Plan, HostError> {
    let fail = |said: String| HostError::Failed { host: host.name.clone(), said };
    let program = env::current_exe().map_err(|error| fail(error.to_string()))?;
    let bytes = program.metadata().map_err(|error| fail(error.to_string()))?.len();
    let found = run(host, prompts, "uname -s -m", None).await?;
    let found = found.to_lowercase();
    let own = format!("{} {}", env::consts::OS, env::consts::ARCH);
    if same_machine(&found, &own) {
        return Ok(Plan { program, bytes });
    }
    Err(fail(format!("it is {found}, and this program is for {own}; build Stillroom there")))
}

/// Whether what `uname -s -m` says is what this program was built for.
fn same_machine(found: &str, own: &str) -> bool {
    let usual =
        found.replace("darwin", "macos").replace("arm64", "aarch64").replace("amd64", "x86_64");
    usual == own
}

/// Copies the program; gives back what the copy says of its version.
pub async fn install(
    host: &RemoteHost,
    plan: &Plan,
    prompts: Prompts,
    mut progress: impl FnMut(Progress),
) -> Result<String, HostError> {
    let fail = |said: String| HostError::Failed { host: host.name.clone(), said };
    let digest = checksum::of_file(&plan.program).map_err(|error| fail(error.to_string()))?;
    let command = format!("sh -c {}", quoted(&script(&digest, plan.bytes)));
    let input = Input { path: &plan.program, bytes: plan.bytes, progress: &mut progress };
    run(host, prompts, &command, Some(input)).await
}

fn script(digest: &str, bytes: u64) -> String {
    format!(
        r#"set -eu
umask 022
folder="$HOME/.local/bin"
mkdir -p "$folder"
copy="$folder/.stillroom.$$"
trap 'rm -f "$copy"' EXIT
cat > "$copy"
size=$(($(wc -c < "$copy")))
[ "$size" = {bytes} ] || {{ echo "the copy has $size bytes of {bytes}" >&2; exit 3; }}
sum=$({{ sha256sum "$copy" || shasum -a 256 "$copy"; }} 2>/dev/null | cut -d ' ' -f 1)
[ -z "$sum" ] || [ "$sum" = {digest} ] || {{ echo "the copy arrived damaged" >&2; exit 3; }}
chmod 755 "$copy"
"$copy" --version
mv -f "$copy" "$folder/stillroom""#
    )
}

/// A file for the other side's standard input.
struct Input<'a> {
    path: &'a Path,
    bytes: u64,
    progress: &'a mut dyn FnMut(Progress),
}

/// Runs a command of the far shell to its end, and gives back the last line that it printed: what start-up files
/// print comes before.
async fn run(
    host: &RemoteHost,
    prompts: Prompts,
    command: &str,
    input: Option<Input<'_>>,
) -> Result<String, HostError> {
    let mut process = Process::start(host, prompts, Sharing::Allowed, command).await?;
    let (write, read) = process.pipes()?;
    let moved = Cell::new(Instant::now());
    let talk = async {
        let fed = async {
            // A side that does not read has said why, or its exit code does.
            drop(feed(input, write, &moved).await);
            Ok(())
        };
        let ((), output) = try_join!(fed, hear(host, read, &moved))?;
        process.finish().await?;
        Ok(output)
    };
    let output = select! {
        output = talk => output?,
        () = stall(&moved) => {
            let (host, secs) = (host.name.clone(), STALL_LIMIT.as_secs());
            return Err(HostError::Silent { host, secs, said: String::new() });
        }
    };
    let mut lines = output.lines().map(str::trim);
    Ok(lines.rfind(|line| !line.is_empty()).unwrap_or_default().to_owned())
}

/// Hands the file over; the other side reads until `write` is dropped.
async fn feed(
    input: Option<Input<'_>>,
    mut write: ChildStdin,
    moved: &Cell<Instant>,
) -> io::Result<()> {
    if let Some(input) = input {
        let mut file = tokio::fs::File::open(input.path).await?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut sent = 0;
        loop {
            let count = file.read(&mut chunk).await?;
            if count == 0 {
                break;
            }
            write.write_all(chunk.get(..count).unwrap_or_default()).await?;
            moved.set(Instant::now());
            sent += count as u64;
            (input.progress)(Progress { sent, of: input.bytes });
        }
    }
    write.flush().await
}

/// All that is printed, which must not be much.
async fn hear(
    host: &RemoteHost,
    read: ChildStdout,
    moved: &Cell<Instant>,
) -> Result<String, HostError> {
    let mut output = Vec::new();
    let mut read = read.take(OUTPUT_BYTES);
    // A connection that breaks is told by the process.
    while read.read_buf(&mut output).await.is_ok_and(|count| count > 0) {
        moved.set(Instant::now());
    }
    let output = String::from_utf8_lossy(&output).into_owned();
    if read.limit() > 0 {
        return Ok(output);
    }
    let start: String = output.lines().next().unwrap_or_default().chars().take(80).collect();
    let said = format!("it prints without end, beginning with: {}", plain_lines(&start, "?"));
    Err(HostError::Failed { host: host.name.clone(), said })
}

/// Ends when nothing has moved for long.
async fn stall(moved: &Cell<Instant>) {
    while moved.get().elapsed() < STALL_LIMIT {
        sleep_until(moved.get() + STALL_LIMIT).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_the_same_by_whichever_name() {
        assert!(same_machine("linux x86_64", "linux x86_64"));
        assert!(same_machine("darwin arm64", "macos aarch64"));
        assert!(!same_machine("linux aarch64", "linux x86_64"));
        assert!(!same_machine("", "linux x86_64"));
    }

    #[test]
    fn the_script_puts_a_whole_copy_that_starts_in_its_place_and_no_other() {
        let home = tempfile::tempdir().unwrap();
        let program = b"#!/bin/sh\necho stillroom 1\n";
        let path = home.path().join("new");
        std::fs::write(&path, program).unwrap();
        let sum = checksum::of_file(&path).unwrap();
        let place = home.path().join(".local/bin/stillroom");
        let run = |digest: &str, bytes: u64| {
            let output = std::process::Command::new("sh")
                .args(["-c", &script(digest, bytes)])
                .env("HOME", home.path())
                .stdin(std::fs::File::open(&path).unwrap())
                .output()
                .unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        assert_eq!(run(&sum, program.len() as u64), (true, "stillroom 1\n".to_owned()));
        assert_eq!(std::fs::read(&place).unwrap(), program);
        std::fs::write(&place, "old").unwrap();
        assert!(!run(&sum, 7).0);
        assert!(!run("0000", program.len() as u64).0);
        std::fs::write(&path, "#!/nowhere/at/all\n").unwrap();
        assert!(!run(&checksum::of_file(&path).unwrap(), 18).0);
        assert_eq!(std::fs::read(&place).unwrap(), b"old");
        assert_eq!(
            std::fs::read_dir(place.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }
}
