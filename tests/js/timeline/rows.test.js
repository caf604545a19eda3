import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_DETAILED_STEPS, layOut } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { SHADE } from '../../../static/js/timeline/rows.js';
import { StepScale } from '../../../static/js/timeline/scale.js';
import { TimeScale } from '../../../static/js/timeline/time-scale.js';
import { measure } from './recording-context.js';
import { Recording } from './recording.js';

/** @param {number} count @param {number} failing  The context that fails; -1 for none. */
function manyContexts(count, failing) {
  const recording = new Recording();
  let step = -1;
  for (let i = 0; i < count; i += 1) {
    const id = recording.push(1 + (i % 3), { how: 'by hand' });
    if (i === failing) {
      recording.event('exception', 1 + (i % 3), id, 'KeyError', "'x'");
      step = i * 2 + 1;
    }
    recording.pop(1 + (i % 3), i === failing ? ['KeyError', "'x'"] : null);
  }
  const model = new TimelineModel(recording.send());
  model.advance();
  return { model, store: recording.store, step };
}

/**
 * @param {ReturnType<typeof manyContexts>} recording
 * @param {'steps' | 'time'} axis
 * @param {number} zoom  1 for everything.
 */
function sceneAt({ model, store, step }, axis, zoom) {
  const plot = 900;
  const whole = axis === 'steps'
    ? new StepScale(plot / (model.size + 30), model.folds)
    : new TimeScale(plot / (model.timeOf(model.size - 1) * 1.03), model);
  const scale = whole.zoomed(zoom, model.first);
  const scrollX = Math.max(0, scale.toX(Math.max(0, step)) - plot / 2);
  const scene = layOut({ store, model, scale, view: { width: 1018, height: 700, scrollX, scrollY: 0 }, hasOverview: true, measure });
  return { scene, x: scale.toX(step) - scrollX + scene.areas.left };
}

/** The pixels of all rows that show a failure, in CSS pixels of the canvas. @param {ReturnType<typeof sceneAt>['scene']} scene */
function failedPixels({ flat, areas }) {
  assert.ok(flat !== null);
  return flat.rows.flatMap(({ shades }) => [...shades].flatMap((shade, i) => (shade === SHADE.failed ? [i + areas.left] : [])));
}

for (const axis of /** @type {const} */ (['steps', 'time'])) {
  test(`one failure among a hundred thousand contexts is seen at its place at every zoom, ${axis} axis`, () => {
    const recording = manyContexts(100_000, 63_211);
    for (const zoom of [1, 1.7, 3, 9, 40, 130]) {
      const { scene, x } = sceneAt(recording, axis, zoom);
      const failed = failedPixels(scene);

      assert.ok(failed.length >= 1, `not to be seen at ${zoom}`);
      for (const pixel of failed) assert.ok(Math.abs(pixel - x) <= 8, `${pixel} is not ${x} at ${zoom}`);
      if (zoom < 20) assert.equal(failed.length, 1);
      assert.deepEqual(scene.flat?.problems.map(({ step }) => step), [recording.step]);
    }
  });
}

test('without a failure no pixel shows one', () => {
  const { scene } = sceneAt(manyContexts(50_000, -1), 'steps', 1);

  assert.deepEqual(failedPixels(scene), []);
  assert.deepEqual(scene.flat?.problems, []);
});

test('problems that touch are one cross, so that there are never more than pixels', () => {
  const recording = new Recording();
  for (let i = 0; i < 20_000; i += 1) recording.event('exception', 1, null, 'KeyError', "'x'");
  const model = new TimelineModel(recording.send());
  model.advance();

  const { scene } = sceneAt({ model, store: recording.store, step: 0 }, 'steps', 1);

  const count = scene.flat?.problems.length ?? 0;
  assert.ok(count > 20 && count < 150, `${count} crosses`);
});

test('a bar under the pointer is found, and a gap is none', () => {
  const recording = manyContexts(3_000, -1);
  const { scene } = sceneAt(recording, 'steps', 10);
  assert.ok(scene.flat !== null);
  const bar = scene.flat.titles[0]?.bar ?? recording.model.bars.lanes.get(1)?.barsIn(scene.from, scene.to)[2];
  assert.ok(bar !== undefined);
  const lane = scene.lanes.find(({ id }) => id === bar.lane);
  assert.ok(lane !== undefined);
  const found = [];
  for (let x = scene.areas.left; x < scene.areas.width; x += 1) found.push(scene.flat.boxAt(x, lane.y + 10)?.bar.context);

  assert.ok(found.includes(bar.context));
  assert.equal(scene.flat.boxAt(scene.areas.left + 50, lane.y + lane.height - 2), null);
});

test('few steps are boxes, many are rows', () => {
  const few = manyContexts(MAX_DETAILED_STEPS / 2 - 10, -1);
  const many = manyContexts(MAX_DETAILED_STEPS, -1);

  assert.equal(sceneAt(few, 'steps', 1).scene.flat, null);
  assert.notEqual(sceneAt(many, 'steps', 1).scene.flat, null);
});
