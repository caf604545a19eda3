/** @import { Scene } from '../../../static/js/timeline/scene.js' */

import { layOut } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { StepScale } from '../../../static/js/timeline/scale.js';
import { measure } from './recording-context.js';

/**
 * What a recording looks like.
 *
 * @param {import('./recording.js').Recording} recording
 * @param {{ width?: number, height?: number, scrollX?: number, scrollY?: number, column?: number }} [view]
 * @returns {Scene}
 */
export function sceneOf(recording, { width = 1000, height = 600, scrollX = 0, scrollY = 0, column = 30 } = {}) {
  const store = recording.send();
  const model = new TimelineModel(store);
  model.advance();
  const scale = new StepScale(column, model.folds);
  return layOut({ store, model, scale, view: { width, height, scrollX, scrollY }, hasOverview: false, measure });
}
