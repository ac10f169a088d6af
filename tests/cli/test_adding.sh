#!/bin/sh
# The examples of docs/adding.md are whole files: an operator with a norm, an architecture, a
# stabilizer, a task. They compile, one row each adds them to the program, and a sweep runs with all.
set -u
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# shellcheck disable=SC2086
make -pnq ${SETTINGS:-} 2>/dev/null >"$folder/make"
variable() { sed -n "s/^$1 :\{0,1\}= //p" "$folder/make"; }
flags="-I$folder $(variable CPPFLAGS) -std=gnu11 -O1 $(variable WARNINGS)"

# The block of code below the line of docs/adding.md that ends in "`FILE`:".
example() { # FILE
    awk -v at="\`$1\`:" 'index($0, at) { seen = 1 } seen && /^```$/ { exit }
                         copying { print } seen && /^```c$/ { copying = 1 }' docs/adding.md
}

compile() { # SOURCE OBJECT FLAGS...
    source=$1 object=$2
    shift 2
    "$@" -c "$source" -o "$folder/$object.o" || fail "$source does not compile"
}

# The example becomes a file, and its row the last line of a list.
take() { # FILE LIST ROW
    name=$(basename "$1" .c)
    example "$1" >"$folder/$name.c"
    [ -s "$folder/$name.c" ] || fail "docs/adding.md shows no $1"
    mkdir -p "$folder/$(dirname "$2")"
    [ -f "$folder/$2" ] || cat "src/$2" >"$folder/$2"
    echo "$3" >>"$folder/$2"
}

# Takes an example into the program that is to be linked, with the source that is made of its list.
add() { # FILE LIST ROW USER
    take "$1" "$2" "$3"
    for source in "$folder/$name.c" "src/$4"; do
        # shellcheck disable=SC2086
        compile "$source" "$(basename "$source")" cc $flags
    done
}

# What a level of processors is compiled with; the last one describes the operators.
flags_of() { # LEVEL
    case $1 in v*) echo "-march=x86-64-$1 -DLEVEL=$1" ;; esac
}

# An operator is compiled for values and tangents, for every level of the host and for the emulated
# device.
add_operator() { # FILE LIST ROW
    take "$1" "$2" "$3"
    kernel=$(variable KERNEL_FLAGS)
    # shellcheck disable=SC2086
    for level in $levels; do
        is_last=$([ "$level" = "${levels##* }" ] && echo -DDESCRIBES)
        compile "$folder/$name.c" "$name.$level.value" cc $flags $kernel $(flags_of "$level") $is_last
        compile "$folder/$name.c" "$name.$level.tangent" cc $flags $kernel $(flags_of "$level") -DTANGENT
        compile src/kernel/level/level.c "level.$level" cc $flags $(flags_of "$level")
    done
    # shellcheck disable=SC2086
    for of in value tangent; do
        compile "$folder/$name.c" "$name.device.$of" c++ -x c++ $device -DDEVICE \
            $([ $of = tangent ] && echo -DTANGENT)
    done
    for source in src/kernel/host/ops.c src/kernel/device/emulated.c; do
        # shellcheck disable=SC2086
        compile $source "$(basename $source)" cc $flags
    done
}
levels=$(variable LEVELS_f32)
device="-I$folder $(variable CPPFLAGS) $(variable CXXFLAGS)"

add_operator src/kernel/dyt.c kernel/ops.def 'OP(dyt)'
add src/model/norm/double_ln.c model/norms.def 'NORM(double_ln)' model/norm.c
add src/model/norm/dynamic_tanh.c model/norms.def 'NORM(dynamic_tanh)' model/norm.c
add src/model/turns.c model/archs.def 'ARCH(turns)' model/arch.c
add src/stabilizer/centralize.c stabilizer/stabilizers.def 'STABILIZER(centralize)' \
    stabilizer/stabilizer.c
add src/task/copy.c task/tasks.def 'TASK(copy)' task/task.c

# shellcheck disable=SC2046
cc -o "$folder/koopsweep" "$BUILD/f32/cli/main.o" "$folder"/*.o "$BUILD/libkoopsweep.a" \
    $(variable LDLIBS) || fail "the program does not link"
cd "$folder" || exit 1
cat >sweep.yaml <<'END'
name: added
task: {name: copy, seq_len: 9, vocab: 16}
model: {arch: turns, width: 16, layers: 4, heads: 2}
train: {steps: 60, lr: 3e-3, batch: 16, centralize: true}
curvature: {every: 30}
axes:
  product: {model.norm: [double_ln, dynamic_tanh], resources.device: [host, emulated]}
END
./koopsweep run sweep.yaml -n 1 --out added >log 2>&1 || { cat log; fail "the sweep does not run"; }
./koopsweep status added --json | tr -d '\t\n' | grep -q '"COMPLETED":4' ||
    { ./koopsweep status added; fail "not all trials were completed"; }
sed 's/double_ln/doubel_ln/' sweep.yaml >misspelt.yaml
./koopsweep plan misspelt.yaml 2>&1 | grep -q 'double_ln' || fail "the new norm is not suggested"
