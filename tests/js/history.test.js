import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { contextAt, lastPopOf, stateAt } from '../../static/js/history.js';
import { Script, aHello, aLoss, aValue, someEvents } from './recording.js';

/** What the test compares. @param {EventStore} store @param {number} step */
function plainState(store, step) {
  return stateAt(store, step).lanes.map(({ lane, stack, sees }) => ({
    lane,
    sees,
    stack: stack.map((context) => ({
      id: context.id,
      g: [...context.g].map(([name, value]) => `${name}=${value.text}`).sort(),
      session: context.session === null ? null : {
        items: [...context.session.items].map(([key, value]) => `${key}=${value.text}`),
        pending: context.session.pending,
      },
      abandoned: context.abandoned,
      popped: context.poppedAt,
    })),
  }));
}

/** The same, worked out anew from the first event: slow and plain. @param {EventStore} store @param {number} step */
function replayed(store, step) {
  /** @type {Map<number, any>} */
  const lanes = new Map();
  /** @type {Map<number, any>} */
  const contexts = new Map();
  for (let index = 0; index <= step; index += 1) {
    const event = store.at(index);
    if (!lanes.has(event.lane)) lanes.set(event.lane, { lane: event.lane, sees: { g: null, request: null }, stack: [] });
    const lane = lanes.get(event.lane);
    const context = contexts.get(event.context ?? -1);
    if (event.kind === 'context.pushed') {
      const made = contexts.get(event.context) ?? { id: event.context, g: new Map(), session: null, abandoned: false, popped: null };
      contexts.set(event.context, made);
      lane.stack.push(made);
      lane.sees = event.about.sees;
    } else if (event.kind === 'context.popped') {
      lane.stack = event.pushes === 0
        ? lane.stack.filter((/** @type {any} */ other) => other !== context)
        : lane.stack.filter((/** @type {any} */ other, /** @type {number} */ i) => i !== lane.stack.lastIndexOf(context));
      lane.sees = event.sees;
    } else if (event.kind === 'context.abandoned') {
      context.abandoned = true;
      lane.sees = { g: null, request: null };
    } else if (event.kind === 'g.set') context.g.set(event.name, event.value.text);
    else if (event.kind === 'g.deleted') context.g.delete(event.name);
    else if (event.kind === 'session.opened') {
      context.session = { items: new Map(event.items.map(({ key, value }) => [key, value.text])), pending: false };
    } else if (event.kind === 'session.changed') {
      context.session.items.set(event.key, event.value.text);
      context.session.pending = true;
    } else if (event.kind === 'session.saved') context.session.pending = false;
  }
  return [...lanes.values()].map(({ lane, sees, stack }) => ({
    lane,
    sees,
    stack: stack.map((/** @type {any} */ context) => ({
      id: context.id,
      g: [...context.g].map(([name, text]) => `${name}=${text}`).sort(),
      session: context.session && { items: [...context.session.items].map(([key, text]) => `${key}=${text}`), pending: context.session.pending },
      abandoned: context.abandoned,
      popped: null,
    })),
  }));
}

/** Many requests on four lanes, woven into each other, with contexts nested by hand. @param {number} seed @param {number} count */
function wovenScript(seed, count) {
  let state = seed;
  const random = (/** @type {number} */ below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const script = new Script();
  let next = 1;
  /** @type {number[][]} The stack of app contexts of each lane. */
  const stacks = [[], [], [], []];
  for (let i = 0; i < count; i += 1) {
    const lane = random(4);
    const stack = stacks[lane];
    const top = stack[stack.length - 1];
    const action = random(10);
    if (stack.length === 0 || (action === 0 && stack.length < 4)) {
      stack.push(next);
      script.push(lane + 1, next, { how: 'by hand' });
      if (random(2) === 0) script.open(lane + 1, next, { items: [['visits', aValue('1', 'int')]] });
      next += 1;
    } else if (action < 3) {
      stack.pop();
      script.pop(lane + 1, top, { sees: [stack[stack.length - 1] ?? null, null] });
    } else if (action < 6) script.set(lane + 1, top, `n${random(3)}`, String(i));
    else if (action === 6) script.add('g.deleted', lane + 1, top, `n${random(3)}`);
    else if (action === 7 && script.rows.some((row) => row[2] === 'session.opened' && row[4] === top)) {
      script.add('session.changed', lane + 1, top, 'visits', aValue(String(i), 'int'));
    } else script.add('request.started', lane + 1, top, 'GET', '/');
  }
  return script;
}

test('the state at a thousand steps taken at random is that of a replay from the start', () => {
  const store = wovenScript(42, 1_500).store();
  let state = 7;
  for (let i = 0; i < 1_000; i += 1) {
    state = (state * 48_271) % 2_147_483_647;
    const step = (state % (store.size + 1)) - 1;

    assert.deepEqual(plainState(store, step), replayed(store, step), `at step ${step}`);
  }
});

test('the state is the same whether events came at once or one by one', () => {
  const script = wovenScript(3, 200);
  const atOnce = script.store();
  const oneByOne = new EventStore();
  oneByOne.append(aHello());
  for (const row of script.rows) {
    oneByOne.append(someEvents([row]));
    stateAt(oneByOne, oneByOne.size - 1);
  }

  assert.deepEqual(plainState(atOnce, 150), plainState(oneByOne, 150));
});

test('asking about one step among a hundred thousand reads a handful of events, not all', () => {
  const script = new Script();
  for (let i = 0; i < 12_500; i += 1) {
    const id = 1 + i * 2;
    script.request(1, id).set(1, id, 'a', '1').set(1, id, 'b', '2').open(1, id + 1).save(1, id + 1).endRequest(1, id);
  }
  const store = script.store();
  stateAt(store, 0);
  let reads = 0;
  const { at } = EventStore.prototype;
  EventStore.prototype.at = function counted(index) {
    reads += 1;
    return at.call(this, index);
  };
  try {
    for (let step = 60_000; step < 60_100; step += 1) {
      for (const context of stateAt(store, step).contexts.values()) assert.ok([context.g, context.session].length);
    }
  } finally {
    EventStore.prototype.at = at;
  }

  assert.equal(100_000, store.size);
  assert.ok(reads < 100 * 10, `${reads} events were read for 100 steps`);
});

test('a context pushed by hand hides the one beneath until it is popped', () => {
  const store = new Script().request(1, 1).set(1, 1, 'user', "'ada'")
    .push(1, 3, { how: 'by hand', sees: [3, 2] }).pop(1, 3, { sees: [1, 2] }).store();

  assert.equal(3, contextIn(store, 3, 1).hiddenBy);
  assert.equal(null, contextIn(store, 3, 2).hiddenBy);
  assert.equal(null, contextIn(store, 4, 1).hiddenBy);
  assert.deepEqual(["'ada'"], [...contextIn(store, 3, 1).g.values()].map(({ text }) => text));
});

test('on the merged stack a context by hand hides the request beneath it', () => {
  const store = new Script().push(1, 1, { type: 'both', sees: [1, 1], path: '/', method: 'GET' })
    .push(1, 2, { how: 'by hand', sees: [2, null] }).store();

  assert.equal(2, contextIn(store, 1, 1).hiddenBy);
});

test('a context that is pushed twice stays until it is popped twice', () => {
  const store = new Script().push(1, 1).push(1, 1, { pushes: 2 }).pop(1, 1, { pushes: 1, sees: [1, null] }).pop(1, 1).store();

  assert.deepEqual([1, 2, 1, 0], [0, 1, 2, 3].map((step) => stateAt(store, step).lanes[0].stack.length));
});

test('a context that comes back after its pop is pushed again, with what its g held', () => {
  const store = new Script().push(1, 1).set(1, 1, 'a', '1').pop(1, 1).push(1, 1, { how: 'stream' }).pop(1, 1).store();

  assert.deepEqual([null, 2, null, 4], [1, 2, 3, 4].map((step) => contextAt(store, 1, step)?.poppedAt));
  assert.deepEqual(['a'], [...contextIn(store, 3, 1).g.keys()]);
});

test('a leaked context stays on its stack, and code sees nothing there any more', () => {
  const store = new Script().push(1, 1).add('context.abandoned', 1, 1).store();

  const [lane] = stateAt(store, 1).lanes;

  assert.equal(true, lane.stack[0].abandoned);
  assert.deepEqual({ g: null, request: null }, lane.sees);
  assert.equal(false, stateAt(store, 0).lanes[0].stack[0].abandoned);
});

test('a context popped by another thread leaves the stack that it was on', () => {
  const store = new Script().push(1, 1).pop(2, 1).store();

  assert.deepEqual([], stateAt(store, 1).lanes.flatMap(({ stack }) => stack));
});

test('names that g held at the push are there before anything is set', () => {
  const store = new Script().push(1, 1, { g: [['old', aValue("'x'")]] }).add('g.deleted', 1, 1, 'old').store();

  assert.deepEqual(['old'], [...contextIn(store, 0, 1).g.keys()]);
  assert.deepEqual([], [...contextIn(store, 1, 1).g.keys()]);
});

test('a write to the session is pending until it is offered for saving', () => {
  const store = new Script().request(1, 1).open(1, 2).add('session.changed', 1, 2, 'visits', aValue('1', 'int')).save(1, 2).store();

  assert.deepEqual([false, true, false], [2, 3, 4].map((step) => contextIn(store, step, 2).session?.pending));
  assert.equal(true, contextIn(store, 4, 2).session?.saved?.written);
  assert.equal(null, contextIn(store, 1, 2).session);
});

test('contexts that were pushed before what is kept are on their stacks from the start', () => {
  const store = new Script().set(1, 9, 'a', '1').store({
    contexts: [{ id: 9, type: 'app', how: 'by hand', app: 'shop', thread: 'Thread-1', pushes: 1, sees: [9, null], g: [['job', aValue('1')]] }],
  });

  assert.deepEqual([9], stateAt(store, -1).lanes[0].stack.map(({ id }) => id));
  assert.deepEqual(['job', 'a'], [...contextIn(store, 0, 9).g.keys()]);
});

test('after lost events a stack is not known until a push or pop tells', () => {
  const store = new EventStore();
  const rows = new Script().push(1, 1).set(1, 1, 'a', '1').pop(1, 1).push(1, 2).rows;
  store.append(aHello());
  store.append(someEvents(rows.slice(0, 1)));
  store.append(aLoss({ from: 2, to: 3, count: 2 }));

  assert.deepEqual([], stateAt(store, 1).lanes[0].stack);
  assert.equal(false, stateAt(store, 1).lanes[0].known);

  store.append(someEvents(rows.slice(3)));

  assert.deepEqual([2], stateAt(store, 1).lanes[0].stack.map(({ id }) => id));
  assert.equal(true, stateAt(store, 1).lanes[0].known);
});

test('what code sees proves which contexts are still pushed after a loss', () => {
  const store = new EventStore();
  const rows = new Script().push(1, 1).set(1, 1, 'a', '1').push(1, 2, { sees: [2, null] }).pop(1, 2, { sees: [1, null] }).rows;
  store.append(aHello());
  store.append(someEvents(rows.slice(0, 1)));
  store.append(aLoss({ from: 2, to: 2, count: 1 }));
  store.append(someEvents(rows.slice(2)));

  assert.deepEqual([1], stateAt(store, 2).lanes[0].stack.map(({ id }) => id));
});

test('a restarted server begins with empty stacks', () => {
  const store = new Script().push(1, 1).store();
  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  store.append(someEvents(new Script().push(1, 1).rows));

  assert.equal(1, stateAt(store, 1).lanes.length);
  assert.equal(1, stateAt(store, 1).lanes[0].stack.length);
  assert.equal(1, stateAt(store, 0).lanes[0].stack.length);
});

test('a context is known after its pop, and not before its push', () => {
  const store = new Script().set(2, 8, 'x', '1').push(1, 1).set(1, 1, 'a', '1').pop(1, 1).store();

  assert.equal(null, contextAt(store, 1, 0));
  assert.equal(3, contextAt(store, 1, 3)?.poppedAt);
  assert.equal(null, contextAt(store, 1, 2)?.poppedAt);
  assert.deepEqual([2], contextAt(store, 1, 3)?.gHistory);
});

test('the last pop before a step is found, as it was', () => {
  const store = new Script().push(1, 1).set(1, 1, 'a', '1').pop(1, 1).push(1, 2).store();

  const popped = lastPopOf(store, 3, (context) => context.ownsG);

  assert.equal(1, popped?.id);
  assert.deepEqual(['a'], [...(popped?.g.keys() ?? [])]);
  assert.equal(null, lastPopOf(store, 2, () => true));
});

test('g with very many changes is told like one with few', () => {
  const script = new Script().push(1, 1, { g: [['first', aValue('0')]] });
  for (let i = 0; i < 300; i += 1) {
    if (i % 7 === 6) script.add('g.deleted', 1, 1, `name${i % 5}`);
    else script.set(1, 1, `name${i % 5}`, String(i));
  }
  const store = script.store();

  /** @type {Map<string, string | null>} */
  const expected = new Map([['first', '0']]);
  for (let step = 1; step < store.size; step += 1) {
    const event = store.at(step);
    if (event.kind === 'g.set') expected.set(event.name, event.value.text);
    if (event.kind === 'g.deleted') expected.set(event.name, null);
    const found = [...contextIn(store, step, 1).g].map(([name, value]) => [name, value.text]);
    assert.deepEqual([...expected].filter(([, text]) => text !== null), found, `at step ${step}`);
  }
});

test('a stack that never empties is told at every step, though not every version of it is kept', () => {
  const script = new Script().push(1, 1);
  /** @type {number[][]} */
  const expected = [[1]];
  for (let i = 0; i < 40; i += 1) {
    script.push(1, 2 + i);
    expected.push([1, 2 + i]);
    script.pop(1, 2 + i, { sees: [1, null] });
    expected.push([1]);
  }
  const store = script.store();

  expected.forEach((ids, step) => assert.deepEqual(ids, stateAt(store, step).lanes[0].stack.map(({ id }) => id), `at step ${step}`));
});

/** @param {EventStore} store @param {number} step @param {number} id */
function contextIn(store, step, id) {
  const context = stateAt(store, step).contexts.get(id);
  assert.ok(context, `#${id} is not pushed at step ${step}`);
  return context;
}
