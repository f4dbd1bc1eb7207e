//! `stillroom run` on a terminal of its own.

use std::{
    io::{Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::home::{Home, until};

struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Vec<u8>>>,
    closing: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn run(home: &Home, arguments: &[&str], columns: u16) -> Self {
        let size = PtySize { rows: 24, cols: columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let program = home.program(arguments);
        let mut command = CommandBuilder::new(program.get_program());
        command.args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let closing = Arc::new(AtomicBool::new(false));
        let (into, close) = (shown.clone(), closing.clone());
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                into.lock().unwrap().extend(&bytes[..count]);
                if close.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, shown, closing, reader }
    }

    fn shows(&self, words: &str) {
        until(&format!("`{words}` is shown"), || {
            String::from_utf8_lossy(&self.shown.lock().unwrap()).contains(words).then_some(())
        });
    }

    /// What the screen shows in the end, and the exit code.
    fn end(mut self, columns: u16) -> (String, u32) {
        let code = until("the program ends", || self.child.try_wait().unwrap()).exit_code();
        drop((self.keys, self.master));
        self.reader.join().unwrap();
        let [rows, columns] = [24, columns].map(|cells| cells.try_into().unwrap());
        let mut screen = vt100::Parser::new(rows, columns, 0);
        screen.process(&self.shown.lock().unwrap());
        (screen.screen().contents(), code)
    }
}

const SPEC: [&str; 4] = ["run", "first-light", "--set", "device=cpu"];

#[test]
fn progress_is_one_line_that_is_gone_in_the_end() {
    let home = Home::new();
    let arguments = [&SPEC[..], &["--set", "condense.iterations=30"]].concat();
    let (screen, code) = Terminal::run(&home, &arguments, 60).end(60);
    assert_eq!(code, 0);
    let lines: Vec<&str> = screen.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("run 1 is finished after")), "{screen}");
    assert!(!screen.contains('['), "no bar is left over: {screen}");
}

#[test]
fn ctrl_c_reaches_the_run_through_the_daemon_and_nobody_else() {
    let home = Home::new();
    let arguments = [&SPEC[..], &["--set", "condense.iterations=100000"]].concat();
    let mut terminal = Terminal::run(&home, &arguments, 100);
    terminal.shows("condensing  [");
    let daemon = home.daemon_pid();
    terminal.keys.write_all(b"\x03").unwrap();
    let (screen, code) = terminal.end(100);
    assert_eq!(code, 130);
    assert!(screen.contains("`stillroom resume 1` goes on"), "{screen}");
    let stopped = home.wait(1, "stopped");
    assert_eq!(stopped["digest"]["checkpoint"], stopped["digest"]["iteration"]);
    assert_eq!(home.daemon_pid(), daemon);
}

#[test]
fn a_run_is_deleted_only_after_a_yes() {
    let home = Home::new();
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    for (answer, code) in [("\r", 1), ("n\r", 1), ("y\r", 0)] {
        let mut terminal = Terminal::run(&home, &["rm", "1"], 100);
        terminal.shows("Delete 1 run? [y/N]");
        assert!(home.run_folder(run).exists());
        terminal.keys.write_all(answer.as_bytes()).unwrap();
        let (screen, ended) = terminal.end(100);
        assert_eq!(ended, code, "{screen}");
        let said = if code == 0 { "run 1 is deleted, with" } else { "nothing was deleted" };
        assert!(screen.contains(said), "{screen}");
    }
    assert_eq!(home.json(&["ls"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_closed_terminal_stops_neither_daemon_nor_run() {
    let home = Home::new();
    let arguments = [&SPEC[..], &["--set", "condense.iterations=100000"]].concat();
    let terminal = Terminal::run(&home, &arguments, 100);
    terminal.shows("condensing  [");
    let (daemon, worker) = (home.daemon_pid(), home.worker_pid(1));
    let Terminal { mut child, master, keys, closing, reader, .. } = terminal;
    // The reader's end is one of the terminal's; it is let go with the next progress that it reads.
    closing.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    drop((keys, master));
    let status = until("the program has left", || child.try_wait().unwrap());
    assert!(!status.success());
    assert!(stillroom::queue::lease::is_alive(worker));
    home.wait_for_iteration(1, home.summary(1)["digest"]["iteration"].as_u64().unwrap() + 1);
    assert_eq!(home.daemon_pid(), daemon);
}
