//! What an architecture search found: its rows as columns of figures, its architectures by rank, and the best
//! that a proxy had found after how long.

use crate::{
    evaluate::Correlation,
    study::search::{Point, Proxy, SearchRow, SearchTable, Standing},
};

use super::cells;
use crate::tui::look::{Look, Role, Symbols};

/// What a row found, if it is done.
pub fn proxy(table: &SearchTable, row: usize) -> Option<&Proxy> {
    match &table.rows.get(row)?.ours {
        Standing::Done(proxy) => Some(proxy),
        Standing::Unfinished { .. } => None,
    }
}

/// The headings of the table's columns.
pub fn headings(table: &SearchTable) -> Vec<String> {
    let mut headings = vec!["best architecture".to_owned(), "accuracy".to_owned()];
    headings.push(format!("all {}", table.architectures));
    headings.extend(table.tops.iter().map(ToString::to_string));
    headings.extend(["minutes", "making", "images"].map(str::to_owned));
    headings
}

/// What a row's cells are about, column by column.
pub fn meanings(table: &SearchTable) -> Vec<String> {
    let reference = &table.reference;
    let mut meanings = vec![
        "the architecture that it ranks best".to_owned(),
        format!("what that one reaches in {reference}, in %"),
        format!("Spearman / Kendall with {reference} over all architectures"),
    ];
    let tops = table.tops.iter();
    meanings.extend(tops.map(|top| format!("the same over the {top} of {reference}")));
    meanings.extend(
        [
            "for training and testing all of them",
            "for all else, above all making the set",
            "to store",
        ]
        .map(str::to_owned),
    );
    meanings
}

/// The cells of a row, with published numbers in brackets.
pub fn figures(table: &SearchTable, row: &SearchRow, look: Look) -> Vec<(String, Role)> {
    let columns = headings(table).len();
    let symbols = look.symbols();
    let with = |ours: String, theirs: Option<String>| match theirs {
        Some(theirs) if ours.is_empty() => (format!("({theirs})"), Role::Quiet),
        Some(theirs) => (format!("{ours} ({theirs})"), Role::Text),
        None => (ours, Role::Text),
    };
    let theirs = &row.published;
    let one = |value: f64| format!("{value:.1}");
    let proxy = match &row.ours {
        Standing::Done(proxy) => Some(&**proxy),
        Standing::Unfinished { .. } => None,
    };
    let absent = || symbols.absent.to_owned();
    let of =
        |value: Option<String>| proxy.map_or_else(String::new, |_| value.unwrap_or_else(absent));
    let correlation = |found: Option<Correlation>| {
        found.map(|found| format!("{:.2} / {:.2}", found.spearman, found.kendall))
    };
    let mut cells = vec![match &row.ours {
        Standing::Done(proxy) => (best(proxy), Role::Text),
        Standing::Unfinished { progress } => {
            (cells::ours(progress, symbols), cells::role(progress))
        }
    }];
    let reached = proxy.and_then(|proxy| proxy.performance).map(|value| one(100.0 * value));
    cells.push(with(of(reached), theirs.performance.map(one)));
    let published = |top: Option<usize>| {
        let is_theirs = top.map(|at| table.tops[at]) == table.published_top;
        theirs.correlation.filter(|_| is_theirs && top.is_some()).map(|value| format!("{value:.2}"))
    };
    cells.push(with(of(correlation(proxy.and_then(|proxy| proxy.overall))), published(None)));
    for at in 0..table.tops.len() {
        let found = proxy.and_then(|proxy| proxy.tops.get(at).copied().flatten());
        cells.push(with(of(correlation(found)), published(Some(at))));
    }
    cells.push(with(of(proxy.map(|proxy| one(proxy.minutes))), theirs.minutes.map(one)));
    cells.push(with(of(proxy.map(|proxy| one(proxy.making_minutes))), None));
    let images = proxy.and_then(|proxy| proxy.images).map(|images| images.to_string());
    cells.push(with(of(images), theirs.images.map(|images| images.to_string())));
    cells.truncate(columns);
    if let Standing::Unfinished { progress } = &row.ours {
        // In words once, and by its sign wherever nothing else stands.
        let sign = cells::sign(progress, symbols);
        let empty = cells.iter_mut().filter(|cell| cell.0.is_empty());
        empty.for_each(|cell| *cell = (sign.to_owned(), cells::role(progress)));
    }
    cells
}

/// The architecture ranked best, and how many share its place.
pub fn best(proxy: &Proxy) -> String {
    match &proxy.best[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first, others @ ..] => format!("{first} +{}", others.len()),
    }
}

/// Whether a filter lets an architecture through: it has all words of it, and none that begins with `!`.
pub fn passes(architecture: &str, filter: &str) -> bool {
    let name = architecture.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| match word.strip_prefix('!') {
        Some(unwanted) => unwanted.is_empty() || !name.contains(unwanted),
        None => name.contains(word),
    })
}

/// An architecture in the order of a proxy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked<'a> {
    /// Its rank by the proxy, from 1, among those that are shown.
    pub rank: usize,
    /// Its rank by the reference.
    pub true_rank: Option<usize>,
    /// It.
    pub point: &'a Point,
}

/// The architectures that a filter lets through, the best by the proxy first.
pub fn ranked<'a>(proxy: &'a Proxy, filter: &str) -> Vec<Ranked<'a>> {
    let mut points: Vec<&Point> =
        proxy.points.iter().filter(|point| passes(&point.architecture, filter)).collect();
    points.sort_by(|one, other| other.accuracy.mean.total_cmp(&one.accuracy.mean));
    let mut truths: Vec<f64> = points.iter().filter_map(|point| point.reference).collect();
    truths.sort_by(|one, other| other.total_cmp(one));
    let true_rank = |truth: f64| truths.partition_point(|other| *other > truth) + 1;
    let ranked = points.into_iter().enumerate().map(|(at, point)| Ranked {
        rank: at + 1,
        true_rank: point.reference.map(true_rank),
        point,
    });
    ranked.collect()
}

/// How far a proxy agrees with the reference over some architectures.
pub fn agreement(ranked: &[Ranked<'_>]) -> Option<Correlation> {
    let pairs =
        ranked.iter().filter_map(|one| Some((one.point.accuracy.mean, one.point.reference?)));
    let (ours, truth): (Vec<f64>, Vec<f64>) = pairs.unzip();
    Correlation::of(&ours, &truth)
}

/// An agreement as a line says it.
pub fn in_words(found: Correlation, symbols: &Symbols) -> String {
    let [rho, tau] = symbols.correlations;
    format!("{rho} {:.2}, {tau} {:.2}", found.spearman, found.kendall)
}

/// What a search by a proxy has found after how many seconds of the device: the accuracy under the reference of
/// the architecture that is best by the proxy so far. It goes through the grid in its order.
pub fn best_so_far(proxy: &Proxy, filter: &str) -> Vec<(f64, f64)> {
    let mut secs = 60.0 * proxy.making_minutes;
    let mut best: Option<(f64, f64)> = None;
    let mut found = Vec::new();
    for point in proxy.points.iter().filter(|point| passes(&point.architecture, filter)) {
        secs += point.secs;
        let Some(truth) = point.reference else { continue };
        if best.is_none_or(|(highest, _)| point.accuracy.mean > highest) {
            best = Some((point.accuracy.mean, truth));
        }
        if let Some((_, truth)) = best {
            found.push((secs, truth));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Summary;

    fn proxy(means: &[(f64, f64)]) -> Proxy {
        let point = |(at, (mean, truth)): (usize, &(f64, f64))| Point {
            architecture: format!("ConvNetD{}W{}", at % 2 + 1, 8 * (at + 1)),
            accuracy: Summary { mean: *mean, std: 0.0, count: 1 },
            secs: 2.0,
            reference: Some(*truth),
        };
        Proxy {
            best: Vec::new(),
            performance: None,
            overall: None,
            tops: Vec::new(),
            minutes: 1.0,
            making_minutes: 0.5,
            images: Some(100),
            points: means.iter().enumerate().map(point).collect(),
        }
    }

    #[test]
    fn a_filter_has_words_and_words_that_must_not_be() {
        assert!(passes("ConvNetD3W16", "") && passes("ConvNetD3W16", "d3 w16"));
        assert!(!passes("ConvNetD3W16", "D3 !w16") && passes("ConvNetD3W8", "D3 !w16 !"));
    }

    #[test]
    fn architectures_are_ranked_by_the_proxy_with_their_true_ranks() {
        let proxy = proxy(&[(0.3, 0.8), (0.5, 0.7), (0.4, 0.9)]);
        let all: Vec<_> = ranked(&proxy, "").iter().map(|one| (one.rank, one.true_rank)).collect();
        assert_eq!(all, [(1, Some(3)), (2, Some(1)), (3, Some(2))]);
        let some = ranked(&proxy, "D1");
        assert_eq!(some.iter().map(|one| one.true_rank).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert!(agreement(&some).is_some_and(|found| found.spearman > 0.99));
        assert_eq!(agreement(&ranked(&proxy, "nothing")), None);
    }

    #[test]
    fn a_search_is_as_good_as_what_it_prefers_so_far() {
        let proxy = proxy(&[(0.3, 0.8), (0.5, 0.7), (0.4, 0.9)]);
        assert_eq!(best_so_far(&proxy, ""), [(32.0, 0.8), (34.0, 0.7), (36.0, 0.7)]);
        assert_eq!(best_so_far(&proxy, "D1"), [(32.0, 0.8), (34.0, 0.9)]);
    }
}
