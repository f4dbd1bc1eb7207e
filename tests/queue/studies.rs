//! Studies as the daemon tells them: listed, shown, and filled with runs.

use std::fs;

use serde_json::json;

use super::{home::Home, protocol::Talk};

const STUDY: &str = r#"# Two small sets beside each other.
title = "Two sets"
corner = "method"
rows = [
    { name = "DSA", set = { method = "dsa" }, published = ["88.7±0.6"] },
    { name = "DC", set = { method = "dc" } },
]
columns = [{ name = "1", set = { ipc = 1 } }]

[base]
device = "cpu"

[base.condense]
iterations = 3
"#;

fn write(home: &Home) {
    let folder = home.folder.path().join("config/studies");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mine.toml"), STUDY).unwrap();
    fs::write(folder.join("broken.toml"), "title = 3\n").unwrap();
}

#[test]
fn a_study_is_filled_with_runs_once_and_shown_as_they_finish() {
    let home = Home::new();
    write(&home);
    let mut talk = Talk::greeted(&home);
    let dry = json!({"id": 2, "ask": "add_study", "study": "mine", "dry": true});
    let answer = talk.ask(&dry)["answer"].clone();
    assert_eq!(answer["missing"].as_array().unwrap().len(), 2, "{answer}");
    assert!(home.json(&["ls"]).as_array().unwrap().is_empty());

    let added = home.prints(&["study", "add", "mine", "--no-estimate"]);
    assert!(added.starts_with("2 runs added\n"), "{added}");
    assert_eq!(home.summary(1)["study"], "mine");
    assert_eq!(home.summary(1)["title"], "DSA, 1, mine");
    for run in [1, 2] {
        home.wait(run, "finished");
    }
    let again = home.json(&["study", "add", "mine", "--no-estimate"]);
    assert_eq!((&again["added"], &again["there"]), (&json!([]), &json!([1, 2])));

    let table = home.json(&["study", "show", "mine"]);
    let cell = &table["rows"][0][1][0];
    assert_eq!((&cell["ours"]["state"], &cell["runs"]), (&json!("done"), &json!([1])));
    let answer = talk.ask(&json!({"id": 3, "ask": "study", "study": "mine"}))["answer"].clone();
    assert_eq!((&answer["stands"]["kind"], &answer["name"]), (&json!("table"), &json!("mine")));
    assert_eq!(answer["stands"]["rows"], table["rows"]);
    let figure = home.folder.path().join("figure.svg");
    home.prints(&["study", "show", "mine", "--svg", figure.to_str().unwrap()]);
    assert!(fs::read_to_string(figure).unwrap().contains("Two sets"));

    // The same study from a file that the daemon does not know.
    let file = home.folder.path().join("elsewhere.toml");
    fs::write(&file, STUDY).unwrap();
    assert_eq!(home.json(&["study", "show", file.to_str().unwrap()])["rows"], table["rows"]);
}

#[test]
fn studies_are_listed_with_their_progress_and_their_faults() {
    let home = Home::new();
    write(&home);
    let list = home.json(&["study", "ls"]);
    let named = |name: &str| {
        let mut all = list.as_array().unwrap().iter();
        all.find(|study| study["name"] == name).cloned().unwrap()
    };
    let mine = named("mine");
    assert_eq!(mine["purpose"], "Two small sets beside each other.");
    assert_eq!((&mine["progress"]["cells"], &mine["progress"]["missing"]), (&json!(2), &json!(2)));
    assert!(named("broken")["fault"].as_str().unwrap().starts_with("broken: "));
    assert!(named("table-1-small")["progress"]["cells"].as_u64().unwrap() > 10);
    let said = home.fails(&["study", "show", "table-1-smal"]);
    assert!(said.contains("did you mean") || said.contains("Did you mean"), "{said}");
    let said = home.fails(&["study", "show", "broken"]);
    assert!(said.starts_with("error: broken: "), "{said}");
}
