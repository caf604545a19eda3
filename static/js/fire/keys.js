/**
 * The groups of what can be fired, and the key of each.
 *
 * @import { Scenario } from '../protocol.js'
 */

/** @type {[group: Scenario['group'], title: string][]} */
const GROUPS = [
  ['request', 'Fire a request'],
  ['without', 'Without a request'],
  ['wrong', 'Make it go wrong'],
];

/**
 * @param {Scenario[]} scenarios
 * @returns {{ title: string, entries: { scenario: Scenario, key: string | null }[] }[]} Without empty groups; the
 *   keys 1 to 9 go to the first nine on screen.
 */
export function grouped(scenarios) {
  let count = 0;
  return GROUPS.map(([group, title]) => ({
    title,
    entries: scenarios.filter((scenario) => scenario.group === group).map((scenario) => {
      count += 1;
      return { scenario, key: count <= 9 ? String(count) : null };
    }),
  })).filter(({ entries }) => entries.length > 0);
}

/**
 * @param {Scenario[]} scenarios
 * @param {string} key
 * @returns {Scenario | null}
 */
export function scenarioOfKey(scenarios, key) {
  for (const { entries } of grouped(scenarios)) {
    const entry = entries.find((candidate) => candidate.key === key);
    if (entry !== undefined) return entry.scenario;
  }
  return null;
}
