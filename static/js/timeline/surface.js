/**
 * What the timeline is drawn on: a canvas for what happened, one over it for the playhead, both as large as the
 * element they are in.
 *
 * @import { Layer } from './layer.js'
 */

import { addLayer, fitLayer, whenPixelRatioChanges } from './layer.js';
import { TextMeter } from './text-meter.js';

export class Surface {
  #element;
  #isDue = true;
  #stop;
  /** CSS pixels, as they were last asked for. */
  size = { width: 0, height: 0 };
  /** @type {Layer} */
  base;
  /** @type {Layer} */
  overlay;
  meter;

  /** @param {HTMLElement} element @param {() => void} changed  Everything is to be drawn again. */
  constructor(element, changed) {
    this.#element = element;
    this.base = addLayer(element, false);
    this.overlay = addLayer(element, true);
    this.meter = new TextMeter(this.base.brush);
    const resized = new ResizeObserver(() => {
      this.#isDue = true;
      changed();
    });
    resized.observe(element);
    const ratio = whenPixelRatioChanges(changed);
    this.#stop = () => {
      resized.disconnect();
      ratio();
    };
  }

  /** Take the size of the element over; the canvases are made anew only when it changed. */
  fit() {
    // Asking for the size makes the browser lay the page out: only when it may have changed.
    if (this.#isDue) this.size = { width: this.#element.clientWidth, height: this.#element.clientHeight };
    this.#isDue = false;
    for (const layer of [this.base, this.overlay]) fitLayer(layer, this.size.width, this.size.height);
    return this.size;
  }

  get isEmpty() {
    return this.size.width === 0 || this.size.height === 0;
  }

  destroy() {
    this.#stop();
    this.base.canvas.remove();
    this.overlay.canvas.remove();
  }
}
