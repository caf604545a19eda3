import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Filter, groupOf } from '../../static/js/filter.js';
import { PlacesModel } from '../../static/js/filter/model.js';
import { isolationOf, partnersOf } from '../../static/js/isolation.js';
import { Search } from '../../static/js/search.js';
import { Script, someEvents } from './recording.js';

/** Two requests on two threads; the first puts a user into g, the second has a context by hand within. */
function twoRequests() {
  return new Script()
    .request(1, 1, { path: '/cart' }).set(1, 1, 'user', "'ada'").from(1)
    .request(2, 3, { path: '/report' }).push(2, 5, { how: 'by hand' }).set(2, 5, 'task', "'sum'").pop(2, 5, { sees: [3, 4] })
    .endRequest(1, 1).add('exception', 2, 4, 'KeyError', 'user').endRequest(2, 3);
}

/** @param {Script} script @param {string} query */
function hits(script, query) {
  const search = new Search(script.store());
  search.find(query);
  return [...search.hits];
}

test('a key, a value, a path, an exception, a thread and a call site are found', () => {
  const script = twoRequests();

  assert.deepEqual([2], hits(script, "ada"));
  assert.deepEqual([0, 1], hits(script, '/cart'));
  assert.deepEqual([2, 10], hits(script, 'USER'));
  assert.deepEqual([10], hits(script, 'keyerror'));
  assert.deepEqual([3, 4, 5, 6, 7, 10, 11, 12], hits(script, 'thread-2'));
  assert.deepEqual([2], hits(script, 'views.py:12'));
});

test('a context is found by its number, and by no other that begins like it', () => {
  assert.deepEqual([0, 2, 9], hits(twoRequests(), '#1'));
  assert.deepEqual([], hits(twoRequests(), '#12'));
});

test('with several words all must fit, and one of them the event itself, not only its request', () => {
  const script = twoRequests();

  assert.deepEqual([2], hits(script, '/cart user'));
  assert.deepEqual([], hits(script, '/report ada'));
  assert.deepEqual([10], hits(script, '#4 user'));
});

test('an empty query finds nothing, and a new one forgets the old', () => {
  const search = new Search(twoRequests().store());

  search.find('user');
  assert.equal(2, search.hits.length);
  search.find('  ');
  assert.deepEqual([[], false], [[...search.hits], search.has(2)]);
});

test('the way leads from hit to hit and round', () => {
  const search = new Search(twoRequests().store());
  search.find('user');

  assert.equal(10, search.next(2, 1)?.index);
  assert.deepEqual([2, true], [search.next(10, 1)?.index, search.next(10, 1)?.wrapped]);
  assert.equal(2, search.next(10, -1)?.index);
  assert.deepEqual([0, 1, 2], [5, 2, 10].map((index) => search.placeOf(index)));
});

test('what comes later is found, too', () => {
  const store = new Script().push(1, 1).store();
  const search = new Search(store);
  search.find('user');

  store.append(someEvents([[2, 20, 'g.set', 1, 1, null, 'user', ["'ada'", 'str', 3, 0]]]));

  assert.deepEqual([1], [...search.hits]);
});

test('a hundred thousand events are looked through in slices, none longer than a few milliseconds', () => {
  const script = new Script().push(1, 1);
  for (let i = 0; i < 100_000; i += 1) script.set(1, 1, `name_${i}`, String(i));
  /** @type {(() => void)[]} */
  const waiting = [];
  let now = 0;
  const search = new Search(script.store(), { now: () => (now += 0.1), later: (slice) => waiting.push(slice) });

  search.find('name_99999');
  assert.equal(false, search.isDone);
  let slices = 0;
  for (; waiting.length > 0; slices += 1) waiting.shift()?.();

  assert.deepEqual([[100_000], true], [[...search.hits], search.isDone]);
  assert.ok(slices > 3, `${slices} slices`);
});

test('a question that was replaced looks no further', () => {
  const script = new Script().push(1, 1);
  for (let i = 0; i < 5_000; i += 1) script.set(1, 1, 'a', 'b');
  /** @type {(() => void)[]} */
  const waiting = [];
  let now = 0;
  const search = new Search(script.store(), { now: () => (now += 10), later: (slice) => waiting.push(slice) });
  search.find('a');
  search.find('nothing like it');

  while (waiting.length > 0) waiting.shift()?.();

  assert.deepEqual([], [...search.hits]);
});

test('a hidden kind is left out and counted', () => {
  const filter = new Filter(twoRequests().store());

  filter.toggleGroup('g');

  assert.deepEqual([true, 2, 2], [filter.hides(2), filter.hiddenOf('g'), filter.hiddenCount]);
  assert.deepEqual([0, 1, 3, 4, 5, 7, 8, 9, 10, 11, 12], [...filter.visible]);
  filter.clear();
  assert.deepEqual([false, false, 0], [filter.isActive, filter.hides(2), filter.hiddenCount]);
});

test('threads, paths and what is no problem can be hidden', () => {
  const filter = new Filter(twoRequests().store());

  filter.toggle('lane', 2);
  assert.deepEqual([0, 1, 2, 8, 9], [...filter.visible]);
  filter.clear();
  filter.toggle('path', '/cart');
  assert.equal(filter.hides(2), true);
  assert.equal(filter.hides(3), false);
  filter.clear();
  filter.toggleProblems();
  assert.deepEqual([10], [...filter.visible]);
});

test('only this one: both contexts of the request and all that happened within', () => {
  const store = twoRequests().store();
  const filter = new Filter(store);

  assert.deepEqual([[3, 4], [3, 4], [5]], [partnersOf(store, 3), partnersOf(store, 4), partnersOf(store, 5)]);
  filter.isolate(isolationOf(store, 4));

  assert.deepEqual([3, 4, 5, 6, 7, 10, 11, 12], [...filter.visible]);
  assert.equal('GET /report #4', filter.only?.title);
});

test('an isolated request that goes on takes in what comes', () => {
  const store = new Script().request(1, 1).store();
  const filter = new Filter(store);
  filter.isolate(isolationOf(store, 2));

  store.append(someEvents([
    [3, 90, 'g.set', 1, 1, null, 'user', ["'ada'", 'str', 3, 0]],
    [4, 95, 'g.set', 2, null, null, 'other', ["'x'", 'str', 1, 0]],
  ]));

  assert.deepEqual([0, 1, 2], [...filter.visible]);
});

test('every kind of event belongs to a group', () => {
  assert.deepEqual(['context', 'trouble', 'trouble', 'teardown', 'thread'],
    /** @type {const} */ (['context.abandoned', 'exception', 'access.failed', 'teardown', 'thread.started']).map(groupOf));
});

test('there is to choose from what was seen', () => {
  const model = new PlacesModel(twoRequests().store());

  assert.deepEqual({ lanes: [1, 2], apps: ['shop'], paths: ['/cart', '/report'] }, model.read());
});
