#!/bin/bash
# A private, real Slurm on this machine for tests: munge, a controller, and N emulated nodes in one
# directory; no systemd, nothing outside the directory, root or any user.
#
#   cluster.sh start DIR [NODES]    prints what to `eval`: SLURM_CONF for the clients
#   cluster.sh stop DIR             cancels all jobs, ends every process of it
#   cluster.sh cut DIR NODE         a power cut: daemon, step daemons and processes of the node
#   cluster.sh mend DIR NODE        starts the node's daemon again
#
# DIR must be short (sockets lie in it). CLUSTER_PORT (17000): first of the ports, all on 127.0.0.1.
set -u
action=${1:?start, stop, cut or mend}
mkdir -p "${2:?a directory}"
folder=$(cd "$2" && pwd)
base=${CLUSTER_PORT:-17000}
me=$(id -un)
host=$(uname -n)
host=${host%%.*}
PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$folder/slurm.conf

# Processes ----------------------------------------------------------------------------------------

# A zombie counts: who started it may be slow to notice.
is_gone() {
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in '' | Z* | X*) return 0 ;; esac
    return 1
}

end() { # PID [SIGNAL]: the signal first, KILL when it is still there after 5 s
    is_gone "$1" || kill "-${2:-TERM}" "$1" 2>/dev/null
    for _ in $(seq 100); do
        is_gone "$1" && return 0
        sleep 0.05
    done
    kill -KILL "$1" 2>/dev/null
}

# Of a pid file, if a daemon of ours has that pid: the file may be stale.
daemon() {
    local pid
    pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
    case $(cat "/proc/$pid/comm" 2>/dev/null) in slurm* | munged) echo "$pid" ;; esac
}

# Processes of jobs of this cluster, on one node if named, and the step daemons above them: the
# former carry SLURM_CONF and SLURMD_NODENAME in their environment, the latter are their parents.
job_processes() {
    local entry words parent
    for entry in /proc/[0-9]*; do
        words=$(tr '\0' '\n' 2>/dev/null <"$entry/environ") || continue
        grep -qxF "SLURM_CONF=$SLURM_CONF" <<<"$words" || continue
        grep -qx "SLURMD_NODENAME=${1:-.*}" <<<"$words" || continue
        echo "${entry#/proc/}"
        parent=$(awk '/^PPid:/ { print $2 }' "$entry/status" 2>/dev/null)
        [ "$(cat "/proc/$parent/comm" 2>/dev/null)" != slurmstepd ] || echo "$parent"
    done | sort -u
}

# Settings -----------------------------------------------------------------------------------------

configure() { # NODES
    cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$((base + 1))
SlurmUser=$me
SlurmdUser=$me
# A munge of our own. A requeued job waits cred_expire + 1 s before it may start again: 5 is the
# least that is taken, 120 the default.
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.sock,cred_expire=5
# Several nodes on one host: %n keeps what they write apart. Two nodes of one host name would also
# share Open MPI's shared-memory files: the task prolog gives each its own folder.
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
TmpFS=$folder/tmp.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
TaskProlog=$folder/prolog.sh
MailProg=/bin/true
# No control groups needed: a container has none to offer (start_first_node).
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs.txt
SwitchType=switch/none
MpiDefault=pmix
# Nodes may claim more CPUs and memory than the host has, jobs may share nodes.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# Everything at once.
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=${CLUSTER_KILL_WAIT:-5}
JobRequeue=1
RequeueExit=75
EOF
    for i in $(seq "$1"); do
        echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 10 + i)) CPUs=2" \
            "RealMemory=4096"
    done >>"$SLURM_CONF"
    echo "PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=10" >>"$SLURM_CONF"
    # The nodes share one address: Open MPI 5 asks the kernel for a route to it, and finds none.
    cat >"$folder/prolog.sh" <<EOF
#!/bin/sh
echo "export OMPI_MCA_reachable=weighted"
# Not in the job's script: mpirun would hand its own node's folder on to all others, whose ranks then
# share files with its own, and crash in the first collective call.
case \${SLURM_STEP_ID:-} in '' | 42949672??) exit ;; esac
for btl in vader sm; do # Open MPI 4, 5
    echo "export OMPI_MCA_btl_\${btl}_backing_directory=$folder/tmp.\$SLURMD_NODENAME"
done
EOF
    chmod 755 "$folder/prolog.sh"
}

# Actions ------------------------------------------------------------------------------------------

start_node() {
    mkdir -p "$folder/spool.$1" "$folder/tmp.$1"
    slurmd -N "$1"
}

# Even where no plugin asks for control groups, slurmd looks for them, and does not start without
# unless told. How depends on its version: later ones know "disabled", Debian 12's does not, but takes
# "cgroup/v1" on trust. The first node shows which; what the wrong one said is not kept.
start_first_node() {
    for plugin in disabled cgroup/v1; do
        echo "CgroupPlugin=$plugin" >"$folder/cgroup.conf"
        [ $plugin = disabled ] || : >"$folder/slurmd.n1.log"
        start_node n1 && return
    done
    return 1
}

start() { # NODES
    mkdir -p "$folder/state"
    chmod 755 "$folder"
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
    configure "$1"
    munged --key-file="$folder/munge.key" --socket="$folder/munge.sock" --num-threads=2 \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munge.seed" || return
    slurmctld -c || return
    start_first_node || return
    for i in $(seq 2 "$1"); do start_node "n$i" || return; done
    for _ in $(seq 300); do
        [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" -lt "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

last_words() {
    echo 'cluster.sh: Slurm did not come up; its daemons said last:'
    tail -n 20 "$folder"/*.log 2>&1
}

stop() {
    local pid pids=
    timeout 10 scancel -u "$me" 2>/dev/null
    for _ in $(seq 50); do
        [ -n "$(timeout 5 squeue -h 2>/dev/null)" ] || break
        sleep 0.1
    done
    for pid in "$folder"/slurmd.*.pid; do pids="$pids $(daemon "$(basename "$pid" .pid)")"; done
    for pid in $pids $(daemon slurmctld); do end "$pid"; done
    for pid in $(job_processes); do end "$pid" KILL; done
    for pid in $(daemon munged); do end "$pid"; done
}

cut_node() { # NODE: all are stopped first, so that none lives to report another's death
    local pids
    pids="$(daemon "slurmd.$1") $(job_processes "$1")"
    # shellcheck disable=SC2086
    kill -STOP $pids 2>/dev/null
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null
    rm -f "$folder/slurmd.$1.pid"
}

case $action in
start)
    start "${3:-3}" >&2 || { last_words >&2; stop; exit 1; }
    echo "export SLURM_CONF=$SLURM_CONF"
    ;;
stop) stop ;;
cut) cut_node "${3:?a node}" ;;
mend) start_node "${3:?a node}" ;;
*) echo "cluster.sh: $action: start, stop, cut or mend" >&2; exit 2 ;;
esac
