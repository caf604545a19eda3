/**
 * The rivers, and the lines between them and the requests.
 *
 * @import { Brush } from './glyphs.js'
 * @import { Palette } from './palette.js'
 * @import { Areas, Connector, RiverShape } from './scene.js'
 */

import { FONT, RIVER } from './metrics.js';

/**
 * @param {Brush} brush
 * @param {Connector[]} connectors
 * @param {Palette} palette
 */
export function paintConnectors(brush, connectors, palette) {
  for (const { kind, x, from, to } of connectors) {
    brush.strokeStyle = kind === 'thread' ? palette.muted : palette.session;
    brush.lineWidth = kind === 'thread' ? 1.25 : 2;
    brush.setLineDash(kind === 'read' ? [2.5, 3] : kind === 'thread' ? [4, 3] : []);
    brush.beginPath();
    brush.moveTo(x, from);
    brush.lineTo(x, to);
    brush.stroke();
    brush.setLineDash([]);
    if (kind !== 'save' && kind !== 'thread') continue;
    const back = kind === 'thread' && to < from ? 6 : -6;
    brush.beginPath();
    brush.moveTo(x - 5, to + back);
    brush.lineTo(x, to);
    brush.lineTo(x + 5, to + back);
    brush.stroke();
  }
}

/**
 * @param {Brush} brush
 * @param {RiverShape[]} rivers
 * @param {Palette} palette
 * @param {Areas} areas
 */
export function paintRivers(brush, rivers, palette, areas) {
  for (const river of rivers) {
    for (const part of river.parts) {
      const x = Math.max(part.x, areas.left);
      const width = Math.min(part.right, areas.width) - x;
      if (width <= 0) continue;
      const middle = river.bottom - RIVER.least / 2;
      if (part.kind === 'holds') {
        brush.fillStyle = palette.session;
        brush.fillRect(x, river.bottom - part.height, width, part.height);
        if (part.saved && x > areas.left) {
          brush.fillStyle = palette.bg;
          brush.fillRect(x - 0.75, river.bottom - part.height, 1.5, part.height);
        }
        brush.fillStyle = palette.sessionInk;
        brush.font = FONT.codeBold;
        brush.fillText(part.text, part.textX, river.bottom - part.height / 2 + 0.5);
        continue;
      }
      brush.strokeStyle = palette.session;
      brush.lineWidth = 2;
      brush.setLineDash(part.kind === 'none' ? [4, 4] : [1.5, 5]);
      brush.beginPath();
      brush.moveTo(x, middle);
      brush.lineTo(x + width, middle);
      brush.stroke();
      brush.setLineDash([]);
      if (part.text === '') continue;
      brush.font = FONT.sub;
      const wide = brush.measureText(part.text).width;
      brush.fillStyle = palette.bg;
      brush.fillRect(part.textX - 4, middle - 8, wide + 8, 16);
      brush.fillStyle = palette.muted;
      brush.fillText(part.text, part.textX, middle + 0.5);
    }
  }
}
