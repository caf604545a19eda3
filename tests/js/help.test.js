import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVERYWHERE, IN_THE_TABLE, ON_THE_TIMELINE } from '../../static/js/help/sheet.js';
import { ACTING_KEYS } from '../../static/js/keys.js';

/** What is printed on a key. @type {Record<string, string>} */
const PRINTED = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'Space', PageUp: 'PgUp', PageDown: 'PgDn', Escape: 'Esc' };

test('the sheet lists every key that does something, and no other', () => {
  const listed = [...EVERYWHERE, ...ON_THE_TIMELINE].flatMap(([keys]) => keys);
  const acting = ACTING_KEYS.map((key) => PRINTED[key] ?? (key.length === 1 ? key.toUpperCase() : key));

  assert.deepEqual(listed.filter((key) => !['1', '…', '9'].includes(key)).slice().sort(), acting.sort());
  assert.equal(new Set(listed).size, listed.length);
});

test('no key is told without what it does', () => {
  for (const [keys, does] of [...EVERYWHERE, ...ON_THE_TIMELINE, ...IN_THE_TABLE]) assert.ok(keys.length > 0 && does.length > 3);
});
