import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { LEAD } from '../../../static/js/timeline/scale.js';
import { TimeScale, timeTicks } from '../../../static/js/timeline/time-scale.js';
import { Recording } from './recording.js';

/** @param {Recording} recording */
function modelOf(recording) {
  const model = new TimelineModel(recording.send());
  model.advance();
  return model;
}

test('an event lies where its time is, and idle time is as long as it was', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  recording.wait(5_000_000);
  recording.push(1);
  const model = modelOf(recording);

  const scale = new TimeScale(0.001, model);

  assert.equal(scale.toX(0), LEAD);
  assert.equal(scale.toX(1), LEAD + 10);
  const { size } = model;
  assert.ok(Math.abs(scale.toX(size - 1) - scale.toX(size - 2) - 5_000_010) < 0.01);
});

test('every step is found at its x, also those that tie', () => {
  const recording = new Recording();
  for (let i = 1; i < 20; i += 1) recording.visit(1, i);
  const model = modelOf(recording);
  const scale = new TimeScale(0.002, model);

  for (let step = 0; step < model.size; step += 1) {
    assert.equal(scale.toStep(scale.toX(step), model.size), step);
    assert.equal(scale.firstFrom(scale.toX(step), model.size), step);
  }
});

test('steps keep their order on the time axis when a restart begins the clock again', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  recording.start('b');
  recording.visit(1, 2);
  const model = modelOf(recording);

  for (let step = 1; step < model.size; step += 1) assert.ok(model.timeOf(step) >= model.timeOf(step - 1));
});

/** @param {number} from @param {number} span @param {number} [width] */
function texts(from, span, width = 800) {
  const { ticks, anchor } = timeTicks(from, from + span, width / span);
  return { texts: ticks.filter(({ text }) => text !== '').map(({ text }) => text), anchor };
}

test('ticks read well from a microsecond to hours', () => {
  assert.deepEqual(texts(1.812e9, 440e3), {
    texts: ['0', '+50 µs', '+100 µs', '+150 µs', '+200 µs', '+250 µs', '+300 µs', '+350 µs', '+400 µs'],
    anchor: 'from 1.812\u202f000 s',
  });
  assert.deepEqual(texts(3.2e9, 4e6).texts.slice(0, 3), ['0', '+0.5 ms', '+1 ms']);
  // The time that is counted from is near, so that nobody adds large figures up.
  assert.deepEqual([texts(4.508e9, 8e6).anchor, texts(4.508e9, 8e6).texts[0]], ['from 4.500 s', '+8 ms']);
  assert.deepEqual([texts(64.508012e9, 20e3).anchor, texts(64.508012e9, 20e3).texts[1]], ['from 1:04.508\u202f000', '+14 µs']);
  assert.deepEqual(texts(60.15e9, 1.5e9).texts.slice(0, 3), ['1:00.2', '1:00.4', '1:00.6']);
  assert.deepEqual(texts(61.9e9, 4.2e9).texts.slice(0, 3), ['1:02.0', '1:02.5', '1:03.0']);
  assert.deepEqual(texts(20e9, 30e9).texts.slice(0, 3), ['20 s', '25 s', '30 s']);
  assert.deepEqual(texts(0, 3600e9 * 5).texts.slice(0, 3), ['0 s', '30:00', '1:00:00']);
});

test('texts of ticks never touch, at any zoom', () => {
  for (let span = 1e3; span < 1e14; span *= 1.7) {
    const { ticks } = timeTicks(12.345e9, 12.345e9 + span, 1000 / span);
    const told = ticks.filter(({ text }) => text !== '');
    assert.ok(told.length >= 1 && told.length < 16, `${told.length} texts over ${span} ns`);
    assert.equal(new Set(told.map(({ text }) => text)).size, told.length, `twice the same over ${span} ns`);
  }
});
