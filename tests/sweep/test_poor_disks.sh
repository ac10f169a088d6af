#!/bin/sh
# What a sweep may lack: file locks, hard links, room, the right to write, Slurm's tools, ports. It
# works without it, or says what is missing and loses nothing.
. tests/script.sh
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0

spec small 10 >small.yaml
expect 0 '4 completed' "$program" run small.yaml -n 1 --out plain
same() { # RUN
    expect 0 '4 of 4 trials are equal' "$program" compare plain "$1"
}

# No file locks: none are asked for. No hard links: refused before anything runs, nothing left.
if ${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o poor_disk.so "$root/tests/sweep/poor_disk.c" \
    2>output; then
    poor() { env LD_PRELOAD="$folder/poor_disk.so" "$@"; }
    for workers in 1 2; do
        expect 0 '4 completed' poor "$program" run small.yaml -n $workers --out unlocked$workers
        same unlocked$workers
    done
    expect 0 '4 of 4 trials' poor "$program" merge unlocked1 all.h5
    expect 0 'can be locked there' poor "$program" doctor .
    expect 7 'hard link' poor NO_HARD_LINKS=1 "$program" run small.yaml -n 2 --out unlinked
    [ -z "$(ls -A unlinked)" ] || fail "left behind: $(ls -A unlinked)"
    expect 0 '4 completed' "$program" run small.yaml -n 1 --out unlinked
else
    echo "not tried without a compiler: file systems without locks and links"
fi

# Room for no trial's file: what it takes to go on, and that it goes on.
limited() { (ulimit -f 8 && "$@"); }
expect 7 'ulimit -f' limited "$program" run small.yaml -n 1 --out limited
expect 0 '4 completed' "$program" run small.yaml -n 2 --out limited
same limited

# Several ranks need room for the memory they share: one line, at once, and not mpirun's own.
limited_to() { (ulimit -f "$1" && shift && "$@"); }
expect 7 'ulimit -f' limited_to 4000 "$program" run small.yaml -n 2 --out shared
[ "$(grep -c . output)" -eq 2 ] || fail "more than the error and what is pending"
expect 0 '4 completed' "$program" run small.yaml -n 2 --out shared
same shared

# More workers than cores work, slowly; none at all cannot.
cores=$(nproc)
expect 2 'outside its range' "$program" run small.yaml -n 0
expect 0 'take turns' "$program" run small.yaml -n $((cores + 1)) --out crowd
[ "$cores" -gt 3 ] || same crowd

# A folder that may not be written to: by its owner's will, or root's, on a read-only file system.
if [ "$(id -u)" -ne 0 ]; then
    mkdir sealed && chmod 555 sealed
    expect 7 'choose a writable folder' "$program" run small.yaml -n 1 --out sealed/run
    chmod 755 sealed
elif unshare -m true 2>/dev/null; then
    mkdir sealed
    read_only() {
        unshare -m sh -c 'mount -t tmpfs -o ro none sealed && exec "$@"' read_only "$@"
    }
    expect 7 'Read-only file system; choose a writable folder' read_only "$program" run small.yaml -n 1 \
        --out sealed/run
    expect 7 'no folder can be made' read_only "$program" doctor sealed
fi

# A finished run on such a disk can still be read.
status_of_copy() {
    unshare -m sh -c 'mount --bind plain plain && mount -o remount,ro,bind plain && exec "$@"' x "$@"
}
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
    expect 0 'complete, 4 of 4' status_of_copy "$program" status plain
    expect 0 'summary/' status_of_copy "$program" explain plain \
        "$(basename "$(find plain/trials -name '*.h5' | head -n 1)" .h5)"
    expect 0 '4 of 4' status_of_copy "$program" verify plain
fi

# Slurm's tools are not needed, and no port is opened: the program does not even know how.
mkdir bin
for tool in sh "$starter" orted hydra_pmi_proxy env; do ln -s "$(command -v $tool)" bin/ 2>/dev/null; done
expect 0 '4 completed' env PATH="$folder/bin" OMPI_MCA_plm_rsh_agent=/bin/sh "$program" run small.yaml -n 2 --out bare
same bare
if command -v nm >/dev/null; then
    nm -D --undefined-only "$program" | grep -wE '(listen|bind|accept4?)(@.*)?' >output &&
        fail 'the program opens ports of its own'
fi
spec long 100000 >long.yaml
"$program" run long.yaml -n 1 --out ports >output 2>&1 &
sweep=$!
await test -e ports/progress.json
ls -l /proc/$sweep/fd >sockets 2>&1
kill -TERM $sweep
wait $sweep
grep -q 'socket:' sockets && fail "a sweep without MPI has sockets: $(cat sockets)"
grep -q 'journal\|pipe\|null' sockets || fail "its files could not be looked at: $(cat sockets)"
exit 0
