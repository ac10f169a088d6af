#!/bin/sh
# The report of a profile: one file that asks for no other, with the numbers that `profile` gives;
# a browser shows and sorts them, and has nothing to complain of.
. tests/script.sh

cat >sweep.yaml <<END
name: nets
task: {name: associative_recall, seq_len: 16}
train: {steps: 8, batch: 8, valid_batches: 1, keep_weights: true}
probe.rksp.samples: 64
model: {width: 16, layers: 4, heads: 2, arch: llama, norm: rms_norm}
END
expect 0 '1 completed' "$program" run sweep.yaml -n 1 --out '<b>run'
trial=$("$program" export '<b>run' | tail -n +2 | cut -d, -f1)
"$program" profile '<b>run' "$trial" --final-norm -o net.h5 -f json >tables.json || fail 'no profile'
expect 0 'report: page.html' "$program" report net.h5 -o page.html --plots plots
[ "$(head -c 5 plots/network.pdf)" = '%PDF-' ] && [ "$(head -c 4 plots/network.svg)" = '<svg' ] ||
    fail 'the figure is not there for papers'
[ "$(ls plots)" = "$(printf 'network.pdf\nnetwork.svg')" ] || fail 'figures of a run are drawn, too'
! grep -q '<b>run' page.html || fail 'a name became markup'
grep -q "<h1>&lt;b&gt;run $trial" page.html || fail 'the name is not shown'
grep -o 'https\{0,1\}:[^"< )]*' page.html | grep -v '^http://www.w3.org/2000/svg' >output &&
    fail 'the page names an address'
for section in Network Tables; do
    grep -q "<h2>$section" page.html || fail "no section $section"
done
! grep -q '<h2>Trials' page.html || fail 'a profile has no trials'

[ "$(grep -c 'data-figure="network"' page.html)" -eq 1 ] || fail 'not one figure'
printf x | dd of=net.h5 bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 5 'net.h5: ' "$program" report net.h5 -o other.html
[ ! -e other.html ] || fail 'there is a report of a damaged file'
expect 5 'sweep.yaml: ' "$program" report sweep.yaml -o other.html

. "$root/tests/figure/browser.sh"
need_browser
# A file of a profile does not say what architecture it is of: the page has all published rows, LLaMA's first.
cat >probe.js <<'END'
let compared = 0;
for (const made of tables.tables) {
  const rows = [...document.querySelectorAll(`table[data-table="${made.name}"] tbody tr:not(.heading)`)];
  check(`${made.name} has another number of rows`, made.rows.length > 0 && (made.name === 'profile' ? rows.length === made.rows.length : rows.length > made.rows.length));
  made.rows.forEach((row, r) => rows[r].querySelectorAll('td[data-key]').forEach((cell) => {
    const value = row[cell.dataset.key];
    compared++;
    check(`${made.name} row ${r} ${cell.dataset.key}`, value === null ? cell.dataset.v === '' || !isFinite(cell.dataset.v) : typeof value === 'string' || Number(cell.dataset.v) === value);
  }));
}
check(`only ${compared} numbers compared`, compared > 80);
const first = document.querySelector('table[data-table="profile"]');
const column = [...first.tHead.rows[0].cells].findIndex((cell) => cell.textContent === 'rho');
first.tHead.rows[0].cells[column].querySelector('button').click();
for (const body of first.tBodies) {
  const rho = [...body.rows].filter((row) => !row.classList.contains('heading')).map((row) => Number(row.cells[column].dataset.v));
  check('sorting does not sort', rho.every((value, i) => i === 0 || rho[i - 1] <= value));
}
const drawn = document.querySelector('[data-figure="network"] svg');
check('there are not twelve points of each of four layers', drawn.querySelectorAll('circle').length === 48);
check('the figure has no room', drawn.getBoundingClientRect().height > 200);
END
look_at page.html tables.json probe.js
