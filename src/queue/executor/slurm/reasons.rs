//! Why a job waits, in Slurm's words, and whether it could wait for ever.

/// Reasons that no other job's end changes: the request goes beyond what the partition, the account or the
/// quality of service allows, or names something that there is not.
///
/// `ReqNodeNotAvail`, `PartitionDown`, `Licenses` and the like are not among them: nodes come back.
const FOR_EVER: [&str; 12] = [
    "PartitionConfig",
    "PartitionNodeLimit",
    "PartitionTimeLimit",
    "BadConstraints",
    "DependencyNeverSatisfied",
    "InvalidAccount",
    "InvalidQOS",
    "AccountNotAllowed",
    "QOSNotAllowed",
    "QOSTimeLimit",
    "MaxMemPerLimit",
    "AssociationTimeLimit",
];

/// Whether a job that waits for this `reason` waits for ever, as long as nobody changes the cluster.
pub fn is_for_ever(reason: &str) -> bool {
    let word = word_of(reason);
    // Limits of the single job, as `QOSMaxCpuPerJobLimit`; those of a user or group end with other jobs.
    let of_one_job = word.contains("PerJob") && !word.contains("SubmitJob");
    of_one_job || FOR_EVER.contains(&word)
}

/// A reason with what it means, where that is not told by its name.
pub fn words(reason: &str) -> String {
    let meaning = match word_of(reason) {
        "" => return String::new(),
        "Priority" => "other jobs go first",
        "Resources" => "no node has room yet",
        "BeginTime" => "it may not begin yet",
        "Dependency" => "it waits for another job",
        "DependencyNeverSatisfied" => "the job that it waits for has failed",
        "JobHeldUser" => "it is held; `scontrol release` lets it go",
        "JobHeldAdmin" => "an administrator holds it",
        "PartitionConfig" => "the partition cannot give what it asks for",
        "PartitionNodeLimit" => "it asks for more nodes than the partition allows",
        "PartitionTimeLimit" => "its time limit is beyond the partition's",
        "PartitionDown" | "PartitionInactive" => "the partition takes no jobs now",
        "BadConstraints" => "no node has what it asks for",
        "ReqNodeNotAvail" => "the nodes that it could have are down or reserved",
        "Reservation" => "its reservation has not begun",
        _ => return reason.to_owned(),
    };
    format!("{reason} ({meaning})")
}

/// The word before details, as in `ReqNodeNotAvail, Reserved for maintenance`.
fn word_of(reason: &str) -> &str {
    reason.split([',', ' ']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_jobs_or_time_can_change_is_not_for_ever() {
        for reason in [
            "PartitionConfig",
            "PartitionTimeLimit",
            "BadConstraints",
            "DependencyNeverSatisfied",
            "QOSMaxCpuPerJobLimit",
            "AssocMaxWallDurationPerJobLimit",
        ] {
            assert!(is_for_ever(reason), "{reason}");
        }
        for reason in [
            "",
            "Priority",
            "Resources",
            "BeginTime",
            "ReqNodeNotAvail, UnavailableNodes:node1",
            "PartitionDown",
            "Licenses",
            "JobHeldUser",
            "QOSMaxJobsPerUserLimit",
            "QOSMaxSubmitJobPerUserLimit",
            "AssocGrpCpuLimit",
            "Nodes required for job are DOWN, DRAINED",
        ] {
            assert!(!is_for_ever(reason), "{reason}");
        }
    }

    #[test]
    fn a_reason_comes_with_its_meaning() {
        assert_eq!(words("Priority"), "Priority (other jobs go first)");
        assert_eq!(words("AssocGrpCpuLimit"), "AssocGrpCpuLimit");
        assert!(
            words("ReqNodeNotAvail, UnavailableNodes:a")
                .ends_with("(the nodes that it could have are down or reserved)")
        );
        assert_eq!(words(""), "");
    }
}
