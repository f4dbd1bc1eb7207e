//! A run on its own screen: panel by panel, chart by chart.

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{finished, summary},
};

#[test]
fn charts_and_panels_of_a_run_are_gone_through() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = screen(&daemon);
    terminal.wait_for("first light");
    terminal.press("\r");
    terminal.wait_for("Synthetic images");
    // To the chart of distances, alone on the screen, logarithmic, read at a cursor.
    terminal.press("\tf");
    terminal.wait_without("Synthetic images");
    terminal.press("Lh");
    terminal.wait_for_all(&["Matching distance, log", "▴ 100"]);
    terminal.press("h");
    terminal.wait_for("▴ 99");
    terminal.press("f");
    terminal.wait_for("Synthetic images");
    terminal.press("\t\tf");
    terminal.wait_for("Distance by class");
    terminal.wait_without("Synthetic images");
    terminal.press("f");
    terminal.wait_for("Synthetic images");
    terminal.press("\x1b");
    terminal.wait_for("› Queue");
}
