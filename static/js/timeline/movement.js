/**
 * What a person does to see another part of the recording, or more or less of it.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Selection } from '../selection.js'
 * @import { Axis, Camera } from './camera.js'
 * @import { Grip } from './gestures.js'
 * @import { Hint } from './hint.js'
 * @import { TimelineModel } from './model.js'
 * @import { OverviewWindow } from './overview-window.js'
 * @import { Scene } from './scene.js'
 */

/** Steps around one that belongs to no context, to show when it is fitted. */
const AROUND = 3;

/** Every *x* is in CSS pixels from the left of the canvas. */
export class Movement {
  #parts;

  /**
   * @param {object} parts
   * @param {Pick<EventStore, 'at'>} parts.store
   * @param {Selection} parts.selection
   * @param {TimelineModel} parts.model
   * @param {Camera} parts.camera
   * @param {OverviewWindow} parts.overview
   * @param {Pick<Hint, 'learnt'>} parts.hint
   * @param {() => Scene | null} parts.scene  What is shown; null while there is nothing.
   * @param {() => { left: number, width: number }} parts.plot  Where the plot begins and ends.
   * @param {() => void} parts.changed  Something else is in view.
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {Axis} axis */
  setAxis(axis) {
    const { model, camera, selection: { step }, changed } = this.#parts;
    model.advance();
    const { from, to } = camera.window;
    // Whoever looks elsewhere keeps what is in the middle.
    camera.setAxis(axis, step >= from && step <= to ? step : Math.round((from + to) / 2));
    changed();
  }

  /** Around the playhead, or else the middle. @param {number} factor  Above 1 to see less, larger. */
  zoom(factor) {
    const { camera, selection, scene } = this.#parts;
    const areas = scene()?.areas;
    if (areas === undefined) return;
    const x = areas.left - camera.viewport.scrollX + camera.scale.toX(selection.step);
    this.zoomAt(x > areas.left && x < areas.width ? x : (areas.left + areas.width) / 2, factor);
  }

  /** @param {number} x  What stays where it is. @param {number} factor */
  zoomAt(x, factor) {
    const { camera, hint, changed, plot } = this.#parts;
    if (!camera.zoomAt(Math.max(0, x - plot().left), factor)) return;
    hint.learnt();
    changed();
  }

  /**
   * @param {number} across  A share of the width of the plot; below 0 to the left.
   * @param {number} [down]  A share of the height of the lanes; below 0 upwards.
   */
  pan(across, down = 0) {
    const { plot, scene, camera: { viewport } } = this.#parts;
    const { left, width } = plot();
    const areas = scene()?.areas;
    const height = areas === undefined || !viewport.overflowsY ? 0 : areas.lanesBottom - areas.lanesTop;
    this.panBy(across * (width - left), down * height);
  }

  /**
   * @param {number} dx  CSS pixels.
   * @param {number} dy
   * @returns {boolean} Whether anything moved.
   */
  panBy(dx, dy) {
    const { selection, changed, camera: { viewport } } = this.#parts;
    const { overflowsY, scrollX, scrollY } = viewport;
    // A plain wheel turns through time where there is nothing to turn through from top to bottom.
    const byX = dx === 0 && !overflowsY ? dy : dx;
    if (!viewport.scrollTo(scrollX + byX, scrollY + (overflowsY ? dy : 0))) return false;
    // Whoever looks elsewhere does not want to be carried back by the next event.
    if (selection.following && viewport.scrollX !== scrollX) selection.pause();
    changed();
    return true;
  }

  /** Show the context of the playhead whole; when it already is, show all there is. */
  fit() {
    const { store, model, camera, hint, changed, selection: { step } } = this.#parts;
    if (this.#parts.scene() === null || step < model.first) return;
    const { lane, context } = store.at(step);
    const bar = model.bars.find(context, lane, step);
    const from = Math.max(model.first, bar?.start ?? step - AROUND);
    const to = Math.min(model.size - 1, bar?.end ?? step + AROUND);
    const before = JSON.stringify(camera.window);
    camera.fit(from, to);
    if (before === JSON.stringify(camera.window)) camera.fitAll();
    hint.learnt();
    changed();
  }

  /** The playhead goes to the step nearest to a place. @param {number} x */
  scrubTo(x) {
    const scene = this.#parts.scene();
    if (scene !== null) this.#parts.selection.moveTo(scene.stepAt(x));
  }

  /** Where the overview's window is held by a press. @param {number} x @returns {Grip} */
  gripAt(x) {
    const scene = this.#parts.scene();
    return scene === null ? 0 : this.#parts.overview.gripAt(x, scene.areas);
  }

  /** @param {number} x @param {Grip} grip */
  moveWindow(x, grip) {
    const { overview, selection, changed, camera } = this.#parts;
    const areas = this.#parts.scene()?.areas;
    if (areas === undefined) return;
    if (typeof grip === 'number') {
      this.panBy(overview.leftFor(x - grip, areas) - camera.viewport.scrollX, 0);
      return;
    }
    overview.resize(x, grip, areas);
    if (selection.following) selection.pause();
    changed();
  }
}
