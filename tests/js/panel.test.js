/** What the panel at the right shows: columns, what code sees, what lasts, problems. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stateAt } from '../../static/js/history.js';
import { lanesToShow } from '../../static/js/lanes-shown.js';
import { LastingModel } from '../../static/js/lasting/model.js';
import { LegendModel } from '../../static/js/legend/model.js';
import { plainText } from '../../static/js/phrases.js';
import { ProblemsModel } from '../../static/js/problems/model.js';
import { SIGNS } from '../../static/js/signs.js';
import { whatCodeSees, whatNobodySees } from '../../static/js/sees/model.js';
import { Script, aHello, aLoss, aValue, someEvents } from './recording.js';

/** @import { EventStore } from '../../static/js/event-store.js' */

/** Rows of "What code sees" as text. @param {EventStore} store @param {number} [step] */
function seen(store, step = store.size - 1) {
  const rows = whatCodeSees(store, stateAt(store, step).lanes, step);
  return Object.fromEntries(rows.map(({ name, cells }) => [name, cells.map(({ text, note }) => (note === null ? text : `${text}, ${note}`))]));
}

test('two threads see two g, and neither that of the other', () => {
  const store = new Script().request(1, 1).set(1, 1, 'user', "'ada'").push(2, 3).set(2, 3, 'task', "'sum'").store();

  assert.deepEqual({
    'g.user': ["'ada'", 'AttributeError'],
    'g.task': ['AttributeError', "'sum'"],
    request: ['GET /cart', 'RuntimeError'],
    session: ['not opened yet', 'RuntimeError'],
    current_app: ['shop', 'shop'],
  }, seen(store));
});

test('a nested context is what code sees, not the one beneath', () => {
  const store = new Script().request(1, 1).set(1, 1, 'user', "'ada'").push(1, 3, { how: 'by hand', sees: [3, 2] }).store();

  assert.deepEqual(['{ }'], seen(store).g);
  assert.deepEqual(['GET /cart'], seen(store).request);
});

test('a session that was written to is not saved yet', () => {
  const store = new Script().request(1, 1).open(1, 2).add('session.changed', 1, 2, 'visits', aValue('1', 'int')).save(1, 2).store();

  assert.deepEqual(['{ }'], seen(store, 2).session);
  assert.deepEqual(['visits = 1, not saved yet'], seen(store, 3).session);
  assert.deepEqual(['visits = 1'], seen(store, 4).session);
});

test('after the pop everything raises, and after lost events nothing is claimed', () => {
  const store = new Script().push(1, 1).pop(1, 1).push(1, 2).store();
  assert.deepEqual([['RuntimeError']], [...new Set(Object.values(seen(store, 1)).map(String))].map((text) => [text]));

  store.append(aLoss({ from: 4, to: 9, count: 6 }));

  assert.deepEqual(['not known'], seen(store, 3).request);
});

test('before anything happened the four names raise', () => {
  assert.deepEqual(['g', 'request', 'session', 'current_app'], whatNobodySees().map(({ name }) => name));
});

test('the lane of the event has a column, then those with a context; one may stand empty beside them', () => {
  const store = new Script().push(1, 1).push(2, 2).push(3, 3).push(4, 4).pop(4, 4).store();
  const state = stateAt(store, 4);

  const { shown, hidden } = lanesToShow(state, 4, 4);

  assert.deepEqual([2, 3, 4], shown.map(({ lane }) => lane));
  assert.equal(1, hidden);
});

test('a lane that was idle for long has no column', () => {
  const script = new Script().push(1, 1).pop(1, 1);
  for (let i = 0; i < 60; i += 1) script.set(2, 9, 'a', String(i));
  const store = script.store();

  assert.deepEqual([2], lanesToShow(stateAt(store, 61), 61, 2).shown.map(({ lane }) => lane));
  assert.deepEqual([1, 2], lanesToShow(stateAt(store, 10), 10, 2).shown.map(({ lane }) => lane));
});

/** Three requests of one browser, the last one still open. */
function threeVisits() {
  return new Script()
    .request(1, 1, { fired: 'me-1' }).open(1, 2).add('session.changed', 1, 2, 'visits', aValue('1', 'int')).save(1, 2).endRequest(1, 1)
    .request(1, 3, { fired: 'me-2' }).open(1, 4, { origin: 'cookie', items: [['visits', aValue('1', 'int')]], browser: 1 })
    .add('session.changed', 1, 4, 'visits', aValue('2', 'int')).save(1, 4).endRequest(1, 3)
    .request(1, 5, { fired: 'me-3' }).open(1, 6, { origin: 'cookie', items: [['visits', aValue('2', 'int')]], browser: 1 })
    .add('session.changed', 1, 6, 'visits', aValue('3', 'int'));
}

test('g is empty at each push, and the session goes on', () => {
  const store = threeVisits().store();

  const lasting = new LastingModel(store, (fired) => fired?.startsWith('me-') ?? false).at(store.size - 1);

  assert.deepEqual([true, true, true], lasting.pushes.map(({ empty }) => empty));
  assert.deepEqual([3, 3], [lasting.pushCount, lasting.emptyCount]);
  assert.deepEqual([true, 'visits'], [lasting.own, lasting.key]);
  assert.deepEqual(['–', '1', '2', '3?'], lasting.values.map(({ text }) => text));
  assert.deepEqual(['none', 'saved', 'saved', 'pending'], lasting.values.map(({ kind }) => kind));
});

test('at an earlier step it is as it was then', () => {
  const store = threeVisits().store();
  const model = new LastingModel(store, () => true);

  assert.deepEqual(['–', '1?'], model.at(3).values.map(({ text }) => text));
  assert.deepEqual(['–', '1'], model.at(4).values.map(({ text }) => text));
  assert.deepEqual([], model.at(1).values);
});

test('the session shown is that of this browser, also while others come', () => {
  const store = threeVisits()
    .request(2, 7).open(2, 8, { origin: 'cookie', items: [['visits', aValue('99', 'int')]], browser: 2 })
    .add('session.changed', 2, 8, 'visits', aValue('100', 'int')).save(2, 8, { browser: 2 }).store();

  const lasting = new LastingModel(store, (fired) => fired !== undefined).at(store.size - 1);

  assert.deepEqual(['–', '1', '2', '3?'], lasting.values.map(({ text }) => text));
});

test('the session of this browser goes on after a restart of the server', () => {
  const store = threeVisits().store();
  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  store.append(someEvents(new Script().request(1, 1, { fired: 'me-4' })
    .open(1, 2, { origin: 'cookie', items: [['visits', aValue('2', 'int')]], browser: 1 })
    .add('session.changed', 1, 2, 'visits', aValue('3', 'int')).save(1, 2).rows));

  const lasting = new LastingModel(store, (fired) => fired?.startsWith('me-') ?? false).at(store.size - 1);

  assert.deepEqual(['–', '1', '2', '3'], lasting.values.map(({ text }) => text));
});

test('a g that was not empty at its push is not called empty', () => {
  const store = new Script().push(1, 1, { g: [['a', aValue('1')]] }).push(1, 2).store();

  const lasting = new LastingModel(store, () => false).at(1);

  assert.deepEqual([false, true], lasting.pushes.map(({ empty }) => empty));
  assert.equal(1, lasting.emptyCount);
});

test('problems are found as they come, each with its step', () => {
  const script = new Script().request(1, 1).add('exception', 1, 2, 'ZeroDivisionError', 'division by zero').from()
    .pop(1, 2, { unhandled: ['ZeroDivisionError', ''] })
    .add('access.failed', 1, null, 'g', 'Working outside…', false, 'app')
    .add('teardown', 1, 1, 'close', 'app', 5, ['OSError', 'x'])
    .add('context.abandoned', 1, 1);
  const store = script.store();
  const model = new ProblemsModel(store);

  const problems = model.all();

  assert.deepEqual(
    [[2, 'ZeroDivisionError in GET /cart'], [4, 'g used outside of an app context'], [5, 'Teardown close raised OSError'], [6, 'Context #1 was never popped']],
    problems.map((problem) => [problem.index, plainText(model.told(problem).title)]),
  );
  assert.equal('division by zero Thread-1, views.py:12, step 3', plainText(model.told(problems[0]).detail));

  store.append(aLoss({ from: 8, to: 9, count: 2 }));
  assert.equal('2 events lost before step 8', plainText(model.told(model.all()[4]).title));
});

test('the legend has only what there is', () => {
  const store = new Script().request(1, 1).push(1, 3, { how: 'by hand' }).store();

  assert.deepEqual(['app', 'g', 'request', 'by-hand'], [...new LegendModel(store).seen()]);
});

test('the legend tells every sign, the small ones too', () => {
  const store = new Script().request(1, 1).open(1, 2).add('request.matched', 1, 2, 'cart', '/cart', null)
    .add('thread.started', 1, 2, 'mailer', null).add('teardown', 1, 2, 'close', 'request', 9, null).store();

  const seen = new LegendModel(store).seen();

  assert.deepEqual(['app', 'g', 'request', 'session', 'handling', 'thread', 'teardown'], [...seen]);
  assert.ok([...seen].every((sign) => SIGNS.some(([name]) => name === sign)));
});
