/** Standard normal distribution function; error under 1e-7 (Abramowitz and Stegun, 7.1.26). */
export function normalCdf(z: number): number {
  const x = Math.abs(z) * Math.SQRT1_2
  const t = 1 / (1 + 0.3275911 * x)
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const tail = 0.5 * series * Math.exp(-x * x)
  return z < 0 ? tail : 1 - tail
}

/**
 * How far below `best` a log-normal value is expected to fall: E[max(0, best − e^Y)] with Y ~ N(mean, variance).
 * @param best above 0, in the unit of e^Y
 */
export function expectedImprovement(best: number, mean: number, variance: number): number {
  const spread = Math.sqrt(variance)
  if (spread < 1e-6) return Math.max(0, best - Math.exp(mean))
  const z = (Math.log(best) - mean) / spread
  if (z < -4) return 0
  return Math.max(0, best * normalCdf(z) - Math.exp(mean + variance / 2) * normalCdf(z - spread))
}
