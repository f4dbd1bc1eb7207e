//! Signals as messages: end, stop, go on, new size.

use std::io;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::UnboundedSender,
};

use super::msg::Msg;

/// Starts to send signals. From here on none of them ends or stops the program by itself.
pub fn start(send: &UnboundedSender<Msg>) -> io::Result<()> {
    let stop = SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw());
    let go_on = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
    let meanings: [(SignalKind, fn() -> Msg); 7] = [
        (SignalKind::terminate(), || Msg::AskedToEnd),
        (SignalKind::interrupt(), || Msg::AskedToEnd),
        (SignalKind::quit(), || Msg::AskedToEnd),
        (SignalKind::hangup(), || Msg::TerminalGone),
        (SignalKind::window_change(), || Msg::WindowChanged),
        (stop, || Msg::AskedToSuspend),
        (go_on, || Msg::WokenUp),
    ];
    for (kind, msg) in meanings {
        let mut arrivals = signal(kind)?;
        let send = send.clone();
        tokio::spawn(async move {
            while arrivals.recv().await.is_some() && send.send(msg()).is_ok() {}
        });
    }
    Ok(())
}
