//! Figures as people read them.

/// Accuracy, mean and standard deviation: `78.4 ± 0.6 %`.
pub fn accuracy(score: Option<(f64, f64)>) -> String {
    score.map_or_else(String::new, |(mean, std)| {
        format!("{:.1} ± {:.1} %", mean * 100.0, std * 100.0)
    })
}

/// A span of time, to two units: `41 s`, `2 min 13 s`, `1 h 02 min`, `3 d 4 h`.
pub fn span(secs: f64) -> String {
    let secs = if secs.is_finite() { secs.max(0.0).round() as u64 } else { return "?".to_owned() };
    let (mins, hours, days) = (secs / 60, secs / 3600, secs / 86400);
    if days > 0 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {:02} min", mins % 60)
    } else if mins > 0 {
        format!("{mins} min {:02} s", secs % 60)
    } else {
        format!("{secs} s")
    }
}

/// A matching distance, to four digits.
pub fn distance(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let whole = value.abs().max(1.0).log10() as usize;
    format!("{value:.*}", 3_usize.saturating_sub(whole))
}

/// A number of any size, to so many digits: `0.01234`, `1.234`, `1234`.
pub fn digits(value: f64, count: i32) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let whole = if value == 0.0 { 1 } else { value.abs().log10().floor() as i32 + 1 };
    format!("{value:.*}", (count - whole).clamp(0, 9) as usize)
}

/// Bytes, in MiB.
pub fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// A share, 0 to 1, as a whole per cent that is 100 only when all is done.
pub fn percent(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 100.0).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_exact_as_they_need_to_be() {
        assert_eq!(accuracy(Some((0.784, 0.006))), "78.4 ± 0.6 %");
        assert_eq!(accuracy(None), "");
        let spans =
            [(0.4, "0 s"), (133.0, "2 min 13 s"), (3725.0, "1 h 02 min"), (273_600.0, "3 d 4 h")];
        for (secs, text) in spans {
            assert_eq!(span(secs), text);
        }
        assert_eq!(span(f64::NAN), "?");
        let distances =
            [(0.012_345, "0.012"), (3.214_15, "3.214"), (87.6543, "87.65"), (123_456.0, "123456")];
        for (value, text) in distances {
            assert_eq!(distance(value), text);
        }
        assert_eq!(distance(f64::NAN), "NaN");
        let numbers =
            [(0.012_344, "0.01234"), (1.0, "1.000"), (12.346, "12.35"), (98_765.4, "98765")];
        for (value, text) in numbers {
            assert_eq!(digits(value, 4), text);
        }
        assert_eq!((digits(0.0, 4), digits(f64::INFINITY, 4)), ("0.000".into(), "inf".into()));
        assert_eq!(mebibytes((5 << 20) + 1), "6 MiB");
        assert_eq!((percent(0.999), percent(1.0), percent(f64::NAN)), (99, 100, 0));
    }
}
