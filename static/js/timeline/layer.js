/**
 * The canvases of the timeline.
 *
 * @import { Brush } from './glyphs.js'
 */

/** @typedef {{ canvas: HTMLCanvasElement, brush: Brush, ratio: number }} Layer  *ratio*: device pixels for each CSS pixel, 0 before the first fit. */

/**
 * A canvas over all of an element.
 *
 * @param {HTMLElement} element
 * @param {boolean} alpha  Whether what is beneath is seen through it, and gets the pointer.
 * @returns {Layer}
 */
export function addLayer(element, alpha) {
  const canvas = element.ownerDocument.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' });
  if (alpha) canvas.style.pointerEvents = 'none';
  element.append(canvas);
  // What is not seen through need not wait for the rest of the page, which saves the main thread a copy of each picture.
  const brush = canvas.getContext('2d', { alpha, desynchronized: !alpha });
  if (brush === null) throw new Error('The browser gave no canvas to draw the timeline on: close some tabs.');
  return { canvas, brush, ratio: 0 };
}

/**
 * Give a canvas the pixels of its size; it is made anew only when that changed.
 *
 * @param {Layer} layer
 * @param {number} width  CSS pixels.
 * @param {number} height
 */
export function fitLayer(layer, width, height) {
  const { canvas, brush } = layer;
  const deviceWidth = Math.max(1, Math.round(width * devicePixelRatio));
  const deviceHeight = Math.max(1, Math.round(height * devicePixelRatio));
  // A canvas that is touched is handed to the screen again, whether or not anything is drawn on it.
  if (canvas.width === deviceWidth && canvas.height === deviceHeight && layer.ratio === devicePixelRatio) return;
  layer.ratio = devicePixelRatio;
  canvas.width = deviceWidth;
  canvas.height = deviceHeight;
  brush.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
}

/**
 * @param {() => void} changed
 * @returns {() => void} Ends the watch.
 */
export function whenPixelRatioChanges(changed) {
  const stop = new AbortController();
  const watch = () => {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const next = () => {
      changed();
      watch();
    };
    query.addEventListener('change', next, { once: true, signal: stop.signal });
  };
  watch();
  return () => stop.abort();
}
