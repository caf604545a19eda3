/** What went wrong, and where the recording broke off, stays in sight whatever the view. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { paintScene } from '../../../static/js/timeline/painter.js';
import { DARK } from '../../../static/js/timeline/palette.js';
import { StepScale } from '../../../static/js/timeline/scale.js';
import { TimeScale } from '../../../static/js/timeline/time-scale.js';
import { measure, recordingContext } from './recording-context.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

/** @param {import('../../../static/js/timeline/scene.js').Scene} scene */
function paintedIn(scene) {
  const { brush, log } = recordingContext();
  paintScene(brush, scene, DARK, measure);
  return log;
}

/** @param {Recording} recording @param {(model: TimelineModel) => StepScale | TimeScale} scaleOf */
function sceneBy(recording, scaleOf) {
  const store = recording.send();
  const model = new TimelineModel(store);
  model.advance();
  const view = { width: 1000, height: 600, scrollX: 0, scrollY: 0 };
  return layOut({ store, model, scale: scaleOf(model), view, hasOverview: false, measure });
}

/** @param {TimelineModel} model */
const wholeTime = (model) => new TimeScale(800 / model.timeOf(model.size - 1), model);

test('a failure on a lane below the edge hangs from the axis in red, at every zoom', () => {
  const recording = new Recording();
  const { request } = recording.openRequest(9, '/boom');
  recording.event('exception', 9, request, 'KeyError', "'x'");
  recording.closeRequest(9, request, 500);
  for (let lane = 1; lane <= 8; lane += 1) recording.visit(lane, lane);

  for (const column of [10, 2, 0.2]) {
    const scene = sceneOf(recording, { height: 180, scrollY: 120, column });
    const [tick] = scene.problems;
    const drawn = paintedIn(scene).filter(({ name, args, style }) => name === 'fillRect' && args[0] === tick?.x && style.fillStyle === DARK.error);

    assert.equal(scene.problems.length, 1, `column ${column}`);
    assert.deepEqual(drawn.map(({ args }) => args[1]), [scene.areas.axis], `column ${column}`);
    assert.ok(scene.lanes[0].y + scene.lanes[0].height < scene.areas.lanesTop);
  }
});

test('a thousand failures are no more ticks than there are pixels', () => {
  const recording = new Recording();
  for (let i = 0; i < 5_000; i += 1) recording.event('access.failed', 1, null, 'g', 'Working outside of application context.', false, 'app');

  const { problems } = sceneOf(recording, { column: 0.1 });

  assert.ok(problems.length > 0 && problems.length < 1_000, `${problems.length} ticks`);
});

test('leaks on lanes that are counted instead of drawn are said to be never popped', () => {
  const recording = new Recording();
  const leaks = [1, 2, 3, 4, 5].map((lane) => [lane, recording.push(lane, { how: 'by hand' })]);
  for (const [lane, id] of leaks) recording.event('context.abandoned', lane, id);
  const busy = recording.push(6, { how: 'by hand' });
  for (let i = 0; i < 60; i += 1) recording.setG(6, busy, 'a', String(i));

  const scene = sceneOf(recording, { scrollX: 900, height: 900 });
  const log = paintedIn(scene);

  assert.equal(scene.boxes.filter(({ leaked }) => leaked).length + (scene.idleLanes?.leaked ?? 0), 5);
  assert.match(scene.idleLanes?.text ?? '', /^3 other threads/);
  assert.deepEqual(log.filter(({ name, args }) => name === 'fillText' && args[0] === '3 never popped').map(({ style }) => style.fillStyle), [DARK.error]);
});

test('of more folds than can be seen the restarts and losses are drawn', () => {
  const recording = new Recording();
  for (let i = 1; i <= 70; i += 1) {
    recording.wait(500_000).push(1, { how: 'by hand' });
    recording.pop(1);
    if (i === 30) recording.lose(9);
    if (i === 50) recording.start('b');
  }

  for (const column of [1, 0.2]) {
    const { folds, areas } = sceneOf(recording, { column });

    assert.deepEqual(folds.map(({ kind, text }) => [kind, text]), [['lost', '9 events lost'], ['restart', 'server restarted']]);
    assert.ok(folds.every(({ x, width }) => x > areas.left && x + width < areas.width));
  }
});

test('a thousand losses are no more dividers than can be told apart', () => {
  const recording = new Recording();
  for (let i = 1; i <= 1_000; i += 1) {
    recording.visit(1, i);
    recording.lose(1);
  }

  const { folds } = sceneOf(recording, { column: 0.1 });

  assert.ok(folds.length > 20 && folds.length < 200, `${folds.length} dividers`);
});

test('on the time axis a restart and a loss are dividers where what was pushed is cut, and idle time is none', () => {
  const recording = new Recording();
  recording.openRequest(1, '/slow');
  recording.wait(400_000).visit(2, 1);
  recording.wait(900_000).lose(9).visit(2, 2);
  recording.start('b').visit(1, 1);

  const scene = sceneBy(recording, wholeTime);
  const [lost, restart] = scene.folds;
  const cut = scene.boxes.filter(({ bar }) => bar.fate === 'cut').map(({ right }) => right);

  assert.deepEqual(scene.folds.map(({ kind }) => kind), ['lost', 'restart']);
  assert.ok(cut.length > 0 && cut.every((right) => [lost, restart].some(({ x, width }) => right >= x && right <= x + width)), String(cut));
  assert.ok(lost.x > scene.areas.left + 400 && lost.width === 30);
  assert.ok(paintedIn(scene).some(({ name, args }) => name === 'fillText' && args[0] === '9 events lost'));
});
