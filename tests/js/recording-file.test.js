/** Recordings as files, as `flaskscope record` writes them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { EVENT_KINDS, decodeRow, fieldNames } from '../../static/js/event-row.js';
import { readMessage } from '../../static/js/protocol.js';
import { LONGEST_LINE, readRecording } from '../../static/js/recording/reader.js';

const HEADER = '{"flaskscope_recording": 1, "run": "ab", "app": "shop", "clock": {"monotonic_ns": "5", "unix_ms": 1700000000000}, "versions": {}}';

/** @param {Record<string, unknown>} [changes] */
function aLine(changes = {}) {
  return JSON.stringify({
    number: 1, at_ns: 10, kind: 'g.set', lane: { id: 1, name: 'Thread-1', process: 7 }, context: 1,
    site: { id: 1, path: '/srv/views.py', line: 3, function: 'index' }, name: 'user', value: { text: "'ada'", type: 'str', size: 3, flags: 0 }, ...changes,
  });
}

/** @param {string} text @param {number} [cut] */
async function read(text, cut = text.length) {
  const store = new EventStore();
  const pieces = async function* () {
    for (let at = 0; at < text.length; at += cut) yield text.slice(at, at + cut);
  };
  for await (const message of readRecording(pieces(), 'shop.jsonl')) store.append(message);
  return store;
}

test('a recording is what the server would have sent of it, however it is cut', async () => {
  for (const cut of [7, 100_000]) {
    const store = await read(`${HEADER}\n${aLine()}\n${aLine({ number: 2, site: null, name: 'b' })}\n`, cut);

    assert.deepEqual([2, 'shop', { name: 'shop.jsonl', unixMs: 1700000000000 }], [store.size, store.runs[0].hello.app.name, store.runs[0].hello.recording]);
    const event = /** @type {any} */ (store.at(0));
    assert.deepEqual(['user', { text: "'ada'", type: 'str', size: 3, flags: 0 }, 'Thread-1'], [event.name, event.value, store.lanes.get(1)?.name]);
    assert.equal('/srv/views.py', store.sites.get(1)?.path);
  }
});

test('labelled stretches of a recording are read from its first line, and what is none is left out', async () => {
  const header = JSON.stringify({ flaskscope_recording: 1, stretches: [['setup', 1, 1], ['call', 2, 1], 'call', [3, 4, 5], ['teardown', 2, 2]] });

  const store = await read(`${header}\n${aLine()}\n${aLine({ number: 2, site: null, name: 'b' })}\n`);

  assert.deepEqual([{ label: 'setup', first: 1, last: 1 }, { label: 'teardown', first: 2, last: 2 }], store.runs[0].hello.recording?.stretches);
});

test('every kind of event comes back as it went', async () => {
  const golden = readMessage(readFileSync(new URL('../wire/events.json', import.meta.url), 'utf8'));
  assert.equal('events', golden?.type);
  const { rows } = /** @type {any} */ (golden);
  /** @param {any} value @param {string} name @returns {any} As Python names what has names. */
  const named = (value, name) => {
    if (['value', 'failure', 'unhandled'].includes(name) && Array.isArray(value)) {
      if (value.length === 3) return { type: value[0], message: value[1], site: { id: value[2], path: 'x', line: 1, function: 'f' } };
      return value.length === 4 ? { text: value[0], type: value[1], size: value[2], flags: value[3] } : { type: value[0], message: value[1] };
    }
    if (name === 'sees') return { g: value[0], request: value[1] };
    if (name === 'items' || name === 'nested') return value.map(([key, one]) => [key, named(one, 'value')]);
    if (name === 'about') return { ...value, sees: named(value.sees, 'sees'), ...(value.g === undefined ? {} : { g: named(value.g, 'items') }) };
    return value;
  };
  const lines = rows.map(([number, at_ns, kind, lane, context, site, ...fields]) => JSON.stringify({
    number, at_ns, kind, lane: { id: lane, name: 'T', process: 1 }, context, site: site === null ? null : { id: site, path: 'x', line: 1, function: 'f' },
    ...Object.fromEntries(/** @type {string[]} */ (fieldNames(kind)).map((name, i) => [name, named(fields[i], name)])),
  }));

  const store = await read(`${HEADER}\n${lines.join('\n')}\n`);

  assert.equal(EVENT_KINDS.length, new Set(rows.map((/** @type {any} */ row) => row[2])).size);
  for (const [i, row] of rows.entries()) assert.deepEqual(decodeRow(row), store.at(i));
});

test('what was lost is a gap, and a cut last line is left out', async () => {
  const lost = JSON.stringify({ v: 1, type: 'lost', from: 2, to: 4, count: 3, where: 'journal', why: 'Full.' });

  const store = await read(`${HEADER}\n${aLine()}\n${lost}\n${aLine({ number: 5 })}\n{"number": 6, "at`);

  assert.deepEqual([2, [3]], [store.size, store.gaps.map(({ count }) => count)]);
});

for (const [what, text, expected] of /** @type {[string, string, RegExp][]} */ ([
  ['a foreign file', 'name,age\nada,36\n', /^Line 1: it is not the beginning of a recording\./],
  ['an empty file', '', /^Line 1: it is not the beginning/],
  ['another version', '{"flaskscope_recording": 2}\n', /^Line 1: it is of version 2, and this page reads 1\./],
  ['no events', `${HEADER}\n`, /^The file has no events\./],
  ['a line that is no JSON', `${HEADER}\n${aLine()}\n{oh\n`, /^Line 3: this is no JSON object\./],
  ['a kind of tomorrow', `${HEADER}\n${aLine({ kind: 'g.vanished' })}\n`, /^Line 2: this is no event that this page knows\./],
  ['half an event', `${HEADER}\n${aLine({ lane: null })}\n`, /^Line 2: the event is not whole\./],
  ['a value without its parts', `${HEADER}\n${aLine({ value: 7 })}\n`, /^Line 2: the event is not whole\./],
  ['a missing line', `${HEADER}\n${aLine()}\n${aLine({ number: 3 })}\n`, /^Line 3: event 3 does not follow 1\./],
  ['a line without an end', `${HEADER}\n${'x'.repeat(LONGEST_LINE + 1)}`, /^Line 2: it is too long for an event\./],
])) {
  test(`${what} is refused with the line and the reason`, async () => {
    await assert.rejects(read(text), (/** @type {Error} */ error) => expected.test(error.message) || assert.fail(error.message));
  });
}
