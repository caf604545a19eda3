/**
 * The timeline on the page: a canvas for what happened, one over it for the playhead, and a slider for the
 * keyboard.
 *
 * @import { Surroundings } from '../dom.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Filter } from '../filter.js'
 * @import { Frame } from '../frame.js'
 * @import { ProblemMarks } from '../problem-marks.js'
 * @import { Search } from '../search.js'
 * @import { Selection } from '../selection.js'
 * @import { Theme } from '../theme.js'
 * @import { Axis } from './camera.js'
 * @import { Palette } from './palette.js'
 * @import { Summary } from './summary.js'
 * @import { Scene } from './scene.js'
 */

import { laneName } from '../naming.js';
import { stretchesOf } from '../stretches.js';
import { countText } from '../units.js';
import { Camera } from './camera.js';
import { censusOf } from './census.js';
import { Emphasis } from './emphasis.js';
import { explain, placeText } from './explain.js';
import { Gestures } from './gestures.js';
import { paintGhost } from './ghost.js';
import { hitTest } from './hit-test.js';
import { Hover } from './hover.js';
import { divide, layOut } from './layout.js';
import { LaneMenu } from './lane-menu.js';
import { LaneOrder } from './lane-order.js';
import { NARROW } from './metrics.js';
import { TimelineModel } from './model.js';
import { Movement } from './movement.js';
import { OverviewWindow } from './overview-window.js';
import { paintOverview } from './paint-overview.js';
import { paintMoment, paintOverlay } from './paint-overlay.js';
import { RowPainter } from './paint-rows.js';
import { paintScene } from './painter.js';
import { readPalette } from './palette.js';
import { Scrubber } from './scrubber.js';
import { paintStretchMarks } from './stretches.js';
import { Surface } from './surface.js';
import { Hint } from './hint.js';

export class TimelineView {
  #element;
  #store;
  #selection;
  #frame;
  #theme;
  #model;
  #camera;
  #viewport;
  #window;
  #rows = new RowPainter();
  #hint;
  #order;
  #menu;
  #emphasis;
  #surface;
  #scrubber;
  #hover;
  #gestures;
  #movement;
  /** @type {Palette} */
  #palette;
  /** What the base shows; null while there is nothing to show. @type {Scene | null} */
  #scene = null;
  /** Whether the playhead is drawn on the base: where both change together one canvas costs half, and neither runs ahead of the other. */
  #isJoined = false;
  /** When the base was painted last: the time of the frame. */
  #paintedAt = -1;
  /** Whether nothing is drawn on the overlay. */
  #isClear = true;
  /** Where the playhead stood when it was heard of last. */
  #knownStep = -1;
  /** Whether the lane of the playhead is still to be scrolled to. */
  #laneIsDue = false;
  /** @type {(() => void)[]} */
  #undo = [];

  /**
   * @param {HTMLElement} element  Becomes a labelled group; has a size of its own.
   * @param {object} parts
   * @param {EventStore} parts.store
   * @param {Selection} parts.selection
   * @param {Frame} parts.frame
   * @param {Pick<Theme, 'name' | 'colour' | 'subscribe'>} parts.theme
   * @param {Search} parts.search  Whoever changes it marks the base as out of date.
   * @param {Filter} parts.filter  As the search.
   * @param {ProblemMarks} [parts.marks]  As the search.
   * @param {Pick<Surroundings, 'read' | 'keep'>} [parts.memory]  Of what was decided about the lanes.
   * @param {(context: number) => void} parts.onInspect  A context was pressed.
   */
  constructor(element, { store, selection, frame, theme, search, filter, marks, memory, onInspect }) {
    this.#element = element;
    this.#store = store;
    this.#selection = selection;
    this.#frame = frame;
    this.#theme = theme;
    this.#emphasis = new Emphasis(store, search, filter);
    this.#model = new TimelineModel(store, marks);
    this.#camera = new Camera(this.#model);
    this.#viewport = this.#camera.viewport;
    this.#window = new OverviewWindow(this.#model, this.#camera);
    element.setAttribute('role', 'group');
    if (!element.hasAttribute('aria-label')) element.setAttribute('aria-label', 'Timeline');
    Object.assign(element.style, { overflow: 'hidden', userSelect: 'none' });
    if (getComputedStyle(element).position === 'static') element.style.position = 'relative';
    this.#surface = new Surface(element, () => this.#resized());
    this.#scrubber = new Scrubber(element, {
      move: (by) => this.#moveBy(by),
      focus: () => frame.markDirty('overlay'),
    });
    this.#hover = new Hover(element, {
      changed: () => frame.markDirty('overlay'),
      explain: (hit) => (this.#scene === null ? [] : explain(store, this.#model, this.#scene, hit)),
    });
    this.#hint = new Hint(element);
    this.#order = new LaneOrder(() => this.#changed(), { nameOf: (lane) => laneName(store, lane), memory });
    this.#menu = new LaneMenu(element, {
      store, order: this.#order, lanes: () => this.#order.apply(this.#model.bars.lanes.values(), store.lanes),
    });
    this.#palette = readPalette((name) => theme.colour(name), theme.name);
    this.#hover.colour(this.#palette);
    this.#movement = new Movement({
      store, selection, model: this.#model, camera: this.#camera, overview: this.#window, hint: this.#hint,
      scene: () => this.#scene,
      plot: () => ({ left: divide(this.#size, false, 1).left, width: this.#size.width }),
      changed: () => this.#changed(),
    });
    this.#gestures = new Gestures(element, {
      at: (x, y) => (this.#scene === null ? null : hitTest(this.#scene, x, y)),
      moveTo: (step) => selection.moveTo(step),
      inspect: onInspect,
      scrubTo: (x) => this.#movement.scrubTo(x),
      moveWindow: (x, grip) => this.#movement.moveWindow(x, grip),
      gripAt: (x) => this.#movement.gripAt(x),
      pan: (dx, dy) => this.#movement.panBy(dx, dy),
      zoom: (x, factor) => this.#movement.zoomAt(x, factor),
      hint: () => this.#hint.show(),
      hover: (hit, x, y) => this.#hover.show(hit, x, y),
      focus: () => this.#scrubber.focus(),
      fold: (name) => this.#order.toggleGroup(name),
    });
    this.#listen();
  }

  destroy() {
    for (const undo of this.#undo) undo();
    this.#gestures.destroy();
    this.#scrubber.destroy();
    this.#hover.destroy();
    this.#hint.destroy();
    this.#menu.destroy();
    this.#surface.destroy();
  }

  #listen() {
    const frame = this.#frame;
    const all = () => this.#drawAll();
    this.#undo.push(
      frame.on('dom', () => this.#announce()),
      frame.on('base', (now) => this.#paintBase(now)),
      frame.on('overlay', (now) => this.#paintOverlay(now)),
      this.#store.subscribe(() => this.#stale()),
      this.#selection.subscribe(() => this.#playheadMoved()),
      this.#theme.subscribe(() => {
        this.#palette = readPalette((name) => this.#theme.colour(name), this.#theme.name);
        this.#hover.colour(this.#palette);
        all();
      }),
    );
    all();
  }

  /** More came: it is drawn when its time has come. */
  #stale() {
    this.#frame.markStale('base');
    this.#frame.markStale('overlay');
  }

  #drawAll() {
    this.#frame.markDirty('base');
    this.#frame.markDirty('overlay');
  }

  /** There is more room or less: the lane of the playhead stays in sight, if it was. */
  #resized() {
    const { from, to } = this.#camera.window;
    const { step } = this.#selection;
    if (step >= from && step <= to) this.#laneIsDue = true;
    this.#drawAll();
  }

  /** The width and height of everything, CSS pixels. */
  get #size() {
    return this.#surface.size;
  }

  /** @param {number} now  Of the frame. @param {boolean} [joins]  Whether the playhead is drawn, too. */
  #paintBase(now, joins = true) {
    this.#paintedAt = now;
    const { width } = this.#surface.fit();
    this.#camera.resize(width - divide(this.#size, false, 1).left, width < NARROW);
    if (this.#surface.isEmpty) return;
    const { base: { brush }, meter } = this.#surface;
    this.#model.advance();
    const count = this.#model.size;
    if (count === 0) {
      this.#scene = null;
      this.#isJoined = false;
      const areas = divide(this.#size, false, 1);
      this.#scrubber.place(areas);
      paintGhost(brush, areas, this.#palette);
      return;
    }
    this.#settle();
    let scene = this.#layOut();
    this.#scene = scene;
    if (this.#revealLane()) this.#scene = scene = this.#layOut();
    const { areas } = scene;
    this.#scrubber.place(areas);
    this.#menu.place(areas);
    const touchAction = this.#viewport.overflowsY ? 'none' : 'pan-y';
    if (this.#element.style.touchAction !== touchAction) this.#element.style.touchAction = touchAction;
    paintScene(brush, scene, this.#palette, meter.measure, this.#rows);
    paintOverview(brush, this.#model, areas, this.#window.span(areas), this.#palette, this.axis === 'time', this.#emphasis);
    paintStretchMarks(brush, stretchesOf(this.#store), areas, this.#window.scale(areas), this.#palette);
    this.#isJoined = joins && this.#hover.hit === null;
    if (!this.#isJoined) return;
    paintMoment(brush, scene, this.#moment(scene), this.#palette, meter.measure);
    this.#clearOverlay();
  }

  /** @param {number} now  Of the frame. */
  #paintOverlay(now) {
    // The playhead moves over a base that stays as it is: it is taken off it once.
    if (this.#isJoined && this.#paintedAt !== now) this.#paintBase(now, false);
    const scene = this.#scene;
    if (scene === null) this.#clearOverlay();
    if (scene === null || this.#isJoined) return;
    const { overlay: { brush }, meter } = this.#surface;
    paintOverlay(brush, scene, this.#moment(scene), this.#palette, meter.measure);
    this.#isClear = false;
  }

  #clearOverlay() {
    // A canvas that is touched is handed to the screen again.
    if (!this.#isClear) this.#surface.overlay.brush.clearRect(0, 0, this.#size.width, this.#size.height);
    this.#isClear = true;
  }

  /** @param {Scene} scene @returns {import('./paint-overlay.js').Overlay} */
  #moment({ areas }) {
    const step = Math.min(this.#selection.step, this.#model.size - 1);
    return {
      step,
      x: areas.left - this.#viewport.scrollX + this.#camera.scale.toX(step),
      name: countText(step + 1),
      overviewX: this.#window.scale(areas).toX(Math.max(this.#model.first, step)),
      depthOf: (lane) => this.#model.bars.lanes.get(lane)?.depthAt(step) ?? 0,
      hover: this.#hover.hit,
      focused: this.#scrubber.focused,
    };
  }

  /** @returns {Scene} */
  #layOut() {
    const place = () =>
      layOut({
        store: this.#store,
        model: this.#model,
        scale: this.#camera.scale,
        view: { ...this.#size, scrollX: this.#viewport.scrollX, scrollY: this.#viewport.scrollY },
        hasOverview: this.#viewport.overflowsX,
        measure: this.#surface.meter.measure,
        order: this.#order,
        emphasis: this.#emphasis,
      });
    const scene = place();
    const { areas, contentHeight } = scene;
    // With fewer lanes in view than before there may be less to scroll through.
    const moved = this.#viewport.resize({ height: areas.lanesBottom - areas.lanesTop, contentHeight });
    return moved ? place() : scene;
  }

  /** Tell the camera how much there is, and keep the playhead in sight when it has moved. */
  #settle() {
    this.#camera.settle();
    if (this.#laneIsDue) this.#viewport.revealX(this.#camera.scale.toX(this.#selection.step));
  }

  #playheadMoved() {
    const { step, following } = this.#selection;
    const isWhereItWas = step === this.#knownStep;
    this.#knownStep = step;
    // Following ended, because somebody looks elsewhere: that is not to be undone.
    if (isWhereItWas && !following) return;
    this.#laneIsDue = true;
    // The playhead goes with what is new: nothing of it is worked out before it is drawn.
    if (following) {
      this.#stale();
      return;
    }
    this.#model.advance();
    const before = this.#viewport.scrollX;
    this.#settle();
    if (before !== this.#viewport.scrollX || this.#revealLane()) this.#frame.markDirty('base');
    this.#frame.markDirty('overlay');
  }

  /** @returns {boolean} Whether the lanes scrolled so that the playhead's lane is in view. */
  #revealLane() {
    const step = this.#selection.step;
    if (!this.#laneIsDue || this.#scene === null || step < this.#scene.from || step > this.#scene.to) return false;
    this.#laneIsDue = false;
    const { lane: id } = this.#store.at(step);
    const lane = this.#scene.lanes.find((one) => one.id === id);
    if (lane === undefined) return false;
    const top = lane.y - this.#scene.areas.lanesTop + this.#viewport.scrollY;
    return this.#viewport.revealY(top, top + lane.height);
  }

  /** @param {number} by */
  #moveBy(by) {
    this.#selection.moveTo(Math.max(this.#store.firstIndex, Math.min(this.#store.size - 1, this.#selection.step + by)));
  }

  get axis() {
    return this.#camera.axis;
  }

  /** Choose the axis; the step at the playhead stays where it is. @param {Axis} axis */
  setAxis(axis) {
    this.#movement.setAxis(axis);
  }

  /** See less, larger, around the playhead or else the middle. @param {number} factor  Below 1 to see more. */
  zoom(factor) {
    this.#movement.zoom(factor);
  }

  /** Move what is in view by shares of its size. @param {number} across  To the right. @param {number} [down] */
  pan(across, down = 0) {
    this.#movement.pan(across, down);
  }

  /** Show the context of the playhead whole; when it already is, show all there is. */
  fit() {
    this.#movement.fit();
  }

  /** Something else is in view. */
  #changed() {
    this.#laneIsDue = false;
    this.#hover.show(null);
    this.#drawAll();
    // What is told about the view in words follows.
    this.#frame.markStale('dom');
  }

  /**
   * What is in view, counted.
   *
   * @returns {Summary}
   */
  summary() {
    const { from, to } = this.#camera.window;
    return this.#model.summary(from, to);
  }

  /** The first and the last step in view. */
  get window() {
    return this.#camera.window;
  }

  /** What is in view, told in numbers. */
  census() {
    const { from, to } = this.#camera.window;
    return censusOf(this.#model, from, to);
  }

  /** Where the playhead is, in words. */
  #announce() {
    this.#model.advance();
    const step = Math.min(this.#selection.step, this.#model.size - 1);
    const text = placeText(this.#store, this.#model, step, this.#selection.following);
    this.#scrubber.say(Math.max(-1, step), this.#model.size, text);
  }
}
