/**
 * The base of the timeline: everything but the playhead, the pointer and what depends on them.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Measure } from './metrics.js'
 * @import { Palette } from './palette.js'
 * @import { Scene } from './scene.js'
 */

import { paintMark, paintMarks } from './glyphs.js';
import { countText, plural } from '../units.js';
import { FONT, LANE } from './metrics.js';
import { paintAxis, paintFolds, paintGrid } from './paint-axis.js';
import { paintBoxes } from './paint-boxes.js';
import { RowPainter } from './paint-rows.js';
import { paintConnectors, paintRivers } from './paint-rivers.js';
import { paintStretches } from './stretches.js';

/**
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 * @param {Measure} measure
 * @param {RowPainter} [rows]  Of this canvas; what it keeps is used again in the next frame.
 */
export function paintScene(brush, scene, palette, measure, rows = new RowPainter()) {
  const { areas } = scene;
  brush.textBaseline = 'middle';
  brush.textAlign = 'left';
  brush.lineJoin = 'round';
  brush.lineCap = 'butt';
  brush.fillStyle = palette.bg;
  brush.fillRect(0, 0, areas.width, areas.height);

  clipped(brush, 0, areas.lanesTop, areas.width, areas.lanesBottom - areas.lanesTop, () => {
    brush.fillStyle = palette.band;
    for (const lane of scene.lanes) brush.fillRect(0, lane.y, areas.width, lane.height);
  });
  clipped(brush, areas.left, areas.axis, areas.width - areas.left, areas.height - areas.axis, () => {
    paintGrid(brush, scene, palette);
  });
  clipped(brush, areas.left, areas.lanesTop, areas.width - areas.left, areas.height - areas.lanesTop, () => {
    paintConnectors(brush, scene.connectors, palette);
  });
  clipped(brush, areas.left, areas.lanesTop, areas.width - areas.left, areas.lanesBottom - areas.lanesTop, () => {
    paintBoxes(brush, scene.boxes, palette, areas);
    if (scene.flat !== null) rows.paint(brush, scene.flat, palette, areas);
    paintMarks(brush, scene.marks, palette);
  });
  paintScrollbar(brush, scene, palette);
  clipped(brush, areas.left, 0, areas.width - areas.left, areas.height, () => {
    paintRivers(brush, scene.rivers, palette, areas);
    paintAxis(brush, scene, palette);
    paintFolds(brush, scene.folds, palette, areas, measure, headings(scene));
    paintStretches(brush, scene, palette);
  });
  paintGroups(brush, scene, palette, measure);
  paintNames(brush, scene, palette, measure);
}

/** A mark that no step is shown by. */
const PLAIN = { step: -1, on: /** @type {const} */ ('band'), text: '', hit: false, dim: false };

/** The lines between the lanes, from top to bottom. @param {Scene} scene */
function headings({ groups, idleLanes }) {
  return idleLanes === null ? groups : [...groups, { y: idleLanes.y, height: LANE.idle }];
}

/**
 * Where the lanes are scrolled to, when they do not all fit.
 *
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 */
function paintScrollbar(brush, { areas, contentHeight, lanes }, palette) {
  const room = areas.lanesBottom - areas.lanesTop;
  if (contentHeight <= room || lanes.length === 0) return;
  brush.fillStyle = palette.line;
  brush.fillRect(0, areas.lanesBottom, areas.width, 1);
  const hidden = areas.lanesTop - lanes[0].y;
  brush.fillStyle = palette.lineStrong;
  brush.beginPath();
  brush.roundRect(areas.width - 6, areas.lanesTop + (hidden / contentHeight) * room, 4, (room / contentHeight) * room, 2);
  brush.fill();
}

/**
 * The headings of processes, and what went wrong on the lanes hidden under them.
 *
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 * @param {Measure} measure
 */
function paintGroups(brush, { areas, groups }, palette, measure) {
  if (groups.length === 0) return;
  clipped(brush, 0, areas.lanesTop, areas.width, areas.lanesBottom - areas.lanesTop, () => {
    for (const { name, note, folded, count, y, height, problems } of groups) {
      const x = areas.narrow ? 6 : 14;
      const middle = y + height / 2 - 1;
      const text = `${folded ? '▸' : '▾'} ${name}`;
      const more = `${plural(count, 'lane')}${note === '' ? '' : `, ${note}`}`;
      brush.font = areas.narrow ? FONT.laneNameNarrow : FONT.laneName;
      const width = measure(text, brush.font);
      const from = x + width + 16 + measure(more, FONT.sub);
      // A fold runs through all lanes: its words end where a heading stands.
      brush.fillStyle = palette.bg;
      brush.fillRect(areas.left, y, from - areas.left, height - 2);
      brush.fillStyle = palette.text;
      brush.fillText(text, x, middle);
      brush.font = FONT.sub;
      brush.fillStyle = palette.muted;
      brush.fillText(more, x + width + 8, middle);
      brush.fillStyle = palette.line;
      brush.fillRect(from, Math.round(middle), Math.max(0, areas.width - from), 1);
      for (const problem of problems) {
        if (problem.x >= areas.left) paintMark(brush, { ...PLAIN, ...problem, y: middle, kind: 'exception' }, palette);
      }
    }
  });
}

/**
 * The names at the left. What is beneath the name of a lane depends on the playhead: see paint-overlay.js.
 *
 * @param {Brush} brush
 * @param {Scene} scene
 * @param {Palette} palette
 * @param {Measure} measure
 */
function paintNames(brush, scene, palette, measure) {
  const { areas } = scene;
  const x = areas.narrow ? 6 : 14;
  const sub = areas.narrow ? FONT.subNarrow : FONT.sub;
  const name = areas.narrow ? FONT.laneNameNarrow : FONT.laneName;
  brush.font = sub;
  brush.fillStyle = palette.muted;
  const { axis } = scene;
  brush.fillText(axis.kind === 'time' ? 'Time' : 'Step', x, areas.axis - 10);
  if (axis.kind === 'time') {
    brush.fillText(axis.from, x, areas.axis + 14);
  } else if (scene.flat === null) {
    brush.fillText(areas.narrow ? 'since last' : 'time since last', x, areas.axis + 12);
    brush.fillText(areas.narrow ? 'in µs' : 'step, in µs', x, areas.axis + 25);
  }
  if (areas.stretches !== null) brush.fillText('Stretch', x, (areas.stretches.top + areas.stretches.bottom) / 2 + 1);
  if (areas.overview !== null) {
    const middle = (areas.overview.top + areas.overview.bottom) / 2;
    brush.fillText(areas.narrow ? 'All' : 'Overview', x, middle - (scene.letGo > 0 ? 7 : 0));
    // The recording is longer than what is kept of it, and says so.
    if (scene.letGo > 0) brush.fillText(`${countText(scene.letGo)} ${areas.narrow ? 'gone' : 'let go'}`, x, middle + 8);
  }
  clipped(brush, 0, areas.lanesTop, areas.width, areas.lanesBottom - areas.lanesTop, () => {
    for (const lane of scene.lanes) {
      brush.font = name;
      brush.fillStyle = lane.idle ? palette.muted : palette.text;
      brush.fillText(lane.name, x, lane.y + (lane.idle ? lane.height / 2 : 16));
    }
    if (scene.idleLanes !== null) {
      const { text, y, leaked } = scene.idleLanes;
      const never = leaked === 0 ? '' : `${countText(leaked)} never popped`;
      const right = x + measure(text, sub) + (leaked === 0 ? 0 : 30 + measure(never, sub));
      brush.font = sub;
      brush.fillStyle = palette.bg;
      brush.fillRect(x - 4, y + 3, right - x + 8, 18);
      brush.fillStyle = palette.muted;
      brush.fillText(text, x, y + 12);
      if (leaked > 0) {
        brush.fillStyle = palette.error;
        brush.fillText(never, right - measure(never, sub), y + 12);
        paintMark(brush, { ...PLAIN, kind: 'abandoned', x: right - measure(never, sub) - 12, y: y + 12 }, palette);
      }
    }
  });
  for (const river of scene.rivers) {
    brush.font = name;
    brush.fillStyle = palette.text;
    brush.fillText(river.name, x, river.bottom - 25);
    brush.font = sub;
    brush.fillStyle = palette.muted;
    brush.fillText(river.sub, x, river.bottom - 9);
  }
}

/**
 * @param {Brush} brush
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {() => void} paint
 */
export function clipped(brush, x, y, width, height, paint) {
  brush.save();
  brush.beginPath();
  brush.rect(x, y, width, height);
  brush.clip();
  paint();
  brush.restore();
}
