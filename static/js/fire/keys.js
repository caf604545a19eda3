/**
 * The groups of what can be fired, each fault with its mended twin, and the key of each.
 *
 * @import { Scenario } from '../protocol.js'
 */

/** @type {[group: Scenario['group'], title: string][]} */
const GROUPS = [
  ['request', 'Fire a request'],
  ['without', 'Without a request'],
  ['wrong', 'Make it go wrong'],
];

/** More faults than these are told apart by what they are about. */
const MOST_IN_ONE = 9;

/** What the doctor's rules are about, by how their names begin. @type {[begins: RegExp, theme: string][]} */
const THEMES = [
  [/^(outside|thread|job)-/, 'Outside of a context'],
  [/^(context|popped|stream|stale)-/, 'Pushed and popped'],
  [/^g-/, 'What g is not'],
  [/^session-/, 'The session'],
  [/^teardown-/, 'Teardown'],
];
const OTHERS = 'In a view';

/**
 * @typedef {object} Entry
 * @property {Scenario} scenario
 * @property {Scenario | null} twin  What does the same the right way.
 * @property {string | null} key  1 to 9 for the first nine of all.
 */
/** @typedef {{ title: string, entries: Entry[] }} Theme */
/** @typedef {{ id: Scenario['group'], title: string, count: number, themes: Theme[] }} Group  One theme without a title, or several. */

/**
 * @param {Scenario[]} scenarios
 * @returns {Group[]} Without empty groups.
 */
export function grouped(scenarios) {
  const names = new Set(scenarios.map(({ name }) => name));
  const twins = new Map(scenarios.filter(({ mends }) => mends != null && names.has(mends)).map((twin) => [twin.mends, twin]));
  let count = 0;
  return GROUPS.map(([id, title]) => {
    const entries = scenarios
      .filter(({ group, mends }) => group === id && (mends == null || !names.has(mends)))
      .map((scenario) => ({ scenario, twin: twins.get(scenario.name) ?? null }));
    const keyed = themesOf(entries).map((theme) => ({
      title: theme.title,
      entries: theme.entries.map((entry) => {
        count += 1;
        return { ...entry, key: count <= 9 ? String(count) : null };
      }),
    }));
    return { id, title, count: entries.length, themes: keyed };
  }).filter((group) => group.count > 0);
}

/**
 * @param {Scenario[]} scenarios
 * @param {string} key
 * @returns {Scenario | null}
 */
export function scenarioOfKey(scenarios, key) {
  for (const { themes } of grouped(scenarios)) {
    for (const { entries } of themes) {
      const entry = entries.find((candidate) => candidate.key === key);
      if (entry !== undefined) return entry.scenario;
    }
  }
  return null;
}

/** @template {{ scenario: Scenario }} T @param {T[]} entries @returns {{ title: string, entries: T[] }[]} */
function themesOf(entries) {
  if (entries.length <= MOST_IN_ONE || entries.every(({ scenario }) => scenario.rule == null)) return [{ title: '', entries }];
  /** @type {Map<string, T[]>} */
  const themes = new Map();
  for (const entry of entries) {
    const { rule } = entry.scenario;
    const theme = rule == null ? OTHERS : THEMES.find(([begins]) => begins.test(rule))?.[1] ?? OTHERS;
    const known = themes.get(theme);
    if (known === undefined) themes.set(theme, [entry]);
    else known.push(entry);
  }
  return [...themes].map(([title, those]) => ({ title, entries: those }));
}
