import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStore } from '../../../static/js/event-store.js';
import { RUN_STRIDE } from '../../../static/js/events.js';
import { readMessage } from '../../../static/js/protocol.js';
import { hitTest } from '../../../static/js/timeline/hit-test.js';
import { LaneOrder } from '../../../static/js/timeline/lane-order.js';
import { layOut } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { paintScene } from '../../../static/js/timeline/painter.js';
import { DARK } from '../../../static/js/timeline/palette.js';
import { StepScale } from '../../../static/js/timeline/scale.js';
import { Script, aHello, someEvents } from '../recording.js';
import { measure, recordingContext } from './recording-context.js';

/** The server with two threads, and a worker with one in which something failed. */
function twoProcesses() {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(new Script().push(1, 1).pop(1, 1).push(2, 2).pop(2, 2).rows));
  store.append(/** @type {any} */ (readMessage(JSON.stringify({
    v: 1, type: 'process', run: 'cccccccccccccccc', state: 'live', first: 1, last: 3, lanes: [[1, 'MainThread', 77]], sites: [],
    app: { name: 'shop', root: '' }, process: { pid: 77, name: 'worker', host: 'web-2' }, versions: {},
    clock: { monotonic_ns: '0', unix_ms: 0, offset_ms: 0, uncertainty_ms: 0.3 }, contexts: [], counts: {},
  }))));
  const theirs = new Script().push(1, 1).add('exception', 1, 1, 'KeyError', "'x'").pop(1, 1).rows;
  store.append(/** @type {any} */ ({ ...someEvents(theirs), run: 'cccccccccccccccc' }));
  const model = new TimelineModel(store);
  model.advance();
  return { store, model };
}

/** @param {ReturnType<typeof twoProcesses>} recording @param {LaneOrder} order @param {number} [column] */
function sceneOf({ store, model }, order, column = 30) {
  return layOut({
    store, model, order, measure, scale: new StepScale(column, model.folds), hasOverview: false,
    view: { width: 1_000, height: 600, scrollX: 0, scrollY: 0 },
  });
}

test('with two processes each has a heading above its lanes, which are named without it', () => {
  const { groups, lanes } = sceneOf(twoProcesses(), new LaneOrder());

  assert.deepEqual([['flaskscope run 1', 2], ['worker 77', 1]], groups.map(({ name, count }) => [name, count]));
  assert.deepEqual(['Thread-1', 'Thread-2', 'MainThread'], lanes.map(({ name }) => name));
  assert.ok(groups[0].y < lanes[0].y && lanes[1].y < groups[1].y && groups[1].y < lanes[2].y);
});

test('a folded process hides its lanes, but not what went wrong on them', () => {
  const recording = twoProcesses();
  const order = new LaneOrder();

  order.toggleGroup('worker 77');
  const scene = sceneOf(recording, order);
  const { brush, log } = recordingContext();
  paintScene(brush, scene, DARK, measure);

  assert.deepEqual([1, 2], scene.lanes.map(({ id }) => id));
  const [, group] = scene.groups;
  assert.deepEqual([5], group.problems.map(({ step }) => step));
  assert.ok(log.some(({ name, args }) => name === 'fillText' && args[0] === '▸ worker 77'));
  assert.equal('worker 77', hitTest(scene, 20, group.y + 5).group?.name);
  assert.equal(5, hitTest(scene, group.problems[0].x, group.y + 5).mark?.step);

  order.togglePin(1 + RUN_STRIDE);
  assert.deepEqual([1 + RUN_STRIDE, 1, 2], sceneOf(recording, order).lanes.map(({ id }) => id));
});

test('one process alone has no heading', () => {
  const store = new EventStore();
  store.append(aHello());
  store.append(someEvents(new Script().push(1, 1).pop(1, 1).push(2, 2).pop(2, 2).rows));
  const model = new TimelineModel(store);
  model.advance();

  assert.deepEqual([], sceneOf({ store, model }, new LaneOrder()).groups);
});
