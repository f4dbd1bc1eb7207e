//! Where runs are placed. The fake program says that there are `gpu:0` and `cpu`.

use std::fs;

use super::{
    home::{ENDLESS, Home, until},
    outcome,
};

/// A home whose configuration says this.
fn configured(text: &str) -> Home {
    let home = Home::new();
    let config = home.folder.path().join("config");
    fs::create_dir(&config).unwrap();
    fs::write(config.join("config.toml"), text).unwrap();
    home
}

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
fn runs_share_a_device_as_far_as_their_declared_memory_goes() {
    let home = configured("[slots]\n\"gpu:0\" = { runs = 3, memory = 24 }\n");
    let large = home.add(ENDLESS, &["device=auto", "memory=16"]);
    home.wait(large, "running");
    let waits = home.add(ENDLESS, &["device=gpu:0", "memory=12"]);
    let small = home.add(ENDLESS, &["device=gpu:0", "memory=1"]);
    let why = |run: u64| {
        until("it says why it waits", || Some(home.summary(run)["waits_for"].as_str()?.to_owned()))
    };
    assert_eq!(why(waits), "waits for 12 of 24 GiB on gpu:0; 8 GiB are free");
    let behind = format!("waits behind run {waits}, which waits for memory on gpu:0");
    assert_eq!(why(small), behind);
    assert!(home.prints(&["show", &waits.to_string()]).contains("waits for 12 of 24 GiB"));
    // A daemon that comes later counts what its runs declare from its database.
    home.prints(&["daemon", "--stop"]);
    assert_eq!(why(small), behind);
    home.prints(&["cancel", &large.to_string()]);
    home.wait(waits, "running");
    assert!(home.wait(small, "running")["waits_for"].is_null());

    let never = home.wait(home.add(3, &["device=gpu:0", "memory=25"]), "failed");
    assert_eq!(never["state"]["reason"], "it declares 25 GiB of memory, and gpu:0 has 24 GiB");
}

#[test]
fn a_device_without_slots_is_not_used() {
    let home = configured("[slots]\n\"gpu:0\" = 0\n");
    let auto = home.add(ENDLESS, &["device=auto"]);
    assert_eq!(home.wait(auto, "running")["state"]["worker"]["device"], "cpu");
    let failed = home.wait(home.add(3, &["device=gpu:0"]), "failed");
    assert_eq!(
        failed["state"]["reason"],
        "gpu:0 is not used: [slots] of config.toml gives it 0 runs"
    );
}

#[test]
fn who_limits_the_devices_is_told() {
    let home = Home::new();
    let limited = |arguments: &[&str]| {
        let mut program = home.program(arguments);
        program.env("STILLROOM_VISIBLE_DEVICES", "no such card");
        program
    };
    let told = outcome::prints(limited(&["devices"]));
    let by =
        "GPUs are limited by STILLROOM_VISIBLE_DEVICES=\"no such card\"; `no such card` fits none";
    assert!(told.contains(by), "{told}");
    let listed = outcome::json(limited(&["devices"]));
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().all(|known| !known["device"].as_str().unwrap().starts_with("gpu:")));
    assert!(listed.last().unwrap()["memory"].as_u64().unwrap() > 0);
    let findings = outcome::json(limited(&["doctor"]));
    let found =
        findings.as_array().unwrap().iter().find(|known| known["what"] == "devices").unwrap();
    assert!(
        found["found"].as_str().unwrap().contains("limited   by STILLROOM_VISIBLE_DEVICES"),
        "{found}"
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
