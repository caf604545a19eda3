/**
 * What the pointer and the wheel do on the timeline.
 *
 * @import { Hit } from './hit-test.js'
 */

/** A press that moves less than this is a click. CSS pixels. */
const CLICK_SLOP = 4;

/** CSS pixels of the wheel that make it e times as large, and those of one turn that count. */
const PER_E = 260;
const MOST_TURN = 130;

/** CSS pixels of a line, for wheels that count in lines. */
const LINE = 18;

/**
 * @typedef {object} Actions
 * @property {(x: number, y: number) => Hit | null} at
 * @property {(step: number) => void} moveTo
 * @property {(context: number) => void} inspect  A context was pressed.
 * @property {(x: number) => void} scrubTo  To the step nearest to x.
 * @property {(x: number, grip: Grip) => void} moveWindow  The overview's window, or one of its edges.
 * @property {(x: number) => Grip} gripAt  Where the overview's window is held by a press at x.
 * @property {(x: number, factor: number) => void} zoom  At x; above 1 to see less, larger.
 * @property {() => void} hint  The wheel was turned without Ctrl.
 * @property {(dx: number, dy: number) => boolean} pan  By CSS pixels; false when nothing can move that way.
 * @property {(hit: Hit | null, x: number, y: number) => void} hover
 * @property {() => void} focus
 * @property {(name: string) => void} fold  A process, or show its lanes again.
 */

/** The edge that is held, or the window itself, by so many CSS pixels from its left. @typedef {'left' | 'right' | number} Grip */

/**
 * @typedef {object} Press
 * @property {'overview' | 'scrub' | 'pan' | 'click'} does
 * @property {Hit} hit
 * @property {number} x
 * @property {number} y
 * @property {number} lastX
 * @property {number} lastY
 * @property {boolean} moved
 * @property {Grip} grip
 */

export class Gestures {
  #element;
  #actions;
  /** @type {Press | null} */
  #press = null;
  /** Fingers on the canvas, by their number. @type {Map<number, { x: number, y: number }>} */
  #fingers = new Map();
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
    element.addEventListener('pointercancel', (event) => {
      this.#fingers.delete(event.pointerId);
      this.#press = null;
    }, { signal });
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
    if (event.pointerType === 'touch') this.#fingers.set(event.pointerId, { x, y });
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
    if (this.#fingers.size === 2) {
      this.#pinch(event.pointerId, x, y);
      return;
    }
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

  /** @param {number} id @param {number} x @param {number} y */
  #pinch(id, x, y) {
    const [a, b] = [...this.#fingers.values()];
    const before = Math.max(20, Math.abs(a.x - b.x));
    const finger = this.#fingers.get(id);
    if (finger === undefined) return;
    const middle = (a.x + b.x) / 2;
    Object.assign(finger, { x, y });
    this.#actions.pan(middle - (a.x + b.x) / 2, 0);
    this.#actions.zoom((a.x + b.x) / 2, Math.max(20, Math.abs(a.x - b.x)) / before);
    if (this.#press !== null) this.#press.moved = true;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#fingers.delete(event.pointerId);
    const press = this.#press;
    this.#press = null;
    if (press === null || press.moved || press.does === 'overview' || press.does === 'scrub') return;
    const { hit } = press;
    if (hit.mark !== null) this.#actions.moveTo(hit.mark.step);
    else if (hit.group !== null) this.#actions.fold(hit.group.name);
    else if (hit.box !== null) {
      this.#actions.moveTo(Math.ceil(hit.box.bar.start));
      this.#actions.inspect(hit.box.bar.context);
    } else if (hit.area !== 'names') this.#actions.scrubTo(this.#place(event).x);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE : this.#element.clientHeight;
    // A pinch on a touchpad comes as a wheel with Ctrl.
    if (event.ctrlKey || event.metaKey) {
      const turn = Math.max(-MOST_TURN, Math.min(MOST_TURN, event.deltaY * unit));
      this.#actions.zoom(this.#place(event).x, Math.exp(-turn / PER_E));
      event.preventDefault();
      return;
    }
    this.#actions.hint();
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
  return hit.area === 'names' && pointerType !== 'touch' ? 'click' : 'pan';
}
