import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitTest } from '../../../static/js/timeline/hit-test.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

function aRequest() {
  const recording = new Recording();
  const ids = recording.visit(1, 1);
  return { scene: sceneOf(recording), ...ids };
}

test('the innermost box is hit', () => {
  const { scene, request } = aRequest();
  const box = scene.boxes[1];

  const hit = hitTest(scene, box.x + 20, box.y + 4);

  assert.equal(hit.box?.bar.context, request);
  assert.equal(hit.mark, null);
});

test('beside the inner box the outer one is hit', () => {
  const { scene, app } = aRequest();

  const hit = hitTest(scene, scene.boxes[0].x + 4, scene.boxes[1].y + 4);

  assert.equal(hit.box?.bar.context, app);
});

test('a mark is hit before the box it lies on', () => {
  const { scene } = aRequest();
  const mark = scene.marks.find(({ kind }) => kind === 'session-read');
  assert.ok(mark !== undefined);

  const hit = hitTest(scene, mark.x + 4, mark.y - 3);

  assert.equal(hit.mark, mark);
  assert.equal(hit.step, mark.step);
});

test('on the axis and on the river the step of the column is hit', () => {
  const { scene } = aRequest();
  const { x } = scene.ticks[4];

  assert.deepEqual(pick(hitTest(scene, x + 9, scene.areas.axis - 5)), { area: 'axis', step: 4, river: -1 });
  assert.deepEqual(pick(hitTest(scene, x - 9, scene.rivers[0].bottom - 3)), { area: 'rivers', step: 4, river: 0 });
});

test('left of the plot are the names', () => {
  const { scene } = aRequest();

  assert.equal(hitTest(scene, 20, scene.lanes[0].y + 10).area, 'names');
});

/** @param {import('../../../static/js/timeline/hit-test.js').Hit} hit */
function pick({ area, step, river }) {
  return { area, step, river };
}
