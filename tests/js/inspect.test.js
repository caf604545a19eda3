import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Inspection } from '../../static/js/inspection.js';
import { cardOf } from '../../static/js/inspect/model.js';
import { cardJson, cardText } from '../../static/js/inspect/report.js';
import { Sources, editorAddress } from '../../static/js/source.js';
import { Script, aHello, aValue } from './recording.js';

/** One request with everything that a card tells. */
function aRequest() {
  return new Script()
    .request(1, 1).from(1)
    .open(1, 2, { origin: 'cookie', items: [['visits', aValue('1', 'int')], ['old', aValue('0', 'int')]] })
    .add('request.matched', 1, 2, 'show_cart', '/cart', null)
    .set(1, 1, 'user', "'ada'")
    .add('session.changed', 1, 2, 'visits', aValue('2', 'int'))
    .add('session.deleted', 1, 2, 'old')
    .add('exception', 1, 2, 'KeyError', "'price'").from(1)
    .save(1, 2)
    .add('request.finished', 1, 2, 500, 3_000_000)
    .add('teardown', 1, 1, 'close_db', 'app', 12_000, null)
    .endRequest(1, 1);
}

/** @param {Script} script @param {number} id */
function card(script, id) {
  const found = cardOf(script.store(), id);
  assert.ok(found);
  return found;
}

test('a card tells where a context came from, what it changed and how it ended', () => {
  const told = card(aRequest(), 2);

  assert.deepEqual(['request context #2', 'GET /cart', 'Pushed by Flask, for a request', 2, 'show_cart', 1],
    [told.title, told.request, told.pushedBy, told.pushedAt, told.view, told.partner]);
  assert.deepEqual({ status: 500, durationNs: 3_000_000 }, told.response);
  assert.deepEqual({ owner: 1, changes: [{ name: 'user', before: null, after: "'ada'" }], unseen: null }, told.g);
  assert.deepEqual([['visits', '1', '2'], ['old', '0', null]], told.session?.changes.map(({ name, before, after }) => [name, before, after]));
  assert.deepEqual({ written: true, why: 'it was modified', cookieBytes: 60, late: false }, told.session?.saved);
  assert.deepEqual([{ name: 'close_db', level: 'app', durationNs: 12_000, failed: null }], told.teardowns);
  assert.deepEqual([{ type: 'KeyError', message: "'price'", handled: false, site: 1, step: 8 }], told.exceptions);
  assert.deepEqual(['Popped', 12, 50_000], [told.end, told.endedAt, told.livedNs]);
});

test('a context that is still pushed, one that leaked and one that is unknown', () => {
  const open = new Script().push(1, 1, { how: 'by hand' });

  assert.deepEqual(['Still pushed', null, null], [card(open, 1).end, card(open, 1).endedAt, card(open, 1).session]);
  open.add('context.abandoned', 1, 1);
  assert.equal('Never popped: its thread ended', card(open, 1).end);
  assert.equal(null, cardOf(open.store(), 99));
});

test('a reused app context is named, and what its g held before', () => {
  const script = new Script().push(1, 1, { g: [['tenant', aValue("'acme'")]] })
    .push(1, 2, { type: 'request', reused: 1, method: 'GET', path: '/', sees: [1, 2] });

  assert.equal(1, card(script, 2).reused);
  assert.deepEqual([{ name: 'tenant', before: "'acme'", after: "'acme'" }], card(script, 1).g?.changes);
});

test('a context that reused an app context tells what became of its g meanwhile', () => {
  const script = new Script().push(1, 1, { how: 'by hand' }).set(1, 1, 'tenant', "'acme'")
    .push(1, 2, { type: 'request', reused: 1, method: 'GET', path: '/', sees: [1, 2] }).set(1, 1, 'user', "'ada'");
  const changes = [{ name: 'tenant', before: "'acme'", after: "'acme'" }, { name: 'user', before: null, after: "'ada'" }];

  assert.deepEqual({ owner: 1, changes, unseen: null }, card(script, 2).g);
  script.pop(1, 2, { sees: [1, null] }).set(1, 1, 'tenant', "'later'");
  assert.deepEqual(changes, card(script, 2).g?.changes);
});

test('as text it can be read without the page, as JSON by a program', () => {
  const script = aRequest();
  const store = script.store();
  const told = card(script, 2);
  /** @param {number} id */
  const sites = (id) => store.sites.get(id);

  const text = cardText(told, sites);
  for (const line of [
    'request context #2 for GET /cart', 'Pushed by Flask, for a request at /srv/shop/views.py:12, on Thread-1, step 2',
    "  + user = 'ada'", '  ~ visits = 1 -> 2', '  - old = 0', '  Written: it was modified, a cookie of 60 bytes', 'Teardown close_db: 12 µs',
    "KeyError: 'price' at /srv/shop/views.py:12, step 8",
  ]) assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
  const json = JSON.parse(cardJson(told, sites));
  assert.deepEqual(['#2', '#1', 12], [json.id, json.partner, json.site.line]);
});

test('an address for the editor, unless it would open something else', () => {
  const place = { path: '/srv/my shop/views?.py', line: 12 };

  assert.equal('vscode://file//srv/my%20shop/views%3F.py:12', editorAddress('vscode://file/{path}:{line}', place));
  assert.equal('phpstorm://open?file=/srv/my%20shop/views%3F.py&line=12', editorAddress('phpstorm://open?file={path}&line={line}', place));
  for (const template of [
    null, undefined, 'javascript:alert(1)//{path}', ' JavaScript:alert(1)//{path}', 'java\nscript:{path}', 'https://evil.example/{path}',
    'file://{path}', 'C:\\{path}', '{path}',
  ]) {
    assert.equal(null, editorAddress(template, place));
  }
});

/** @param {(address: string) => Promise<any>} fetch @param {number} [runs] */
function sources(fetch, runs = 1) {
  const store = new Script().store();
  for (let i = 1; i < runs; i += 1) store.append(aHello({ run: String(i).repeat(16) }));
  return new Sources(store, { address: 'http://127.0.0.1/_flaskscope/', fetch });
}

test('source is asked for by the number of its place, once', async () => {
  /** @type {string[]} */
  const asked = [];
  const place = sources(async (address) => {
    asked.push(address);
    return { ok: true, json: async () => ({ v: 1, type: 'source', site: 3, line: 12, first: 11, lines: ['a', 'b', 'c'] }) };
  });

  assert.deepEqual({ first: 11, line: 12, lines: ['a', 'b', 'c'] }, await place.read(3));
  await place.read(3);
  assert.deepEqual(['http://127.0.0.1/_flaskscope/source/3'], asked);
});

test('source that is not there, or is no source, is nothing', async () => {
  assert.equal(null, await sources(async () => ({ ok: false })).read(3));
  assert.equal(null, await sources(async () => ({ ok: true, json: async () => ({ type: 'error' }) })).read(3));
  assert.equal(null, await sources(async () => { throw new TypeError('no network'); }).read(3));
  assert.equal(null, await sources(async () => assert.fail('a place of an earlier run has another number now'), 2).read(3));
});

test('one card is open at a time', () => {
  const inspection = new Inspection();
  let heard = 0;
  inspection.subscribe(() => { heard += 1; });

  inspection.open(3);
  inspection.open(3);
  assert.deepEqual([3, 1, true, false, null], [inspection.context, heard, inspection.close(), inspection.close(), inspection.context]);
});
