const state = JSON.parse(document.getElementById('state').textContent);
const byId = (id) => document.getElementById(id);
const pairs = new Pairs(state.pairs);
const editor = { fit: null, chosen: null, pointer: null, problem: '', dirty: false, saved: false, everSaved: false, ended: false };
const panes = {};
let overlay = null;

const other = (side) => (side === 'visible' ? 'thermal' : 'visible');
const middle = ([width, height]) => [(width - 1) / 2, (height - 1) / 2];

// A visible pixel in the thermal image or back, null where there is no homography yet.
function mapped(side, point) {
  if (!editor.fit || !point) return null;
  return transform(side === 'visible' ? editor.fit.forth : editor.fit.back, point);
}

const model = {
  marks(side) {
    const marks = pairs.list.flatMap((pair, index) => {
      const guess = !pair[side];
      const point = guess ? mapped(other(side), pair[other(side)]) : pair[side];
      if (!point) return [];
      const current = editor.fit && pair.visible && pair.thermal;
      return [{
        id: pair.id, point, guess, colour: pair.colour, label: String(index + 1),
        selected: editor.chosen?.id === pair.id,
        worst: Boolean(current && editor.fit.pairs.length > state.fewest && editor.fit.worstId === pair.id),
        fitted: current && side === 'visible' ? mapped('thermal', pair.thermal) : null,
      }];
    });
    // The chosen one lies on top.
    return marks.sort((a, b) => a.selected - b.selected);
  },
  mirrored(side) {
    return editor.pointer?.side === other(side) ? mapped(other(side), editor.pointer.point) : null;
  },
  point(side, point) {
    editor.pointer = point && { side, point };
    document.querySelector(`[data-side=${side}] .position`).textContent =
      point ? point.map((value) => value.toFixed(1)).join(', ') : '';
    panes[other(side)].redraw();
  },
  place(side, point) {
    if (!pairs.open && pairs.list.length >= state.most) return;
    const pair = pairs.place(side, point);
    editor.chosen = { id: pair.id, side };
    changed();
    const expected = !pair[other(side)] && mapped(side, point);
    if (expected) panes[other(side)].view.reveal(expected);
  },
  select(id, side) {
    editor.chosen = { id, side };
    show();
  },
  remember() {
    pairs.remember();
  },
  move(id, side, point) {
    pairs.move(id, side, point);
    changed();
  },
};

async function ask(name, body) {
  let response;
  try {
    response = await fetch(name, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
  } catch {
    end('The command has ended', 'Nothing more can be saved. Start `nitedr align` again to go on.');
    return null;
  }
  const answer = await response.json();
  return response.ok ? answer : { problem: answer.problem };
}

// One question at a time; while it is under way only the latest state waits.
const fitting = { busy: false, again: false };

async function refit() {
  if (fitting.busy) {
    fitting.again = true;
    return;
  }
  const complete = pairs.complete.map((pair) => pair.id);
  if (complete.length < state.fewest) {
    editor.fit = null;
    editor.problem = '';
    show();
    return;
  }
  fitting.busy = true;
  const answer = await ask('fit', { pairs: pairs.rows });
  fitting.busy = false;
  if (answer) {
    editor.problem = answer.problem || '';
    editor.fit = answer.problem ? null : {
      ...answer,
      ids: complete,
      worstId: complete[answer.worst_pair - 1],
      forth: answer.homography,
      back: inverse(answer.homography, backAnchor(answer.homography)),
    };
    show();
  }
  if (fitting.again) {
    fitting.again = false;
    refit();
  }
}

// Depth is positive where the points are, so there the inverse is scaled.
function backAnchor(homography) {
  const [first] = pairs.complete;
  return first ? first.thermal : transform(homography, middle(state.visible));
}

function changed() {
  editor.dirty = true;
  editor.saved = false;
  show();
  refit();
}

async function save() {
  if (byId('save').disabled) return false;
  const before = JSON.stringify(pairs.rows);
  const answer = await ask('save', { pairs: pairs.rows });
  if (!answer) return false;
  if (answer.problem) {
    editor.problem = answer.problem;
    show();
    return false;
  }
  editor.everSaved = true;
  if (JSON.stringify(pairs.rows) === before) {
    editor.dirty = false;
    editor.saved = true;
  }
  editor.problem = '';
  show();
  return true;
}

async function done() {
  if (editor.dirty && pairs.complete.length) {
    const dialog = byId('unsaved');
    dialog.querySelector('[value=save]').disabled = byId('save').disabled;
    dialog.returnValue = 'back';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    if (dialog.returnValue === 'back' || dialog.returnValue === '') return;
    if (dialog.returnValue === 'save' && !(await save())) return;
  }
  if (await ask('done', {})) {
    const text = editor.everSaved ? `Written: ${state.files.join('\n')}` : 'Nothing was saved.';
    end('Done', `${text}\nYou can close this page.`);
  }
}

function end(title, text) {
  if (editor.ended) return;
  editor.ended = true;
  const dialog = byId('ended');
  dialog.querySelector('h2').textContent = title;
  dialog.querySelector('p').textContent = text;
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.showModal();
}

function hint() {
  const open = pairs.open, count = pairs.complete.length;
  if (editor.problem) return ['This can not be used yet: see the list of pairs', 'problem'];
  if (open) return [`Pair ${pairs.list.length}: now the same spot in the ${open.visible ? 'thermal' : 'visible'} image`, ''];
  if (editor.saved) return [`Saved to ${state.files[0].split(/[\\/]/).pop()}`, 'good'];
  if (!count) return ['Click a spot that both images show, first in one, then in the other', ''];
  if (count < state.fewest) return [`${count} of at least ${state.fewest} pairs: click the next spot`, ''];
  if (count < state.enough) return [`${count} pairs: it can be saved; ${state.enough} or more tell how good it is`, ''];
  return [`${count} pairs: check the overlay, then save`, ''];
}

function show() {
  const [text, kind] = hint();
  byId('hint').textContent = text;
  byId('hint').className = kind;
  byId('undo').disabled = !pairs.past.length;
  byId('redo').disabled = !pairs.future.length;
  byId('save').disabled = !editor.fit;
  byId('save').textContent = editor.saved ? 'Saved ✓' : 'Save';
  const open = pairs.open;
  for (const [side, pane] of Object.entries(panes)) {
    pane.canvas.closest('.card').classList.toggle('next', Boolean(open && !open[side]));
    pane.redraw();
  }
  overlay.setHomography(editor.fit && editor.fit.back);
  document.querySelector('.empty').hidden = Boolean(editor.fit);
  showFigures();
  showRows();
}

function showFigures() {
  const fit = editor.fit, pixels = (value) => `${value.toFixed(2)} px`;
  byId('count').textContent = pairs.list.length ? `${pairs.complete.length} complete, pixels of the full-size images` : '';
  byId('rows').parentElement.hidden = !pairs.list.length;
  byId('advice').hidden = pairs.list.length > 0;
  byId('figures').hidden = !fit;
  for (const old of document.querySelectorAll('#warnings .fit')) old.remove();
  const warn = (text, kind) => {
    const item = document.createElement('li');
    item.className = kind;
    item.textContent = text[0].toUpperCase() + text.slice(1);
    byId('warnings').append(item);
  };
  if (editor.problem) warn(editor.problem, 'fit problem');
  if (!fit) return;
  byId('rms').textContent = pixels(fit.rms_px);
  byId('worst').textContent = pixels(fit.worst_px);
  byId('worst-pair').textContent = fit.pairs.length > state.fewest ? `worst, pair ${fit.worst_pair}` : 'worst';
  byId('coverage').textContent = `${(100 * fit.coverage).toFixed(0)} %`;
  byId('thermal-pixel').textContent = pixels(fit.thermal_pixel_px);
  for (const warning of fit.warnings) warn(warning, 'fit');
}

function showRows() {
  const coordinates = (point) => (point ? point.map((value) => value.toFixed(1)).join(', ') : '…');
  byId('rows').replaceChildren(...pairs.list.map((pair, index) => {
    const fit = editor.fit, place = fit ? fit.ids.indexOf(pair.id) : -1;
    const row = document.createElement('tr');
    row.classList.toggle('chosen', editor.chosen?.id === pair.id);
    row.classList.toggle('worst', Boolean(fit && fit.ids.length > state.fewest && fit.worstId === pair.id));
    const cells = Array.from({ length: 5 }, () => row.insertCell());
    const swatch = document.createElement('i');
    swatch.style.background = pair.colour;
    cells[0].append(swatch, String(index + 1));
    cells[1].textContent = coordinates(pair.visible);
    cells[2].textContent = coordinates(pair.thermal);
    cells[3].textContent = place < 0 ? '' : `${fit.pairs[place].residual_px.toFixed(2)} px`;
    const remove = document.createElement('button');
    remove.textContent = '×';
    remove.title = 'Delete this pair (Del)';
    remove.setAttribute('aria-label', `delete pair ${index + 1}`);
    remove.addEventListener('click', (event) => { event.stopPropagation(); drop(pair.id); });
    cells[4].append(remove);
    row.addEventListener('click', () => {
      for (const side of ['visible', 'thermal']) if (pair[side]) panes[side].view.reveal(pair[side]);
      model.select(pair.id, 'visible');
    });
    return row;
  }));
}

function drop(id) {
  pairs.remove(id);
  if (editor.chosen?.id === id) editor.chosen = null;
  changed();
}

function travel(direction) {
  pairs[direction]();
  changed();
}

function nudge(dx, dy) {
  const pair = editor.chosen && pairs.find(editor.chosen.id), side = editor.chosen?.side;
  if (!pair || !pair[side]) return;
  pairs.remember();
  model.move(pair.id, side, panes[side].clamp([pair[side][0] + dx, pair[side][1] + dy]));
}

function onKey(event) {
  if (document.querySelector('dialog[open]')) return;
  const key = event.key, command = event.ctrlKey || event.metaKey;
  const pane = Object.values(panes).find(({ canvas }) => canvas === document.activeElement);
  const typing = event.target.matches('input[type=range], input[type=radio]');
  const step = event.shiftKey ? 1 : 0.1;
  const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  const lower = key.toLowerCase();
  if (command && lower === 's') save();
  else if (command && lower === 'z') travel(event.shiftKey ? 'redo' : 'undo');
  else if (command && lower === 'y') travel('redo');
  else if (command || event.altKey) return;
  else if (arrows[key] && !typing) nudge(...arrows[key]);
  else if (key === 'Delete' || key === 'Backspace') { if (editor.chosen) drop(editor.chosen.id); }
  else if (key === 'Escape') { if (pairs.open) drop(pairs.open.id); }
  else if (lower === 'f') { for (const { view } of pane ? [pane] : Object.values(panes)) view.fit(); }
  else if (lower === 'e') document.querySelector('[name=mode]:not(:checked)').click();
  else if (key === '+' && pane) pane.view.zoom(1.25);
  else if (key === '-' && pane) pane.view.zoom(0.8);
  else if (key === ' ' && !event.target.matches('button, input')) { overlay.hidden = true; overlay.redraw(); }
  else return;
  event.preventDefault();
}

function wirePane(side, image) {
  const section = document.querySelector(`[data-side=${side}]`);
  const pane = new Pane(side, section.querySelector('canvas'), image, model);
  const draw = pane.draw.bind(pane);
  pane.draw = () => {
    draw();
    section.querySelector('.scale').textContent = `${Math.round(100 * pane.view.scale)} %`;
  };
  section.querySelector('.fit').addEventListener('click', () => pane.view.fit());
  section.querySelector('.in').addEventListener('click', () => pane.view.zoom(1.25));
  section.querySelector('.out').addEventListener('click', () => pane.view.zoom(0.8));
  const input = (name) => section.querySelector(`[name=${name}]`);
  input('brightness').value = image.fairBrightness;
  section.querySelector('.bar').addEventListener('input', () => {
    image.setTone({
      brightness: Number(input('brightness').value),
      contrast: Number(input('contrast').value),
      inverted: Boolean(input('inverted')?.checked),
    });
    pane.redraw();
    overlay.redraw();
  });
  panes[side] = pane;
}

async function start() {
  const images = await Promise.all(['visible.png', 'thermal.png'].map(async (name) => {
    const image = new Image();
    image.src = name;
    await image.decode();
    return new TonedImage(image);
  }));
  wirePane('visible', images[0]);
  wirePane('thermal', images[1]);
  overlay = new Overlay(document.querySelector('#overlay .window'), ...images);
  const bar = document.querySelector('#overlay .bar');
  bar.addEventListener('input', () => {
    overlay.mode = bar.querySelector('[name=mode]:checked').value;
    overlay.opacity = Number(bar.querySelector('[name=opacity]').value);
    overlay.redraw();
  });
  bar.querySelector('.fit').addEventListener('click', () => overlay.view.fit());
  byId('undo').addEventListener('click', () => travel('undo'));
  byId('redo').addEventListener('click', () => travel('redo'));
  byId('save').addEventListener('click', save);
  byId('done').addEventListener('click', done);
  addEventListener('keydown', onKey);
  addEventListener('keyup', (event) => {
    if (event.key === ' ' && overlay.hidden) { overlay.hidden = false; overlay.redraw(); }
  });
  addEventListener('beforeunload', (event) => {
    if (editor.dirty && pairs.complete.length && !editor.ended) event.preventDefault();
  });
  overlay.redraw();
  show();
  refit();
  document.body.dataset.ready = 'yes';
}

start();
