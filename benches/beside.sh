#!/bin/sh
# This program beside another one, case by case: the README's table of speeds.
#
#     benches/beside.sh PEER [OPTION ...]
#
# PEER is a command line that understands --method, --ipc, --shape, --outer, --inner and --dtype and ends with a JSON
# line that holds `seconds_per_iteration`, such as 'python3 torch_peer.py bench --threads 2' or
# 'python3 torch_peer.py bench --device cuda --iters 50'. The options go to `stillroom bench`: --threads 2, or
# --set device=gpu:0 --iterations 50. STILLROOM names the program, PRECISION the one of the last rows (bf16).
set -eu
peer=${1:?"usage: benches/beside.sh PEER [OPTION ...]"}
shift
program=${STILLROOM:-stillroom}
precision=${PRECISION:-bf16}

# A name, the options of ours, and those of the other.
beside() {
    name=$1 ours=$2 theirs=$3
    shift 3
    # Options are words without spaces.
    # shellcheck disable=SC2086
    found=$("$program" bench --rounds "${ROUNDS:-2}" --json $ours "$@" --against "$peer $theirs") || return 0
    printf '%s' "$found" | awk -v name="$name" '
        function figure(key) { return match(all, "\"" key "\": *[{][^}]*\"median\": *[0-9.e-]+") ? last() : "?" }
        function last() { text = substr(all, RSTART, RLENGTH); sub(/.*: */, "", text); return text }
        { all = all $0 }
        END { printf "| %s | %.4g | %.4g | %.3g |\n", name, figure("ours"), figure("theirs"), figure("ratio") }'
}

printf '| case | Stillroom | the other | ratio |\n|---|---|---|---|\n'
beside 'DSA, 1 image per class, 3x32x32' '' '--method dsa --ipc 1' "$@"
beside 'DC, the same' '--set method=dc --set augment.sharing=none' '--method dc --ipc 1' "$@"
beside 'DSA, 1x28x28' '--shape 1x28x28' '--method dsa --ipc 1 --shape 1x28x28' "$@"
beside 'DSA, 10 images per class, 2 outer steps, 5 inner epochs' \
    '--set ipc=10 --set condense.outer_steps=2 --set condense.inner_epochs=5' \
    '--method dsa --ipc 10 --outer 2 --inner 5' "$@"
beside 'DM, 1 image per class, 3x32x32' '--set method=dm' '--method dm --ipc 1' "$@"
beside "DSA, 3x32x32, in $precision" "--set condense.real_precision=$precision" \
    '--method dsa --ipc 1 --dtype bf16-autocast' "$@"
beside "DSA, 1x28x28, in $precision" "--shape 1x28x28 --set condense.real_precision=$precision" \
    '--method dsa --ipc 1 --shape 1x28x28 --dtype bf16-autocast' "$@"
