/** Far more events than the page keeps: nothing throws, nothing grows, and what is told stays true. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_ROWS } from '../../static/js/event-block.js';
import { EventStore } from '../../static/js/event-store.js';
import { Filter } from '../../static/js/filter.js';
import { contextAt, stateAt } from '../../static/js/history.js';
import { laneStepsOf } from '../../static/js/lane-steps.js';
import { LastingModel } from '../../static/js/lasting/model.js';
import { ledgerOf } from '../../static/js/ledger.js';
import { Search, testFor } from '../../static/js/search.js';
import { Emphasis } from '../../static/js/timeline/emphasis.js';
import { layOut } from '../../static/js/timeline/layout.js';
import { TimelineModel } from '../../static/js/timeline/model.js';
import { StepScale } from '../../static/js/timeline/scale.js';
import { TimeScale } from '../../static/js/timeline/time-scale.js';
import { shownRivers } from '../../static/js/timeline/place-rivers.js';
import { Rivers } from '../../static/js/timeline/rivers.js';
import { aHello, aValue, someEvents } from './recording.js';

const LONG = 5;
const LEAKED = 6;

/** Requests on three lanes, and on a fourth a context by hand whose g changes all the time. */
function* rows() {
  let number = 0;
  let at = 0;
  /** @param {string} kind @param {number} lane @param {number | null} context @param {...unknown} fields */
  const row = (kind, lane, context, ...fields) => [(number += 1), (at += 20_000), kind, lane, context, null, ...fields];
  /** @param {number} id @param {string} type @param {unknown} sees @param {object} [more] */
  const about = (id, type, sees, more = {}) => ({ id, type, how: 'request', app: 'shop', thread: 'Thread-1', pushes: 1, sees, ...more });
  yield row('context.pushed', 4, LONG, about(LONG, 'app', [LONG, null], { how: 'by hand', g: [['job', aValue("'mail'")]] }));
  yield row('context.pushed', 5, LEAKED, about(LEAKED, 'app', [LEAKED, null], { how: 'by hand' }));
  yield row('context.abandoned', 5, LEAKED);
  for (let i = 0; ; i += 1) {
    const lane = 1 + (i % 3);
    const [app, request] = [100 + i * 2, 101 + i * 2];
    yield row('context.pushed', lane, app, about(app, 'app', [app, null], { implicit: true }));
    yield row('context.pushed', lane, request, about(request, 'request', [app, request], { method: 'GET', path: `/orders/${i % 40}` }));
    yield row('session.opened', lane, request, 'SecureCookieSessionInterface', 'cookie', [['visits', aValue(String(i), 'int')]], 1, 1);
    yield row('g.set', lane, app, 'user', aValue("'ada'"));
    if (i % 50 === 0) yield row('exception', lane, request, 'KeyError', "'order'");
    yield row('session.saved', lane, request, true, 'changed', ['visits'], 60, false, 1);
    yield row('context.popped', lane, request, 9, i % 50 === 0 ? ['KeyError', "'order'"] : null, null, 0, [app, null]);
    yield row('context.popped', lane, app, 9, null, null, 0, [null, null]);
    yield row('g.set', 4, LONG, `name${i % 3}`, aValue(String(i), 'int'));
  }
}

test('four times as many events as are kept leave the page as it would be with the latest of them', () => {
  const store = new EventStore(BLOCK_ROWS);
  const model = new TimelineModel(store);
  const lasting = new LastingModel(store, () => false);
  const at = { now: () => 0, later: (/** @type {() => void} */ call) => call() };
  const search = new Search(store, at);
  const filter = new Filter(store, at);
  const emphasis = new Emphasis(store, search, filter);
  const source = rows();
  /** @param {number} count */
  const send = (count) => store.append(someEvents(Array.from({ length: count }, () => /** @type {any} */ (source.next().value))));
  /** @param {StepScale | TimeScale} scale @param {number} step */
  const look = (scale, step) => layOut({
    store, model, scale, emphasis, hasOverview: true, measure: (text) => text.length * 7,
    view: { width: 1_000, height: 600, scrollX: Math.max(0, scale.toX(step) - 400), scrollY: 0 },
  });
  store.append(aHello({ lanes: [1, 2, 3, 4, 5].map((id) => [id, `Thread-${id}`, 1]) }));
  search.find('keyerror');
  filter.toggle('path', '/orders/3');
  let mostLives = 0;

  for (let sent = 0; sent < BLOCK_ROWS * 8; sent += 4_096) {
    send(4_096);
    model.advance();
    mostLives = Math.max(mostLives, ledgerOf(store).contexts.size);
    for (const step of [store.firstIndex, Math.floor((store.firstIndex + store.size) / 2), store.size - 1]) {
      for (const column of [30, 0.05]) look(new StepScale(column, model.folds, model.first), step);
      look(new TimeScale(1e-4, model), step);
      const { contexts } = stateAt(store, step);
      assert.ok(contexts.has(LONG), `at step ${step} of ${store.size}`);
      assert.equal(contexts.get(LONG)?.g.get('job')?.text, "'mail'");
      lasting.at(step);
    }
  }

  assert.ok(store.size - store.firstIndex <= BLOCK_ROWS * 2);
  assert.equal(look(new StepScale(30, model.folds, model.first), store.size - 1).letGo, store.firstIndex);
  assert.ok(mostLives <= (BLOCK_ROWS * 2) / 8 * 2 + 10, `${mostLives} contexts are known`);
  for (const lane of [1, 2, 3, 4]) assert.ok(laneStepsOf(store).of(lane)[0] >= store.firstIndex);
  assert.ok(search.hits[0] >= store.firstIndex);

  // The same events, kept whole, tell the same.
  const whole = new EventStore();
  const again = rows();
  whole.append(aHello({ lanes: [1, 2, 3, 4, 5].map((id) => [id, `Thread-${id}`, 1]) }));
  whole.append(someEvents(Array.from({ length: store.size }, () => /** @type {any} */ (again.next().value))));
  for (let step = store.firstIndex; step < store.size; step += 997) {
    const [found, expected] = [stateAt(store, step), stateAt(whole, step)];
    const told = (/** @type {typeof found} */ state) => [...state.contexts.values()].map(({ id, g, session }) => [id, [...g], session?.items]);
    assert.deepEqual(told(found), told(expected), `at step ${step}`);
  }
  const bars = (/** @type {TimelineModel} */ one) => [1, 2, 3, 4, 5].map((lane) => one.bars.lane(lane).barsIn(store.size - 500, store.size)
    .map((bar) => [bar.context, bar.start, bar.end, bar.fate, bar.failed, bar.g.at(-1)]));
  const wholeModel = new TimelineModel(whole);
  wholeModel.advance();
  assert.deepEqual(bars(model), bars(wholeModel));
  assert.equal(contextAt(store, LEAKED, store.size - 1)?.abandoned, true);
});

test('clients that keep no cookies leave no more rivers than there are events of them, and one that is still used stays', () => {
  const rivers = new Rivers();
  const about = (/** @type {object} */ event) => /** @type {any} */ ({ items: [], size: 0, origin: 'cookie', written: true, ...event });
  const [each, kept] = [12, 60_000];
  rivers.save(0, about({ context: 1, browser: 1 }));

  for (let client = 2; client <= 100_000; client += 1) {
    const step = client * each;
    rivers.save(step, about({ context: client, browser: client }));
    rivers.forget(client);
    if (client % 1_000 !== 0) continue;
    rivers.open(step + 1, about({ context: -client, browser: 1, items: [] }));
    rivers.letGo(step - kept);
  }

  const last = 100_000 * each;
  assert.ok(rivers.all.length <= kept / each + 64 + 2, `${rivers.all.length} rivers`);
  assert.ok(rivers.all.some(({ browser }) => browser === 1));
  assert.deepEqual(rivers.all.map(({ place }) => place), rivers.all.map(({ place }) => place).sort((a, b) => a - b));
  assert.equal(rivers.ofContext(500), undefined);
  assert.equal(rivers.ofContext(100_000)?.browser, 100_000);
  // Whoever comes back has a river again, and it is one of those there are.
  rivers.open(last + 2, about({ context: 100_001, browser: 500 }));
  const inView = /** @type {any} */ ([{ kind: 'session.read', context: 100_001 }]);
  assert.ok(shownRivers(rivers, inView, last + 2).some(({ browser }) => browser === 500));
  assert.equal(new Set(rivers.all.map(({ place }) => place)).size, rivers.all.length);
});

test('a standing query remembers the latest requests, not all there ever were', () => {
  const fits = testFor('/orders user', { lanes: new Map(), sites: new Map() });
  const push = (/** @type {number} */ id) => ({ kind: 'context.pushed', lane: 1, site: null, context: id, about: { id, app: 'shop', how: 'request', method: 'GET', path: '/orders' } });
  const set = (/** @type {number} */ id) => ({ kind: 'g.set', lane: 1, site: null, context: id, name: 'user', value: { text: '1', type: 'int', size: null, flags: 0 } });

  for (let id = 1; id <= 200_001; id += 1) fits?.(/** @type {any} */ (push(id)));

  assert.deepEqual([false, true, true], [1, 2, 200_001].map((id) => fits?.(/** @type {any} */ (set(id)))));
});
