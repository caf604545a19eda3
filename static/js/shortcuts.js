/**
 * Whether single letters, digits and signs do anything (WCAG 2.1.4): with speech input they come unasked.
 *
 * @import { Surroundings } from './dom.js'
 */

const STORED_AS = 'flaskscope.single-keys';

/** The choice is kept for the next visit. */
export class Shortcuts {
  #dom;
  #isOn;

  /** @param {Pick<Surroundings, 'read' | 'keep'>} dom */
  constructor(dom) {
    this.#dom = dom;
    this.#isOn = dom.read(STORED_AS) !== 'off';
  }

  get isOn() {
    return this.#isOn;
  }

  /** @param {boolean} isOn */
  choose(isOn) {
    this.#isOn = isOn;
    this.#dom.keep(STORED_AS, isOn ? 'on' : 'off');
  }
}
