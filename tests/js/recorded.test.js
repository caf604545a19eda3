/** Which kinds are not recorded: what is told, what is sent, and what is said when it fails. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { OPTIONAL, Recorded } from '../../static/js/filter/recorded.js';
import { readMessage } from '../../static/js/protocol.js';

/** @param {string} name */
function goldenText(name) {
  return readFileSync(new URL(`../wire/${name}.json`, import.meta.url), 'utf8');
}

/** @param {string} [answer] */
function staged(answer = goldenText('settings')) {
  /** @type {[string, any][]} */
  const sent = [];
  let changes = 0;
  const recorded = new Recorded({
    address: 'http://127.0.0.1/_flaskscope/',
    onChange: () => { changes += 1; },
    request: async (url, init) => {
      sent.push([url, init]);
      return { text: async () => answer };
    },
  });
  const hello = /** @type {any} */ (readMessage(goldenText('hello')));
  return { recorded, sent, hello, changes: () => changes };
}

test('the greeting tells what is left out, and a file that nothing can be', () => {
  const { recorded, hello, changes } = staged();
  assert.equal(null, recorded.without);

  recorded.take(hello);
  assert.deepEqual([['g.read'], 204, 1], [recorded.without, recorded.leftOut, changes()]);
  assert.equal('1 kind is not recorded · 204 events left out', recorded.words);
  assert.deepEqual([false, true], [recorded.has('g.read'), recorded.has('session.read')]);

  recorded.take({ ...hello, settings: { ...hello.settings, without: null } });
  assert.deepEqual([null, ''], [recorded.without, recorded.words]);
});

test('a change is sent with the run it is meant for, and the answer is what is', async () => {
  const { recorded, hello, sent } = staged();
  recorded.take(hello);

  await recorded.toggle('session.read');

  const [url, init] = sent[0];
  assert.deepEqual(['http://127.0.0.1/_flaskscope/recording', 'POST'], [url, init.method]);
  assert.deepEqual({ without: ['g.read', 'session.read'], run: '9f2c4e7a1b3d5f60' }, JSON.parse(init.body));
  assert.equal('2 kinds are not recorded · 1,204 events left out', recorded.words);

  await recorded.toggle('g.read');
  assert.deepEqual(['session.read'], JSON.parse(sent[1][1].body).without);
});

test('the count is asked for only while something is left out', async () => {
  const { recorded, hello, sent } = staged();
  await recorded.count();
  assert.equal(0, sent.length);

  recorded.take(hello);
  await recorded.count();
  assert.deepEqual([1, undefined, 1204], [sent.length, sent[0][1].method, recorded.leftOut]);
});

test('a refusal is told with its remedy and changes nothing', async () => {
  const { recorded, hello } = staged(JSON.stringify({ v: 1, type: 'error', what: 'No.', value: null, remedy: 'Try it again.' }));
  recorded.take(hello);

  await recorded.change([]);

  assert.deepEqual(['No. Try it again.', ['g.read']], [recorded.failure, recorded.without]);
});

test('what no server of ours answered is told', async () => {
  const { recorded } = staged('<html>');

  await recorded.change([]);

  assert.match(recorded.failure, /nothing was changed/);
});

test('no context, trouble or thread can be left out', () => {
  assert.deepEqual(['g', 'session', 'request', 'teardown'], Object.keys(OPTIONAL));
});
