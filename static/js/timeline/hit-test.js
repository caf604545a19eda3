/**
 * What is at a point of the canvas.
 *
 * @import { Box, GroupShape, LaneShape, Mark, Scene } from './scene.js'
 */

/** How far from its middle a mark is still meant. CSS pixels; with touch it is the width of a column. */
const REACH = 12;

/**
 * @typedef {object} Hit
 * @property {'overview' | 'axis' | 'lanes' | 'rivers' | 'names'} area
 * @property {number} step  The step whose column is nearest.
 * @property {Mark | null} mark
 * @property {Box | null} box  The innermost.
 * @property {LaneShape | null} lane
 * @property {GroupShape | null} group  The heading of a process.
 * @property {number} river  Its place among those shown; -1 for none.
 */

/**
 * @param {Scene} scene
 * @param {number} x  CSS pixels from the left of the canvas.
 * @param {number} y  CSS pixels from its top.
 * @returns {Hit}
 */
export function hitTest(scene, x, y) {
  const { areas } = scene;
  const step = scene.stepAt(x);
  /** @type {Hit} */
  const hit = { area: 'lanes', step, mark: null, box: null, lane: null, group: null, river: -1 };
  if (areas.overview !== null && y < areas.overview.bottom + 4) return { ...hit, area: 'overview' };
  if (y >= areas.lanesTop && y < areas.lanesBottom) {
    hit.group = scene.groups.find((group) => y >= group.y && y < group.y + group.height) ?? null;
    const wrong = hit.group?.problems.find((problem) => Math.abs(problem.x - x) < REACH);
    if (wrong !== undefined) hit.mark = { step: wrong.step, kind: 'exception', x: wrong.x, y, on: 'band', text: '', hit: false, dim: false };
  }
  if (x < areas.left) return { ...hit, area: 'names' };
  if (y < areas.lanesTop) return { ...hit, area: 'axis' };
  if (y >= areas.lanesBottom) {
    return { ...hit, area: 'rivers', river: scene.rivers.findIndex((river) => y >= river.y && y < river.bottom) };
  }

  let nearest = REACH;
  for (const mark of scene.marks) {
    if (mark.kind === 'pushed' || mark.kind === 'popped') continue;
    const distance = Math.hypot(mark.x - x, mark.y - y);
    if (distance < nearest) {
      nearest = distance;
      hit.mark = mark;
    }
  }
  for (const box of scene.boxes) {
    if (x >= box.x && x <= box.right && y >= box.y && y <= box.y + box.height) hit.box = box;
  }
  if (scene.flat !== null) {
    const wrong = scene.flat.problemAt(x, y);
    if (wrong >= 0) hit.mark = { step: wrong, kind: 'exception', x, y, on: 'band', text: '', hit: false, dim: false };
    else hit.box = scene.flat.boxAt(x, y);
  }
  hit.lane = scene.lanes.find((lane) => y >= lane.y && y < lane.y + lane.height) ?? null;
  return hit;
}
