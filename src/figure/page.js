// page.js: what moves in a report. Everything is drawn already, by the program, and readable
// without this: here is hovering, brushing, sorting, copying, and the choice of light or dark.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (name, text) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  // What a page that reloads itself must not lose. Browsers may refuse storage to local files.
  const memory = {
    get(key) { try { return JSON.parse(sessionStorage.getItem('koopsweep ' + data.name + key)); } catch { return null; } },
    set(key, value) { try { sessionStorage.setItem('koopsweep ' + data.name + key, JSON.stringify(value)); } catch { /* forgotten on reload */ } },
  };

  // --- light or dark: as the system says, unless chosen ---
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paint = () => {
    const wish = memory.get('theme') || (dark.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = wish;
  };
  document.getElementById('theme').addEventListener('click', () => {
    memory.set('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    paint();
  });
  dark.addEventListener('change', paint);
  paint();

  // --- the trials, as a table of their own ---
  const trials = new Map(data.trials.map((trial) => [trial[0], trial]));
  const columns = data.columns; // names of trial[1..]
  const list = document.getElementById('trials');
  const show = (value) => value === null ? '' : typeof value === 'number' ? String(+value.toPrecision(5)) : value;
  for (const trial of data.trials) {
    const row = list.tBodies[0].insertRow();
    row.className = 'trial';
    row.dataset.t = trial[0];
    row.tabIndex = 0;
    trial.slice(1).forEach((value) => {
      const cell = row.insertCell();
      cell.textContent = show(value);
      cell.dataset.v = value === null ? '' : value;
      if (typeof value !== 'number') cell.className = 'text';
    });
  }

  const marks = new Map(); // number of a trial -> everything that shows it
  for (const element of all('[data-t]')) {
    const number = +element.dataset.t;
    if (!marks.has(number)) marks.set(number, []);
    marks.get(number).push(element);
  }

  // --- which trials are kept: those that pass every brush and every choice ---
  const brushes = new Map(memory.get('brushes') || []); // place of an axis -> [from, to]
  const choices = new Map(memory.get('choices') || []); // column -> value
  const parallel = document.querySelector('[data-figure="parallel"] svg');
  const lines = new Map(); // number of a trial -> its points on the axes
  if (parallel) {
    for (const path of all('path[data-t]', parallel)) {
      const number = +path.dataset.t;
      const points = path.getAttribute('d').split(/[ML]/).slice(1).map((pair) => pair.split(' ').map(Number));
      lines.set(number, (lines.get(number) || []).concat(points));
    }
  }
  const passes = (number) => {
    for (const [x, [from, to]] of brushes) {
      const at = (lines.get(number) || []).find((point) => Math.abs(point[0] - x) < 1);
      if (!at || at[1] < from || at[1] > to) return false;
    }
    for (const [column, value] of choices)
      if (String(trials.get(number)[1 + column]) !== value) return false;
    return true;
  };
  const kept = document.getElementById('kept');
  const filter = () => {
    let count = 0;
    for (const number of trials.keys()) {
      const isKept = passes(number);
      count += isKept;
      for (const element of marks.get(number) || []) element.classList.toggle('off', !isKept);
    }
    kept.textContent = count === trials.size ? '' : `${count} of ${trials.size} trials shown`;
    memory.set('brushes', [...brushes]);
    memory.set('choices', [...choices]);
    drawBrushes();
  };

  // --- brushing ---
  const axes = parallel ? [...new Set([...lines.values()].flatMap((points) => points.map((point) => point[0])))] : [];
  const place = (event) => {
    const at = parallel.createSVGPoint();
    at.x = event.clientX;
    at.y = event.clientY;
    return at.matrixTransform(parallel.getScreenCTM().inverse());
  };
  const drawBrushes = () => {
    if (!parallel) return;
    all('.brush', parallel).forEach((element) => element.remove());
    for (const [x, [from, to]] of brushes) {
      const box = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      box.setAttribute('class', 'brush');
      box.setAttribute('x', x - 8);
      box.setAttribute('y', from);
      box.setAttribute('width', 16);
      box.setAttribute('height', to - from);
      parallel.append(box);
    }
  };
  if (parallel) {
    let axis = null, start = 0;
    parallel.style.touchAction = 'pan-x';
    parallel.addEventListener('pointerdown', (event) => {
      const at = place(event);
      axis = axes.find((x) => Math.abs(x - at.x) < 14);
      if (axis === undefined) return;
      start = at.y;
      brushes.delete(axis);
      parallel.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    parallel.addEventListener('pointermove', (event) => {
      if (axis === null || axis === undefined) return;
      const at = place(event);
      if (Math.abs(at.y - start) > 2) brushes.set(axis, [Math.min(start, at.y), Math.max(start, at.y)]);
      filter();
    });
    parallel.addEventListener('pointerup', () => { axis = null; filter(); });
  }

  // --- choosing: the same for the keyboard ---
  const filters = document.getElementById('filters');
  columns.forEach((name, column) => {
    const values = [...new Set(data.trials.map((trial) => String(trial[1 + column])))];
    if (column === 0 || column > data.options || values.length < 2 || values.length > 24) return;
    const label = make('label', name + ' '), select = make('select');
    select.append(new Option('all', ''), ...values.map((value) => new Option(value, value)));
    select.value = choices.get(column) || '';
    select.addEventListener('change', () => {
      if (select.value) choices.set(column, select.value); else choices.delete(column);
      filter();
    });
    label.append(select);
    filters.append(label);
  });
  const reset = make('button', 'show all');
  reset.addEventListener('click', () => {
    brushes.clear();
    choices.clear();
    all('select', filters).forEach((select) => { select.value = ''; });
    filter();
  });
  if (filters) filters.append(reset);

  // --- pointing ---
  const tip = make('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  let lit = null;
  const light = (number) => {
    if (lit !== null) for (const element of marks.get(lit) || []) element.classList.remove('on');
    lit = number;
    if (lit !== null) for (const element of marks.get(lit) || []) element.classList.add('on');
  };
  const point = (event) => {
    const element = event.target.closest && event.target.closest('[data-t]');
    const trial = element && trials.get(+element.dataset.t);
    light(trial ? trial[0] : null);
    tip.hidden = !trial || element.tagName === 'TR';
    if (tip.hidden) return;
    tip.textContent = columns.map((name, i) => `${name}  ${show(trial[1 + i])}`).join('\n');
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4)) + 'px';
    tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4)) + 'px';
  };
  document.addEventListener('pointermove', (event) => { if (!event.buttons) point(event); });
  document.addEventListener('focusin', point);

  // --- sorting: numbers as numbers, what is missing last; rows stay below their heading ---
  const key = (row, column) => {
    const cell = row.cells[column], text = cell ? cell.dataset.v : '';
    const number = Number(text);
    return text === '' || text === undefined ? null : Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === 'number' ? -1 : 1;
  };
  for (const table of all('table.sortable')) {
    all('thead th button', table).forEach((button, column) => {
      button.addEventListener('click', () => {
        const head = button.parentElement, falls = head.ariaSort === 'ascending';
        all('thead th', table).forEach((other) => { other.ariaSort = null; });
        head.ariaSort = falls ? 'descending' : 'ascending';
        for (const body of table.tBodies) {
          const rows = [...body.rows].filter((row) => !row.classList.contains('heading'));
          rows.sort((a, b) => {
            const x = key(a, column), y = key(b, column);
            return (falls && x !== null && y !== null ? -1 : 1) * compare(x, y);
          });
          body.append(...rows);
        }
      });
    });
  }

  // --- copying ---
  for (const area of all('details textarea')) {
    const button = make('button', 'copy');
    button.addEventListener('click', async () => {
      area.select();
      try { await navigator.clipboard.writeText(area.value); } catch { document.execCommand('copy'); }
      button.textContent = 'copied';
    });
    area.before(button);
  }

  filter();
  if (data.reload) setTimeout(() => location.reload(), 1000 * data.reload);
})();
