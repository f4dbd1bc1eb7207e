//! The program on a terminal that a test plays: it answers questions, remembers every byte, and shows text.

use std::{
    cell::RefCell,
    fs::OpenOptions,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::{
    fs::OFlags,
    process::{Pid, Signal, kill_process},
    termios::{self, LocalModes},
};

use super::fake_daemon::FakeDaemon;
use super::waiting::LIMIT;
pub use super::waiting::until;

/// How long nothing must come until a screen counts as complete.
const QUIET: Duration = Duration::from_millis(400);

pub const SIXEL: &[u8] = b"\x1bP9;1;0q";
pub const ENTER_SCREEN: &[u8] = b"\x1b[?1049h";
pub const LEAVE_SCREEN: &[u8] = b"\x1b[?1049l";
pub const MOUSE_OFF: &[u8] = b"\x1b[?1000l";
/// What stands around every frame, so that a terminal shows it at once.
const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// What a terminal answers to the question about its attributes, and how late.
#[derive(Clone, Copy)]
pub struct Manner {
    pub attributes: &'static str,
    pub kitty: Option<&'static str>,
    pub delay: Duration,
}

pub const WITH_SIXELS: Manner =
    Manner { attributes: "\x1b[?62;4;22c", kitty: None, delay: Duration::ZERO };
pub const WITHOUT_SIXELS: Manner = Manner { attributes: "\x1b[?62;22c", ..WITH_SIXELS };

const PROGRAM: &str = env!("CARGO_BIN_EXE_stillroom");

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
    closing: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    size: (u16, u16),
    shown: RefCell<Shown>,
}

/// What the bytes so far come to on a screen.
struct Shown {
    parser: vt100::Parser,
    bytes: usize,
}

impl Shown {
    fn nothing((columns, rows): (u16, u16)) -> Self {
        let [rows, columns] = [rows, columns].map(|cells| cells.try_into().unwrap());
        Self { parser: vt100::Parser::new(rows, columns, 0), bytes: 0 }
    }
}

const fn pty_size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: columns * 8, pixel_height: rows * 15 }
}

/// Whatever terminal the tests are run in.
fn in_an_xterm(command: &mut CommandBuilder) {
    for name in ["SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "NO_COLOR", "TERM_PROGRAM"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color");
}

impl Terminal {
    pub fn start(daemon: &FakeDaemon, size: (u16, u16), manner: Manner) -> Self {
        Self::start_with(daemon, size, manner, &[])
    }

    pub fn start_with(
        daemon: &FakeDaemon,
        size: (u16, u16),
        manner: Manner,
        variables: &[(&str, &str)],
    ) -> Self {
        let command = CommandBuilder::new(PROGRAM);
        Self::spawn_for(command, daemon, size, manner, variables)
    }

    /// The same with whatever a command starts, as the tests over ssh need it.
    #[allow(dead_code)]
    pub fn of(command: &Command, size: (u16, u16), manner: Manner) -> Self {
        let mut builder = CommandBuilder::new(command.get_program());
        in_an_xterm(&mut builder);
        builder.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => builder.env(name, value),
                None => builder.env_remove(name),
            }
        }
        Self::spawn(builder, size, manner)
    }

    /// The same as a job of a shell, which says when the job has stopped and wakes it with the next line.
    pub fn start_in_shell(daemon: &FakeDaemon, size: (u16, u16), manner: Manner) -> Self {
        let mut command = CommandBuilder::new("sh");
        let script = r#"set -m; "$0"; while true; do echo "the shell has it"; read line; fg; done"#;
        command.args(["-c", script, PROGRAM]);
        Self::spawn_for(command, daemon, size, manner, &[])
    }

    fn spawn_for(
        mut command: CommandBuilder,
        daemon: &FakeDaemon,
        size: (u16, u16),
        manner: Manner,
        variables: &[(&str, &str)],
    ) -> Self {
        in_an_xterm(&mut command);
        command.env("STILLROOM_DATA_DIR", daemon.data_dir());
        // Whoever runs the tests may have settings of their own.
        command.env("STILLROOM_CONFIG_DIR", daemon.config_dir());
        command.env("XDG_RUNTIME_DIR", daemon.folder.path().join("runtime"));
        for (name, value) in variables {
            command.env(name, value);
        }
        Self::spawn(command, size, manner)
    }

    fn spawn(command: CommandBuilder, size: (u16, u16), manner: Manner) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let closing = Arc::new(AtomicBool::new(false));
        let (into, answers, close) = (bytes.clone(), keys.clone(), closing.clone());
        let reader = thread::spawn(move || {
            let mut chunk = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                into.lock().unwrap().extend(&chunk[..count]);
                if close.load(Ordering::Relaxed) {
                    return;
                }
                if contains(&chunk[..count], b"\x1b[c") {
                    let kitty = manner.kitty.unwrap_or_default();
                    let text = format!("\x1b[?1;0;256S{kitty}{}", manner.attributes);
                    let answers = answers.clone();
                    thread::spawn(move || {
                        sleep(manner.delay);
                        answers.lock().unwrap().write_all(text.as_bytes()).unwrap();
                    });
                }
            }
        });
        let (master, reader) = (Some(pair.master), Some(reader));
        let shown = RefCell::new(Shown::nothing(size));
        Self { child, master, keys, bytes, closing, reader, size, shown }
    }

    pub fn press(&self, keys: &str) {
        self.keys.lock().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.master.as_ref().unwrap().resize(pty_size(size)).unwrap();
    }

    /// The program: what was started, or its child where that is a shell.
    pub fn pid(&self) -> Pid {
        let started = self.child.process_id().unwrap();
        let children = format!("/proc/{started}/task/{started}/children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        let pid = children.split_whitespace().next().and_then(|pid| pid.parse().ok());
        Pid::from_raw(pid.unwrap_or(started as i32)).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The state of the process, as the system writes it: `T` is stopped.
    pub fn process_state(&self) -> Option<char> {
        let path = format!("/proc/{}/stat", self.pid().as_raw_pid());
        let stat = std::fs::read_to_string(path).ok()?;
        stat.rsplit(')').next()?.trim().chars().next()
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> usize {
        self.bytes.lock().unwrap().len()
    }

    /// The bytes from a position on.
    pub fn since(&self, start: usize) -> Vec<u8> {
        self.bytes.lock().unwrap()[start..].to_vec()
    }

    pub fn sixels_since(&self, start: usize) -> usize {
        count(&self.since(start), SIXEL)
    }

    /// What the screen shows.
    pub fn text(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    /// Reads the screen cell by cell. A frame that has not come whole is not shown yet.
    pub fn look<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        let mut shown = self.shown.borrow_mut();
        let (rows, columns) = shown.parser.screen().size();
        if (columns.get(), rows.get()) != self.size {
            *shown = Shown::nothing(self.size);
        }
        let bytes = self.bytes.lock().unwrap();
        let new = &bytes[shown.bytes..];
        let whole = match (position_of_last(new, FRAME_BEGIN), position_of_last(new, FRAME_END)) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => &new[..begin],
            _ => new,
        };
        shown.parser.process(whole);
        shown.bytes += whole.len();
        read(shown.parser.screen())
    }

    pub fn wait_for(&self, words: &str) {
        until(|| self.text().contains(words), || format!("`{words}` in\n{}", self.text()));
    }

    /// Waits until nothing is written any more.
    pub fn settle(&self) {
        let mut before = self.written();
        let mut since = Instant::now();
        let deadline = Instant::now() + LIMIT;
        while since.elapsed() < QUIET {
            assert!(Instant::now() < deadline, "the screen never comes to rest");
            sleep(Duration::from_millis(20));
            if self.written() != before {
                before = self.written();
                since = Instant::now();
            }
        }
    }

    /// True when the terminal device is as a shell wants it: lines, echo.
    pub fn is_cooked(&self) -> bool {
        let path = self.master.as_ref().unwrap().tty_name().unwrap();
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits() as i32)
            .open(path)
            .unwrap();
        let modes = termios::tcgetattr(&device).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Closes the terminal, as a window does.
    pub fn close(&mut self) {
        // The reader's end is one of the terminal's; it is let go with the next bytes, which a key brings.
        self.closing.store(true, Ordering::Relaxed);
        self.press("?");
        self.reader.take().unwrap().join().unwrap();
        self.master = None;
        *self.keys.lock().unwrap() = Box::new(std::io::sink());
    }

    /// Waits for the end of the program and gives its exit code.
    pub fn end(&mut self) -> u32 {
        let mut code = None;
        until(
            || {
                code = self.child.try_wait().unwrap().map(|status| status.exit_code());
                code.is_some()
            },
            || "the program goes on".to_owned(),
        );
        // What it wrote last may still be on its way to the reader.
        sleep(Duration::from_millis(100));
        code.unwrap()
    }

    /// Checks that what was written from `start` on gives the terminal back.
    pub fn assert_restored(&self, start: usize) {
        let bytes = self.since(start);
        let text = String::from_utf8_lossy(&bytes);
        let last = |needle: &[u8]| position_of_last(&bytes, needle);
        let left =
            last(LEAVE_SCREEN).unwrap_or_else(|| panic!("the screen was not left: {text:?}"));
        assert!(last(ENTER_SCREEN).is_none_or(|entered| entered < left), "{text:?}");
        assert!(contains(&bytes[..left], MOUSE_OFF), "mouse off before leaving: {text:?}");
        assert!(contains(&bytes[left..], MOUSE_OFF), "mouse off after leaving: {text:?}");
        assert!(contains(&bytes[left..], b"\x1b[?25h"), "cursor: {text:?}");
        assert!(last(b"\x1b[?2004l").is_some(), "bracketed paste: {text:?}");
        assert!(last(b"\x1b[?1004l").is_some(), "word of the focus: {text:?}");
        let modes = ["1000h", "1002h", "1004h", "1006h", "25l", "2004h"];
        for on in modes.map(|mode| format!("\x1b[?{mode}").into_bytes()) {
            assert!(!contains(&bytes[left..], &on), "{text:?}");
        }
        assert!(self.is_cooked());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A program that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    count(bytes, needle) > 0
}

pub fn count(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).filter(|window| *window == needle).count()
}

fn position_of_last(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).rposition(|window| window == needle)
}
