import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Viewport } from '../../../static/js/timeline/viewport.js';

function aViewport() {
  const viewport = new Viewport();
  viewport.resize({ width: 1000, height: 400, contentWidth: 5000, contentHeight: 900 });
  return viewport;
}

test('it scrolls no further than there is something to see', () => {
  const viewport = aViewport();

  viewport.scrollTo(9999, 9999);

  assert.deepEqual([viewport.scrollX, viewport.scrollY], [4000, 500]);
  assert.equal(viewport.scrollTo(99_999, 500), false);
});

test('what fits does not scroll', () => {
  const viewport = new Viewport();
  viewport.resize({ width: 1000, height: 400, contentWidth: 300, contentHeight: 100 });

  assert.equal(viewport.scrollTo(50, 50), false);
  assert.deepEqual([viewport.overflowsX, viewport.overflowsY], [false, false]);
});

test('the newest step is in view at the right end', () => {
  const viewport = aViewport();

  viewport.revealX(4990);

  assert.equal(viewport.scrollX, 4000);
});

test('a playhead that stays in the middle of the plot moves nothing', () => {
  const viewport = aViewport();
  viewport.scrollTo(1000, 0);

  assert.equal(viewport.revealX(1500), false);
  assert.equal(viewport.revealX(1900), true);
  assert.equal(viewport.scrollX, 1150);
});

test('when the lanes get fewer, none of the rest stays out of reach above', () => {
  const viewport = aViewport();
  viewport.scrollTo(0, 500);

  assert.equal(viewport.resize({ contentHeight: 450 }), true);
  assert.equal(viewport.scrollY, 50);
});

test('a lane below is scrolled to, one in view is not', () => {
  const viewport = aViewport();

  assert.equal(viewport.revealY(100, 200), false);
  assert.equal(viewport.revealY(600, 700), true);
  assert.equal(viewport.scrollY, 300);
});
