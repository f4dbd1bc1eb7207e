//! What a measurement found, as text.

use crate::{
    bench::{
        Case, Report, Spread, Subject,
        machine::Machine,
        report::{Evaluation, Iterations, Training},
        scale::Scalings,
        side_by_side::{Comparison, Round, SideBySide},
    },
    cli::{
        figures::{digits, mebibytes},
        output::columns,
    },
    spec::{Architecture, NetworkSpec, Precision},
};

/// Everything that was measured of a case.
pub fn report(machine: &Machine, report: &Report) -> String {
    let case = &report.case;
    let mut blocks = vec![head(machine, &[case_line(case), device_line(report)])];
    for subject in &case.measure {
        let block = match subject {
            Subject::Condense => report.condense.as_ref().map(iterations),
            Subject::Forward => report.forward.as_ref().map(iterations),
            Subject::Evaluate => report.evaluate.as_ref().map(evaluation),
        };
        blocks.push(format!("{}\n{}", title(case, *subject), block.unwrap_or_default()));
    }
    let memory = &report.memory;
    let device = memory.device_bytes.map(|bytes| format!("; {} of the device", mebibytes(bytes)));
    blocks.push(format!(
        "peak memory  {} of the process, {} of them random images{}\n",
        mebibytes(memory.process_bytes),
        mebibytes(memory.data_bytes),
        device.unwrap_or_default(),
    ));
    blocks.join("\n")
}

/// Two programs beside each other.
pub fn compared(found: &SideBySide) -> String {
    let mut lines = Vec::new();
    if let Some(report) = &found.report {
        lines.extend([case_line(&report.case), device_line(report)]);
    }
    lines.push(format!("other: {}", found.command));

    let mut blocks = vec![head(&found.machine, &lines)];
    blocks.extend(
        [Some(&found.seconds), found.cpu_seconds.as_ref()].into_iter().flatten().map(comparison),
    );
    blocks.push(format!(
        "peak memory {} against {}: ratio {}\n",
        mebibytes(found.ours_peak_memory_bytes),
        mebibytes(found.theirs_peak_memory_bytes),
        digits(found.memory_ratio, 3),
    ));
    blocks.join("\n")
}

fn comparison(found: &Comparison) -> String {
    let header = ["ROUND", "STILLROOM", "OTHER", "RATIO"];
    let mut rows = vec![header.map(str::to_owned)];
    let row = |name: String, ours: f64, theirs: f64, ratio: f64| {
        [name, digits(ours, 4), digits(theirs, 4), digits(ratio, 3)]
    };
    rows.extend(found.rounds.iter().zip(1..).map(|(round, at): (&Round, usize)| {
        row(at.to_string(), round.ours, round.theirs, round.ratio)
    }));
    let median = |spread: &Spread| spread.median;
    let medians = [&found.ours, &found.theirs, &found.ratio].map(median);
    rows.push(row("median".to_owned(), medians[0], medians[1], medians[2]));
    format!(
        "{}\n{}ratio {}: stillroom's over the other's, in the same round\n",
        found.compared.replace('_', " "),
        columns(&rows),
        spread(&found.ratio, 3)
    )
}

/// How a time grows.
pub fn scaling(found: &Scalings) -> String {
    let first = found.tables.iter().flat_map(|table| &table.rows).map(|row| &row.report).next();
    let mut blocks: Vec<String> =
        first.map(|report| head(&found.machine, &[device_line(report)])).into_iter().collect();
    for table in &found.tables {
        let compared = table.rows.first().map(|row| row.report.headline.key());
        let seconds = compared.unwrap_or_default().replace('_', " ").to_uppercase();
        let key = table.key.to_uppercase();
        let header = [&key, &seconds, "TIME", "WORK", "TIME/WORK", "PEAK MEMORY"];
        let mut rows = vec![header.map(str::to_owned)];
        rows.extend(table.rows.iter().map(|row| {
            [
                row.value.clone(),
                digits(row.seconds, 4),
                format!("x {}", digits(row.time, 3)),
                format!("x {}", digits(row.work, 3)),
                digits(row.against_linear, 3),
                mebibytes(row.report.memory.process_bytes),
            ]
        }));
        blocks.push(columns(&rows));
    }
    blocks.push(
        "TIME and WORK are multiples of the first row's; WORK counts the operations of the network\n\
         passes. TIME/WORK is 1 where time grows as the work does, and below 1 where it grows less.\n"
            .to_owned(),
    );
    blocks.join("\n")
}

/// What has to be known before any figure.
fn head(machine: &Machine, lines: &[String]) -> String {
    let warning = machine.warning.as_ref().map(|warning| format!("note: {warning}"));
    let lines: Vec<_> = warning.iter().chain(lines).map(String::as_str).collect();
    lines.join("\n") + "\n"
}

/// What was measured.
fn case_line(case: &Case) -> String {
    let (spec, [channels, height, width]) = (&case.spec, case.shape);
    let network = match &spec.network {
        NetworkSpec {
            architecture: Architecture::ConvNet,
            width,
            depth,
            norm,
            activation,
            pooling,
        } => format!("ConvNet width {width}, depth {depth}, {norm}, {activation}, {pooling}"),
        other => other.to_string(),
    };
    let in_precision = match spec.condense.real_precision {
        Precision::F32 => String::new(),
        other => format!(" in {other}"),
    };
    format!(
        "{}, ipc {}: {} classes of {channels}x{height}x{width}, {} real images a class{in_precision}; {network}",
        spec.method, spec.ipc, case.classes, spec.condense.real_batch,
    )
}

/// Where it was measured.
fn device_line(report: &Report) -> String {
    let threads = report.case.threads;
    format!(
        "{}: {}; {threads} {} used; peak {} GFLOP/s ({})",
        report.device,
        report.device_name,
        if threads == 1 { "thread" } else { "threads" },
        digits(report.peak.gflops, 3),
        report.peak.how,
    )
}

fn title(case: &Case, subject: Subject) -> String {
    let condense = &case.spec.condense;
    let iterations = format!("iterations {} after warm-up {}", case.iterations, case.warmup);
    match subject {
        Subject::Condense => format!(
            "condense: outer steps {}, inner epochs {}, {iterations}",
            condense.outer_steps, condense.inner_epochs
        ),
        Subject::Forward => {
            format!("forward: the real images of all classes without a gradient, {iterations}")
        }
        Subject::Evaluate => {
            format!("evaluate: epochs {} of each network after a first", case.evaluation_epochs)
        }
    }
}

fn iterations(found: &Iterations) -> String {
    let mut rows = vec![
        ["seconds per iteration".to_owned(), spread(&found.seconds, 4)],
        ["CPU seconds".to_owned(), digits(found.cpu_seconds, 4)],
        ["images per second".to_owned(), digits(found.images_per_second, 4)],
        [
            "GFLOP/s".to_owned(),
            format!(
                "{}, {} of the peak ({} GFLOP of network passes)",
                digits(found.gflops, 3),
                percent(found.share_of_peak),
                digits(found.gflop, 3)
            ),
        ],
    ];
    if let Some(busy) = found.device_busy {
        rows.push(["device busy".to_owned(), format!("{} of the time", percent(busy))]);
    }
    let header = ["PART", "SECONDS", "SHARE", "GFLOP", "GFLOP/S", "OF PEAK"];
    let mut parts = vec![header.map(str::to_owned)];
    parts.extend(found.parts.iter().map(|part| {
        let number = |value: Option<f64>| value.map(|value| digits(value, 3)).unwrap_or_default();
        [
            part.part.label().to_owned(),
            digits(part.seconds, 3),
            percent(part.share),
            number(part.gflop),
            number(part.gflops),
            part.share_of_peak.map(percent).unwrap_or_default(),
        ]
    }));
    format!("{}\n{}", columns(&rows), columns(&parts))
}

fn evaluation(found: &Evaluation) -> String {
    let header = [
        "NETWORKS",
        "SECONDS/EPOCH",
        "SECONDS/1000",
        "CPU SECONDS/1000",
        "IMAGES/S",
        "GFLOP/S",
        "OF PEAK",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    let row = |training: &Training| {
        [
            training.networks.to_string(),
            digits(training.seconds_per_epoch, 4),
            digits(training.seconds_per_1000_epochs, 4),
            digits(training.cpu_seconds_per_1000_epochs, 4),
            digits(training.images_per_second, 4),
            digits(training.gflops, 3),
            percent(training.share_of_peak),
        ]
    };
    rows.push(row(&found.one));
    rows.extend(found.several.as_ref().map(row));
    format!(
        "{}{} images an epoch; testing one network takes {} s for 1000 images\n",
        columns(&rows),
        found.images,
        digits(found.seconds_per_1000_test_images, 3)
    )
}

/// `3.214 (3.198 to 3.301)`.
fn spread(spread: &Spread, count: i32) -> String {
    format!(
        "{} ({} to {})",
        digits(spread.median, count),
        digits(spread.min, count),
        digits(spread.max, count)
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{
            peak::Peak,
            report::{Headline, Memory, PartTime},
            scale::{Row, Scaling},
            tiny,
        },
        condense::Part,
    };

    fn quiet() -> Machine {
        Machine { cores: 2, load_average: Some(0.1), quiet: true, warning: None }
    }

    fn measured() -> Report {
        let part = |part, seconds, share, gflop: Option<f64>| PartTime {
            part,
            seconds,
            share,
            gflop,
            gflops: gflop.map(|gflop| gflop / seconds),
            share_of_peak: gflop.map(|gflop| gflop / seconds / 320.0),
        };
        let training = |networks, seconds_per_epoch| Training {
            networks,
            seconds_per_epoch,
            seconds_per_1000_epochs: 1000.0 * seconds_per_epoch,
            cpu_seconds_per_1000_epochs: 2000.0 * seconds_per_epoch,
            images_per_second: 500.0,
            gflops: 32.0,
            share_of_peak: 0.1,
        };
        Report {
            program: "stillroom".to_owned(),
            headline: Headline::Iteration {
                seconds_per_iteration: 3.214,
                cpu_seconds_per_iteration: 6.3,
            },
            device: "cpu".to_owned(),
            device_name: "a processor".to_owned(),
            peak: Peak { gflops: 320.0, how: "multiply-adds".to_owned() },
            condense: Some(Iterations {
                seconds: Spread { median: 3.2141, min: 3.1983, max: 3.301 },
                each_seconds: vec![3.1983, 3.2141, 3.301],
                cpu_seconds: 6.3,
                images: 2570,
                images_per_second: 799.6,
                gflop: 770.0,
                gflops: 239.6,
                share_of_peak: 0.749,
                device_busy: Some(0.934),
                parts: vec![
                    part(Part::RealData, 0.0042, 0.0013, None),
                    part(Part::RealGradient, 3.1, 0.9645, Some(761.0)),
                ],
            }),
            forward: None,
            evaluate: Some(Evaluation {
                images: 10,
                epochs: 20,
                one: training(1, 0.02),
                several: Some(training(5, 0.06)),
                seconds_per_1000_test_images: 0.4881,
            }),
            memory: Memory {
                process_bytes: 190 << 20,
                data_bytes: 16 << 20,
                device_bytes: Some(12 << 20),
            },
            case: Case { measure: vec![Subject::Condense, Subject::Evaluate], ..tiny() },
        }
    }

    #[test]
    fn a_report_as_text() {
        insta::assert_snapshot!(report(&quiet(), &measured()));
    }

    #[test]
    fn two_programs_as_text() {
        let round = |ours: f64, theirs: f64| Round { ours, theirs, ratio: ours / theirs };
        let spread = |median, min, max| Spread { median, min, max };
        let warning = "the machine was not quiet";
        let found = SideBySide {
            command: "peer bench".to_owned(),
            machine: Machine { quiet: false, warning: Some(warning.to_owned()), ..quiet() },
            seconds: Comparison {
                compared: "seconds_per_iteration".to_owned(),
                rounds: vec![round(3.0, 8.0), round(3.2, 8.0)],
                ours: spread(3.1, 3.0, 3.2),
                theirs: spread(8.0, 8.0, 8.0),
                ratio: spread(0.3875, 0.375, 0.4),
            },
            cpu_seconds: None,
            ours_peak_memory_bytes: 190 << 20,
            theirs_peak_memory_bytes: 1432 << 20,
            memory_ratio: 190.0 / 1432.0,
            report: Some(measured()),
            their_line: None,
        };
        insta::assert_snapshot!(compared(&found));
    }

    #[test]
    fn growth_as_text() {
        let row = |value: &str, seconds, time, work| Row {
            value: value.to_owned(),
            seconds,
            time,
            work,
            against_linear: time / work,
            report: measured(),
        };
        let table = Scaling {
            key: "classes".to_owned(),
            rows: vec![row("10", 0.5, 1.0, 1.0), row("100", 4.75, 9.5, 10.0)],
        };
        insta::assert_snapshot!(scaling(&Scalings { machine: quiet(), tables: vec![table] }));
    }
}
