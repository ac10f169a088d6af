#!/bin/sh
# The examples of docs/adding.md are whole files: they compile, one row each adds them to the
# program, and a sweep runs with them.
set -u
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset MAKEFLAGS MAKELEVEL
make -pnq 2>/dev/null >"$folder/make"
variable() { sed -n "s/^$1 :\{0,1\}= //p" "$folder/make"; }
flags="-I$folder $(variable CPPFLAGS) -std=gnu11 -O1 $(variable WARNINGS)"

# The block of code below the line of docs/adding.md that ends in "`FILE`:".
example() { # FILE
    awk -v at="\`$1\`:" 'index($0, at) { seen = 1 } seen && /^```$/ { exit }
                         copying { print } seen && /^```c$/ { copying = 1 }' docs/adding.md
}

# Takes the example and its row into the program that is to be linked.
add() { # FILE LIST ROW USER: the source that is made of the list
    name=$(basename "$1" .c)
    example "$1" >"$folder/$name.c"
    [ -s "$folder/$name.c" ] || fail "docs/adding.md shows no $1"
    mkdir -p "$folder/$(dirname "$2")"
    { cat "src/$2"; echo "$3"; } >"$folder/$2"
    for source in "$folder/$name.c" "src/$4"; do
        # shellcheck disable=SC2086
        cc $flags -c "$source" -o "$folder/$(basename "$source").o" || fail "$source does not compile"
    done
}
add src/model/norm/double_ln.c model/norms.def 'NORM(double_ln)' model/norm.c
add src/task/copy.c task/tasks.def 'TASK(copy)' task/task.c

# shellcheck disable=SC2046
cc -o "$folder/koopsweep" "$BUILD/f32/cli/main.o" "$folder"/*.o "$BUILD/libkoopsweep.a" \
    $(variable LDLIBS) || fail "the program does not link"
cd "$folder" || exit 1
cat >sweep.yaml <<'END'
name: added
task: {name: copy, seq_len: 9, vocab: 16}
model: {norm: double_ln, width: 16, layers: 2, heads: 2}
train: {steps: 150, lr: 3e-3, batch: 16}
END
./koopsweep run sweep.yaml -n 1 --out added >log 2>&1 || { cat log; fail "the sweep does not run"; }
./koopsweep status added --json | tr -d '\t\n' | grep -q '"COMPLETED":1' ||
    { ./koopsweep status added; fail "no trial was completed"; }
sed 's/double_ln/doubel_ln/' sweep.yaml >misspelt.yaml
./koopsweep plan misspelt.yaml 2>&1 | grep -q 'double_ln' || fail "the new norm is not suggested"
