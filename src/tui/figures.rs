//! Figures as people read them: times, shares, accuracies, numbers on an axis.

use jiff::{Timestamp, tz::TimeZone};

use super::look::{Look, Symbols};

/// Seconds in at most two units: `7s`, `1m 05s`, `2h 14m`, `3d 04h`.
pub fn duration(secs: f64) -> String {
    let secs = secs.max(0.0) as u64;
    match secs {
        0..60 => format!("{secs}s"),
        60..3600 => format!("{}m {:02}s", secs / 60, secs % 60),
        3600..86_400 => format!("{}h {:02}m", secs / 3600, secs % 3600 / 60),
        _ => format!("{}d {:02}h", secs / 86_400, secs % 86_400 / 3600),
    }
}

/// The time of day.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// An accuracy between 0 and 1 with its standard deviation: `81.2 ± 0.8 %`.
pub fn accuracy((mean, std): (f64, f64), symbols: &Symbols) -> String {
    format!("{:.1} {} {:.1} %", mean * 100.0, symbols.plus_minus, std * 100.0)
}

/// The same without a unit, ten cells wide: `81.2 ± 0.8`.
pub fn bare_accuracy((mean, std): (f64, f64), look: Look) -> String {
    let between = if look.ascii { " +-" } else { " ± " };
    format!("{:.1}{between}{:.1}", mean * 100.0, std * 100.0)
}

/// The difference of two accuracies in points: `+19.2 points`.
pub fn points(from: f64, to: f64) -> String {
    format!("{:+.1} points", (to - from) * 100.0)
}

/// A measured number in at most seven characters: `0.01234`, `12.35`, `1.2e6`.
pub fn measure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        value.to_string()
    } else if size == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.1e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

/// Bytes in whole MiB, none of them left out.
pub fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// Bytes in the unit that leaves at most four digits: `812 B`, `3.4 kB`, `1.2 MB`.
pub fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut units = ["kB", "MB", "GB", "TB"].into_iter();
    let mut unit = "B";
    while size >= 999.5 {
        let Some(larger) = units.next() else { break };
        (size, unit) = (size / 1000.0, larger);
    }
    if unit == "B" || size >= 99.95 {
        format!("{size:.0} {unit}")
    } else {
        format!("{size:.1} {unit}")
    }
}

/// `1 image`, `2 images`.
pub fn count(number: u64, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units() {
        let cases = [
            (0.4, "0s"),
            (59.9, "59s"),
            (65.0, "1m 05s"),
            (8040.0, "2h 14m"),
            (273_600.0, "3d 04h"),
        ];
        for (secs, text) in cases {
            assert_eq!(duration(secs), text);
        }
        assert_eq!(duration(-3.0), "0s");
    }

    #[test]
    fn accuracies_are_in_percent() {
        let unicode = Look::bare(false, true).symbols();
        let ascii = Look::bare(true, true).symbols();
        assert_eq!(accuracy((0.8123, 0.0081), unicode), "81.2 ± 0.8 %");
        assert_eq!(accuracy((0.8123, 0.0081), ascii), "81.2 +- 0.8 %");
        assert_eq!(points(0.62, 0.812), "+19.2 points");
        for look in [Look::bare(false, true), Look::bare(true, true)] {
            assert_eq!(bare_accuracy((0.8123, 0.0081), look).chars().count(), 10);
        }
    }

    #[test]
    fn a_begun_mebibyte_counts() {
        assert_eq!(mebibytes((5 << 20) + 1), "6 MiB");
        assert_eq!(mebibytes(5 << 20), "5 MiB");
    }

    #[test]
    fn bytes_have_the_unit_that_fits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (99_960, "100 kB"),
            (999_600, "1.0 MB"),
            (3_400_000_000, "3.4 GB"),
        ];
        for (number, text) in cases {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn measures_stay_short() {
        let cases = [
            (0.012_345, "0.0123"),
            (12.345, "12.35"),
            (123.4, "123"),
            (1.2e6, "1.2e6"),
            (0.0, "0"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(measure(value), text);
        }
    }
}
