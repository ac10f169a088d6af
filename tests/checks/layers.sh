#!/bin/sh
# Gate: a folder of src/ includes only itself and folders of lower levels, and a library is used
# only in the folders that own it, and by each of them.
#
# folder  level  libraries, as their headers begin
layers='
base        0    Random123/ xxhash.h
spec        1    yaml.h
plot        1
stats       1
kernel      1    cblas.h cuda_runtime.h cublas_v2.h oneapi/
plan        2
graph       2
spectral    2    cblas.h lapacke.h
external    3    cjson/
tensors     1    cjson/ zip.h
optim       3
task        3    cjson/ pcre2.h xxhash.h
store       3    hdf5.h hdf5_hl.h
policy      3
model       4
probe       5
checkpoint  5    cjson/
stabilizer  5
train       6
rundir      7    cjson/
dispatch    8
figure      8    cjson/
profile     8
sweep       9    mpi.h
grid        3    mpi.h
ranks       9    mpi.h
report      7    cjson/
slurm       7
cli        10    cjson/
'
libc='assert|complex|ctype|dirent|dlfcn|endian|errno|fcntl|fenv|float|ftw|getopt|glob|inttypes|libgen|limits|locale|
math|poll|pthread|pwd|sched|search|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|
strings|termios|time|unistd|sys/[a-z]+|ucontext|(x86|imm)intrin|cpuid'

grep -nE '^ *# *include' src/*/*.[ch] src/*/*/*.[ch] src/*/*/*.cu 2>/dev/null |
    awk -v layers="$layers" -v libc="^($(printf '%s' "$libc" | tr -d '\n'))\\.h$" '
    function wrong(text) { print file ":" line ": " text; failures++ }
    BEGIN {
        for (n = split(layers, rows, "\n"); n; n--) {
            words = split(rows[n], word, " ")
            if (words < 2) continue
            level[word[1]] = word[2]
            for (i = 3; i <= words; i++) {
                owner[word[i]] = owner[word[i]] " " word[1]
                hollow[word[1] " " word[i]] = 1
            }
        }
    }
    {
        split($0, at, ":"); file = at[1]; line = at[2]
        split(file, path, "/"); folder = path[2]
        if (!(folder in level)) wrong("src/" folder " has no level; add it to " gate)
    }
    match($0, /"[^"]*"/) {
        header = substr($0, RSTART + 1, RLENGTH - 2)
        split(header, path, "/"); other = path[1]
        if (other == folder || other == "hdf5_schemas" || other == "analysis") next
        if (!(other in level)) wrong("\"" header "\" names no folder of src/; write \"folder/file.h\"")
        else if (level[other] >= level[folder])
            wrong(folder " (level " level[folder] ") includes " header " (level " level[other] \
                  "); only lower levels may be included: move the code down or pass it in")
    }
    match($0, /<[^>]*>/) {
        header = substr($0, RSTART + 1, RLENGTH - 2)
        if (header ~ libc) next
        for (name in owner)
            if (index(header, name) == 1) {
                delete hollow[folder " " name]
                if (index(owner[name] " ", " " folder " ") == 0)
                    wrong("<" header "> belongs to" owner[name] "; call their functions instead")
                next
            }
        wrong("<" header "> is no library we know; a new one is a row of " gate " and packages.txt")
    }
    END {
        file = gate; line = "row of"
        for (pair in hollow) wrong(pair ": nobody there includes it; take it out of the row")
        exit failures != 0
    }' gate="$0" -
