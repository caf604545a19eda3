/** Which part of the recording is on screen. All in CSS pixels. */

/** The playhead is kept between these shares of the plot when it moves. */
const LEAST_SHARE = 0.2;
const MOST_SHARE = 0.75;

export class Viewport {
  #x = 0;
  #y = 0;
  #width = 0;
  #height = 0;
  #contentWidth = 0;
  #contentHeight = 0;

  /** How much of the recording lies left of the plot. */
  get scrollX() {
    return this.#x;
  }

  /** How much of the lanes lies above. */
  get scrollY() {
    return this.#y;
  }

  get overflowsX() {
    return this.#contentWidth > this.#width || this.#x !== 0;
  }

  get overflowsY() {
    return this.#contentHeight > this.#height;
  }

  /**
   * The size of the plot and of everything there is to scroll through.
   *
   * @param {{ width?: number, height?: number, contentWidth?: number, contentHeight?: number }} size
   */
  resize({ width, height, contentWidth, contentHeight }) {
    this.#width = width ?? this.#width;
    this.#height = height ?? this.#height;
    this.#contentWidth = contentWidth ?? this.#contentWidth;
    this.#contentHeight = contentHeight ?? this.#contentHeight;
    return this.scrollTo(this.#x, this.#y);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {boolean} [free]  Also beyond the ends of the recording, to keep something where it is on screen.
   * @returns {boolean} Whether anything moved.
   */
  scrollTo(x, y, free = false) {
    const most = Math.max(0, this.#contentWidth - this.#width);
    // Who is beyond an end may stay there, but goes no farther.
    const nextX = free ? x : Math.max(Math.min(0, this.#x), Math.min(Math.max(most, this.#x), x));
    const nextY = Math.max(0, Math.min(this.#contentHeight - this.#height, y));
    const moved = nextX !== this.#x || nextY !== this.#y;
    this.#x = nextX;
    this.#y = nextY;
    return moved;
  }

  /**
   * Scroll no more than needed to see *x* with some of what comes before and after it.
   *
   * @param {number} x  Of the recording.
   * @returns {boolean} Whether anything moved.
   */
  revealX(x) {
    const least = x - this.#width * MOST_SHARE;
    const most = x - this.#width * LEAST_SHARE;
    return this.scrollTo(Math.min(most, Math.max(least, this.#x)), this.#y);
  }

  /**
   * Scroll no more than needed to see a lane.
   *
   * @param {number} top  Of the lanes' content.
   * @param {number} bottom
   * @returns {boolean} Whether anything moved.
   */
  revealY(top, bottom) {
    const least = bottom - this.#height;
    return this.scrollTo(this.#x, Math.min(top, Math.max(least, this.#y)));
  }
}
