//! A program that has to come to an end, and what it took: time and memory.

use std::{
    fs,
    io::Read,
    process::Command,
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// What a program may take at most; nothing here takes nearly as long unless it hangs.
const LIMIT: Duration = Duration::from_secs(100);

#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub printed: String,
    pub said: String,
    pub peak_mebibytes: u64,
    pub took: Duration,
}

impl Ended {
    /// Checks that it failed in a sentence, that names the host, and took little; gives the sentence.
    pub fn sentence(&self) -> &str {
        eprintln!("{:?}, {} MiB: {}", self.took, self.peak_mebibytes, self.said.trim_end());
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.said.starts_with("error: "), "{self:?}");
        assert!(self.said.contains("box"), "the host is not named: {self:?}");
        assert!(self.said.len() < 1000, "{self:?}");
        assert!(!self.said.contains("os error 32"), "{self:?}");
        assert!((1..300).contains(&self.peak_mebibytes), "{self:?}");
        self.said.trim_end()
    }
}

/// Runs a program to its end.
pub fn ended(command: &mut Command) -> Ended {
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let printed = thread::spawn(move || {
        let mut text = Vec::new();
        out.read_to_end(&mut text).unwrap();
        text
    });
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        err.read_to_end(&mut text).unwrap();
        text
    });
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kibibytes(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("it does not end: {command:?}");
        }
        sleep(Duration::from_millis(2));
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: status.code(),
        printed: text(printed.join().unwrap()),
        said: text(said.join().unwrap()),
        peak_mebibytes: peak >> 10,
        took: begun.elapsed(),
    }
}

/// The most memory that a process has had so far.
fn peak_kibibytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
