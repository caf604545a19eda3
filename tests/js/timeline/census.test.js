import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramOf } from '../../../static/js/busy/histogram.js';
import { BINS_PER_DECADE, LEAST_LIFE_NS, censusOf } from '../../../static/js/timeline/census.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';

/** @param {Recording} recording */
function modelOf(recording) {
  const model = new TimelineModel(recording.send());
  model.advance();
  return model;
}

test('what touches the view is counted, and nothing else', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  const before = recording.send().size;
  recording.push(2, { how: 'by hand' });
  recording.push(2, { how: 'by hand' });
  recording.wait(1_000);
  recording.pop(2);
  recording.pop(2);
  const model = modelOf(recording);

  const all = censusOf(model, 0, model.size - 1);
  const late = censusOf(model, before, model.size - 1);

  assert.deepEqual([1, 2, 2, true], [all.requests, all.byHand, all.deepest, all.exact]);
  assert.deepEqual([0, 2, 2], [late.requests, late.byHand, late.deepest]);
  assert.equal(late.spanNs, 1_030_000);
  assert.equal(late.medianNs, 1_010_000);
  assert.equal(2, late.lives.reduce((sum, count) => sum + count, 0));
});

test('of very many contexts a part is looked at, and the numbers are about right', () => {
  const recording = new Recording();
  for (let i = 0; i < 50_000; i += 1) {
    recording.push(1 + (i % 2), { how: 'by hand' });
    recording.pop(1 + (i % 2));
  }
  const model = modelOf(recording);

  const { exact, byHand, lives } = censusOf(model, 0, model.size - 1);

  assert.equal(false, exact);
  assert.ok(Math.abs(byHand - 50_000) < 500, String(byHand));
  assert.ok(Math.abs(lives.reduce((sum, count) => sum + count, 0) - 50_000) < 500);
});

test('the histogram shows the bins that hold something, with a tick at each power of ten', () => {
  const bins = new Array(21).fill(0);
  bins[4] = 2;
  bins[8] = 8;

  const histogram = histogramOf(bins, LEAST_LIFE_NS, BINS_PER_DECADE);

  assert.ok(histogram !== null);
  const { columns, ticks } = histogram;
  assert.ok(columns.length >= 9);
  assert.deepEqual(columns.filter(({ count }) => count > 0).map(({ share }) => share), [0.25, 1]);
  for (const { at, text } of ticks) assert.equal(text, { 1e5: '100 µs', 1e6: '1 ms', 1e7: '10 ms', 1e8: '100 ms' }[Math.round((columns[at] ?? { from: columns[at - 1].to }).from)]);
  assert.equal(null, histogramOf(new Array(21).fill(0), LEAST_LIFE_NS, BINS_PER_DECADE));
});
