#!/bin/bash
# The test cluster comes up where no control groups are mounted, as in a container; and when it does
# not come up, its daemons' last words are shown.
for needed in slurmctld slurmd munged; do
    command -v $needed >/dev/null || [ -x /usr/sbin/$needed ] || {
        echo "skipped: $needed is not installed (make packages)"
        exit 77
    }
done
cluster=$PWD/tests/slurm/cluster.sh
folder=$(mktemp -d /tmp/ks-XXXXXX) && chmod 755 "$folder" # munge wants its socket reachable
trap '"$cluster" stop "$folder/s" && rm -rf "$folder"' EXIT
export CLUSTER_PORT=${CLUSTER_PORT:-$((25000 + $$ % 400 * 20))}

fail() {
    echo "FAILED: $*"
    exit 1
}

# A daemon that is refused says why in its log alone.
mkdir "$folder/bin" "$folder/s" "$folder/empty"
cat >"$folder/bin/slurmd" <<'END'
#!/bin/sh
echo 'error: no node for you' >>"${SLURM_CONF%/*}/slurmd.$2.log"
exit 1
END
chmod +x "$folder/bin/slurmd"
said=$(PATH=$folder/bin:$PATH "$cluster" start "$folder/s" 1 2>&1) && fail 'it came up without a node'
grep -q 'no node for you' <<<"$said" || fail "not what the daemon said, but: $said"

# An empty folder lies over the control groups, if there are any; a namespace of its own keeps that
# from all others.
mine=()
if [ -d /sys/fs/cgroup ]; then
    [ "$(id -u)" -eq 0 ] && mine=(unshare -m) || mine=(unshare -rm)
    "${mine[@]}" true 2>/dev/null || {
        echo 'skipped: no mount namespaces here (unshare -m)'
        exit 77
    }
fi
said=$(${mine[@]+"${mine[@]}"} bash -c '
    [ ! -d /sys/fs/cgroup ] || {
        mount --make-rprivate / && mount --bind "$2/empty" /sys/fs/cgroup || exit
    }
    eval "$("$1" start "$2/s" 1)" && srun -n 1 echo a step ran
    "$1" stop "$2/s"' - "$cluster" "$folder" 2>&1)
grep -q '^a step ran' <<<"$said" || fail "no step without control groups: $said"
