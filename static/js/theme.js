/**
 * Dark or light, and the colours that go with it.
 *
 * @import { Surroundings } from './dom.js'
 */

/** @typedef {'dark' | 'light' | 'system'} ThemeChoice */

/** @type {ThemeChoice[]} */
export const THEME_CHOICES = ['system', 'dark', 'light'];

const STORED_AS = 'flaskscope.theme';

/** The theme of the page. The choice is kept for the next visit; colours are read once per change. */
export class Theme {
  #dom;
  /** @type {ThemeChoice} */
  #choice;
  /** @type {Map<string, string>} */
  #colours = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {Pick<Surroundings, 'read' | 'keep' | 'prefersDark' | 'onPrefersDark' | 'setTheme' | 'cssValue'>} dom */
  constructor(dom) {
    this.#dom = dom;
    const kept = THEME_CHOICES.find((choice) => choice === dom.read(STORED_AS));
    this.#choice = kept ?? 'system';
    dom.onPrefersDark(() => this.#apply());
    this.#apply();
  }

  get choice() {
    return this.#choice;
  }

  /** @returns {'dark' | 'light'} What is on screen. */
  get name() {
    if (this.#choice !== 'system') return this.#choice;
    return this.#dom.prefersDark() ? 'dark' : 'light';
  }

  /** @param {ThemeChoice} choice */
  choose(choice) {
    this.#choice = choice;
    this.#dom.keep(STORED_AS, choice);
    this.#apply();
  }

  /**
   * The value of a custom property of css/palette.css.
   *
   * @param {string} name  Without the dashes: `app`, `app-fill`, `text` …
   * @returns {string}
   */
  colour(name) {
    let value = this.#colours.get(name);
    if (value === undefined) {
      value = this.#dom.cssValue(`--${name}`);
      this.#colours.set(name, value);
    }
    return value;
  }

  /**
   * @param {() => void} listener
   * @returns {() => void} Ends the subscription.
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #apply() {
    this.#dom.setTheme(this.name);
    this.#colours.clear();
    for (const listener of [...this.#listeners]) listener();
  }
}
