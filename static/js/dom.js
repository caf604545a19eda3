/**
 * The browser around the page: the only module, with main.js, that names document and window.
 */

/** @typedef {ReturnType<typeof surroundings>} Surroundings */

/** What the page asks of its browser. */
export function surroundings() {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const still = window.matchMedia('(prefers-reduced-motion: reduce)');
  return {
    /** @param {string} key @returns {string | null} null also where storage is forbidden */
    read(key) {
      try {
        return window.localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    /** @param {string} key @param {string} value */
    keep(key, value) {
      try {
        window.localStorage.setItem(key, value);
      } catch {
        // Private windows may forbid storage: the choice then lasts as long as the page.
      }
    },
    /** The address of this page. */
    address: () => new URL(window.location.href),
    /** @param {URL} address  Where to go. */
    go: (address) => window.location.assign(address.href),
    prefersDark: () => dark.matches,
    /** @param {() => void} listener */
    onPrefersDark: (listener) => dark.addEventListener('change', listener),
    prefersStill: () => still.matches,
    /** @param {'dark' | 'light'} name */
    setTheme(name) {
      document.documentElement.dataset.theme = name;
    },
    /** @param {string} property @returns {string} */
    cssValue: (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim(),
    /** @param {string} text @returns {Promise<void>} */
    copy: (text) => navigator.clipboard.writeText(text),
    /** The element that has the focus. */
    focused: () => document.activeElement,
    /** @param {string} type @param {(event: any) => void} listener @returns {() => void} */
    listen(type, listener) {
      window.addEventListener(type, listener);
      return () => window.removeEventListener(type, listener);
    },
  };
}

/**
 * The one element that a selector finds.
 *
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 * @throws {Error} when it is missing: the template and the scripts are of two versions.
 */
export function find(selector, root = document) {
  const element = root.querySelector(selector);
  if (element === null) throw new Error(`The page has no ${selector}: reload the page (Ctrl+Shift+R).`);
  return /** @type {HTMLElement} */ (element);
}

/**
 * A new element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | null | ((event: any) => void)>} [attributes]  `class` and any
 *   other attribute; `onclick` and its like take a function; null and false leave an attribute out.
 * @param {...(Node | string | null)} children  Strings become text, never markup.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * A new drawing.
 *
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
