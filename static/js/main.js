/**
 * Finds the elements, builds each part once, and joins them.
 *
 * @import { ConnectionState } from './connection.js'
 * @import { Command } from './keys.js'
 * @import { Scenario } from './protocol.js'
 */

import { BusyView } from './busy/view.js';
import { Connection } from './connection.js';
import { find, surroundings } from './dom.js';
import { EventStore } from './event-store.js';
import { scenarioOfKey } from './fire/keys.js';
import { ResultsView } from './fire/results.js';
import { FireView } from './fire/view.js';
import { Filter } from './filter.js';
import { Recorded } from './filter/recorded.js';
import { FilterView } from './filter/view.js';
import { FindView } from './find/view.js';
import { fire, fireIds } from './firing.js';
import { Frame } from './frame.js';
import { HelpView } from './help/view.js';
import { InspectView } from './inspect/view.js';
import { Inspection } from './inspection.js';
import { isolationOf } from './isolation.js';
import { commandOf } from './keys.js';
import { LastingModel } from './lasting/model.js';
import { LastingView } from './lasting/view.js';
import { LegendModel } from './legend/model.js';
import { LegendView } from './legend/view.js';
import { isBusy } from './narrator/busy.js';
import { NarratorView } from './narrator/view.js';
import { Findings } from './problems/findings.js';
import { ProblemsModel } from './problems/model.js';
import { ProblemsView } from './problems/view.js';
import { LinesSocket } from './lines-socket.js';
import { Merger } from './merger.js';
import { Notice } from './notice.js';
import { ProblemMarks } from './problem-marks.js';
import { readRecording } from './recording/reader.js';
import { Shelf } from './recording/shelf.js';
import { RecordingView, textOf } from './recording/view.js';
import { Replay } from './replay.js';
import { send } from './request/sending.js';
import { RequestView } from './request/view.js';
import { SeesView } from './sees/view.js';
import { ScrollStop } from './scroll-stop.js';
import { Search } from './search.js';
import { Selection } from './selection.js';
import { Shortcuts } from './shortcuts.js';
import { Sources } from './source.js';
import { StacksView } from './stacks/view.js';
import { StartView } from './start/view.js';
import { steering } from './steering.js';
import { TableView } from './table/view.js';
import { TabsView } from './tabs/view.js';
import { Theme } from './theme.js';
import { AxisChoice } from './timeline/axis-choice.js';
import { BINS_PER_DECADE, LEAST_LIFE_NS } from './timeline/census.js';
import { TimelineView } from './timeline/view.js';
import { BannerView } from './banner/view.js';
import { TourView } from './tour/view.js';
import { TransportView } from './transport/view.js';
import { plural } from './units.js';

const dom = surroundings();
const page = new URL('.', window.location.href);
const store = new EventStore();
const selection = new Selection();
const frame = new Frame(undefined, { still: dom.prefersStill });
const theme = new Theme(dom);
const shortcuts = new Shortcuts(dom);
const ids = fireIds(dom);
const replay = new Replay({ store, selection, still: dom.prefersStill, onChange: () => frame.markStale('dom') });
const notice = new Notice({ onChange: () => frame.markDirty('dom') });
const marks = new ProblemMarks();
const findings = new Findings(store);
const problems = new ProblemsModel(store, findings, marks);
const search = new Search(store);
const filter = new Filter(store, {}, marks);
const recorded = new Recorded({ address: page.href, onChange: () => frame.markDirty('dom') });
const inspection = new Inspection();
/** @type {ConnectionState} */
let connectionState = { kind: 'connecting' };
/** @type {Scenario[]} */
let scenarios = [];
/** The rule of the fault that was fired last, until its problem is told. @type {string | null} */
let brokenRule = null;

store.subscribe(() => {
  // A step that was let go cannot be looked at: the oldest that is left is the nearest.
  if (selection.step >= 0 && selection.step < store.firstIndex) selection.moveTo(store.firstIndex);
  frame.markStale('dom');
});
selection.subscribe(() => (selection.following ? frame.markStale('dom') : frame.markDirty('dom')));
theme.subscribe(() => frame.markDirty('dom'));
for (const shared of [search, filter]) shared.subscribe(() => frame.markStale('base'));

const middle = find('.middle');
const timeline = find('.timeline');
const results = new ResultsView(find('.results'), dom);
/** Whether the file that was dropped last is shown instead of the server's own recording. */
const isShelved = dom.address().searchParams.has('recording');
const shelf = new Shelf();
const recordings = new RecordingView({ veil: find('.recording-veil'), card: find('.recording-card') }, {
  shelf,
  onShow: () => dom.go(new URL('?recording', dom.address())),
  listen: dom.listen,
});
const fires = new FireView(find('.fire'), {
  onFire: fireScenario, onProblem: showRule, onBuild: (button) => requests.open(button), storage: dom,
  onOpen: () => recordings.choose(),
  onLive: isShelved ? () => dom.go(new URL('.', dom.address())) : null,
});
const requests = new RequestView(find('.request-card'), { onSend: sendBuilt, storage: dom });
const start = new StartView(middle, { store, frame, onFire: fireScenario });
const help = new HelpView(/** @type {HTMLDialogElement} */ (find('dialog.help')), { shortcuts, onTour: () => tour.begin() });
const tour = new TourView({ card: find('.tour'), offer: find('.tour-offer') }, { store, selection, frame, dom, onFire: fireScenario, onLook: lookAt });
const isRunning = () => replay.isRunning;
new NarratorView(find('.narrator'), { store, selection, frame, isRunning, summary: () => lanes.summary() });
new StacksView(find('.stacks'), { store, selection, frame, onInspect: inspect });
const sees = new SeesView(find('.sees'), { store, selection, frame });
const lasting = new LastingModel(store, ids.isOwn);
new LastingView(find('.lasting'), { model: lasting, selection, frame });
new BusyView(find('.busy'), {
  panel: find('.panel'), frame, isBusy: () => isRunning() && isBusy(lanes.summary()),
  census: () => ({ ...lanes.census(), ...lasting.pushesIn(lanes.window.from, lanes.window.to) }),
  bins: { leastNs: LEAST_LIFE_NS, perDecade: BINS_PER_DECADE },
});
const sources = new Sources(store, { address: page.href });
const problemsView = new ProblemsView(find('.problems'), {
  model: problems, store, selection, sources, frame, copy: dom.copy, badge: find('.tab-badge'),
});
const isolate = (/** @type {number} */ context) => filter.isolate(filter.only?.context === context ? null : isolationOf(store, context));
const finder = new FindView(find('.find'), { search, selection, frame, onLeave: focusTimeline });
new FilterView({ popover: find('.filter'), button: find('.filter-button'), line: find('.filter-line') }, { filter, store, frame, recorded });
new InspectView(find('.inspect'), {
  store, selection, inspection, frame, copy: dom.copy, sources,
  onIsolate: (context) => filter.isolate(isolationOf(store, context)),
});
new LegendView(find('.legend-signs'), { model: new LegendModel(store), frame });
const lanes = new TimelineView(timeline, { store, selection, frame, theme, search, filter, marks, memory: dom, onInspect: inspect });
new AxisChoice(find('.axis'), lanes, dom);

/** @type {Record<Command, () => void>} */
const actions = {
  ...steering({ store, selection, replay, problems, notice, onProblem: (step) => problemsView.openAt(step) }),
  zoomIn: () => lanes.zoom(1.4),
  zoomOut: () => lanes.zoom(1 / 1.4),
  panLeft: () => lanes.pan(-0.2),
  panRight: () => lanes.pan(0.2),
  lanesUp: () => lanes.pan(0, -0.3),
  lanesDown: () => lanes.pan(0, 0.3),
  fit: () => lanes.fit(),
  table: toggleTable,
  find: () => finder.focus(),
  hit: () => finder.go(1),
  hitBack: () => finder.go(-1),
  inspect: inspectHere,
  isolate: isolateHere,
  help: () => help.open(),
  close,
};
new TransportView(find('.top'), { store, selection, frame, replay, theme, notice, connection: () => connectionState, actions });

new ScrollStop(find('.panel'));
new BannerView(find('.banner'), { frame, connection: () => connectionState, hello: () => store.runs.at(-1)?.hello ?? null });
// The last one of all: it scrolls, for which the browser lays out what the others have written.
new TableView(find('.events'), { store, selection, frame, search, filter, onInspect: inspect, onIsolate: isolate });

const stream = new URL('stream?follow=1', page);
stream.protocol = stream.protocol.replace('http', 'ws');
const connection = new Connection({
  url: stream.href,
  position: () => ({ after: store.lastNumber, run: store.runId, processes: store.positions() }),
  openLines: (position) => new LinesSocket(new URL('messages', page).href, position),
  onMessage: (message) => merger.take(message),
  onState: (state) => {
    connectionState = state;
    frame.markDirty('dom');
  },
});
const merger = new Merger({
  store,
  release: (message) => {
    store.append(message);
    recorded.take(message);
    if (message.type === 'hello') {
      scenarios = message.scenarios;
      document.title = `${message.recording?.name ?? message.app.name} · FlaskScope`;
      if (message.recording !== null) fires.showRecording(message.recording, message.app.name);
      else fires.show(scenarios, message.routes.length > 0);
      requests.offer(message.routes, message.app.mount);
      start.offer(scenarios, message.settings.record === 'watched');
      const outside = scenarios.find(({ rule, does }) => rule === 'outside-app-context' && does === 'scenario');
      sees.offerOutside(outside === undefined ? null : () => fireScenario(outside));
      tellFailures(message);
      tour.offer(scenarios);
      help.offerTour(tour.isPossible);
    } else if (message.type === 'problem') {
      if (findings.take(message)) for (const part of /** @type {const} */ (['dom', 'base'])) frame.markStale(part);
      tellRule(message.rule);
    } else if (message.type === 'error') {
      console.warn(`${message.what} ${message.remedy}`);
    }
  },
});
if (isShelved) showShelved();
else connection.connect();

dom.listen('keydown', (/** @type {KeyboardEvent} */ event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const command = commandOf(event, focusOf(dom.focused()), shortcuts.isOn);
  if (command === null || find('dialog.help').hasAttribute('open')) return;
  // The browser itself closes what is on top.
  if (event.key === 'Escape' && find('.filter').matches(':popover-open')) return;
  event.preventDefault();
  if ('command' in command) actions[command.command]();
  else {
    const scenario = fires.ofFocused(command.digit) ?? scenarioOfKey(scenarios, command.digit);
    if (scenario !== null && !event.repeat) fireScenario(scenario);
  }
});

find('[data-do="table"]').addEventListener('click', toggleTable);
find('.fire').addEventListener('click', (event) => {
  // Pressed with the pointer: the keys should act on the timeline from here on.
  if (event.detail > 0) focusTimeline();
});
find('.more-button').addEventListener('click', () => {
  const isOpen = find('.top').classList.toggle('more');
  find('.more-button').setAttribute('aria-expanded', String(isOpen));
  frame.markDirty('base');
});
const tabs = new TabsView(find('.tabs'), {
  onShow: (name) => {
    document.body.dataset.tab = name;
    // On a small screen the card lies over what a tab shows.
    if (name !== 'fire' && isSmall()) results.closeLatest();
    frame.markDirty('dom');
  },
});
tabs.show('fire');
frame.markDirty('dom');

/** @param {Scenario} scenario */
async function fireScenario(scenario) {
  const answered = replay.expect();
  fires.began(scenario);
  const outcomes = await fire(scenario, { nextId: ids.next, address: page.href });
  answered();
  fires.ended(scenario, outcomes);
  if (scenario.rule != null) {
    brokenRule = scenario.rule;
    // The doctor tells each fault of a line of code once: the card may be there already.
    if (findings.all.some(({ rule }) => rule === brokenRule)) tellRule(brokenRule);
  }
  const failed = outcomes.find(({ ok }) => !ok);
  // A request's own answer is told beside its button; a card is for what must be read.
  if (scenario.does === 'scenario' ? outcomes[0].output !== null || failed !== undefined : failed?.output === null) {
    results.show(failed ?? outcomes[0]);
  }
}

/** @param {import('./request/model.js').Built} built */
async function sendBuilt(built) {
  const answered = replay.expect();
  const answer = await send(built, ids.next());
  answered();
  return answer;
}

/** Say what this recording may miss, to whoever did not see it happen. @param {import('./protocol.js').Hello} hello */
function tellFailures({ counts: { failures } }) {
  if (failures > 0) notice.say(`FlaskScope itself failed ${plural(failures, 'time')}: parts may be missing`);
}

/** The doctor found what a rule is about: to whoever just broke it, its card is opened. @param {string} rule */
function tellRule(rule) {
  fires.found(rule, scenarios);
  if (rule !== brokenRule) return;
  brokenRule = null;
  problemsView.openRule(rule);
}

/** @param {string} rule */
function showRule(rule) {
  tabs.show('panel');
  problemsView.openRule(rule);
}

/** The tour speaks of a part of the panel. @param {'stacks' | 'sees' | 'lasting' | null} name */
function lookAt(name) {
  for (const part of find('.panel').children) part.classList.toggle('spot', name !== null && part.matches(`.${name}`));
  if (name === null) return;
  tabs.show('panel');
  frame.markDirty('dom');
  // On a small screen the tour's card covers the end of the panel; the newest blocks of a stack are at its bottom.
  find(`.${name}`).scrollIntoView({ block: !isSmall() ? 'nearest' : name === 'stacks' ? 'end' : 'start' });
}

/** Show the file on the shelf. It was checked before it was put there. */
async function showShelved() {
  const file = await shelf.take();
  if (file === null) {
    // Another browser, or its storage was emptied: what is running is all there is.
    connection.connect();
    return;
  }
  connectionState = { kind: 'open' };
  for await (const message of readRecording(textOf(file), file.name)) merger.take(message);
  frame.markDirty('dom');
}

/** Escape ends one thing at a time: the card on top first, what was looked for last. */
function close() {
  if (recordings.close() || results.closeLatest() || requests.close() || inspection.close() || tour.end()) return;
  if (filter.only !== null) filter.isolate(null);
  else finder.clear();
}

/** @param {number} context */
function inspect(context) {
  inspection.open(context);
}

/** The context of the step at the playhead. */
function contextHere() {
  const { step } = selection;
  return step >= store.firstIndex && step < store.size ? store.at(step).context : null;
}

/** Tell about the context at the playhead. */
function inspectHere() {
  const context = contextHere();
  if (context !== null) inspect(context);
}

/** Show only what belongs to the context at the playhead; when that is so, all again. */
function isolateHere() {
  const context = contextHere();
  if (context === null) notice.say('This step belongs to no context');
  else isolate(context);
}

function focusTimeline() {
  /** @type {HTMLElement | null} */ (timeline.querySelector('[tabindex]'))?.focus({ preventScroll: true });
}

/** Whether the screen is so small that it has tabs. */
function isSmall() {
  return find('.tabs').offsetParent !== null;
}

function toggleTable() {
  if (isSmall()) {
    tabs.show(document.body.dataset.tab === 'table' ? 'panel' : 'table');
    return;
  }
  const focused = dom.focused();
  const isFull = document.body.classList.toggle('full-table');
  // The timeline is hidden now, and keys act on its twin.
  if (isFull && timeline.contains(focused)) /** @type {HTMLElement} */ (find('.event-scroller')).focus({ preventScroll: true });
  else if (!isFull && find('.events').contains(focused)) focusTimeline();
  find('[data-do="table"]').setAttribute('aria-pressed', String(isFull));
  frame.markDirty('dom');
  frame.markDirty('base');
}

/** @param {Element | null} element @returns {'timeline' | 'text' | 'control' | 'nothing'} */
function focusOf(element) {
  if (element === null || element === document.body) return 'nothing';
  if (element.matches('.timeline-scrubber, .event-scroller')) return 'timeline';
  if (element.matches('input:not([type="range"]), textarea, select, [contenteditable]')) return 'text';
  return element.matches('button, a, summary, [role="slider"], [tabindex]') ? 'control' : 'nothing';
}
