# shellcheck shell=sh disable=SC2034,SC2154
# What tests with a browser share; sourced after tests/script.sh.

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)

# Ends the test where there is none.
need_browser() {
    [ -n "$browser" ] || { echo 'skipped: no chromium here (make packages PACKAGES=packages-extra.txt)' && exit 77; }
}

# What every probe begins with: check(WHAT, HOLDS).
cat >check.js <<'END'
const wrong = [];
const check = (what, holds) => { if (!holds) wrong.push(what); };
END
# And ends with: what holds of every page, and the verdict.
cat >verdict.js <<'END'
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

# Opens a report in windows of two widths, runs the probe in it after its own script (with `tables`,
# the output of `table --format json`), and fails unless all checks hold and the console is silent.
look_at() { # PAGE TABLES PROBE
    { sed '$d' "$1" && tail -n 1 "$1" | sed 's#</body></html>##' && echo '<script>const tables =' &&
        sed 's/</\\u003c/g' "$2" && echo ';' && cat check.js "$3" verdict.js &&
        echo '</script></body></html>'; } >probed.html
    for width in 1400 500; do
        HOME=$folder timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run \
            --disable-dev-shm-usage --user-data-dir="$folder/profile" --enable-logging=stderr \
            --window-size="$width,900" --virtual-time-budget=5000 --dump-dom \
            "file://$folder/probed.html" >dom.html 2>browser.log ||
            { tail -n 5 browser.log && fail "$1: the browser did not start"; }
        grep -o '<pre id="verdict">[^<]*' dom.html >output || fail "$1: the page did not run to its end"
        grep -q '>RIGHT' output || fail "$1 in a window of $width"
        grep 'CONSOLE' browser.log >output && fail "$1: the console has something to say"
    done
    true
}
