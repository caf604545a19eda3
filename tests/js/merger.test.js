/** Several processes in one order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { HOLD_MILLISECONDS, LONGEST_CATCH_UP_MILLISECONDS, Merger } from '../../static/js/merger.js';
import { readMessage } from '../../static/js/protocol.js';
import { aHello } from './recording.js';

/** @import { Message } from '../../static/js/protocol.js' */

/** @param {string | null} run @param {...[number, number]} rows  Number and milliseconds. @returns {Message} */
function events(run, ...rows) {
  return {
    type: 'events', run, from: rows[0][0], to: rows[rows.length - 1][0], lanes: [], sites: [],
    rows: rows.map(([number, ms]) => [number, ms * 1e6, 'context.abandoned', 1, null, null]),
  };
}

/** @param {number} [last] @returns {Message} */
function aProcess(last = 0) {
  return /** @type {Message} */ (readMessage(JSON.stringify({
    v: 1, type: 'process', run: 'other', state: 'live', first: 1, last, lanes: [], sites: [], app: {}, process: { pid: 7, name: 'worker' },
    clock: { unix_ms: 100 }, contexts: [],
  })));
}

function stage() {
  const store = new EventStore();
  /** @type {{ callback: () => void, at: number } | null} */
  let timer = null;
  let now = 0;
  const merger = new Merger({
    store,
    release: (message) => store.append(message),
    after: (callback, milliseconds) => (timer = { callback, at: now + milliseconds }),
    cancel: () => void (timer = null),
    now: () => now,
  });
  return {
    store,
    merger,
    /** @param {number} milliseconds */
    pass(milliseconds) {
      now += milliseconds;
      if (timer === null || timer.at > now) return;
      const { callback } = timer;
      timer = null;
      callback();
    },
    order: () => Array.from({ length: store.size }, (_, i) => `${store.runAt(i)?.id.slice(0, 1)}${store.at(i).number}`).join(' '),
  };
}

test('one process alone never waits', () => {
  const { merger, order } = stage();
  merger.take(aHello({ last: 9 }));

  merger.take(events(null, [1, 10], [2, 20]));

  assert.equal('a1 a2', order());
});

test('batches of two processes are put into the order of their times', () => {
  const { merger, order, pass } = stage();
  merger.take(aHello());
  merger.take(aProcess());
  merger.take(events(null, [1, 110], [2, 130], [3, 150]));
  merger.take(events('other', [1, 20], [2, 45]));
  assert.equal('', order());

  pass(HOLD_MILLISECONDS);

  assert.equal('a1 o1 a2 o2 a3', order());
});

test('the history of all comes in one order, and is waited for only so long', () => {
  const whole = stage();
  whole.merger.take(aHello({ last: 1 }));
  whole.merger.take(aProcess(2));
  whole.merger.take(events('other', [1, 20]));
  whole.pass(HOLD_MILLISECONDS);
  assert.equal('', whole.order());
  whole.merger.take(events(null, [1, 110]));
  whole.merger.take(events('other', [2, 40]));
  whole.pass(HOLD_MILLISECONDS);
  assert.equal('a1 o1 o2', whole.order());

  const part = stage();
  part.merger.take(aHello({ last: 9 }));
  part.merger.take(aProcess());
  part.merger.take(events(null, [1, 110]));
  part.pass(LONGEST_CATCH_UP_MILLISECONDS);
  assert.equal('a1', part.order());
});

test('what was lost keeps its place within its process', () => {
  const { merger, order, pass, store } = stage();
  merger.take(aHello());
  merger.take(aProcess());
  merger.take(events('other', [1, 20]));
  merger.take({ type: 'lost', run: 'other', from: 2, to: 3, count: 2, where: 'redis', why: 'Full.' });
  merger.take(events('other', [4, 30]));
  merger.take(events(null, [1, 110]));

  pass(HOLD_MILLISECONDS);

  assert.equal('a1 o1 o4', order());
  assert.deepEqual([2], store.gaps.map(({ index }) => index));
});

test('a new greeting hands on what is held first', () => {
  const { merger, order } = stage();
  merger.take(aHello());
  merger.take(aProcess());
  merger.take(events(null, [1, 1]));

  merger.take(aHello({ run: 'bbbbbbbbbbbbbbbb' }));

  assert.equal('a1', order());
});
