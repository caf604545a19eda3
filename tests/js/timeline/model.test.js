import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';

/** @param {Recording} recording */
function modelOf(recording) {
  const model = new TimelineModel(recording.send());
  model.advance();
  return model;
}

/** @param {TimelineModel} model @param {number} lane */
function barsOf(model, lane) {
  return model.bars.lane(lane).barsIn(0, model.size);
}

test('the request context lies in the app context that was pushed for it', () => {
  const recording = new Recording();
  const { app, request } = recording.visit(1, 1);

  const [outer, inner] = barsOf(modelOf(recording), 1);

  assert.deepEqual([outer.context, inner.context], [app, request]);
  assert.equal(inner.parent, outer);
  assert.deepEqual([outer.depth, inner.depth], [0, 1]);
  assert.ok(outer.start < inner.start && inner.end < outer.end);
});

test('two requests at once have a lane each and do not nest', () => {
  const recording = new Recording();
  const first = recording.openRequest(1, '/a');
  const second = recording.openRequest(2, '/b');
  recording.closeRequest(1, first.request).closeRequest(2, second.request);

  const model = modelOf(recording);

  assert.deepEqual(barsOf(model, 1).map((bar) => bar.depth), [0, 1]);
  assert.deepEqual(barsOf(model, 2).map((bar) => bar.depth), [0, 1]);
  assert.deepEqual(barsOf(model, 2).map((bar) => bar.fate), ['popped', 'popped']);
});

test('only what touches the range is found, a bar around all of it too', () => {
  const recording = new Recording();
  const around = recording.push(1, { how: 'by hand' });
  for (let i = 0; i < 50; i += 1) {
    recording.push(1);
    recording.pop(1);
  }
  recording.pop(1);

  const found = modelOf(recording).bars.lane(1).barsIn(51, 52);

  assert.deepEqual(found.map((bar) => bar.context), [around, 27]);
});

test('g begins empty at every push, and is empty again when its last name is deleted', () => {
  const recording = new Recording();
  const first = recording.push(1);
  recording.setG(1, first, 'user', "'ada'").event('g.deleted', 1, first, 'user');
  recording.pop(1);
  recording.push(1);
  recording.pop(1);

  const [one, two] = barsOf(modelOf(recording), 1);

  assert.deepEqual(one.g, [
    { from: 0, name: '', text: '', size: 0 },
    { from: 1, name: 'user', text: "'ada'", size: 1 },
    { from: 2, name: '', text: '', size: 0 },
  ]);
  assert.deepEqual(two.g, [{ from: 4, name: '', text: '', size: 0 }]);
});

test('a request that reuses an app context has no g of its own', () => {
  const recording = new Recording();
  const app = recording.push(1, { how: 'by hand' });
  recording.setG(1, app, 'outer', "'set'");
  recording.push(1, { type: 'request', method: 'GET', path: '/', reused: app, sees: [app, 2] });
  recording.setG(1, app, 'user', "'ada'");

  const [outer, request] = barsOf(modelOf(recording), 1);

  assert.deepEqual(request.g, []);
  assert.deepEqual(outer.g.at(-1), { from: 3, name: 'user', text: "'ada'", size: 2 });
});

test('a context that comes with names in its g does not begin empty', () => {
  const recording = new Recording();
  recording.push(1, { type: 'both', g: [['user', ["'ada'", 'str', 3, 0]]] });

  const [bar] = barsOf(modelOf(recording), 1);

  assert.deepEqual(bar.g, [{ from: 0, name: 'user', text: "'ada'", size: 1 }]);
});

test('a context pushed twice is one bar until its last pop', () => {
  const recording = new Recording();
  const id = recording.push(1);
  recording.push(1, { id, pushes: 2 });
  recording.event('context.popped', 1, id, 1, null, null, 1, [id, null]);
  recording.event('context.popped', 1, id, 1, null, null, 0, [null, null]);

  const bars = barsOf(modelOf(recording), 1);

  assert.equal(bars.length, 1);
  assert.deepEqual([bars[0].start, bars[0].end], [0, 3]);
});

test('contexts popped out of order do not overlap what comes later', () => {
  const recording = new Recording();
  const below = recording.push(1);
  const above = recording.push(1);
  recording.event('context.popped', 1, below, 1, null, null, 0, [above, null]);
  recording.push(1);

  const [, second, third] = barsOf(modelOf(recording), 1);

  assert.equal(second.context, above);
  assert.equal(third.depth, 2);
});

test('an abandoned context has no end and no longer counts as pushed', () => {
  const recording = new Recording();
  const id = recording.push(1, { how: 'by hand' });
  recording.event('context.abandoned', 1, id);

  const model = modelOf(recording);
  const [bar] = barsOf(model, 1);

  assert.equal(bar.fate, 'abandoned');
  assert.equal(bar.end, Infinity);
  assert.equal(model.bars.openCount, 0);
  assert.equal(model.problemsIn(0, model.size), 1);
});

test('a restart ends what was pushed, and is a divider', () => {
  const recording = new Recording();
  recording.openRequest(1, '/slow');
  recording.start('b').visit(1, 1);

  const model = modelOf(recording);

  assert.deepEqual(model.folds.all.map(({ before, kind }) => ({ before, kind })), [{ before: 5, kind: 'restart' }]);
  assert.deepEqual(barsOf(model, 1).map((bar) => bar.fate), ['cut', 'cut']);
  assert.ok(barsOf(model, 1).every((bar) => bar.end < 5));
});

test('lost events are a divider that says how many', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  const before = recording.send().size;
  recording.lose(312).visit(1, 2);

  const { folds } = modelOf(recording);

  assert.deepEqual(folds.all, [{ before, kind: 'lost', text: '312 events lost', width: 52 }]);
});

test('a context that is still pushed after a loss is drawn again when it is heard of', () => {
  const recording = new Recording();
  const id = recording.push(1, { how: 'by hand' });
  recording.setG(1, id, 'a', '1').lose(5).setG(1, id, 'b', '2');
  recording.pop(1);

  const bars = barsOf(modelOf(recording), 1);

  assert.deepEqual(bars.map((bar) => [bar.context, bar.fate, bar.startKnown]), [
    [id, 'cut', true],
    [id, 'popped', false],
  ]);
});

test('idle time is folded when nothing is pushed, and kept when something is', () => {
  const recording = new Recording();
  recording.push(1);
  recording.wait(500_000);
  recording.pop(1);
  recording.wait(1_800_000);
  recording.push(1);

  const { folds } = modelOf(recording);

  assert.deepEqual(folds.all.map(({ before, text }) => ({ before, text })), [{ before: 2, text: '1.8 s idle, hidden' }]);
});

test('the river rises with each save that wrote the cookie, and with no other', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  const { request } = recording.openRequest(1, '/counter', { cookie: 1, browser: 1 });
  recording.changeSession(1, request, 'visits', '2').saveSession(1, request, 1, false);
  recording.closeRequest(1, request).visit(1, 2);

  const [river] = modelOf(recording).rivers.all;

  assert.deepEqual(river.states.map(({ kind, items }) => [kind, ...items]), [
    ['none'],
    ['holds', 'visits = 1'],
    ['holds', 'visits = 2'],
  ]);
});

test('a cookie that comes with the first request was there before it', () => {
  const recording = new Recording();
  recording.visit(1, 5);

  const [river] = modelOf(recording).rivers.all;

  assert.deepEqual([river.states[0].from, river.states[0].kind, ...river.states[0].items], [0, 'holds', 'visits = 4']);
});

test('two browsers have a river each', () => {
  const recording = new Recording();
  recording.visit(1, 1, 1);
  recording.visit(2, 7, 2);

  const { rivers } = modelOf(recording);

  assert.deepEqual(rivers.all.map((river) => river.browser), [1, 2]);
  assert.deepEqual(rivers.all.map((river) => river.states.at(-1)?.items), [['visits = 1'], ['visits = 7']]);
});

test('looking at the events batch by batch gives what looking at them at once gives', () => {
  const recording = new Recording();
  const model = new TimelineModel(recording.store);
  for (let i = 1; i <= 20; i += 1) {
    recording.visit(1 + (i % 3), i);
    recording.send();
    model.advance();
  }
  const atOnce = modelOf(recording);

  assert.equal(model.size, atOnce.size);
  for (const lane of [1, 2, 3]) assert.deepEqual(barsOf(model, lane), barsOf(atOnce, lane));
  assert.deepEqual(model.rivers.all, atOnce.rivers.all);
});

test('one problem among many events is counted at its place only', () => {
  const recording = new Recording();
  for (let i = 0; i < 700; i += 1) {
    recording.push(1);
    if (i === 500) recording.event('exception', 1, i + 1, 'KeyError', "'x'");
    recording.pop(1);
  }

  const model = modelOf(recording);

  assert.equal(model.problemsIn(0, 1001), 0);
  assert.equal(model.problemsIn(1001, 1002), 1);
  assert.equal(model.problemsIn(1002, model.size), 0);
});
