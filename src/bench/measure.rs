//! A case, measured in this process.

use super::{
    case::{Case, Subject},
    condense, evaluate, forward,
    iterations::Heard,
    peak,
    random_data::{self, data_set},
    report::{Headline, Memory, Report},
    resources, work,
};
use crate::{
    engine::{admit::admit, devices, failure::Failure, laboratory::Laboratory},
    spec::Fault,
};

/// Every fault of a case that can be known before it is tried.
pub fn faults(case: &Case, source: &str) -> Vec<Fault> {
    admit(&case.spec, &random_data::info(case), &[random_data::per_class(case)], source)
}

/// Measures a case here and now, on the threads there are.
pub fn measure(case: &Case, heard: Heard<'_>) -> Result<Report, Failure> {
    let chosen = devices::choose(&case.spec.device).map_err(Failure::plain)?;
    let data = data_set(case).map_err(Failure::plain)?;
    let data_bytes = (data.train.images().len() + data.test.images().len()) as u64;
    let mut laboratory = Laboratory::over(data, case.spec.clone(), &chosen)?;
    let peak = peak::measure(&laboratory.device)?;
    let (mut condensed, mut shown, mut evaluated, mut headline) = (None, None, None, None);
    for subject in &case.measure {
        let work = work::of_iteration(&laboratory);
        let found = match subject {
            Subject::Condense => {
                let images = work::images_shown(&laboratory);
                let times = condense::measure(&mut laboratory, case, chosen.card(), heard)?;
                Headline::from(&*condensed.insert(times.report(images, work, &peak)))
            }
            Subject::Forward => {
                let images = laboratory.classes() * case.spec.condense.real_batch;
                let times = forward::measure(&mut laboratory, case, chosen.card(), heard)?;
                Headline::from(&*shown.insert(times.report(images as u64, work, &peak)))
            }
            Subject::Evaluate => {
                let found = evaluate::measure(&mut laboratory, case, &peak, heard)?;
                Headline::from(&*evaluated.insert(found))
            }
        };
        headline.get_or_insert(found);
    }
    let memory = Memory {
        process_bytes: resources::own().peak_memory_bytes,
        data_bytes,
        device_bytes: laboratory.device.memory_pool_usage().map(|usage| usage.bytes_reserved),
    };
    Ok(Report {
        program: concat!("stillroom ", env!("CARGO_PKG_VERSION")).to_owned(),
        headline: headline
            .ok_or_else(|| Failure::plain("nothing is named that is to be measured"))?,
        device: chosen.device,
        device_name: chosen.name,
        peak,
        condense: condensed,
        forward: shown,
        evaluate: evaluated,
        memory,
        case: case.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::bench::tiny;

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn everything_that_was_asked_for_is_in_the_report() {
        let mut case = tiny();
        (case.spec.condense.outer_steps, case.spec.condense.inner_epochs) = (2, 1);
        let mut heard = Vec::new();
        let report = measure(&case, &mut |line| heard.push(line.to_owned())).unwrap();
        // How many networks are trained side by side depends on the threads; the last word does not.
        assert_eq!(heard.iter().filter(|line| line.starts_with("iteration")).count(), 2);
        assert_eq!(heard.last().unwrap(), "2 of 2 networks: 1 epochs");

        let json = serde_json::to_value(&report).unwrap();
        let figures = ["seconds", "each_seconds", "cpu_seconds", "images", "images_per_second"];
        let rates = ["gflop", "gflops", "share_of_peak", "parts"];
        for subject in ["condense", "forward"] {
            for key in figures.iter().chain(&rates) {
                assert!(!json[subject][key].is_null(), "{subject}.{key}");
            }
        }
        let parts = |subject: &str| -> Vec<String> {
            let parts = json[subject]["parts"].as_array().unwrap().iter();
            parts.map(|part| part["part"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(
            parts("condense"),
            [
                "fresh_network",
                "real_data",
                "augmentation",
                "real_gradient",
                "synthetic_gradient",
                "distance",
                "image_gradient",
                "read_back",
                "image_update",
                "inner_training"
            ]
        );
        assert_eq!(parts("forward"), ["fresh_network", "real_data", "augmentation", "forward"]);
        let training = [
            "cpu_seconds_per_1000_epochs",
            "gflops",
            "images_per_second",
            "networks",
            "seconds_per_1000_epochs",
            "seconds_per_epoch",
            "share_of_peak",
        ];
        assert_eq!(keys(&json["evaluate"]["one"]), training);
        assert_eq!(json["evaluate"]["several"]["networks"], 2);
        assert_eq!(json["seconds_per_iteration"], json["condense"]["seconds"]["median"]);
        assert_eq!(json["cpu_seconds_per_iteration"], json["condense"]["cpu_seconds"]);
        assert_eq!(json["memory"]["data_bytes"], (2 * 8 + 256) * 64);
        assert!(json["memory"]["process_bytes"].as_u64().unwrap() > 1 << 20);
        assert!(json["peak"]["gflops"].as_f64().unwrap() > 0.0);
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }

    #[test]
    fn the_headline_is_that_of_the_first_subject() {
        let case = Case { measure: vec![Subject::Evaluate], ..tiny() };
        let report = measure(&case, &mut |_| ()).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["seconds_per_epoch"], json["evaluate"]["one"]["seconds_per_epoch"]);
        assert!(json.get("seconds_per_iteration").is_none());
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }

    #[test]
    fn a_case_that_cannot_be_is_refused_before_it_is_tried() {
        let mut case = tiny();
        assert_eq!(faults(&case, "bench"), []);
        case.spec.network.depth = 6;
        let found = faults(&case, "bench");
        assert!(found[0].to_string().ends_with("at most 3 for the random images"), "{found:?}");
        assert!(measure(&case, &mut |_| ()).unwrap_err().reason.contains("depth 6"));
    }
}
