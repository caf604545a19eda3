import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextMeter } from '../../../static/js/timeline/text-meter.js';

/** A brush in whose font every character is as wide as the font says, and a zero twice that. */
function aBrush() {
  /** @type {string[]} */
  const asked = [];
  const brush = {
    font: '',
    asked,
    /** @param {string} text */
    measureText(text) {
      asked.push(text);
      const width = Number.parseInt(brush.font, 10);
      return /** @type {TextMetrics} */ ({ width: [...text].reduce((sum, letter) => sum + (letter === '0' ? 2 : 1) * width, 0) });
    },
  };
  return brush;
}

test('the canvas is asked once for texts that differ in their digits alone, in each font', () => {
  const brush = aBrush();
  const { measure } = new TextMeter(brush);

  const widths = ['app #17', 'app #98', 'app #00'].map((text) => measure(text, '10px mono'));

  assert.deepEqual([90, 90, 90], widths);
  assert.equal(18, measure('app #17', '2px mono'));
  assert.deepEqual(['app #00', 'app #00'], brush.asked);
});

test('what is remembered is bounded', () => {
  const brush = aBrush();
  const { measure } = new TextMeter(brush);
  const texts = Array.from({ length: 5_000 }, (_, i) => 'ab'.repeat(1 + (i % 70)) + 'c'.repeat(Math.floor(i / 70)));

  for (const text of texts) measure(text, '1px mono');
  measure(texts[4_999], '1px mono');
  measure(texts[0], '1px mono');

  assert.equal(5_001, brush.asked.length, 'the newest is known, the oldest was forgotten');
});
