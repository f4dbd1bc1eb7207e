use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use super::*;

/// Beats are frequent and nobody is given up.
const PATIENT: Pace = Pace { beat: Duration::from_millis(5), silence: Duration::from_hours(1) };
/// Who is not heard of is soon given up.
const HASTY: Pace = Pace { beat: Duration::from_millis(5), silence: Duration::from_millis(100) };

fn folder() -> (tempfile::TempDir, RunFolder) {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(place.path());
    (place, folder)
}

/// A claim of a machine that nobody can look at.
fn elsewhere(folder: &RunFolder, job: &str) -> (Claims, u64, Claim) {
    let claims = Claims::new(folder.lease());
    let claim = Claim { host: "elsewhere".to_owned(), boot: "other".to_owned(), ..Claim::own(job) };
    let token = claims.make(&claim).unwrap();
    (claims, token, claim)
}

#[test]
fn whoever_comes_leaves_the_run_to_a_worker_that_lives() {
    let (_place, folder) = folder();
    let first = Lease::take(&folder, "5", PATIENT).unwrap();
    assert!(matches!(Lease::take(&folder, "", PATIENT), Err(LeaseError::Busy)));
    assert!(matches!(Lease::take(&folder, "6", PATIENT), Err(LeaseError::Busy)));
    assert!(first.is_held());
    drop(first);
    let next = Lease::take(&folder, "", PATIENT).unwrap();
    assert_eq!((next.token(), next.is_by_silence()), (2, false));
}

#[test]
fn another_try_of_the_same_job_pushes_its_predecessor_out_and_waits_for_it() {
    let (_place, folder) = folder();
    let old = Lease::take(&folder, "5", PATIENT).unwrap();
    let (lost, was_lost) = mpsc::channel();
    let old = old.beating(PATIENT, move || lost.send(()).unwrap());
    thread::scope(|scope| {
        let new = scope.spawn(|| Lease::take(&folder, "5", PATIENT).unwrap());
        was_lost.recv().unwrap();
        assert!(!old.is_held());
        assert!(!new.is_finished(), "the old one is still there");
        drop(old);
        let new = new.join().unwrap();
        assert!(new.is_held() && new.token() == 2 && !new.is_by_silence());
    });
}

#[test]
fn one_that_waits_is_itself_pushed_out_by_the_next() {
    let (_place, folder) = folder();
    let old = Lease::take(&folder, "5", PATIENT).unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(|| Lease::take(&folder, "5", PATIENT));
        let third = Claims::new(folder.lease());
        while third.is_newest(1) {
            thread::sleep(Duration::from_millis(1));
        }
        third.make(&Claim::own("5")).unwrap();
        assert!(matches!(second.join().unwrap(), Err(LeaseError::Overtaken)));
    });
    assert!(!old.is_held());
}

#[test]
fn a_worker_that_nobody_can_look_at_is_over_when_it_is_silent() {
    for job in ["", "5"] {
        let (_place, folder) = folder();
        let (claims, token, _) = elsewhere(&folder, "5");
        let lease = Lease::take(&folder, job, HASTY).unwrap();
        assert!(lease.is_by_silence(), "it may come back");
        assert!(!claims.is_newest(token));
        // It finds its claim, and the newer one beside it.
        assert!(claims.find(token).is_some());
    }
}

#[test]
fn a_worker_elsewhere_that_counts_on_keeps_its_run() {
    let (_place, folder) = folder();
    let (claims, token, mut claim) = elsewhere(&folder, "");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                claim.beats += 1;
                claims.write(token, &claim).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        });
        let come = Lease::take(&folder, "", PATIENT);
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(come, Err(LeaseError::Busy)));
        assert!(claims.is_newest(token));
    });
}

#[test]
fn a_process_that_was_killed_holds_nobody_up() {
    let (_place, folder) = folder();
    // Its claim says nothing of its end, but the system has freed its lock.
    Claims::new(folder.lease()).make(&Claim::own("")).unwrap();
    let lease = Lease::take(&folder, "", PATIENT).unwrap();
    assert_eq!((lease.token(), lease.is_by_silence()), (2, false));
    assert_eq!(Claims::new(folder.lease()).tokens().unwrap(), [2], "the old one is cleared away");
}

#[test]
fn nothing_is_held_of_a_folder_that_is_gone() {
    let (_place, folder) = folder();
    let lease = Lease::take(&folder, "", PATIENT).unwrap();
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert!(!lease.is_held());
}
