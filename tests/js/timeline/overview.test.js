import assert from 'node:assert/strict';
import { test } from 'node:test';
import { divide } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { overviewScale, paintOverview } from '../../../static/js/timeline/paint-overview.js';
import { DARK } from '../../../static/js/timeline/palette.js';
import { recordingContext } from './recording-context.js';
import { Recording } from './recording.js';

const areas = divide({ width: 1000, height: 500 }, true, 1);

/** @param {Recording} recording */
function paintedOverview(recording) {
  const model = new TimelineModel(recording.send());
  model.advance();
  const { brush, log } = recordingContext();
  paintOverview(brush, model, areas, { left: 150, right: 160 }, DARK);
  return { log, model };
}

test('a step is found where it is drawn', () => {
  const scale = overviewScale(areas, 500);

  for (const step of [0, 1, 250, 499]) assert.ok(Math.abs(scale.toStep(scale.toX(step)) - step) < 1e-6);
});

test('one problem among ten thousand contexts is one red mark at its place', () => {
  const recording = new Recording();
  for (let i = 0; i < 10_000; i += 1) {
    const id = recording.push(1);
    if (i === 7_000) recording.event('exception', 1, id, 'KeyError', "'x'");
    recording.pop(1);
  }

  const { log, model } = paintedOverview(recording);
  const red = log.filter(({ name, style }) => name === 'fillRect' && style.fillStyle === DARK.error);

  assert.equal(red.length, 1);
  assert.ok(Math.abs(red[0].args[0] - overviewScale(areas, model.size).toX(14_001)) < 3);
});

test('the strip costs no more for many contexts than its pixels', () => {
  const recording = new Recording();
  for (let i = 0; i < 5_000; i += 1) {
    recording.push(1);
    recording.pop(1);
  }

  assert.ok(paintedOverview(recording).log.length < areas.width);
});
