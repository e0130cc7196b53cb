/** Durations in bins that are 2 % wide: percentiles of millions of them in a few kilobytes. */
export class Histogram {
  #bins = new Float64Array(1200);
  count = 0;

  /** Counts one duration in milliseconds. */
  add(ms) {
    this.#bins[Math.max(0, Math.min(1199, Math.round(Math.log(Math.max(ms, 1e-3) / 1e-3) / Math.log(1.02))))] += 1;
    this.count += 1;
  }

  /** The duration in milliseconds that a share `q` does not exceed; 0 when there is none. */
  quantile(q) {
    let left = q * this.count;
    for (let bin = 0; bin < 1200; bin += 1) {
      left -= this.#bins[bin];
      if (left <= 0 && this.count > 0) return 1e-3 * 1.02 ** bin;
    }
    return 0;
  }
}
