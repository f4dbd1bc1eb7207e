//! Downloads from a server that does everything that servers do wrong.

use super::*;
use crate::data::fetch::test_server::{Answer, Server};

/// Bytes that differ along the way.
fn content() -> Vec<u8> {
    (0..300_000_u32).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// The SHA-256 of that.
fn sum() -> &'static str {
    sha256(content().as_slice()).unwrap().leak()
}

struct Trial {
    folder: tempfile::TempDir,
    steps: Vec<Step>,
    result: Result<PathBuf, FetchError>,
}

impl Trial {
    fn got(&self) -> Vec<u8> {
        fs::read(self.result.as_ref().unwrap()).unwrap()
    }
    fn said(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
    fn waits(&self) -> Vec<String> {
        let problem = |step: &'_ Step| match step {
            Step::Waiting { problem, .. } => Some(problem.clone()),
            _ => None,
        };
        self.steps.iter().filter_map(problem).collect()
    }
    /// What lies in the folder.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn remote(server: &Server) -> Remote {
    let urls = vec![server.url("x.bin")];
    Remote { file: "x.bin".to_owned(), urls, bytes: None, sum: Sum::Sha256(sum()) }
}

fn fetch_in(folder: tempfile::TempDir, remote: &Remote) -> Trial {
    let mut steps = Vec::new();
    let result = download(remote, folder.path(), &Policy::hasty(), &mut |step| {
        steps.push(step.clone());
    });
    Trial { folder, steps, result }
}

fn fetch(answers: Vec<Answer>) -> (Trial, Vec<String>) {
    let server = Server::new(answers);
    let trial = fetch_in(tempfile::tempdir().unwrap(), &remote(&server));
    (trial, server.asked())
}

#[test]
fn a_file_comes_whole_and_is_compared() {
    let (trial, asked) = fetch(vec![Answer::whole(content())]);
    assert_eq!(trial.got(), content());
    assert_eq!(trial.left(), ["x.bin"]);
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].to_lowercase().contains("range:"));
    let last = Step::Complete { file: "x.bin".to_owned(), bytes: 300_000, compared: true };
    assert_eq!(trial.steps.last(), Some(&last));
    let coming = |step: &Step| matches!(step, Step::Coming { total: Some(300_000), .. });
    assert!(trial.steps.iter().any(coming));
}

#[test]
fn a_connection_that_breaks_is_gone_on_with_from_where_it_was() {
    let (trial, asked) = fetch(vec![
        Answer::whole(content()).cut_after(100_000),
        Answer::part(&content(), 100_000).cut_after(50_000),
        Answer::part(&content(), 150_000),
    ]);
    assert_eq!(trial.got(), content());
    assert_eq!(asked.len(), 3);
    let asked: Vec<_> = asked.iter().map(|head| head.to_lowercase()).collect();
    assert!(asked[1].contains("range: bytes=100000-"), "{}", asked[1]);
    assert!(asked[2].contains("range: bytes=150000-"), "{}", asked[2]);
    assert!(asked[1].contains("if-range: \"v1\""), "{}", asked[1]);
    assert_eq!(trial.waits().len(), 2);
}

#[test]
fn a_later_run_goes_on_with_what_an_earlier_one_left() {
    let server = Server::new(vec![
        Answer::whole(content()).cut_after(100_000),
        Answer::status(503),
        Answer::status(503),
        Answer::status(503),
        Answer::part(&content(), 100_000),
    ]);
    let first = fetch_in(tempfile::tempdir().unwrap(), &remote(&server));
    let text = first.said();
    assert!(text.contains("it answered 503 (Service Unavailable)"), "{text}");
    assert!(text.contains("100000 bytes have come and are kept"), "{text}");
    assert_eq!(first.left(), ["x.bin.note", "x.bin.part"]);
    let second = fetch_in(first.folder, &remote(&server));
    assert_eq!(second.got(), content());
    assert_eq!(second.left(), ["x.bin"]);
}

#[test]
fn a_server_that_ignores_ranges_or_has_a_new_version_sends_it_whole() {
    let (trial, asked) =
        fetch(vec![Answer::whole(vec![1; 300_000]).cut_after(100_000), Answer::whole(content())]);
    assert_eq!((trial.got(), asked.len()), (content(), 2));
    // A part that is not the one asked for.
    let (trial, asked) = fetch(vec![
        Answer::whole(content()).cut_after(100_000),
        Answer::part(&content(), 90_000),
        Answer::whole(content()),
    ]);
    assert_eq!((trial.got(), asked.len()), (content(), 3));
    assert!(!asked[2].to_lowercase().contains("range:"));
    // Without a mark nothing can be gone on with.
    let (trial, asked) = fetch(vec![
        Answer::whole(content()).without_mark().cut_after(100_000),
        Answer::whole(content()),
    ]);
    assert_eq!(trial.got(), content());
    assert!(!asked[1].to_lowercase().contains("range:"));
}

#[test]
fn parts_of_two_versions_are_fetched_once_more_in_one_piece() {
    let (trial, asked) = fetch(vec![
        Answer::whole(vec![1; 300_000]).cut_after(100_000),
        Answer::part(&content(), 100_000),
        Answer::whole(content()),
    ]);
    assert_eq!((trial.got(), asked.len()), (content(), 3));
}

#[test]
fn a_stall_is_noticed_and_got_over() {
    let (trial, asked) =
        fetch(vec![Answer::whole(content()).stalled_after(1_000), Answer::part(&content(), 1_000)]);
    assert_eq!((trial.got(), asked.len()), (content(), 2));
    assert_eq!(trial.waits(), ["nothing came for 0.3 seconds"]);
}

#[test]
fn lies_about_the_length_end_in_a_sentence() {
    // Longer than what comes, again and again.
    let longer = || Answer::whole(content()).with_length(400_000);
    let (trial, asked) = fetch(vec![longer(), Answer::status(416), longer(), longer(), longer()]);
    let text = trial.said();
    assert!(text.contains("could not be fetched") || text.contains("another file"), "{text}");
    assert!(asked.len() <= 5);
    // Shorter: the rest is not read.
    let shorter = || Answer::whole(content()).with_length(1_000);
    let (trial, _) = fetch(vec![shorter(), shorter()]);
    assert!(trial.said().contains("another file than the published one: its SHA-256 is"));
    assert_eq!(trial.left(), [""; 0]);
    // Another one than was published.
    let server = Server::new(vec![Answer::whole(content())]);
    let known = Remote { bytes: Some(299_999), ..remote(&server) };
    let trial = fetch_in(tempfile::tempdir().unwrap(), &known);
    assert!(trial.said().contains("300000 bytes long; the published file has 299999"));
    // Without end.
    let server = Server::new(vec![Answer::whole(vec![0; 300_000]).without_length()]);
    let endless = Remote { bytes: Some(1_000), ..remote(&server) };
    let trial = fetch_in(tempfile::tempdir().unwrap(), &endless);
    assert!(trial.said().contains("the published file has 1000"), "{}", trial.said());
}

#[test]
fn wrong_bytes_are_told_and_not_kept() {
    let (trial, _) = fetch(vec![Answer::whole(b"<html>".to_vec())]);
    let text = trial.said();
    assert!(text.contains("another file than the published one"), "{text}");
    assert!(text.contains(sum()) && text.contains("--url"), "{text}");
    assert_eq!(trial.left(), [""; 0]);
}

#[test]
fn redirects_are_followed_and_refusals_are_told() {
    let (trial, asked) = fetch(vec![Answer::redirect("/elsewhere"), Answer::whole(content())]);
    assert_eq!(trial.got(), content());
    assert!(asked[1].starts_with("GET /elsewhere"));
    let (trial, _) = fetch((0..20).map(|_| Answer::redirect("/again")).collect());
    assert!(trial.said().contains("without end"), "{}", trial.said());
    let (trial, asked) = fetch(vec![Answer::status(404)]);
    assert!(trial.said().contains("answers 404 (Not Found); look for a mirror"));
    assert_eq!(asked.len(), 1);
    let (trial, asked) =
        fetch(vec![Answer::status(503), Answer::status(429), Answer::whole(content())]);
    assert_eq!((trial.got(), asked.len()), (content(), 3));
    let nowhere = Remote { urls: vec!["no address".to_owned()], ..remote(&Server::new(vec![])) };
    let text = fetch_in(tempfile::tempdir().unwrap(), &nowhere).said();
    assert!(text.contains("no address"), "{text}");
}

#[test]
fn the_next_address_is_tried_when_one_fails() {
    let (bad, good) =
        (Server::new(vec![Answer::status(404)]), Server::new(vec![Answer::whole(content())]));
    let urls = vec![bad.url("x.bin"), good.url("x.bin")];
    let trial = fetch_in(tempfile::tempdir().unwrap(), &Remote { urls, ..remote(&good) });
    assert_eq!(trial.got(), content());
    assert!(trial.steps.iter().any(|step| matches!(step, Step::Elsewhere { .. })));
}

#[test]
fn content_is_compared_unpacked() {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&content()).unwrap();
    let packed = encoder.finish().unwrap();
    let half = packed[..packed.len() / 2].to_vec();
    let server = Server::new(vec![Answer::whole(packed.clone()), Answer::whole(half)]);
    let remote = Remote { sum: Sum::Content(sum()), ..remote(&server) };
    let trial = fetch_in(tempfile::tempdir().unwrap(), &remote);
    assert_eq!(trial.got(), packed);
    let text = fetch_in(tempfile::tempdir().unwrap(), &remote).said();
    assert!(text.contains("a damaged file: it is damaged gzip"), "{text}");
    assert_eq!(hashed_text::<Md5>(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
}

fn hashed_text<D: Digest>(text: &[u8]) -> String {
    digits(&D::new_with_prefix(text).finalize())
}

#[test]
fn a_folder_that_cannot_be_written_ends_in_a_sentence() {
    let server = Server::new(vec![Answer::whole(content())]);
    let error = download(&remote(&server), Path::new("/dev/null/x"), &Policy::hasty(), &mut |_| ());
    assert!(error.unwrap_err().to_string().contains("/dev/null/x cannot be written"));
    assert!(free(Path::new("/")).is_some_and(|bytes| bytes > 0));
}
