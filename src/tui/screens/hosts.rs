//! The machines that runs happen on, their devices and what is busy there.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    model::{Link, Model},
    widgets::{fit::fit, panel},
};

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let name = match &model.link {
        Link::Connected(daemon) => daemon.host.clone(),
        _ => "Hosts".to_owned(),
    };
    let look = model.look;
    let title = fit(&name, 30, look.symbols().cut);
    let inside = panel::draw(frame, body, look, &title, Line::default());
    for (device, y) in model.devices.iter().zip(inside.top()..inside.bottom()) {
        let busy = model.queue.busy_on(&device.device);
        let text = format!("{}  {}  {busy}/{} slots", device.device, device.name, device.slots);
        let text = fit(&text, usize::from(inside.width), look.symbols().cut);
        frame.render_widget(Line::raw(text), Rect { y, height: 1, ..inside });
    }
}
