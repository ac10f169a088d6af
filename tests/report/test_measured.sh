#!/bin/sh
# analysis/measured.sh makes a table of every sweep it lists, with the commands that the committed one names;
# and a sweep that has run is not run again.
. tests/script.sh
mkdir analysis
cp "$root/analysis/measured.sh" analysis
ln -s "$root/sweep_specs" "$root/examples" .
cat >program <<'E2'
#!/bin/sh
echo "$@" >>calls
case $1 in
verify) [ "$2" = runs/coords ] ;; # all others have yet to run
table) echo "table $*" ;;
esac
E2
chmod +x program
make_tables() { env PROGRAM=./program sh analysis/measured.sh "$@"; }
expect 0 measured/coords.md make_tables
expect 0 measured/gpt.md make_tables gpt gpt_inside # are not in the list, for they need PyTorch
for table in analysis/measured/*; do
    [ -f "$root/$table" ] || fail "$table has not been committed"
    grep '^    koopsweep table ' "$table" >wanted || fail "$table names no command"
    while read -r line; do
        grep -qF "$line" "$root/$table" || fail "the committed $table lacks: $line"
    done <wanted
done
for table in "$root"/analysis/measured/*.md; do
    [ -f "analysis/measured/${table##*/}" ] || fail "no sweep that is listed makes ${table##*/}"
done
grep -q '^run sweep_specs/gate.yaml --out runs/gate$' calls || fail 'a sweep that has not run is not run'
! grep -q '^run sweep_specs/coords.yaml' calls || fail 'a sweep that has run is run again'
expect 2 'nonsense is none of' make_tables nonsense
