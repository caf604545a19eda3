import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretchesOf } from '../../../static/js/stretches.js';
import { placeText } from '../../../static/js/timeline/explain.js';
import { divide } from '../../../static/js/timeline/layout.js';
import { FONT, STRETCH } from '../../../static/js/timeline/metrics.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { overviewScale } from '../../../static/js/timeline/paint-overview.js';
import { paintScene } from '../../../static/js/timeline/painter.js';
import { DARK } from '../../../static/js/timeline/palette.js';
import { paintStretchMarks } from '../../../static/js/timeline/stretches.js';
import { measure, recordingContext } from './recording-context.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

/** A test of two requests of 12 steps each. @param {[string, number, number][]} [told] @param {number} [visits] */
function aTest(told = [['setup', 1, 12], ['call', 13, 23], ['teardown', 24, 24]], visits = 2) {
  const recording = new Recording();
  for (let i = 1; i <= visits; i += 1) recording.visit(1, i);
  const { hello } = /** @type {any} */ (recording.store.runs[0]);
  hello.recording = { name: 'a', unixMs: null, stretches: told.map(([label, first, last]) => ({ label, first, last })) };
  hello.process.name = 'pytest tests/test_cart.py::test_total';
  return recording;
}

/** @param {Recording} recording @param {Parameters<typeof sceneOf>[1]} [view] */
function painted(recording, view) {
  const { brush, log } = recordingContext();
  const scene = sceneOf(recording, view);
  paintScene(brush, scene, DARK, measure);
  return { scene, labels: log.filter(({ name, style }) => name === 'fillText' && style.font === FONT.stretch), log };
}

test('each stretch in view is a labelled bracket between the axis and the lanes', () => {
  const { scene, labels, log } = painted(aTest());
  const { areas, stretches } = scene;
  const band = areas.stretches ?? assert.fail('no band');

  assert.deepEqual(stretches.map(({ label }) => label), ['setup', 'call', 'teardown']);
  assert.deepEqual(labels.map(({ args }) => args[0]).slice(0, 2), ['setup', 'call']);
  assert.ok(band.top >= areas.axis + 30 && band.bottom < areas.lanesTop);
  for (const { args } of labels) assert.ok(args[2] > band.top && args[2] < band.bottom);
  assert.equal(log.filter(({ name, args, style }) => name === 'fillRect' && style.fillStyle === DARK.lineStrong && args[1] === band.top && args[3] === 1).length, 3);
});

test('stretches meet between their steps and never touch, at every zoom', () => {
  for (const column of [1, 3, 12, 30, 80]) {
    const { stretches, areas } = sceneOf(aTest(), { column });

    for (const [i, { x, right }] of stretches.entries()) {
      assert.ok(right >= x, `${column}`);
      if (i > 0) assert.ok(x > stretches[i - 1].right && x - stretches[i - 1].right <= 2, `${column}`);
    }
    assert.ok(stretches[0].x >= areas.left - column);
  }
});

test('a label stays within its stretch and in sight, cut with an ellipsis', () => {
  const whole = painted(aTest(), { column: 8 });
  const cut = painted(aTest([['a test with a long, long name', 1, 12], ['x', 13, 24]]), { column: 10 });
  const scrolled = sceneOf(aTest(), { scrollX: 200, width: 500 });

  assert.equal('setup', whole.labels[0].args[0]);
  assert.match(cut.labels[0].args[0], /^a test .*…$/);
  for (const { scene } of [whole, cut]) {
    for (const { right, text, textX } of scene.stretches) assert.ok(text === '' || textX + measure(text, '') <= right - STRETCH.inset);
  }
  assert.ok(scrolled.stretches[0].x < scrolled.areas.left);
  assert.equal(scrolled.areas.left + STRETCH.inset, scrolled.stretches[0].textX);
});

test('very many stretches cost no more than the pixels they lie on', () => {
  const told = Array.from({ length: 4_800 }, (_, i) => /** @type {[string, number, number]} */ ([`${i}`, i + 1, i + 1]));

  const { stretches, areas } = sceneOf(aTest(told, 400), { column: 0.2 });

  assert.ok(stretches.length > 50 && stretches.length < areas.width);
});

test('a recording without stretches has no band, and its lanes begin where they did', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  const { scene, labels } = painted(recording);

  assert.equal(null, scene.areas.stretches);
  assert.equal(divide({ width: 1000, height: 600 }, false, 1).lanesTop, scene.areas.lanesTop);
  assert.deepEqual([], [...scene.stretches, ...labels]);
});

test('each stretch has its mark on the overview', () => {
  const recording = aTest();
  const areas = divide({ width: 1000, height: 500 }, true, 1, true);
  const { brush, log } = recordingContext();

  const spans = stretchesOf(recording.send());
  paintStretchMarks(brush, spans, areas, overviewScale(areas, 24), DARK);

  const xs = new Set(log.filter(({ name }) => name === 'fillRect').map(({ args }) => args[0]));
  assert.deepEqual([...xs], [0, 12, 23].map((step) => Math.round(overviewScale(areas, 24).toX(step))));
});

test('the playhead says in which stretch it is', () => {
  const recording = aTest();
  const model = new TimelineModel(recording.send());
  model.advance();

  assert.match(placeText(recording.store, model, 14, false), /^Step 15 of 24, in call: /);
  assert.equal(placeText(recording.store, model, 0, true), 'Step 1 of 24, in setup');
});
