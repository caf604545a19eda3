import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStore } from '../../../static/js/event-store.js';
import { Selection } from '../../../static/js/selection.js';
import { Camera } from '../../../static/js/timeline/camera.js';
import { divide } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Movement } from '../../../static/js/timeline/movement.js';
import { OverviewWindow } from '../../../static/js/timeline/overview-window.js';
import { Recording } from './recording.js';

/** Sixty requests, 1000 pixels to see them in, the playhead at the newest step. @param {number} [pauseUs]  After each ten of them. */
function scene(pauseUs = 0) {
  const recording = new Recording();
  for (let i = 1; i <= 60; i += 1) {
    recording.visit(1, i);
    if (i % 10 === 0 && i < 60) recording.wait(pauseUs);
  }
  /** @type {EventStore} */
  const store = recording.send();
  const model = new TimelineModel(store);
  model.advance();
  const selection = new Selection();
  selection.advanceTo(store.size - 1);
  const camera = new Camera(model);
  const areas = divide({ width: 1000, height: 600 }, true, 1);
  camera.resize(areas.width - areas.left, false);
  camera.settle();
  let changes = 0;
  const movement = new Movement({
    store, selection, model, camera, overview: new OverviewWindow(model, camera), hint: { learnt: () => {} },
    scene: () => /** @type {any} */ ({ areas, stepAt: () => 7 }),
    plot: () => areas,
    changed: () => { changes += 1; },
  });
  const overview = new OverviewWindow(model, camera);
  return { overview, movement, selection, camera, model, areas, changes: () => changes };
}

test('whoever moves the view while following is not carried back; zooming alone does not stop it', () => {
  const { movement, selection, camera, changes } = scene();
  camera.viewport.scrollTo(2000, 0);

  movement.zoom(1.4);
  assert.equal(true, selection.following);
  movement.pan(-0.2);

  assert.equal(false, selection.following);
  assert.equal(2, changes());
});

test('at an end there is nowhere to move to, and following goes on', () => {
  const { movement, selection, changes } = scene();
  movement.panBy(-50, 0);

  assert.equal(true, selection.following);
  assert.equal(0, changes());
});

test('lanes that do not all fit are scrolled, and nothing else when they do', () => {
  const { movement, camera: { viewport }, changes } = scene();
  viewport.scrollTo(2000, 0);
  movement.pan(0, 0.3);
  assert.deepEqual([2000, 0, 0], [viewport.scrollX, viewport.scrollY, changes()]);

  viewport.resize({ height: 400, contentHeight: 2000 });
  movement.pan(0, 0.3);

  assert.ok(viewport.scrollY > 50, String(viewport.scrollY));
  assert.equal(2000, viewport.scrollX);
});

test('fitted twice, first the context of the playhead is seen and then everything', () => {
  const { movement, selection, camera, model } = scene();
  selection.moveTo(100);
  camera.viewport.scrollTo(0, 0);

  movement.fit();
  const context = camera.window;
  movement.fit();

  assert.ok(context.from <= 100 && context.to >= 100 && context.to - context.from < 40, JSON.stringify(context));
  assert.deepEqual({ from: 0, to: model.size - 1 }, camera.window);
});

test('a press on the axis puts the playhead on the step that is there', () => {
  const { movement, selection } = scene();
  movement.scrubTo(300);

  assert.equal(7, selection.step);
});

test('dragging the window of the overview moves the view as far as the window', () => {
  const { movement, camera, selection } = scene();
  const before = camera.window.from;
  movement.moveWindow(600, 10);

  assert.ok(camera.window.from > before);
  assert.equal(false, selection.following);
});

test('true to time, the window of the overview is where the pointer takes it', () => {
  const { movement, overview, camera, areas } = scene(2_000);
  camera.setAxis('time', 0);
  camera.show(0, 300);
  camera.settle();
  const { left, right } = overview.span(areas);

  movement.moveWindow(left + 100, 0);

  const moved = overview.span(areas);
  assert.ok(Math.abs(moved.left - left - 100) < 1, `${left} to ${moved.left}`);
  assert.ok(Math.abs(moved.right - moved.left - (right - left)) < 1);
});

test('in a pause it shows what happened nearest to it', () => {
  const { movement, overview, camera, areas, model } = scene(1e6);
  camera.setAxis('time', 0);
  camera.show(0, 20);
  camera.settle();
  const groups = [0, 1, 2, 3, 4, 5].map((group) => overview.scale(areas).toX((model.size / 6) * group));

  for (const [at, group] of [[0.3, 2], [0.7, 3]]) {
    movement.moveWindow(groups[2] + (groups[3] - groups[2]) * at, 0);

    const { left, right } = overview.span(areas);
    assert.ok(left <= groups[group] + 1 && right >= groups[group] - 1, `${left} to ${right}, and not ${groups[group]}`);
    assert.ok(camera.window.to >= camera.window.from);
  }
});
