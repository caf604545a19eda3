/** A request that a person puts together. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_REMEMBERED, argumentsOf, build, draftOf, emptyDraft, readPairs, readRemembered, remembered, routeOf, sizeText } from '../../static/js/request/model.js';
import { send } from '../../static/js/request/sending.js';

/** @param {Partial<import('../../static/js/request/model.js').Draft>} changes @param {string} [mount] @returns {any} */
function built(changes, mount = '') {
  return build({ ...emptyDraft(), ...changes }, mount);
}

test('the parts of a rule are filled in and escaped, as its converter takes them', () => {
  assert.deepEqual([{ name: 'item', converter: 'int' }, { name: 'rest', converter: 'path' }, { name: 'kind', converter: 'any' }], argumentsOf('/a/<int:item>/<path:rest>/<any(x, y):kind>'));
  assert.equal('/shop/a/7/b%20c/d', built({ path: '/a/<int:item>/<path:rest>', values: { item: '7', rest: 'b c/d' } }, '/shop').built.url);
  assert.equal('/a%2Fb', built({ path: '/<name>', values: { name: 'a/b' } }).built.url);
  assert.equal('Fill in item: the path needs it.', built({ path: '/<item>' }).problem);
});

test('a query is added to what the path has already', () => {
  assert.equal('/x?a=1&q=%C3%A9+%26', built({ path: '/x?a=1', query: 'q=é &\n\n' }).built.url);
  assert.equal("Line 2 of the query is 'b': write it as name=value.", built({ query: 'a=1\nb' }).problem);
});

test('only the app itself is reached', () => {
  assert.match(built({ path: '//evil.example/' }).problem, /one slash/);
  assert.match(built({ path: 'https://evil.example/' }).problem, /one slash/);
});

test('a form and JSON are sent as what they are', () => {
  const form = built({ method: 'POST', kind: 'form', body: 'name=Ada L\nb=' }).built;
  assert.deepEqual(['name=Ada+L&b=', [['Content-Type', 'application/x-www-form-urlencoded']]], [form.body, form.headers]);
  const json = built({ method: 'PUT', kind: 'json', body: '{"a": 1}', headers: 'content-type: application/problem+json' }).built;
  assert.deepEqual(['{"a": 1}', [['content-type', 'application/problem+json']]], [json.body, json.headers]);
  assert.match(built({ method: 'POST', kind: 'json', body: '{' }).problem, /^The body is not JSON: /);
  assert.match(built({ method: 'GET', kind: 'json', body: '{}' }).problem, /^A GET request has no body/);
});

test('a header that no page may set is told, not left out without a word', () => {
  assert.match(built({ headers: 'Cookie: a=b' }).problem, /^No page may set Cookie/);
  assert.match(built({ headers: 'a b: c' }).problem, /no name of a header/);
  assert.match(built({ headers: 'A: ☃' }).problem, /no header can carry/);
  assert.deepEqual([['X-Test', 'a: b']], built({ headers: 'X-Test: a: b' }).built.headers);
  assert.deepEqual({ line: 1, text: '=1' }, readPairs('=1', '='));
});

test('a route is a draft, and a draft finds its route', () => {
  const route = { method: 'POST', rule: '/items', endpoint: 'add', arguments: [] };

  assert.equal('form', draftOf(route).kind);
  assert.equal(0, routeOf(draftOf(route), [route]));
  assert.equal(-1, routeOf(emptyDraft(), [route]));
});

test('the latest requests are remembered, each once', () => {
  let drafts = remembered([], emptyDraft());
  for (let i = 0; i < 20; i += 1) drafts = remembered(drafts, { ...emptyDraft(), path: `/${i % 10}` });

  assert.equal(MOST_REMEMBERED, drafts.length);
  assert.equal('/9', drafts[0].path);
  assert.deepEqual(drafts, readRemembered(JSON.stringify(drafts)));
  assert.deepEqual([], readRemembered('{'));
  assert.deepEqual([], readRemembered('[{"method":"BREW"}, 7]'));
  assert.deepEqual(drafts, remembered(drafts, { ...emptyDraft(), body: 'x'.repeat(30_000) }));
});

test('the answer is told with its status, time and size', async () => {
  let now = 0;
  /** @type {any} */
  let sent = null;
  const answer = await send(built({ method: 'POST', path: '/x', kind: 'text', body: 'hi' }).built, 'id-1', {
    request: async (url, init) => {
      sent = [url, init.method, init.body, Object.fromEntries(init.headers)['X-FlaskScope-Fire']];
      now += 80;
      return new Response('{"a":1}', { status: 201, statusText: 'CREATED', headers: { 'content-type': 'application/json' } });
    },
    now: () => now,
  });

  assert.deepEqual(['/x', 'POST', 'hi', 'id-1'], sent);
  assert.deepEqual([true, '201 CREATED', 0.08, 7, '{\n  "a": 1\n}'], [answer.ok, answer.status, answer.seconds, answer.bytes, answer.text]);
});

test('no answer is an answer, too', async () => {
  const answer = await send(built({}).built, 'id', { request: async () => { throw new TypeError('Failed to fetch'); } });

  assert.deepEqual([false, 'No answer came (Failed to fetch). Is the server still running?', null], [answer.ok, answer.status, answer.bytes]);
});

test('sizes are read at a glance', () => {
  assert.deepEqual(['512 B', '1.4 kB', '2.5 MB'], [512, 1_400, 2_500_000].map(sizeText));
});
