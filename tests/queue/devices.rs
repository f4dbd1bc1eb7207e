//! Where runs are placed. The fake program says that there are `gpu:0` and `cpu`.

use super::home::{ENDLESS, Home, until};

#[test]
fn each_device_does_one_run_at_a_time_and_auto_means_the_gpu() {
    let home = Home::new();
    let on_cpu = home.add(ENDLESS, &[]);
    let auto = home.add(ENDLESS, &["device=auto"]);
    let waits = home.add(ENDLESS, &["device=gpu:0"]);
    home.wait(on_cpu, "running");
    let summary = home.wait(auto, "running");
    assert_eq!(summary["state"]["worker"]["device"], "gpu:0");
    assert_eq!(home.state(waits), "queued");
    until("the worker has said its device", || {
        (home.summary(auto)["digest"]["device"] == "gpu:0").then_some(())
    });
    home.prints(&["cancel", &auto.to_string()]);
    home.wait(waits, "running");
}

#[test]
fn a_device_that_is_not_there_is_a_failure_with_advice() {
    let home = Home::new();
    let run = home.add(3, &["device=gpu:3"]);
    let failed = home.wait(run, "failed");
    assert_eq!(
        failed["state"]["reason"],
        "there is no gpu:3 on this machine, which has gpu:0, cpu"
    );
    assert_eq!(
        failed["state"]["advice"],
        "Add the run again with one of these devices: auto, gpu:0, cpu."
    );
}

#[test]
fn the_doctor_tells_what_it_finds() {
    let home = Home::new();
    let findings = home.json(&["doctor"]);
    let findings = findings.as_array().unwrap();
    let found = |what: &str| {
        let finding = findings.iter().find(|finding| finding["what"] == what).unwrap();
        assert_eq!(finding["ok"], true, "{finding}");
        finding["found"].as_str().unwrap().to_owned()
    };
    assert_eq!(found("data directory"), home.data().canonicalize().unwrap().display().to_string());
    assert!(found("daemon").ends_with("serves 0 runs"));
    assert!(found("devices").contains("cpu"));
    assert!(found("data sets").starts_with("mnist-5k      embedded"));
}
