#!/bin/sh
# A Slurm of one node on the loopback interface, for tests: munged, slurmctld and slurmd, without systemd, cgroups
# or accounting, for the user who runs this:
#
#     cluster.sh FOLDER CONTROLLER_PORT NODE_PORT
#
# It says `up` and stays until its standard input ends, however whoever holds that ends; then all of it is taken
# down and the folder removed. `SLURM_CONF=FOLDER/slurm.conf` is the way to it. A line `slurmd` on its input starts
# the node's daemon again.
set -u
home=$1
host=$(hostname -s)
user=$(id -un)
mkdir -p "$home/state" "$home/spool" "$home/log" "$home/munge"
chmod 755 "$home" "$home/munge"
(umask 077; head -c 128 /dev/urandom >"$home/munge.key")
# As root munged wants a user of its own.
as_munge=
if [ "$user" = root ]; then
  chown munge: "$home/munge.key" "$home/munge"
  as_munge='runuser -u munge --'
fi
cat >"$home/slurm.conf" <<CONF
ClusterName=stillroom
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$home/munge/sock,cred_expire=5
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/log/slurmctld.log
SlurmdLogFile=$home/log/slurmd.log
SlurmctldPort=$2
SlurmdPort=$3
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ReturnToService=2
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SlurmctldTimeout=10
SlurmdTimeout=15
MinJobAge=300
DefMemPerCPU=200
KillWait=2
InactiveLimit=0
BatchStartTimeout=1
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
printf 'CgroupAutomount=no\n' >"$home/cgroup.conf"
export SLURM_CONF="$home/slurm.conf"

down() {
  scancel --quiet --user="$user" 2>/dev/null
  for file in "$home/slurmd.pid" "$home/slurmctld.pid" "$home/munge/pid"; do
    pid=$(cat "$file" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null
    tries=50
    while kill -0 "$pid" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || kill -KILL "$pid" 2>/dev/null
      sleep 0.1
    done
  done
  rm -rf "$home"
}
trap down EXIT
trap 'exit 1' HUP INT TERM

$as_munge /usr/sbin/munged --key-file="$home/munge.key" --socket="$home/munge/sock" \
  --pid-file="$home/munge/pid" --log-file="$home/munge/log" --seed-file="$home/munge/seed" || exit 1
/usr/sbin/slurmctld -f "$SLURM_CONF" && /usr/sbin/slurmd -f "$SLURM_CONF" || exit 1
tries=150
until sinfo --noheader --format=%T 2>/dev/null | grep -q '^idle$'; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "it did not come up"
    tail -n 20 "$home"/log/*.log
    exit 1
  fi
  sleep 0.2
done
echo up
while read -r line; do
  [ "$line" = slurmd ] && /usr/sbin/slurmd -f "$SLURM_CONF"
done
