//! Work spread over all threads, and sums that come out the same however it was spread.
//!
//! Tasks are taken up in the order of their numbers, whichever thread is free. What they give is added up
//! in that order too, as soon as its turn has come, so a sum has the same value on any number of threads
//! and few summands ever wait.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Does `work` for every task in `0..tasks` on all threads of the pool.
pub fn spread(tasks: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let take = || loop {
        let task = next.fetch_add(1, Ordering::Relaxed);
        if task >= tasks {
            break;
        }
        work(task);
    };
    if tasks < 2 {
        take();
    } else {
        rayon::broadcast(|_| take());
    }
}

/// Things to work with that are handed back and used again, instead of being made for every task.
#[derive(Debug, Default)]
pub struct Spares<T>(Mutex<Vec<T>>);

impl<T> Spares<T> {
    /// None yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// One that was handed back, or a new one.
    pub fn take(&self, new: impl FnOnce() -> T) -> T {
        let spare = lock(&self.0).pop();
        spare.unwrap_or_else(new)
    }

    /// Hands one back.
    pub fn give(&self, spare: T) {
        lock(&self.0).push(spare);
    }
}

/// A sum whose summands arrive in any order and are added in the order of their numbers.
#[derive(Debug)]
pub struct OrderedSum<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    next: usize,
    total: Option<T>,
    waiting: BTreeMap<usize, T>,
}

impl<T> OrderedSum<T> {
    /// The sum of nothing.
    pub fn new() -> Self {
        Self(Mutex::new(State { next: 0, total: None, waiting: BTreeMap::new() }))
    }

    /// Adds summand `number`, and those that waited for it, with `add`; `done` gets each one back
    /// afterwards. The first becomes the sum itself.
    pub fn add(&self, number: usize, summand: T, add: impl Fn(&mut T, &T), done: impl Fn(T)) {
        let mut state = lock(&self.0);
        let State { next, total, waiting } = &mut *state;
        waiting.insert(number, summand);
        while let Some(summand) = waiting.remove(next) {
            *next += 1;
            match total {
                Some(total) => {
                    add(total, &summand);
                    done(summand);
                }
                None => *total = Some(summand),
            }
        }
    }

    /// How many summands are in the sum.
    pub fn count(&self) -> usize {
        lock(&self.0).next
    }

    /// The sum, which starts anew.
    pub fn take(&self) -> Option<T> {
        lock(&self.0).total.take()
    }
}

/// A panic elsewhere ends the whole computation; what it left behind is not used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once_on_any_number_of_threads() {
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for tasks in [0, 1, 2, 100] {
                let done: Vec<_> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                pool.install(|| {
                    spread(tasks, |task| {
                        done[task].fetch_add(1, Ordering::Relaxed);
                    });
                });
                assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn summands_are_added_in_the_order_of_their_numbers() {
        let sum = OrderedSum::new();
        let back = Spares::new();
        for number in [2, 0, 3, 1, 4] {
            sum.add(number, number.to_string(), |all, one| *all += one, |one| back.give(one));
        }
        assert_eq!((sum.count(), sum.take().as_deref()), (5, Some("01234")));
        assert_eq!(back.take(String::new), "4");
        assert_eq!(back.take(String::new), "3");
    }
}
