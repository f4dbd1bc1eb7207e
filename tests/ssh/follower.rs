//! A command that follows a run, and the numbers of the events that it has printed so far.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use serde_json::Value;

use super::home::{kill, until};

pub struct Follower {
    name: String,
    child: Child,
    seen: Arc<Mutex<Vec<u64>>>,
    reader: Option<JoinHandle<()>>,
    /// What it says beside, for when it fails.
    said: Option<JoinHandle<String>>,
}

impl Follower {
    pub fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = seen.clone();
        let reader = thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                let value: Value = serde_json::from_str(&line.unwrap()).unwrap();
                // Other lines are no events.
                if let Some(seq) = value["seq"].as_u64() {
                    into.lock().unwrap().push(seq);
                }
            }
        });
        let said = thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        let (reader, said) = (Some(reader), Some(said));
        Self { name: name.to_owned(), child, seen, reader, said }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Waits until it has printed so many more than now.
    pub fn wait_for_more(&mut self, more: usize) -> usize {
        let wanted = self.count() + more;
        until(&format!("{} has printed {wanted} events", self.name), || {
            if let Some(status) = self.child.try_wait().unwrap() {
                let said = self.said.take().map(|said| said.join().unwrap());
                panic!("{} ended early, with {status}: {said:?}", self.name);
            }
            Some(self.count()).filter(|count| *count >= wanted)
        })
    }

    /// Waits for its end. The numbers, and what it said.
    pub fn end(mut self) -> (Vec<u64>, String) {
        until(&format!("{} has ended", self.name), || self.child.try_wait().unwrap());
        self.reader.take().unwrap().join().unwrap();
        let said = self.said.take().unwrap().join().unwrap();
        (self.seen.lock().unwrap().clone(), said)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            kill(self.child.id());
            let _ = self.child.wait();
        }
    }
}
