/** What a suite says of its samples. */

/** The value at a share of the sorted numbers; 0.5 is the median. */
export function quantile(numbers, at) {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * at)]
}

export const median = (numbers) => quantile(numbers, 0.5)

/** Median and quartiles. */
export function spread(numbers) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((at) => quantile(numbers, at))
  return { median: middle, low, high }
}

/**
 * Samples of several contenders as rows: medians of each measure, and the ratio of `by` to the base's
 * in the same round. `results`: name → one sample (an object of numbers) for each round.
 */
export function rowsOf(results, { base, by }) {
  return [...results].map(([name, samples]) => ({
    name,
    ...Object.fromEntries(
      Object.keys(samples[0]).map((key) => [key, median(samples.map((one) => one[key]))]),
    ),
    ratio: ratioOf(results, name, base, by),
  }))
}

/** The ratio of one contender to another, round by round. */
export function ratioOf(results, name, base, by) {
  const bases = results.get(base)
  return spread(results.get(name).map((sample, round) => sample[by] / bases[round][by]))
}

/** What an issue asked for beside what was found: a number, or a spread. */
export function target(what, most, found, unit = '') {
  const middle = typeof found === 'number' ? found : found.median
  return { what, most, found, unit, met: middle <= most }
}
