#!/bin/sh
# Builds the small libraries that sites lack, from the release archives in a folder, into a prefix; nothing is
# fetched. What they are is told by the folder in each archive. Run by `make small-libraries` (docs/clusters.md).
#
# usage: small_libraries.sh ARCHIVES PREFIX
set -eu
[ $# -eq 2 ] && [ -d "$1" ] || { echo 'usage: make small-libraries ARCHIVES=DIR PREFIX=DIR' >&2; exit 2; }
archives=$(cd "$1" && pwd)
mkdir -p "$2"
prefix=$(cd "$2" && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

by_configure() { ./configure --prefix="$prefix" --libdir="$prefix/lib" && make && make install; }
by_cmake() { # SETTINGS...
    cmake -B out -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=ON "$@" &&
        cmake --build out && cmake --install out
}
by_make() { make PREFIX="$prefix" && make PREFIX="$prefix" install; }
headers() { mkdir -p "$prefix/include" && cp -R include/Random123 "$prefix/include"; }

build() { # FOLDER: in it, by what it is called
    settings=
    case $(basename "$1" | tr '[:upper:]' '[:lower:]') in
    yaml* | libyaml*) settings=YAML_DIR && if [ -x configure ]; then by_configure; else by_cmake; fi ;;
    pcre2*) settings=PCRE2_DIR && by_configure ;;
    cjson*) settings=CJSON_DIR && by_make ;;
    xxhash*) settings=XXHASH_DIR && by_make ;;
    libzip*)
        settings=LIBZIP_DIR && by_cmake -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF
        ;;
    random123*) settings=CPATH && headers ;;
    *) return 1 ;;
    esac
}

found=
for archive in "$archives"/*.tar.*; do
    case $archive in *.asc | *.sig | *'*'*) continue ;; esac
    rm -rf "$work/tree" && mkdir "$work/tree" && tar -xf "$archive" -C "$work/tree"
    for folder in "$work"/tree/*; do
        cd "$folder"
        if build "$folder" >"$work/log" 2>&1; then
            echo "$(basename "$folder"): built"
            [ $settings = CPATH ] && found="$found CPATH=$prefix/include" || found="$found $settings=$prefix"
        elif [ -n "$settings" ]; then
            tail -n 20 "$work/log" >&2
            echo "koopsweep: $(basename "$archive") does not build" >&2
            exit 7
        else
            echo "$(basename "$archive"): none of libyaml, cJSON, PCRE2, xxHash, libzip, Random123; left alone"
        fi
    done
done
[ -n "$found" ] || { echo "koopsweep: no archive (*.tar.*) of a library we need in $archives" >&2; exit 7; }
echo "now: make$found"
