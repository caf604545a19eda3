/** Small things that the timeline needs of its element and its browser. */

/** Milliseconds that the hint stays. */
const SHOWN_MILLISECONDS = 5_000;

/** Says how to zoom, when the wheel is turned for the first time; never again once somebody knows. */
export class Hint {
  #element;
  #known = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} container */
  constructor(container) {
    this.#element = container.ownerDocument.createElement('p');
    this.#element.className = 'timeline-hint';
    this.#element.setAttribute('role', 'status');
    this.#element.hidden = true;
    container.append(this.#element);
  }

  show() {
    if (this.#known) return;
    this.#known = true;
    this.#element.textContent = 'The wheel moves. To zoom: Ctrl and wheel, pinch, or the keys W and S.';
    this.#element.hidden = false;
    this.#timer = setTimeout(() => this.learnt(), SHOWN_MILLISECONDS);
  }

  /** Somebody zoomed. */
  learnt() {
    this.#known = true;
    clearTimeout(this.#timer);
    this.#element.hidden = true;
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#element.remove();
  }
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
