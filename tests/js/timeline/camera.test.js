import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Camera } from '../../../static/js/timeline/camera.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';

/** @param {number} visits */
function cameraOn(visits) {
  const recording = new Recording();
  for (let i = 1; i <= visits; i += 1) {
    recording.visit(1, i);
    recording.wait(300_000);
  }
  const model = new TimelineModel(recording.send());
  model.advance();
  const camera = new Camera(model);
  camera.resize(1000, false);
  camera.settle();
  return { camera, model };
}

/** @param {Camera} camera @param {number} step */
const onScreen = (camera, step) => camera.scale.toX(step) - camera.viewport.scrollX;

test('the step at the playhead keeps its place when the axis changes, there and back', () => {
  const { camera } = cameraOn(60);
  camera.viewport.scrollTo(5000, 0);
  for (const step of [150, 165]) {
    const x = onScreen(camera, step);

    camera.setAxis('time', step);
    assert.ok(Math.abs(onScreen(camera, step) - x) < 0.01);
    assert.equal(camera.axis, 'time');

    camera.setAxis('steps', step);
    assert.ok(Math.abs(onScreen(camera, step) - x) < 0.01);
  }
});

test('what is under the pointer stays there while it is zoomed, on both axes', () => {
  for (const axis of /** @type {const} */ (['steps', 'time'])) {
    const { camera } = cameraOn(60);
    camera.setAxis(axis, 100);
    camera.viewport.scrollTo(camera.scale.toX(100) - 400, 0);
    const x = onScreen(camera, 100);
    for (const factor of [1.5, 0.7, 0.5, 2]) {
      assert.ok(camera.zoomAt(x, factor));
      assert.ok(Math.abs(onScreen(camera, 100) - x) < 0.01, `${axis} ${factor}`);
    }
  }
});

test('zooming ends at everything and at a microsecond one can see', () => {
  for (const axis of /** @type {const} */ (['steps', 'time'])) {
    const { camera, model } = cameraOn(60);
    camera.setAxis(axis, 100);
    let count = 0;
    while (camera.zoomAt(500, 1.5)) assert.ok((count += 1) < 100);
    count = 0;
    while (camera.zoomAt(500, 0.5)) assert.ok((count += 1) < 100);
    assert.ok(camera.scale.width(model.size) <= 1040, `${axis}: ${camera.scale.width(model.size)}`);
  }
});

test('a context is fitted into the plot, and everything can be', () => {
  for (const axis of /** @type {const} */ (['steps', 'time'])) {
    const { camera, model } = cameraOn(60);
    camera.setAxis(axis, 0);

    camera.fit(120, 131);
    assert.ok(onScreen(camera, 120) >= 0 && onScreen(camera, 131) <= 1000 && onScreen(camera, 131) - onScreen(camera, 120) > 500);

    camera.fitAll();
    assert.ok(onScreen(camera, model.first) >= 0 && onScreen(camera, model.size - 1) <= 1040);
  }
});
