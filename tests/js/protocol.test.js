import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { EVENT_KINDS, ProtocolError, decodeAbout, decodeRow } from '../../static/js/event-row.js';
import { PROTOCOL_VERSION, followMessage, readMessage } from '../../static/js/protocol.js';

/** @param {string} name @returns {any} */
function golden(name) {
  return JSON.parse(goldenText(name));
}

/** @param {string} name */
function goldenText(name) {
  return readFileSync(new URL(`../wire/${name}.json`, import.meta.url), 'utf8');
}

test('the golden rows cover every kind, and each decodes with all of its fields', () => {
  const { rows } = golden('events');

  const decoded = rows.map((/** @type {any} */ row) => decodeRow(row));

  assert.deepEqual([...EVENT_KINDS].sort(), [...new Set(decoded.map((/** @type {any} */ event) => event.kind))].sort());
  for (const [i, event] of decoded.entries()) {
    // An array shorter than its fields would leave one undefined; about folds several into one.
    assert.ok(!Object.values(event).includes(undefined), `${event.kind} misses a field`);
    assert.equal(rows[i].length, 6 + Object.keys(event).length - 6, `${event.kind} has fields that are not read`);
  }
});

test('a push keeps what it says about its context', () => {
  const [, row] = golden('events').rows;

  const event = /** @type {any} */ (decodeRow(row));

  assert.deepEqual(
    { id: 2, type: 'request', how: 'request', app: 'shop', thread: 'Thread-1', pushes: 1, sees: { g: 1, request: 2 }, method: 'GET', path: '/cart', fired: 'f1' },
    event.about,
  );
});

test('values, failures and what code sees are objects, with the names of the documentation', () => {
  const { rows } = golden('events');
  /** @param {string} kind @returns {any} */
  const find = (kind) => decodeRow(rows.find((/** @type {any} */ row) => row[2] === kind));

  assert.deepEqual({ text: "'ada'", type: 'str', size: 3, flags: 0 }, find('g.set').value);
  assert.deepEqual({ type: 'OSError', message: 'already closed' }, find('teardown').failure);
  assert.deepEqual({ g: 1, request: null }, find('context.popped').sees);
  assert.deepEqual([{ key: 'visits', value: { text: '1', type: 'int', size: null, flags: 0 } }], find('session.opened').items);
  assert.equal(96, find('session.saved').cookieBytes);
});

test('a name like __proto__ in g is a name and nothing else', () => {
  const wire = JSON.parse('{"id":1,"type":"app","how":"copy","app":"a","thread":"t","pushes":1,"sees":[1,null],"g":[["__proto__",["1","int",null,0]]]}');

  const { g } = decodeAbout(wire);

  assert.deepEqual(['__proto__'], [...(g?.keys() ?? [])]);
});

test('the base is added to every number of a lane, site, context and browser, and to nothing else', () => {
  const { rows } = golden('events');

  const saved = /** @type {any} */ (decodeRow(rows.find((/** @type {any} */ row) => row[2] === 'session.saved'), 1000));
  const failed = decodeRow(rows.find((/** @type {any} */ row) => row[2] === 'access.failed'), 1000);

  assert.deepEqual([16, 1001, 1002, 1001], [saved.number, saved.lane, saved.context, saved.browser]);
  assert.deepEqual([1002, null, 1003], [failed.lane, failed.context, failed.site]);
});

test('an event of an unknown kind is refused with its name', () => {
  assert.throws(() => decodeRow([1, 0, 'g.boiled', 1, null, null]), new ProtocolError("The server sent an event of kind 'g.boiled', unknown here. Reload the page."));
});

test('every golden message is read', () => {
  for (const name of ['hello', 'events', 'lost', 'result', 'settings', 'error']) {
    assert.equal(name, readMessage(goldenText(name))?.type);
  }
  const hello = /** @type {any} */ (readMessage(goldenText('hello')));
  assert.equal(123456789012345n, hello.clock.monotonicNs);
  assert.deepEqual({ maxEvents: 100000, stack: 'separate', gReads: false, redact: ['password', 'token'], editor: null, record: 'always', without: ['g.read'] }, hello.settings);
  assert.equal(null, hello.scenarios[1].path);
  const result = /** @type {any} */ (readMessage(goldenText('result')));
  assert.equal(1, result.exitStatus);
});

test('the file that is shown is told with its stretches', () => {
  const { recording } = /** @type {any} */ (readMessage(JSON.stringify({ ...golden('hello'), ...golden('hello-recording') })));

  assert.deepEqual({
    name: 'test_cart-test_total.flaskscope.jsonl',
    unixMs: 1795384000123.4,
    stretches: [{ label: 'before the test', first: 1, last: 2 }, { label: 'call', first: 3, last: 21 }],
  }, recording);
  assert.equal(null, /** @type {any} */ (readMessage(goldenText('hello'))).recording);
});

test('what the page sends is the golden follow message', () => {
  assert.deepEqual(golden('follow'), JSON.parse(followMessage(21, '9f2c4e7a1b3d5f60')));
});

test('another version says which, and what to do', () => {
  assert.throws(
    () => readMessage('{"v":2,"type":"hello"}'),
    new ProtocolError(`Server speaks protocol 2, this page ${PROTOCOL_VERSION}: reload the page (Ctrl+Shift+R).`),
  );
});

test('what is no message is refused with what came', () => {
  assert.throws(() => readMessage('<html>'), /not JSON: '<html>'. Reload the page/);
  assert.throws(() => readMessage('[1]'), /not a message: '\[1\]'/);
});

test('a type that a newer server may send is passed over', () => {
  assert.equal(null, readMessage('{"v":1,"type":"weather"}'));
});
