#!/bin/sh
# A browser opens the report: it sorts, brushes, chooses, and shows the numbers of `table`.
# seconds: 300
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
    echo 'skipped: no chromium here (make packages PACKAGES=packages-extra.txt)'
    exit 77
fi
. tests/script.sh

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
const wrong = [];
const check = (what, holds) => { if (!holds) wrong.push(what); };
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
const theme = () => getComputedStyle(document.body).backgroundColor, before = theme();
document.getElementById('theme').click();
check('light and dark look alike', theme() !== before);
check('something is wider than the page', document.documentElement.scrollWidth <= innerWidth);
check('something was loaded', performance.getEntriesByType('resource').filter((entry) => !entry.name.startsWith('data:')).length === 0);
const verdict = document.createElement('pre');
verdict.id = 'verdict';
verdict.textContent = wrong.length ? 'WRONG ' + wrong.join('; ') : 'RIGHT';
document.body.append(verdict);
END
{ sed '$d' page.html && tail -n 1 page.html | sed 's#</body></html>##' && echo '<script>const tables =' &&
    sed 's/</\\u003c/g' tables.json && echo ';' && cat probe.js && echo '</script></body></html>'; } >probed.html

open_page() { # WIDTH ARGUMENTS...
    width=$1 && shift
    HOME=$folder timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-dev-shm-usage --user-data-dir="$folder/profile" --enable-logging=stderr \
        --window-size="$width,900" --virtual-time-budget=5000 "$@" 2>browser.log
}
for width in 1400 500; do
    open_page $width --dump-dom "file://$folder/probed.html" >dom.html ||
        { tail -n 5 browser.log && fail 'the browser did not start'; }
    grep -o '<pre id="verdict">[^<]*' dom.html >output || fail 'the page did not run to its end'
    grep -q '>RIGHT' output || fail "in a window of $width"
    grep 'CONSOLE' browser.log >output && fail 'the console has something to say'
done
true
