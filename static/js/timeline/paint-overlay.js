/**
 * What lies over the base and changes more often: the playhead, the veil over what has not happened yet, and
 * what the pointer is on.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Hit } from './hit-test.js'
 * @import { Measure } from './metrics.js'
 * @import { Palette } from './palette.js'
 * @import { Scene } from './scene.js'
 */

import { paintMark } from './glyphs.js';
import { AXIS, FONT } from './metrics.js';
import { clipped } from './painter.js';
import { countText, plural } from '../units.js';

/**
 * @typedef {object} Overlay
 * @property {number} step  Where the playhead stands; -1 is before the first step.
 * @property {number} x  Its place, perhaps outside of the plot.
 * @property {string} name  On its flag.
 * @property {number} overviewX  Its place on the overview.
 * @property {(lane: number) => number} depthOf  How many contexts a lane has at the playhead.
 * @property {Hit | null} hover
 * @property {boolean} focused  Whether the keyboard is here.
 */

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Overlay} overlay
 * @param {Palette} palette
 * @param {Measure} measure
 */
export function paintOverlay(brush, scene, overlay, palette, measure) {
  brush.clearRect(0, 0, scene.areas.width, scene.areas.height);
  paintMoment(brush, scene, overlay, palette, measure);
}

/**
 * The same upon what is there already.
 *
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Overlay} overlay
 * @param {Palette} palette
 * @param {Measure} measure
 */
export function paintMoment(brush, scene, overlay, palette, measure) {
  const { areas } = scene;
  brush.textBaseline = 'middle';
  brush.textAlign = 'left';
  paintDepths(brush, scene, overlay, palette);
  const veilFrom = Math.max(areas.left, Math.min(areas.width, overlay.x));
  brush.fillStyle = palette.veil;
  brush.fillRect(veilFrom, areas.axis + 1, areas.width - veilFrom, areas.height - areas.axis);
  paintHover(brush, scene, overlay.hover, palette);
  if (areas.overview !== null) {
    brush.fillStyle = palette.playhead;
    brush.fillRect(overlay.overviewX - 0.75, areas.overview.top, 1.5, areas.overview.bottom - areas.overview.top);
  }
  if (overlay.x < areas.left - 1 || overlay.x > areas.width) return;
  paintPlayhead(brush, scene, overlay, palette, measure);
}

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Overlay} overlay
 * @param {Palette} palette
 */
function paintDepths(brush, { areas, lanes }, { depthOf }, palette) {
  clipped(brush, 0, areas.lanesTop, areas.left, areas.lanesBottom - areas.lanesTop, () => {
    brush.font = areas.narrow ? FONT.subNarrow : FONT.sub;
    brush.fillStyle = palette.muted;
    for (const lane of lanes) {
      if (lane.idle) continue;
      const text = lane.contexts === null ? depthText(depthOf(lane.id), areas.narrow) : contextsText(lane.contexts, areas.narrow);
      brush.fillText(text, areas.narrow ? 6 : 14, lane.y + 33);
    }
  });
}

/**
 * How many are in view, where nobody can count them.
 *
 * @param {number} count
 * @param {boolean} narrow
 */
function contextsText(count, narrow) {
  return narrow ? `${countText(count)} ctx` : plural(count, 'context');
}

/**
 * @param {number} depth
 * @param {boolean} narrow
 */
export function depthText(depth, narrow) {
  if (depth === 0) return narrow ? 'none' : 'no context';
  if (narrow) return `${depth} deep`;
  return depth === 1 ? '1 context deep' : `${depth} contexts deep`;
}

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Overlay} overlay
 * @param {Palette} palette
 * @param {Measure} measure
 */
function paintPlayhead(brush, { areas, marks }, { step, x, name, focused }, palette, measure) {
  brush.fillStyle = palette.playhead;
  brush.fillRect(x - 1, areas.axis - 4, 2, areas.height - areas.axis);
  const mark = marks.find((one) => one.step === step);
  if (mark !== undefined && mark.y > areas.lanesTop && mark.y < areas.lanesBottom) paintRing(brush, mark, palette);
  const width = Math.max(28, measure(name, FONT.flag) + 14);
  const middle = Math.max(areas.left - 8 + width / 2, Math.min(areas.width - width / 2 - 1, x));
  const top = areas.axis - AXIS.steps + 1;
  brush.beginPath();
  brush.roundRect(middle - width / 2, top, width, AXIS.steps - 3, 6);
  brush.fill();
  if (focused) {
    brush.beginPath();
    brush.roundRect(middle - width / 2 - 3, top - 3, width + 6, AXIS.steps + 3, 8);
    brush.strokeStyle = palette.playhead;
    brush.lineWidth = 1.5;
    brush.stroke();
  }
  brush.font = FONT.flag;
  brush.textAlign = 'center';
  brush.fillStyle = palette.playheadInk;
  brush.fillText(name, middle, top + (AXIS.steps - 3) / 2 + 1);
  brush.textAlign = 'left';
}

/**
 * A ring with the mark itself repeated inside, above the line.
 *
 * @param {Brush} brush
 * @param {Scene['marks'][number]} mark
 * @param {Palette} palette
 */
function paintRing(brush, mark, palette) {
  const { x, y } = mark;
  const bare = mark.kind === 'pushed' || mark.kind === 'popped';
  const radius = mark.kind === 'outside' || mark.kind === 'recorder' || mark.kind === 'finished' ? 13 : bare ? 6 : 11;
  brush.beginPath();
  brush.arc(x, y, radius, 0, Math.PI * 2);
  brush.fillStyle = palette[mark.on];
  brush.fill();
  brush.strokeStyle = palette.playhead;
  brush.lineWidth = 2;
  brush.stroke();
  paintMark(brush, mark, palette);
  brush.fillStyle = palette.playhead;
}

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Hit | null} hover
 * @param {Palette} palette
 */
function paintHover(brush, { areas }, hover, palette) {
  if (hover === null) return;
  brush.strokeStyle = palette.text;
  brush.lineWidth = 1.5;
  if (hover.box !== null && hover.mark === null) {
    const { y, height } = hover.box;
    const x = Math.max(hover.box.x, areas.left - 20) - 2;
    const right = Math.min(hover.box.right, areas.width + 20) + 2;
    clipped(brush, areas.left, areas.lanesTop, areas.width - areas.left, areas.lanesBottom - areas.lanesTop, () => {
      brush.beginPath();
      brush.roundRect(x, y - 2, right - x, height + 4, 8);
      brush.stroke();
    });
  }
  if (hover.mark !== null) {
    brush.beginPath();
    brush.arc(hover.mark.x, hover.mark.y, 11, 0, Math.PI * 2);
    brush.stroke();
  }
}
