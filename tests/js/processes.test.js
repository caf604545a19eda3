/** Other processes: each with its own numbers, threads and contexts, on the one axis of the page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { RUN_STRIDE } from '../../static/js/events.js';
import { stateAt } from '../../static/js/history.js';
import { laneName } from '../../static/js/naming.js';
import { narrate } from '../../static/js/narrator.js';
import { plainText } from '../../static/js/phrases.js';
import { readMessage } from '../../static/js/protocol.js';
import { LaneGroups } from '../../static/js/timeline/lane-groups.js';
import { LaneOrder } from '../../static/js/timeline/lane-order.js';
import { explain } from '../../static/js/timeline/explain.js';
import { layOut } from '../../static/js/timeline/layout.js';
import { TimelineModel } from '../../static/js/timeline/model.js';
import { StepScale } from '../../static/js/timeline/scale.js';
import { Script, aHello, aValue, someEvents } from './recording.js';

/** @param {Record<string, unknown>} [changes] @returns {any} */
function aProcess(changes = {}) {
  return readMessage(JSON.stringify({
    v: 1, type: 'process', run: 'cccccccccccccccc', state: 'live', first: 1, last: 2,
    lanes: [[1, 'MainThread', 77], [2, 'Thread-1', 77]], sites: [], app: { name: 'shop', root: '' },
    process: { pid: 77, name: 'flask count', host: 'web-2' },
    versions: {}, clock: { monotonic_ns: '0', unix_ms: 5, offset_ms: 1, uncertainty_ms: 0.3 }, contexts: [], counts: {}, ...changes,
  }));
}

/** @param {any[]} rows @param {string} [run] */
function theirs(rows, run = 'cccccccccccccccc') {
  return { ...someEvents(rows), run };
}

function twoProcesses() {
  const own = new Script().push(1, 1).set(1, 1, 'user', "'ada'").pop(1, 1).rows;
  const other = new Script().push(1, 1).pop(1, 1).rows;
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(own.slice(0, 1)));
  store.append(aProcess());
  store.append(theirs(other.slice(0, 1)));
  store.append(someEvents(own.slice(1)));
  store.append(theirs(other.slice(1)));
  return store;
}

test('each event keeps to its own process, whatever comes between', () => {
  const store = twoProcesses();

  assert.deepEqual(['aaaaaaaaaaaaaaaa', 'cccccccccccccccc', 'aaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaa', 'cccccccccccccccc'], [0, 1, 2, 3, 4].map((index) => store.runAt(index)?.id));
  assert.deepEqual([1, 1 + RUN_STRIDE, 1, 1, 1 + RUN_STRIDE], [0, 1, 2, 3, 4].map((index) => store.at(index).context));
  assert.equal(1, store.runs.length);
  assert.deepEqual({ cccccccccccccccc: 2 }, store.positions());
  assert.equal(3, store.lastNumber);
});

test('an event is found by its number and its process', () => {
  const store = twoProcesses();

  assert.deepEqual([0, 2, 3, -1], [1, 2, 3, 4].map((number) => store.indexOfNumber(number)));
  assert.deepEqual([1, 4, -1], [1, 2, 3].map((number) => store.indexOfNumber(number, 'cccccccccccccccc')));
  assert.equal(-1, store.indexOfNumber(1, 'unknown'));
});

test('times of another process are told on the axis of the server, also those before its start', () => {
  const store = twoProcesses();
  assert.equal(10_000 + 6e6, store.at(1).atNs);

  const early = new EventStore();
  early.append(aHello({ clock: { monotonic_ns: '0', unix_ms: 1000 } }));
  early.append(aProcess());
  early.append(theirs(new Script().push(1, 1).rows));
  assert.equal(10_000 - 994e6, early.at(0).atNs);
});

test('what comes twice is taken once, and of a process nobody introduced nothing', () => {
  const store = twoProcesses();

  store.append(aProcess({ state: 'ended' }));
  store.append(theirs(new Script().push(1, 1).pop(1, 1).rows));
  store.append(theirs(new Script().push(1, 1).rows, 'eeeeeeeeeeeeeeee'));

  assert.equal(5, store.size);
  assert.equal('ended', store.processOf(1 + RUN_STRIDE)?.told.state);
  assert.equal(null, store.processOf(1));
});

test('a process stays where the server starts anew', () => {
  const store = twoProcesses();
  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  store.append(someEvents(new Script().push(1, 1).rows));

  assert.deepEqual([false, true, true], [0, RUN_STRIDE, 2 * RUN_STRIDE].map((base) => store.isPresent(base, 5)));
  assert.deepEqual([true, true, false], [0, RUN_STRIDE, 2 * RUN_STRIDE].map((base) => store.isPresent(base, 4)));
  assert.equal(5, store.indexOfNumber(1));
});

test('a lost stretch of another process is its own', () => {
  const store = twoProcesses();

  store.append(/** @type {any} */ ({ type: 'lost', run: 'cccccccccccccccc', from: 3, to: 9, count: 7, where: 'redis', why: 'The stream was full.' }));

  assert.deepEqual([[7, RUN_STRIDE]], store.gaps.map(({ count, base }) => [count, base]));
  assert.deepEqual({ cccccccccccccccc: 9 }, store.positions());
});

test('a thread is named with its process, and its first step says that it joins', () => {
  const store = twoProcesses();

  assert.deepEqual(['Thread-1', 'flask count', 'flask count: Thread-1'], [1, 1 + RUN_STRIDE, 2 + RUN_STRIDE].map((lane) => laneName(store, lane)));
  assert.match(plainText(narrate(store, 1).what), /^A process of its own joins here: flask count, pid 77 on web-2\. Its times are right within ±300 µs\./);
  assert.doesNotMatch(plainText(narrate(store, 2).what), /joins|restarted/);
});

test('the stacks of all processes are told together, and each loses only what it lost itself', () => {
  const store = new EventStore();
  const own = new Script().push(1, 1).set(1, 1, 'user', "'ada'").rows;
  store.append(aHello());
  store.append(someEvents(own.slice(0, 1)));
  store.append(aProcess());
  store.append(theirs(new Script().push(1, 1).rows));
  store.append(someEvents(own.slice(1)));
  /** @param {number} step */
  const stacks = (step) => stateAt(store, step).lanes.map(({ lane, stack, known }) => [lane, stack.map(({ id }) => id), known]);

  assert.deepEqual([[1, [1], true]], stacks(0));
  assert.deepEqual([[1, [1], true], [1 + RUN_STRIDE, [1 + RUN_STRIDE], true]], stacks(2));

  store.append(/** @type {any} */ ({ type: 'lost', run: 'cccccccccccccccc', from: 2, to: 9, count: 8, where: 'redis', why: 'The stream was full.' }));
  store.append(someEvents([[3, 90_000, 'g.set', 1, 1, null, 'a', ["'x'", 'str', 1, 0]]]));
  const model = new TimelineModel(store);
  model.advance();

  assert.deepEqual([[1, [1], true], [1 + RUN_STRIDE, [], false]], stacks(3));
  assert.deepEqual(['open', 'cut'], [1, 1 + RUN_STRIDE].map((lane) => model.bars.lane(lane).barsIn(0, 9)[0].fate));
});

test('contexts that another process had open before are on its stack and its lane', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(aProcess({ contexts: [{ id: 7, type: 'app', how: 'by hand', app: 'shop', thread: 'Thread-1', pushes: 1, sees: [7, null] }] }));
  store.append(theirs(new Script().set(2, 7, 'job', "'mail'").rows));
  const model = new TimelineModel(store);
  model.advance();

  assert.deepEqual([7 + RUN_STRIDE], stateAt(store, 0).lanes.flatMap(({ stack }) => stack.map(({ id }) => id)));
  assert.deepEqual([[7 + RUN_STRIDE, "'mail'"]], model.bars.lane(2 + RUN_STRIDE).barsIn(0, 0).map(({ context, g }) => [context, g.at(-1)?.text]));
});

test('what a process had pushed is gone after its last event once it has ended, and comes back with it', () => {
  const store = twoProcesses();
  assert.deepEqual([true, true], [4, 9].map((index) => store.isPresent(RUN_STRIDE, index)));

  store.append(aProcess({ state: 'away' }));
  assert.deepEqual([true, false], [4, 9].map((index) => store.isPresent(RUN_STRIDE, index)));

  store.append(aProcess({ state: 'live' }));
  assert.equal(true, store.isPresent(RUN_STRIDE, 9));
});

test('a process whose events are still on their way is not over', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(aProcess({ state: 'ended', last: 2 }));
  store.append(theirs(new Script().push(1, 1).rows));

  assert.equal(true, store.isPresent(RUN_STRIDE, 7));
  store.append(theirs(new Script().push(1, 1).pop(1, 1).rows));
  assert.equal(false, store.isPresent(RUN_STRIDE, 7));
});

test('a box of a process that was killed ends with its last event, and goes on when the process comes back', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(aProcess({ last: 0 }));
  store.append(theirs(new Script().push(1, 1).rows));
  store.append(someEvents(new Script().push(1, 1).rows));
  const model = new TimelineModel(store);
  const bars = () => model.bars.lane(1 + RUN_STRIDE).barsIn(0, 9).map(({ fate, end }) => [fate, end]);
  model.advance();
  assert.deepEqual([['open', Infinity]], bars());

  store.append(aProcess({ state: 'away', last: 1 }));
  model.advance();
  model.advance();
  assert.deepEqual([['cut', 0.5]], bars());

  store.append(aProcess({ last: 1 }));
  store.append(theirs(new Script().push(1, 1).set(1, 1, 'a', '1').rows));
  model.advance();
  assert.deepEqual([['cut', 0.5], ['open', Infinity]], bars());
});

test('a heading says on which host a process is, how sure its times are, and that it has ended', () => {
  const store = twoProcesses();
  const model = new TimelineModel(store);
  model.advance();
  const notes = () => new LaneGroups([...model.bars.lanes.values()], store, new LaneOrder()).all.map(({ note }) => note);

  assert.deepEqual(['', 'on web-2, times ±300 µs'], notes());
  store.append(aProcess({ state: 'ended', clock: { unix_ms: 5 } }));
  assert.deepEqual(['', 'on web-2, clock not measured, ended'], notes());
});

/** A visit by the first browser of a process. @param {string} user @param {number} [app] */
function aVisit(user, app = 1) {
  return new Script().request(1, app).open(1, app + 1, { origin: 'cookie', browser: 1, items: [['user', aValue(user)]] })
    .save(1, app + 1, { browser: 1 }).endRequest(1, app).rows;
}

test('the first browser of each process has a river of its own, named with its process', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(aProcess({ last: 6, process: { pid: 77, name: 'worker', host: 'web-1' } }));
  store.append(aProcess({ run: 'dddddddddddddddd', last: 6, process: { pid: 78, name: 'worker', host: 'web-1' } }));
  store.append(theirs(aVisit("'ada'")));
  store.append(theirs(aVisit("'bob'"), 'dddddddddddddddd'));
  store.append(someEvents(aVisit("'eve'")));
  const model = new TimelineModel(store);
  model.advance();
  const { all } = model.rivers;

  assert.deepEqual([["user = 'ada'"], ["user = 'bob'"], ["user = 'eve'"]], all.map(({ states }) => [...new Set(states.flatMap(({ items }) => items))]));
  assert.deepEqual([[1, RUN_STRIDE], [1, 2 * RUN_STRIDE], [1, null]], all.map(({ browser, process }) => [browser, process]));
  const scene = layOut({
    store, model, scale: new StepScale(20, model.folds), hasOverview: false, measure: (text) => text.length * 6,
    view: { width: 1_000, height: 600, scrollX: 0, scrollY: 0 },
  });
  assert.deepEqual([['Session 1', 'in worker 77'], ['Session 1', 'in worker 78'], ['Session 1', 'in flaskscope run 1']], scene.rivers.map(({ name, sub }) => [name, sub]));
  const hit = { area: 'rivers', river: 1, step: 17, mark: null, box: null };
  assert.deepEqual(['The cookie of browser 1, as worker 78 knows it', "user = 'bob'"], explain(store, model, scene, /** @type {any} */ (hit)));
});

test('a restart of the server leaves the rivers of other processes as they are, and goes on with its own', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(aProcess({ last: 6 }));
  store.append(theirs(aVisit("'ada'")));
  store.append(someEvents(aVisit("'eve'")));
  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  store.append(someEvents(aVisit("'eve'")));
  const model = new TimelineModel(store);
  model.advance();

  assert.deepEqual([RUN_STRIDE, null], model.rivers.all.map(({ process }) => process));
  assert.deepEqual([false, true], model.rivers.all.map(({ states }) => states.some(({ from }) => from === 12)));
});
