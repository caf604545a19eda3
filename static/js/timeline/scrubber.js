/**
 * The playhead for the keyboard and for those who do not see the canvas: a slider over the axis.
 *
 * @import { Areas } from './scene.js'
 */

/** Steps of PageUp and PageDown. */
export const LEAP = 15;

export class Scrubber {
  #element;

  /**
   * @param {HTMLElement} container
   * @param {object} on
   * @param {(by: number) => void} on.move  By so many steps.
   * @param {() => void} on.focus  It got or lost the focus.
   */
  constructor(container, { move, focus }) {
    this.#element = container.ownerDocument.createElement('div');
    this.#element.className = 'timeline-scrubber';
    this.#element.tabIndex = 0;
    this.#element.setAttribute('role', 'slider');
    this.#element.setAttribute('aria-label', 'Playhead');
    this.#element.setAttribute('aria-orientation', 'horizontal');
    Object.assign(this.#element.style, {
      position: 'absolute',
      left: '0',
      top: '0',
      right: '0',
      pointerEvents: 'none',
      outline: 'none',
    });
    this.#element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (!(event.key in MOVES)) return;
      move(MOVES[event.key]);
      event.preventDefault();
    });
    this.#element.addEventListener('focus', focus);
    this.#element.addEventListener('blur', focus);
    container.append(this.#element);
  }

  get focused() {
    return this.#element.matches(':focus-visible');
  }

  focus() {
    this.#element.focus({ preventScroll: true });
  }

  /** @param {Areas} areas */
  place(areas) {
    const height = `${areas.lanesTop}px`;
    if (this.#element.style.height !== height) this.#element.style.height = height;
  }

  /**
   * @param {number} step  -1 before the first.
   * @param {number} count
   * @param {string} text  What happened at the step.
   */
  say(step, count, text) {
    const set = (/** @type {string} */ name, /** @type {string} */ value) => {
      if (this.#element.getAttribute(name) !== value) this.#element.setAttribute(name, value);
    };
    set('aria-valuemin', '0');
    set('aria-valuemax', String(count));
    set('aria-valuenow', String(step + 1));
    set('aria-valuetext', text);
  }

  destroy() {
    this.#element.remove();
  }
}

/** The other keys of a slider are keys of the whole page: see keys.js. @type {Record<string, number>} */
const MOVES = { ArrowDown: -1, ArrowUp: 1, PageDown: -LEAP, PageUp: LEAP };
