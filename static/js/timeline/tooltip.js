/**
 * A few lines about what the pointer is on.
 *
 * @import { Palette } from './palette.js'
 */

/** Room between the pointer and the tooltip, and between the tooltip and the edge. CSS pixels. */
const DISTANCE = 14;
const EDGE = 6;

export class Tooltip {
  #element;
  #container;
  #shown = '';

  /** @param {HTMLElement} container  Positioned; the tooltip stays within it. */
  constructor(container) {
    this.#container = container;
    this.#element = container.ownerDocument.createElement('div');
    this.#element.className = 'timeline-tooltip';
    // The event table says the same to those who do not point.
    this.#element.setAttribute('aria-hidden', 'true');
    Object.assign(this.#element.style, {
      position: 'absolute',
      left: '0',
      top: '0',
      zIndex: '4',
      maxWidth: 'min(22rem, 86%)',
      padding: '8px 11px',
      borderRadius: '8px',
      border: '1px solid',
      font: '12.5px/1.5 system-ui, sans-serif',
      pointerEvents: 'none',
      visibility: 'hidden',
      overflowWrap: 'anywhere',
    });
    container.append(this.#element);
  }

  /** @param {Palette} palette */
  colour(palette) {
    this.#element.style.background = palette.panel;
    this.#element.style.color = palette.text;
    this.#element.style.borderColor = palette.lineStrong;
    this.#element.style.boxShadow = '0 6px 20px rgb(0 0 0 / 0.3)';
  }

  /**
   * @param {string[]} lines  The first one is the heading.
   * @param {number} x  Of the pointer, in CSS pixels from the left of the container.
   * @param {number} y
   */
  show(lines, x, y) {
    const text = lines.join('\n');
    if (text !== this.#shown) {
      this.#shown = text;
      this.#element.replaceChildren(...lines.map((line, i) => this.#line(line, i === 0)));
    }
    const { clientWidth, clientHeight } = this.#container;
    const { offsetWidth, offsetHeight } = this.#element;
    const left = Math.max(EDGE, Math.min(clientWidth - offsetWidth - EDGE, x + DISTANCE));
    const below = y + DISTANCE + offsetHeight + EDGE <= clientHeight;
    const top = Math.max(EDGE, below ? y + DISTANCE : y - DISTANCE - offsetHeight);
    this.#element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    this.#element.style.visibility = 'visible';
  }

  hide() {
    this.#element.style.visibility = 'hidden';
  }

  destroy() {
    this.#element.remove();
  }

  /** @param {string} text @param {boolean} isHeading */
  #line(text, isHeading) {
    const line = this.#container.ownerDocument.createElement('div');
    line.textContent = text;
    if (isHeading) line.style.fontWeight = '600';
    else line.style.opacity = '0.85';
    return line;
  }
}
