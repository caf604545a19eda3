/** @import { SessionSaved } from '../../../static/js/events.js' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_RIVERS } from '../../../static/js/timeline/metrics.js';
import { shownRivers } from '../../../static/js/timeline/place-rivers.js';
import { Rivers } from '../../../static/js/timeline/rivers.js';

/** @param {Rivers} rivers @param {number} step @param {number} browser */
function save(rivers, step, browser) {
  const event = { kind: 'session.saved', context: step, browser, written: true };
  rivers.save(step, /** @type {SessionSaved} */ (/** @type {unknown} */ (event)));
}

/** The rule in plain words: those in view, then those that changed last. @param {Rivers} rivers @param {Set<number>} inView @param {number} to */
function byTheRule(rivers, inView, to) {
  const rank = (/** @type {Rivers['all'][number]} */ { browser, states }) => (inView.has(browser) ? to + 1 : states.findLast(({ from }) => from <= to)?.from ?? -1);
  const chosen = [...rivers.all].sort((a, b) => rank(b) - rank(a)).slice(0, MAX_RIVERS);
  return rivers.all.filter((river) => chosen.includes(river)).map(({ browser }) => browser);
}

test('of many rivers those in view are shown, then those that changed last, at every step', () => {
  const rivers = new Rivers();
  let seed = 7;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let step = 1; step <= 300; step += 1) save(rivers, step, 1 + Math.floor(random() * 40));

  for (let to = 10; to <= 300; to += 1) {
    const event = { kind: 'session.read', context: to };
    const seen = /** @type {any} */ ([event]);
    const inView = new Set([rivers.ofContext(to)?.browser ?? 0]);

    assert.deepEqual(shownRivers(rivers, [], to).map(({ browser }) => browser), byTheRule(rivers, new Set(), to), `step ${to}`);
    assert.deepEqual(shownRivers(rivers, seen, to - 5).map(({ browser }) => browser), byTheRule(rivers, inView, to - 5), `step ${to}`);
  }
});

test('what is let go of a long recording leaves the newest rivers in sight', () => {
  const rivers = new Rivers();
  for (let step = 1; step <= 1_000; step += 1) save(rivers, step, step);

  rivers.letGo(999);

  assert.deepEqual([998, 999, 1_000], shownRivers(rivers, [], 1_000).map(({ browser }) => browser));
  assert.deepEqual([1_000, 999], rivers.latest(1_000, 2).map(({ browser }) => browser));
});
