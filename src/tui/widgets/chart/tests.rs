use std::time::Instant;

use super::*;

/// A series with this curve.
pub fn curve(name: &str, points: &[(f64, f64)]) -> Series<'static> {
    Series {
        name: name.to_owned().into(),
        points: points.iter().map(|(x, y)| ChartPoint::value(*x, *y)).collect(),
        ..Series::default()
    }
}

/// A chart of these, in ASCII.
pub fn chart(series: Vec<Series<'_>>) -> Chart<'_> {
    Chart {
        look: Look::bare(true, false),
        series,
        references: Vec::new(),
        view: ChartView::default(),
        planned: None,
        x: XUnit::Iterations,
        unit: Unit::Number,
        empty: "nothing yet",
    }
}

fn buffer(chart: &Chart<'_>, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    chart.render(area, &mut buffer);
    buffer
}

fn draw(chart: &Chart<'_>, columns: u16, rows: u16) -> Vec<String> {
    let buffer = buffer(chart, columns, rows);
    (0..rows)
        .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>())
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn falling() -> Vec<(f64, f64)> {
    (0..=10).map(|x| (f64::from(x), f64::from(10 - x))).collect()
}

#[test]
fn a_curve_falls_from_left_to_right() {
    let lines = draw(&chart(vec![curve("", &falling())]), 30, 8);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_no_number_is_a_mark_and_breaks_no_axis() {
    let mut points = falling();
    points[5].1 = f64::NAN;
    let lines = draw(&chart(vec![curve("", &points)]), 30, 8);
    assert!(lines[5].contains('X'), "{lines:#?}");
    let whole = draw(&chart(vec![curve("", &falling())]), 30, 8);
    let first_columns = |lines: &[String]| {
        lines.iter().map(|line| line.chars().take(7).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(first_columns(&lines), first_columns(&whole));
    let nothing = [(1.0, f64::NAN), (2.0, f64::INFINITY)];
    let lines = draw(&chart(vec![curve("", &nothing)]), 30, 8);
    assert!(lines.iter().any(|line| line.contains("nothing yet")));
    assert!(lines.iter().any(|line| line.contains('X')));
    // A bucket that is partly bad has its line and its mark.
    let partly = ChartPoint { bad: 3, ..ChartPoint::value(5.0, 5.0) };
    let both = Series { points: vec![partly].into(), ..Series::default() };
    let text = draw(&chart(vec![both]), 30, 8).concat();
    assert!(text.contains('X') && text.contains(['.', '\'', ':']), "{text}");
}

#[test]
fn points_have_their_spread_and_a_line_to_beat() {
    let score = Series {
        markers: vec![Marker { x: 10.0, mean: 0.8, spread: 0.05 }].into(),
        ..Series::default()
    };
    let labels = ["random 60 %".to_owned(), String::new()];
    let chart = Chart {
        references: vec![Reference { value: 0.6, labels, style: Style::new() }],
        unit: Unit::Percent,
        ..chart(vec![score])
    };
    insta::assert_snapshot!(draw(&chart, 40, 11).join("\n"));
}

/// A noisy decay, scaled.
fn decay(scale: f64, count: u32) -> Vec<(f64, f64)> {
    let noise = |x: u32| f64::from(x * 7919 % 101) / 101.0;
    (0..count)
        .map(|x| (f64::from(x), scale * (3.0 * (-f64::from(x) / 60.0).exp() + noise(x))))
        .collect()
}

#[test]
fn series_overlay_with_a_letter_each_and_a_cursor_that_reads_them() {
    let both = vec![curve("dsa seed 0", &decay(1.0, 300)), curve("dc seed 0", &decay(4.0, 300))];
    let mut both = chart(both);
    insta::assert_snapshot!("two-series", draw(&both, 80, 16).join("\n"));
    both.look.ascii = false;
    both.view = ChartView { log: true, smooth: 0.9, cursor: Some(120.0), ..both.view };
    insta::assert_snapshot!("two-series-log-smooth-cursor", draw(&both, 80, 16).join("\n"));
}

#[test]
fn smoothing_lies_over_the_dimmed_raw_curve() {
    let mut noisy = chart(vec![curve("", &decay(1.0, 300))]);
    noisy.look = Look::bare(false, true);
    noisy.view.smooth = 0.95;
    let buffer = buffer(&noisy, 60, 16);
    let is_dot = |symbol: &str| symbol.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
    let cells = buffer.content().iter().filter(|cell| is_dot(cell.symbol()));
    let (dim, bright): (Vec<_>, Vec<_>) =
        cells.partition(|cell| cell.modifier.contains(Modifier::DIM));
    assert!(dim.len() > 50 && bright.len() > 30, "{} {}", dim.len(), bright.len());
    // The smooth curve is a thin line: about a cell for each column.
    assert!(bright.len() < 2 * 60, "{}", bright.len());
}

#[test]
fn a_window_shows_its_part_alone() {
    let mut long = chart(vec![curve("", &decay(1.0, 300))]);
    long.view.window = Some((200.0, 240.0));
    let lines = draw(&long, 60, 10);
    let axis = lines.last().unwrap();
    assert!(axis.contains("200") && axis.contains("240") && !axis.contains("300"), "{axis}");
    // The peak at the beginning sets no range here.
    assert!(!lines[0].contains('3'), "{lines:#?}");
    assert!(lines[..8].iter().all(|line| line.len() > 20), "{lines:#?}");
}

#[test]
fn a_spike_in_a_bucket_reaches_its_height() {
    let mut points: Vec<ChartPoint> =
        (0..5000).map(|x| ChartPoint::value(f64::from(x), 1.0)).collect();
    points[2500].high = 9.0;
    let spike = Series { points: points.into(), ..Series::default() };
    let lines = draw(&chart(vec![spike]), 60, 12);
    let heights = lines.iter().filter(|line| line.chars().skip(20).any(|c| c == ':')).count();
    assert!(heights >= 6, "{lines:#?}");
}

#[test]
fn a_line_joins_markers_over_names() {
    let names = ["T1", "T2", "T3"].map(str::to_owned);
    let along = |name: &str, means: [f64; 3]| Series {
        name: name.to_owned().into(),
        markers: (0..3)
            .map(|at| Marker { x: f64::from(at), mean: means[at as usize], spread: 0.02 })
            .collect(),
        is_joined: true,
        ..Series::default()
    };
    let both = vec![along("herding", [0.9, 0.7, 0.6]), along("dsa", [0.92, 0.8, 0.72])];
    let chart = Chart { x: XUnit::Names(&names), unit: Unit::Percent, ..chart(both) };
    insta::assert_snapshot!("markers-over-names", draw(&chart, 60, 14).join("\n"));
}

#[test]
fn no_size_is_too_small_and_no_value_too_large() {
    let values = [
        (1.0, f64::MAX),
        (2.0, f64::MIN),
        (3.0, f64::NAN),
        (4.0, 0.0),
        (5.0, f64::MIN_POSITIVE),
        (f64::INFINITY, 3.0),
    ];
    let mut wild = chart(vec![curve("one", &values), curve("", &[]), curve("three", &values)]);
    wild.series[2].markers = vec![Marker { x: 2.0, mean: 1e308, spread: 1e308 }].into();
    let mut tame = chart(vec![curve("one", &decay(1.0, 30)), curve("two", &decay(2.0, 30))]);
    let windows = [None, Some((2.0, 2.5)), Some((9.0, 3.0)), Some((-7.0, f64::NAN))];
    for (log, window) in [false, true].into_iter().flat_map(|log| windows.map(|w| (log, w))) {
        for chart in [&mut wild, &mut tame] {
            chart.view = ChartView { log, smooth: 0.9, window, cursor: Some(3.0), ..chart.view };
            for ascii in [false, true] {
                chart.look.ascii = ascii;
                for columns in (0..30).chain([80, 200]) {
                    for rows in (0..12).chain([60]) {
                        draw(chart, columns, rows);
                    }
                }
            }
        }
    }
    let rows = draw(&tame, 13, 4);
    assert!(rows.iter().any(|row| !row.is_empty()), "{rows:#?}");
}

#[test]
fn names_cannot_break_out() {
    let hostile = "\u{1b}[31mred\u{202e}\u{200b}\n\ttwo";
    let mut both = chart(vec![curve(hostile, &falling()), curve("蒸留所蒸留所", &falling())]);
    both.view.cursor = Some(3.0);
    for columns in [13, 20, 40, 80] {
        let text = draw(&both, columns, 20).concat();
        assert!(!text.contains(['\u{1b}', '\n', '\t', '\u{202e}']), "{text:?}");
    }
}

/// The time of one drawing. It takes another machine's quiet minute to mean much, so it is asked for by name:
/// `cargo test --release --lib time_of_a_chart -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
// The figure is what one asks for.
#[allow(clippy::print_stdout)]
fn time_of_a_chart() {
    const TIMES: u32 = 200;
    let series = (0..8).map(|at| curve("a run", &decay(f64::from(at + 1), 4096)));
    let mut large = chart(series.collect());
    large.look = Look::bare(false, true);
    for (what, view) in [
        ("linear", ChartView::default()),
        ("log, smooth", ChartView { log: true, smooth: 0.9, ..ChartView::default() }),
    ] {
        large.view = ChartView { cursor: Some(77.0), ..view };
        let area = Rect::new(0, 0, 200, 60);
        let mut buffer = Buffer::empty(area);
        let start = Instant::now();
        (0..TIMES).for_each(|_| (&large).render(area, &mut buffer));
        let each = start.elapsed() / TIMES;
        println!("8 series of 4096 points at 200 x 60, {what}: {each:?}");
        assert!(each.as_millis() < 2, "{each:?}");
    }
}
