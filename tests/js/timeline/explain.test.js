import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../../static/js/timeline/explain.js';
import { hitTest } from '../../../static/js/timeline/hit-test.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

/** @param {Recording} recording @param {(scene: ReturnType<typeof sceneOf>) => [number, number]} where */
function said(recording, where) {
  const scene = sceneOf(recording);
  const model = new TimelineModel(recording.store);
  model.advance();
  return explain(recording.store, model, scene, hitTest(scene, ...where(scene)));
}

test('a box says what it is, from which step to which, and which line pushed it', () => {
  const recording = new Recording();
  recording.push(1, { how: 'by hand' });
  recording.setG(1, 1, 'task', "'sum'");
  recording.pop(1);

  const lines = said(recording, ({ boxes: [box] }) => [box.x + 3, box.y + 6]);

  assert.deepEqual(lines, [
    'app context #1, by hand',
    'Pushed at step 1, popped at step 3, after 200 µs',
    'Thread-1, pushed by hand',
    "g: task = 'sum'",
    'views.py:12, in index',
  ]);
});

test('a mark says what happened, when, and in which context', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  const lines = said(recording, ({ marks }) => {
    const mark = marks.find(({ kind }) => kind === 'session-changed');
    return [mark?.x ?? 0, mark?.y ?? 0];
  });

  assert.deepEqual(lines, [
    'Session changed: visits = 1',
    'Step 8, +10 µs, Thread-1',
    'In GET /counter #2',
    'views.py:12, in index',
  ]);
});

test('a river says what the cookie holds at the step under the pointer', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  /** @param {number} step */
  const at = (step) =>
    said(recording, ({ ticks, rivers }) => [ticks[step].x, rivers[0].bottom - 2]);

  assert.deepEqual(at(2), ['The cookie of browser 1', 'No session is saved in it.']);
  assert.deepEqual(at(9), ['The cookie of browser 1', 'visits = 1']);
});

test('where nothing is, nothing is said', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  assert.deepEqual(said(recording, ({ areas }) => [areas.width - 3, areas.lanesBottom - 3]), []);
});
