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
