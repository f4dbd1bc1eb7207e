//! What can be done, found by a few letters of its name: in the palette, which does it, and in the help.

use stillroom::queue::{Command, RunId};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{finished, queued, run, running, summary},
};

#[test]
fn anything_is_found_by_its_name() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = screen(&daemon);
    terminal.wait_for("first light");
    terminal.press(":what can be set\r");
    terminal.wait_for("monochrome");
    terminal.press("\x1b");
    terminal.wait_for("first light");
}

#[test]
fn the_palette_does_what_is_selected_and_asks_first_where_it_must() {
    let daemon = FakeDaemon::start(vec![summary(running()), run(13, "seed one", queued())]);
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(12);
    terminal.press(":");
    terminal.wait_for("╭ Commands");
    terminal.press("giveup");
    terminal.wait_for("▸ Give the run up, after a question");
    terminal.press("\x1b");
    terminal.wait_without("Commands");
    terminal.press("\x10giveup");
    terminal.wait_for("▸ Give the run up, after a question");
    terminal.press("\r");
    terminal.wait_for("Cancel run 12 \"first light\"");
    terminal.press("n");
    terminal.wait_without("Cancel run 12");
    // The arrow leads from the best that fits to the next one.
    terminal.press(":pause");
    terminal.wait_for("▸ Let the run wait at its next control point, or go on");
    terminal.press("\r");
    terminal.wait_for("run 12 pauses at its next control point");
    assert_eq!(daemon.commands(), [Command::Pause { run: RunId::new(12) }]);
    terminal.press(":zzzzqq");
    terminal.wait_for("nothing is called so");
    terminal.press("\r");
    terminal.wait_without("Commands");
}

#[test]
fn the_palette_leads_to_the_screen_that_does_it() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(12);
    terminal.press(":");
    terminal.wait_for("▸ A new run from a preset");
    terminal.press("\x1b[B");
    terminal.wait_for("▸ Open the selected run");
    terminal.press("\x1b[A");
    terminal.wait_for("▸ A new run from a preset");
    terminal.press("add the runs that the study lacks");
    terminal.wait_for("studies  a");
    terminal.press("\r");
    terminal.wait_for("a: Add the runs that the study lacks, after a question");
    terminal.wait_for("› Studies");
}

#[test]
fn the_help_is_searched_and_kept() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(12);
    terminal.press("?");
    terminal.wait_for_all(&["╭ Keys", "A new run from a preset"]);
    terminal.press("/next control");
    terminal.wait_without("A new run from a preset");
    terminal.wait_for("Let the run wait at its next control point, or go on");
    terminal.press("\r");
    terminal.wait_for("/ search");
    assert!(!terminal.text().contains("A new run from a preset"), "{}", terminal.text());
    terminal.press("/xyzzy");
    terminal.wait_for("no key does that here");
    terminal.press("\x1b");
    terminal.wait_for("A new run from a preset");
    // It is gone with the key that has shown it, and letters are keys again.
    terminal.press("?");
    terminal.wait_without("╭ Keys");
    terminal.press("p");
    terminal.wait_for("run 12 pauses at its next control point");
    assert_eq!(daemon.commands(), [Command::Pause { run: RunId::new(12) }]);
}

#[test]
fn the_help_is_about_the_screen_below_it_and_names_the_keys_that_count() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    std::fs::create_dir(daemon.config_dir()).unwrap();
    std::fs::write(daemon.config_dir().join("keys.toml"), "[queue]\npause = \"f5\"\n").unwrap();
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(12);
    terminal.wait_for("F5 pause");
    terminal.press("?/control point");
    terminal.wait_for("F5 ");
    terminal.wait_for("keys.toml:2");
    terminal.press("\r?");
    terminal.wait_without("╭ Keys");
    terminal.press("4?");
    terminal.wait_for("╭ Keys");
    assert!(!terminal.text().contains("F5"), "{}", terminal.text());
    terminal.press("\x1b");
    terminal.wait_without("╭ Keys");
    terminal.press("1");
    terminal.wait_for_cursor(12);
    // F5, as a terminal sends it.
    terminal.press("\x1b[15~");
    terminal.wait_for("run 12 pauses at its next control point");
    assert_eq!(daemon.commands(), [Command::Pause { run: RunId::new(12) }]);
}
