#!/bin/sh
# A browser opens the report: it sorts, brushes, chooses, and shows the numbers of `table`.
# seconds: 300
. tests/script.sh
. "$root/tests/figure/browser.sh"
need_browser

spec shown 12 | grep -v ^axes >shown.yaml
cat >>shown.yaml <<END
replicas: 2
axes: {product: {diverge.loss: [0.5, 50], model.norm: [pre_ln, none], train.lr: [1e-3, 1e-2]}}
END
expect 0 '8 diverged' "$program" run shown.yaml -n 2 --out run
"$program" report run -o page.html --quiet || fail 'no report'
"$program" table run --format json >tables.json || fail 'no tables'

# Runs in the page after its own script; what it finds is the text of #verdict.
cat >probe.js <<'END'
const table = (name) => document.querySelector(`table[data-table="${name}"]`);
for (const made of tables.tables) {
  const rows = [...table(made.name).querySelectorAll('tbody tr:not(.heading)')];
  check(`${made.name} has another number of rows`, rows.length === made.rows.length);
  made.rows.forEach((row, r) => rows[r].querySelectorAll('td[data-key]').forEach((cell) => {
    const value = row[cell.dataset.key];
    check(`${made.name} row ${r} ${cell.dataset.key}`, value === null ? cell.dataset.v === '' || !isFinite(cell.dataset.v) : Number(cell.dataset.v) === value);
  }));
}
const list = document.getElementById('trials');
const rates = () => [...list.tBodies[0].rows].map((row) => Number(row.cells[head('train.lr')].dataset.v));
const head = (name) => [...list.tHead.rows[0].cells].findIndex((cell) => cell.textContent === name);
const rising = (x) => x.every((value, i) => i === 0 || x[i - 1] <= value);
list.tHead.rows[0].cells[head('train.lr')].querySelector('button').click();
check('sorting does not sort', rising(rates()));
list.tHead.rows[0].cells[head('train.lr')].querySelector('button').click();
check('sorting again does not turn the order', rising(rates().reverse()) && !rising(rates()));
const shown = () => [...list.tBodies[0].rows].filter((row) => !row.classList.contains('off')).length;
const select = [...document.querySelectorAll('#filters label')].find((label) => label.textContent.startsWith('model.norm')).querySelector('select');
select.value = 'none';
select.dispatchEvent(new Event('change'));
check('choosing a norm does not leave half of the trials', shown() === 8);
check('marks of other trials stay', [...document.querySelectorAll('[data-figure="scatter"] [data-t]:not(.off)')].length === 8);
document.querySelector('#filters > button').click();
check('showing all does not show all', shown() === 16);
const svg = document.querySelector('[data-figure="parallel"] svg'), box = svg.getBoundingClientRect();
const drag = (type, x, y) => svg.dispatchEvent(new PointerEvent(type, {clientX: box.left + x * box.width / 720, clientY: box.top + y * box.width / 720, pointerId: 1, bubbles: true, cancelable: true}));
svg.setPointerCapture = () => {};
drag('pointerdown', 60, 20); drag('pointermove', 60, 150); drag('pointerup', 60, 150);
check(`a brush over the upper half of the first axis leaves ${shown()}`, shown() === 8);
check('the brush is not drawn', document.querySelectorAll('.brush').length === 1);
END
look_at page.html tables.json probe.js
