import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainText } from '../../static/js/phrases.js';
import { STEPS, Tour, placesOf, scenarioForTour } from '../../static/js/tour/model.js';
import { Script, aHello, someEvents } from './recording.js';
import { EventStore } from '../../static/js/event-store.js';

const HELLO = { title: 'GET /hello/ada', path: '/hello/ada' };

function aRequest() {
  return new Script().request(1, 1, { path: '/hello/ada' }).set(1, 1, 'user', "'ada'").endRequest(1, 1);
}

function begun(script = aRequest()) {
  const store = new EventStore();
  store.append(aHello());
  const tour = new Tour(store, HELLO);
  tour.begin();
  return { store, tour, arrive: () => store.append(someEvents(script.rows)) };
}

test('the places of a request are its push, its first write and the pop after which nothing is left', () => {
  assert.deepEqual({ pushed: 0, set: 2, popped: 4 }, placesOf(aRequest().store(), 0, '/hello/ada'));
  assert.equal(null, placesOf(aRequest().store(), 0, '/other'));
  assert.equal(null, placesOf(new Script().request(1, 1, { path: '/hello/ada' }).store(), 0, '/hello/ada'));
});

test('it waits for what was fired, then leads through it', () => {
  const { tour, arrive } = begun();

  assert.equal(true, tour.page()?.waits);
  assert.equal(null, tour.next());
  tour.fired();
  assert.equal(false, tour.arrived());
  arrive();
  assert.equal(true, tour.arrived());
  assert.equal(2, tour.step);
  assert.equal(2, tour.next());
  assert.equal(3, tour.next());
  assert.match(plainText(tour.page()?.text ?? []), /What will g\.user be now\?/);
  assert.deepEqual(["Still 'ada'", 'RuntimeError'], tour.page()?.buttons.map(({ text }) => text));
  assert.equal(4, tour.guess(false));
  assert.match(plainText(tour.page()?.text ?? []), /^Right: /);
  tour.next();
  assert.equal(STEPS, tour.step);
  tour.next();
  assert.deepEqual([0, null], [tour.step, tour.page()]);
});

test('what was there before, and what others ask for, is not what it waits for', () => {
  const { store, tour, arrive } = begun();
  arrive();
  assert.equal(false, tour.arrived());

  tour.fired();
  assert.equal(false, tour.arrived());
  const again = new Script();
  again.rows = aRequest().rows.map(([number, at, ...rest]) => [number + 5, at + 1e6, ...rest]);
  store.append(someEvents(again.rows));
  assert.equal(true, tour.arrived());
  assert.equal(7, tour.next());
});

test('a wrong guess is told kindly', () => {
  const { tour, arrive } = begun();
  tour.fired();
  arrive();
  tour.arrived();
  tour.next();
  tour.next();

  tour.guess(true);

  assert.match(plainText(tour.page()?.text ?? []), /^Not this time: /);
});

test('a request that puts nothing into g is a lesson about request', () => {
  const { tour, arrive } = begun(new Script().request(1, 1, { path: '/hello/ada' }).endRequest(1, 1));
  tour.fired();
  arrive();
  tour.arrived();

  tour.next();
  assert.match(plainText(tour.page()?.text ?? []), /puts nothing into g/);
  tour.next();
  assert.match(plainText(tour.page()?.text ?? []), /What will request be now\?/);
});

test('the request that teaches best is taken; without any there is no tour', () => {
  /** @param {string} path @param {object} [changes] */
  const scenario = (path, changes = {}) => ({ does: 'request', path, method: 'GET', times: 1, ...changes });

  assert.equal('/hello/ada', scenarioForTour([scenario('/'), scenario('/hello/ada')])?.path);
  assert.equal('/', scenarioForTour([scenario('/', { times: 2 }), scenario('/')])?.path);
  assert.equal(null, scenarioForTour([scenario('/login', { method: 'POST' })]));
});
