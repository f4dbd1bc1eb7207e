//! Which of the machine's graphics cards are used, and in which order, where the environment says so.
//!
//! CUDA heeds `CUDA_VISIBLE_DEVICES`; Vulkan, through which wgpu reaches the cards, does not, so two programs that
//! shall each have one card of a machine both see all. `STILLROOM_VISIBLE_DEVICES` is the same for every card.
//! And on a node where Slurm counts cards without keeping jobs off the others, `auto` would be the first card for
//! every job: there a job's worker keeps to the numbers that Slurm gave it.
//!
//! Pure: what the environment says and the adapters come in, places among them go out.

/// The variable: a list with commas of `gpu:N`, plain numbers and parts of names. What it leaves out is not seen, and
/// what it names is counted anew from `gpu:0` in its order. Set to nothing, it leaves none.
pub const VARIABLE: &str = "STILLROOM_VISIBLE_DEVICES";

/// Every variable that says what is visible to a process.
pub const VARIABLES: [&str; 4] = [VARIABLE, GIVEN[0], GIVEN[1], GIVEN[2]];

/// Where Slurm says which cards a job has. The first counts all cards of the node, whether a job may open the others
/// or not; the others are for the programs of NVIDIA and AMD, and count only those that a job may open where it is
/// kept off the rest.
const GIVEN: [&str; 3] = ["SLURM_JOB_GPUS", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];

/// What the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// Nothing: all of them.
    All,
    /// Those that the user names.
    Named(String),
    /// Those that Slurm gave the job, by their numbers.
    Given {
        /// The variable that says so.
        by: &'static str,
        /// The numbers, as cards are counted in the order in which they are plugged in.
        numbers: Vec<usize>,
    },
}

/// A hardware adapter, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Adapter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is plugged in: domain, bus, device and function in digits of equal number, such as `0000:01:00.0`;
    /// empty where that is not told.
    pub pci: &'a str,
    /// True for a card of its own, false for a part of the processor.
    pub is_discrete: bool,
}

/// What is left of the adapters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Their places among all, in the order in which they are counted from now on.
    pub places: Vec<usize>,
    /// Who limits them and to what, a clause for a sentence; empty where nobody does.
    pub by: String,
}

impl Visible {
    /// What the environment of `get` says to a worker in a job, or to any other process.
    pub fn of(get: impl Fn(&str) -> Option<String>, in_job: bool) -> Self {
        if let Some(text) = get(VARIABLE) {
            return Self::Named(text);
        }
        let given = |by: &'static str| {
            let text = get(by)?;
            let numbers = text.split(',').map(|number| number.trim().parse().ok());
            let numbers = numbers.collect::<Option<Vec<usize>>>()?;
            Some(Self::Given { by, numbers })
        };
        GIVEN.into_iter().filter(|_| in_job).find_map(given).unwrap_or(Self::All)
    }

    /// The same for this process.
    pub fn of_process(in_job: bool) -> Self {
        Self::of(|name| std::env::var(name).ok(), in_job)
    }

    /// What it leaves of all hardware adapters, which come in the order of `gpu:0`, `gpu:1` and so on.
    pub fn leaves(&self, adapters: &[Adapter<'_>]) -> Left {
        let all = || Left { places: (0..adapters.len()).collect(), by: String::new() };
        match self {
            Self::All => all(),
            Self::Named(text) => named(text, adapters),
            Self::Given { by, numbers } => given(by, numbers, adapters).unwrap_or_else(all),
        }
    }
}

fn named(text: &str, adapters: &[Adapter<'_>]) -> Left {
    let mut places: Vec<usize> = Vec::new();
    let mut strays: Vec<String> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let wanted = entry.to_lowercase();
        let number = wanted.strip_prefix("gpu:").unwrap_or(&wanted).parse::<usize>();
        let fits = |place: &usize| match number {
            Ok(number) => *place == number,
            Err(_) => adapters[*place].name.to_lowercase().contains(&wanted),
        };
        let found: Vec<usize> = (0..adapters.len()).filter(fits).collect();
        if found.is_empty() {
            strays.push(format!("; `{entry}` fits none of the {} that are there", adapters.len()));
        }
        let new: Vec<usize> = found.into_iter().filter(|place| !places.contains(place)).collect();
        places.extend(new);
    }
    Left { places, by: format!("{VARIABLE}=\"{text}\"{}", strays.concat()) }
}

/// What Slurm's numbers leave, where a job sees more cards than it has; `None` where they say nothing.
///
/// It is assumed that Slurm counts cards in the order in which they are plugged in, as its own search for them does
/// (`AutoDetect`) and as the usual `gres.conf` does with `/dev/nvidia0` and so on; that parts of processors are not
/// among them where there are cards; and that a job that is kept off the others sees no more than its own, so that
/// nothing is to be done.
fn given(by: &str, numbers: &[usize], adapters: &[Adapter<'_>]) -> Option<Left> {
    let some_are_discrete = adapters.iter().any(|adapter| adapter.is_discrete);
    let is_counted = |adapter: &Adapter<'_>| adapter.is_discrete || !some_are_discrete;
    let mut cards: Vec<usize> =
        (0..adapters.len()).filter(|&at| is_counted(&adapters[at])).collect();
    if cards.iter().all(|&at| !adapters[at].pci.is_empty()) {
        cards.sort_by_key(|&at| adapters[at].pci);
        // Two drivers may show the same card.
        cards.dedup_by_key(|at| adapters[*at].pci);
    }
    if cards.len() <= numbers.len() {
        return None;
    }
    let places = numbers.iter().map(|&number| cards.get(number).copied());
    let places = places.collect::<Option<Vec<usize>>>()?;
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    Some(Left { places, by: format!("{by}=\"{}\"", numbers.join(",")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(name: &'static str, pci: &'static str) -> Adapter<'static> {
        Adapter { name, pci, is_discrete: true }
    }

    /// Three cards, which the driver tells in another order than that in which they are plugged in.
    const CARDS: [(&str, &str); 3] = [
        ("NVIDIA H100 PCIe", "0000:41:00.0"),
        ("NVIDIA T400", "0000:c1:00.0"),
        ("NVIDIA H100 PCIe", "0000:01:00.0"),
    ];

    fn cards() -> Vec<Adapter<'static>> {
        CARDS.map(|(name, pci)| card(name, pci)).into()
    }

    fn left(variables: &[(&str, &str)], in_job: bool, adapters: &[Adapter<'_>]) -> Left {
        let get = |name: &str| {
            let row = variables.iter().find(|(known, _)| *known == name)?;
            Some(row.1.to_owned())
        };
        Visible::of(get, in_job).leaves(adapters)
    }

    #[test]
    fn without_a_word_all_are_visible() {
        let all = left(&[], false, &cards());
        assert_eq!((all.places, all.by.as_str()), (vec![0, 1, 2], ""));
        let elsewhere = [("CUDA_VISIBLE_DEVICES", "1"), ("SLURM_JOB_GPUS", "1")];
        assert_eq!(left(&elsewhere, false, &cards()).places, [0, 1, 2], "in no job");
    }

    #[test]
    fn the_variable_limits_and_orders_by_number_and_by_name() {
        let named = |text: &str| left(&[(VARIABLE, text)], false, &cards()).places;
        assert_eq!(named("2,0"), [2, 0]);
        assert_eq!(named(" gpu:1 , GPU:0 "), [1, 0]);
        assert_eq!(named("h100"), [0, 2]);
        assert_eq!(named("2,H100,t400,0"), [2, 0, 1], "each once");
        assert!(named("").is_empty() && named(" , ").is_empty());
        assert_eq!(named("-1"), [0_usize; 0], "as CUDA's word for none");
        let job = [(VARIABLE, "1"), ("SLURM_JOB_GPUS", "0")];
        assert_eq!(left(&job, true, &cards()).places, [1], "it goes before Slurm's");
    }

    #[test]
    fn who_limits_is_told_and_what_fits_nothing() {
        let told = |text: &str| left(&[(VARIABLE, text)], false, &cards()).by;
        assert_eq!(told("1"), "STILLROOM_VISIBLE_DEVICES=\"1\"");
        assert_eq!(
            told("0,gpu:7,arc"),
            "STILLROOM_VISIBLE_DEVICES=\"0,gpu:7,arc\"; `gpu:7` fits none of the 3 that are there; `arc` fits \
             none of the 3 that are there"
        );
    }

    #[test]
    fn a_job_keeps_to_the_cards_that_slurm_gave_it() {
        let given = |variables: &[(&str, &str)]| left(variables, true, &cards());
        // As they are plugged in: the third, the first, the second.
        assert_eq!(given(&[("SLURM_JOB_GPUS", "0")]).places, [2]);
        assert_eq!(given(&[("SLURM_JOB_GPUS", "2,1")]).places, [1, 0]);
        assert_eq!(given(&[("SLURM_JOB_GPUS", "1")]).by, "SLURM_JOB_GPUS=\"1\"");
        let both = [("SLURM_JOB_GPUS", "1"), ("CUDA_VISIBLE_DEVICES", "0")];
        assert_eq!(given(&both).places, [0], "the number among all cards counts");
        assert_eq!(given(&[("CUDA_VISIBLE_DEVICES", "2")]).places, [1]);
        assert_eq!(given(&[("ROCR_VISIBLE_DEVICES", "2")]).places, [1]);
    }

    #[test]
    fn numbers_that_say_nothing_change_nothing() {
        let given = |text: &str, adapters: &[Adapter<'_>]| {
            left(&[("CUDA_VISIBLE_DEVICES", text)], true, adapters).places
        };
        let all = vec![0, 1, 2];
        assert_eq!(given("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", &cards()), all);
        assert_eq!(given("NoDevFiles", &cards()), all);
        assert_eq!(given("", &cards()), all);
        assert_eq!(given("5", &cards()), all, "another count than the one that is assumed");
        // A job that is kept off the other cards sees its own only, whatever its number on the node.
        assert_eq!(given("5", &cards()[..1]), [0]);
        assert_eq!(given("0,1,2", &cards()), all);
        // What is no list of numbers is passed over for one that is.
        let both = [("SLURM_JOB_GPUS", "a100:1"), ("CUDA_VISIBLE_DEVICES", "0")];
        assert_eq!(left(&both, true, &cards()).places, [2]);
    }

    #[test]
    fn parts_of_processors_and_second_drivers_are_not_counted() {
        let part = Adapter { is_discrete: false, ..card("Radeon Graphics", "0000:00:02.0") };
        let twin = card("NVIDIA H100 PCIe (other driver)", "0000:01:00.0");
        let adapters = [cards(), vec![twin, part]].concat();
        let job = |text: &str| left(&[("SLURM_JOB_GPUS", text)], true, &adapters).places;
        assert_eq!([job("0"), job("1"), job("2")], [vec![2], vec![0], vec![1]]);
        assert_eq!(job("0,1,2"), [0, 1, 2, 3, 4], "it has all cards");
        // Where it is not told where they are plugged in, they are taken as they come.
        let untold = CARDS.map(|(name, _)| card(name, ""));
        assert_eq!(left(&[("SLURM_JOB_GPUS", "2")], true, &untold).places, [2]);
        let parts = [part, Adapter { pci: "0000:00:03.0", ..part }];
        assert_eq!(left(&[("SLURM_JOB_GPUS", "1")], true, &parts).places, [1]);
    }
}
