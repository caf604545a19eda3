/**
 * The two buttons that choose the axis. The choice is kept for the next visit.
 *
 * @import { Surroundings } from '../dom.js'
 * @import { Axis } from './camera.js'
 */

const STORED_AS = 'flaskscope.axis';

export class AxisChoice {
  #element;
  #timeline;
  #memory;
  #stop = new AbortController();

  /**
   * @param {HTMLElement} element  Holds a button with `data-axis` for each axis.
   * @param {{ axis: Axis, setAxis(axis: Axis): void }} timeline
   * @param {Pick<Surroundings, 'read' | 'keep'>} memory
   */
  constructor(element, timeline, memory) {
    this.#element = element;
    this.#timeline = timeline;
    this.#memory = memory;
    element.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('[data-axis]') : null;
      if (button instanceof HTMLElement) this.choose(button.dataset.axis === 'time' ? 'time' : 'steps');
    }, { signal: this.#stop.signal });
    if (memory.read(STORED_AS) === 'time') timeline.setAxis('time');
    this.#show();
  }

  destroy() {
    this.#stop.abort();
  }

  /** @param {Axis} axis */
  choose(axis) {
    this.#timeline.setAxis(axis);
    this.#memory.keep(STORED_AS, axis);
    this.#show();
  }

  #show() {
    for (const button of this.#element.querySelectorAll('[data-axis]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-axis') === this.#timeline.axis));
    }
  }
}
