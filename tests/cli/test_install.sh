#!/bin/sh
# `make install` works in folders with spaces, whatever the umask is, and `make uninstall` removes
# what it put there and nothing else.
fail() { echo "$*"; exit 1; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
to="$folder/an image"
make_quietly() { # what `make check` has built is not built again here
    make --old-file=all "$@" DESTDIR="$to" PREFIX='/opt/a prefix' \
        >"$folder/out" 2>&1 || { cat "$folder/out"; fail "make $* failed"; }
}
mkdir -p "$folder/an" && echo 'not ours' >"$folder/an/file"
(umask 077 && make_quietly install) || exit 1

prefix="$to/opt/a prefix"
"$prefix/bin/koopsweep" --version | grep -q '^koopsweep [0-9]' || fail 'what was installed does not run'
for file in share/man/man1/koopsweep.1 share/koopsweep/sweep_specs/quickstart.yaml \
    share/doc/koopsweep/README.md share/doc/koopsweep/docs/adding.md \
    share/koopsweep/python/koopsweep.py share/doc/koopsweep/CHANGELOG.md \
    share/bash-completion/completions/koopsweep share/zsh/site-functions/_koopsweep; do
    [ -s "$prefix/$file" ] || fail "$file was not installed"
done
[ -z "$(find "$prefix/share" ! -perm -o=r)" ] || fail 'umask 077 kept files from their readers'
grep -o '](docs/[^)]*)' "$prefix/share/doc/koopsweep/README.md" | tr -d '()]' | while read -r link; do
    [ -f "$prefix/share/doc/koopsweep/$link" ] || fail "README's link $link leads nowhere"
done || exit 1

make_quietly uninstall
[ -z "$(find "$to" -type f)" ] || fail 'uninstall left files'
[ -s "$folder/an/file" ] || fail 'uninstall removed what is not ours'
