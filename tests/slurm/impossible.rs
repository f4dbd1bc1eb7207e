//! What Slurm will never do: the run fails with Slurm's reason, and no job of it stays behind.

use super::{
    cluster::Cluster,
    home::{Home, until},
};

pub fn a_request_that_cannot_be_met_fails_with_slurms_reason() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "lines = [\"#SBATCH --ntasks=8\"]");
    let run = home.add(&[]);
    let summary = home.wait(run, "failed");
    let (reason, advice) = (&summary["state"]["reason"], &summary["state"]["advice"]);
    let (reason, advice) = (reason.as_str().unwrap(), advice.as_str().unwrap());
    assert!(reason.contains("would wait for ever: PartitionConfig"), "{reason}");
    assert!(advice.contains("[slurm] of config.toml"), "{advice}");
    let job = reason.split_whitespace().nth(2).unwrap();
    until("its job is cancelled", || (cluster.state(job) == "CANCELLED").then_some(()));

    // Another configuration, for the next daemon; and one that Slurm does not even take.
    home.prints(&["daemon", "--stop"]);
    home.configure("partition = \"nope\"");
    home.prints(&["retry", "1"]);
    let summary = until("it is refused", || {
        let summary = home.summary(run);
        let reason = summary["state"]["reason"].as_str()?;
        reason.starts_with("Slurm refused").then(|| summary.clone())
    });
    let reason = summary["state"]["reason"].as_str().unwrap();
    assert!(reason.contains("Invalid partition name specified"), "{reason}");
    assert_eq!(summary["state"]["state"], "failed");
    let found = home.output(&["doctor"]);
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.contains("BAD  slurm") && found.contains("no partition `nope`"), "{found}");
}
