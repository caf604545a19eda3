/** Names, numbers, phrases and the words of the table and of the state pill. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { describe, isProblem, subjectOf } from '../../static/js/description.js';
import { contextName, RUN_STRIDE } from '../../static/js/events.js';
import { assignment, laneName, shortLaneName, shortTitle, siteName, valueText } from '../../static/js/naming.js';
import { code, join, listing, plainText, say } from '../../static/js/phrases.js';
import { decodeRow } from '../../static/js/event-row.js';
import { pillOf } from '../../static/js/transport/state.js';
import { countText, durationText, plural, sinceText } from '../../static/js/units.js';
import { Script, aValue } from './recording.js';

test('durations are in the unit that suits them', () => {
  assert.deepEqual(
    ['0 µs', '400 ns', '8.4 µs', '80 µs', '2.1 ms', '52 ms', '1.8 s', '3 min', '2 h'],
    [0, 400, 8_400, 80_000, 2_100_000, 52_000_000, 1.8e9, 180e9, 7200e9].map(durationText),
  );
  assert.deepEqual(['+80 µs', '−5 µs'], [sinceText(80_000), sinceText(-5_000)]);
});

test('counts have separators and agree with their noun', () => {
  assert.deepEqual(['1 time', '2 times', '12,500 events'], [plural(1, 'time'), plural(2, 'time'), plural(12_500, 'event')]);
  assert.equal('3,979', countText(3979));
});

test('a phrase keeps code apart and joins text', () => {
  const inner = say`in ${code('views.py:12')}`;

  assert.deepEqual(['Thread-1 reads ', { code: 'g.a' }, ' in ', { code: 'views.py:12' }, '.'], say`${'Thread-1'} reads ${code('g.a')} ${inner}.`);
  assert.equal('A. B.', plainText(join(say`A.`, null, [], say`B.`)));
  assert.deepEqual(['a', 'a and b', 'a, b and c', 'a, b, c and 2 more'], [['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e']].map((names) => plainText(listing(names))));
});

test('contexts, lanes and places have the names that people use', () => {
  assert.equal('#7', contextName(7 + 3 * RUN_STRIDE));
  assert.equal('views.py:12', siteName({ id: 1, path: 'C:\\shop\\views.py', line: 12, function: 'index' }));
  const lanes = new Map([[1, { id: 1, name: 'Thread-4 (process_request_thread)', process: 1 }]]);
  assert.equal('Thread-4', laneName({ lanes }, 1));
  assert.equal('lane 9', laneName({ lanes }, 9));
  assert.equal('Request 3', shortLaneName({ lanes: new Map([[1, { id: 1, name: 'Request thread 3', process: 1 }]]) }, 1));
  const about = { id: 4, how: /** @type {const} */ ('request'), app: 'shop', thread: 't', pushes: 1, sees: { g: 3, request: 4 }, method: 'GET', path: '/cart' };
  assert.equal('GET /cart #4', shortTitle({ ...about, type: 'request' }));
  assert.equal('app context #4', shortTitle({ ...about, type: 'app' }));
});

test('a value that was never looked at is not shown', () => {
  assert.equal('•••', valueText({ text: 'hidden', type: 'str', size: null, flags: 2 }));
  assert.equal('n = 1', assignment('n', { text: '1', type: 'int', size: null, flags: 0 }));
});

test('every golden event has words for the table and a subject', () => {
  const { rows } = JSON.parse(readFileSync(new URL('../wire/events.json', import.meta.url), 'utf8'));
  const told = rows.map((/** @type {any} */ row) => {
    const event = decodeRow(row);
    return [event.kind, plainText(describe(event, null)), subjectOf(event, null), isProblem(event)];
  });

  assert.deepEqual([
    ['context.pushed', 'App context pushed, with a new, empty g', 'app', false],
    ['context.pushed', 'Request context pushed for GET /cart', 'request', false],
    ['session.opened', 'Session opened from the cookie: visits = 1', 'session', false],
    ['request.matched', 'URL matched: view cart', 'request', false],
    ['request.started', 'Request handling starts', 'request', false],
    ['g.set', "g.user set to 'ada'", 'g', false],
    ['g.read', 'g.user read', 'g', false],
    ['g.missed', 'AttributeError: g has no basket', 'g', false],
    ['g.deleted', 'g.user deleted', 'g', false],
    ['session.read', 'Session read: visits', 'session', false],
    ['session.changed', 'Session changed: visits = 2', 'session', false],
    ['session.deleted', 'Session: coupon deleted', 'session', false],
    ['thread.started', 'Thread mailer started', 'plain', false],
    ['access.failed', 'RuntimeError: current_app has nothing behind it', 'error', true],
    ['exception', 'ZeroDivisionError: division by zero', 'error', true],
    ['session.saved', 'Session saved into the cookie', 'session', false],
    ['request.finished', 'Response ready: 500 after 121 µs', 'request', false],
    ['teardown', 'Teardown close_basket raised OSError', 'error', true],
    ['context.popped', 'Context popped by ZeroDivisionError', 'app', false],
    ['context.abandoned', 'Never popped: its thread ended', 'error', true],
    ['recorder.failed', 'FlaskScope failed in g.set', 'error', true],
    ['recorder.resumed', 'Recording goes on, after 1.5 min in which nobody watched', 'plain', false],
  ], told);
});

test('an exception with an error handler is no problem, and says so', () => {
  const event = new Script().push(1, 1).add('exception', 1, 1, 'OrderError', 'sold out', true).store().at(1);

  assert.equal('OrderError: sold out (handled)', plainText(describe(event, null)));
  assert.deepEqual(['plain', false], [subjectOf(event, null), isProblem(event)]);
});

test('a push that is special says so in the table', () => {
  const about = (/** @type {Record<string, unknown>} */ changes) => plainText(describe(new Script().push(1, 2, changes).store().at(0), null));

  assert.equal('App context pushed by hand, with a new, empty g', about({ how: 'by hand' }));
  assert.equal('Request context pushed, reusing app context #1', about({ type: 'request', reused: 1 }));
  assert.equal('Copy of request #1 pushed', about({ type: 'request', copied: 1 }));
  assert.equal('App context pushed again, 2 times now', about({ pushes: 2 }));
  assert.equal('App context pushed, its g is not empty', about({ g: [['a', aValue('1')]] }));
});

test('the pill says where the playhead is and what End would do', () => {
  /** @param {Partial<import('../../static/js/replay.js').ReplayState>} state @param {number} step */
  const at = (state, step) => pillOf({ kind: 'open' }, { speed: 'slow', mode: 'waiting', behind: 0, note: null, ...state }, step);

  assert.deepEqual({ kind: 'live', text: 'Live, waiting for events', key: null }, at({}, -1));
  assert.deepEqual({ kind: 'live', text: 'Live, following', key: null }, at({}, 4));
  assert.deepEqual({ kind: 'live', text: 'Replaying slowly, 12 to go', key: 'to skip to now' }, at({ mode: 'replaying', behind: 12 }, 4));
  assert.deepEqual({ kind: 'paused', text: 'Paused at step 18', key: 'to follow' }, at({ mode: 'paused' }, 17));
});

test('without a connection the pill says when it is tried again, or that it is of no use', () => {
  const replay = /** @type {const} */ ({ speed: 'slow', mode: 'waiting', behind: 0, note: null });

  assert.equal('Disconnected, trying again in 2 s', pillOf({ kind: 'waiting', seconds: 2 }, replay, 4).text);
  assert.equal('Reload.', pillOf({ kind: 'refused', why: 'Reload.' }, replay, 4).text);
});
