/**
 * What the pointer and the wheel do on the timeline.
 *
 * @import { Hit } from './hit-test.js'
 */

/** A press that moves less than this is a click. CSS pixels. */
const CLICK_SLOP = 4;

/** CSS pixels of a line, for wheels that count in lines. */
const LINE = 18;

/**
 * @typedef {object} Actions
 * @property {(x: number, y: number) => Hit | null} at
 * @property {(step: number) => void} moveTo
 * @property {(x: number) => void} scrubTo  To the step nearest to x.
 * @property {(x: number, grip: number) => void} moveWindow  The overview's window, held at *grip* from its left.
 * @property {(x: number) => number} gripAt  Where the overview's window is held by a press at x.
 * @property {(dx: number, dy: number) => boolean} pan  By CSS pixels; false when nothing can move that way.
 * @property {(hit: Hit | null, x: number, y: number) => void} hover
 * @property {() => void} focus
 */

/**
 * @typedef {object} Press
 * @property {'overview' | 'scrub' | 'pan' | 'click'} does
 * @property {Hit} hit
 * @property {number} x
 * @property {number} y
 * @property {number} lastX
 * @property {number} lastY
 * @property {boolean} moved
 * @property {number} grip
 */

export class Gestures {
  #element;
  #actions;
  /** @type {Press | null} */
  #press = null;
  #stop = new AbortController();

  /**
   * @param {HTMLElement} element
   * @param {Actions} actions
   */
  constructor(element, actions) {
    this.#element = element;
    this.#actions = actions;
    const { signal } = this.#stop;
    element.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    element.addEventListener('pointermove', (event) => this.#move(event), { signal });
    element.addEventListener('pointerup', (event) => this.#up(event), { signal });
    element.addEventListener('pointercancel', () => (this.#press = null), { signal });
    element.addEventListener('pointerleave', () => this.#actions.hover(null, 0, 0), { signal });
    element.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
  }

  destroy() {
    this.#stop.abort();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    const { x, y } = this.#place(event);
    const hit = this.#actions.at(x, y);
    if (hit === null) return;
    this.#actions.focus();
    // The canvas takes the press: no text is selected, and the focus just given stays.
    event.preventDefault();
    this.#element.setPointerCapture(event.pointerId);
    const does = whatItDoes(hit, event.pointerType);
    const grip = does === 'overview' ? this.#actions.gripAt(x) : 0;
    this.#press = { does, hit, x, y, lastX: x, lastY: y, moved: false, grip };
    if (does === 'overview') this.#actions.moveWindow(x, grip);
    if (does === 'scrub') this.#actions.scrubTo(x);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { x, y } = this.#place(event);
    const press = this.#press;
    if (press === null) {
      this.#actions.hover(event.pointerType === 'touch' ? null : this.#actions.at(x, y), x, y);
      return;
    }
    if (!press.moved && Math.hypot(x - press.x, y - press.y) < CLICK_SLOP) return;
    press.moved = true;
    this.#actions.hover(null, 0, 0);
    if (press.does === 'overview') this.#actions.moveWindow(x, press.grip);
    else if (press.does === 'pan') this.#actions.pan(press.lastX - x, press.lastY - y);
    else this.#actions.scrubTo(x);
    press.lastX = x;
    press.lastY = y;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const press = this.#press;
    this.#press = null;
    if (press === null || press.moved || press.does === 'overview' || press.does === 'scrub') return;
    const { hit } = press;
    if (hit.mark !== null) this.#actions.moveTo(hit.mark.step);
    else if (hit.box !== null) this.#actions.moveTo(Math.ceil(hit.box.bar.start));
    else if (hit.area !== 'names') this.#actions.scrubTo(this.#place(event).x);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    // With Ctrl the browser zooms the page.
    if (event.ctrlKey) return;
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE : this.#element.clientHeight;
    let dx = event.deltaX * unit;
    let dy = event.deltaY * unit;
    if (event.shiftKey && dx === 0) [dx, dy] = [dy, 0];
    if (this.#actions.pan(dx, dy)) {
      event.preventDefault();
      this.#actions.hover(null, 0, 0);
    }
  }

  /** @param {MouseEvent} event */
  #place(event) {
    const box = this.#element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}

/**
 * @param {Hit} hit
 * @param {string} pointerType
 * @returns {Press['does']}
 */
function whatItDoes(hit, pointerType) {
  if (hit.area === 'overview') return 'overview';
  if (hit.area === 'axis') return 'scrub';
  if (pointerType === 'touch') return 'pan';
  if (hit.area === 'names') return 'click';
  return hit.mark === null && hit.box === null ? 'scrub' : 'click';
}
