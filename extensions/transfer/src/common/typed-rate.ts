const UNITS: Readonly<Record<string, number>> = { '': 1e6, k: 1e3, m: 1e6, g: 1e9 };
/** The widest that anything can be set to: 100 Gbps. */
export const MOST_BPS = 1e11;

/**
 * Bits per second of a rate as people type it: a number with a point or a comma, then `K`, `M` or `G` with or without
 * `bps`, `bit/s` or `b/s`; a bare number is Mbps. Undefined for everything else, for less than nothing and for more
 * than 100 Gbps.
 */
export function parseTypedRate(text: string): number | undefined {
    const match = /^(\d{1,12}(?:[.,]\d{1,6})?)\s*(?:([kmg]?)(?:bps|bit\/s|b\/s|bits\/s)|([kmg]?))$/i.exec(
        text.trim()
    );
    if (!match) {
        return undefined;
    }
    const [, number, withUnit, short] = match;
    // `500 bps` names its unit, `500` does not
    const factor = withUnit === '' ? 1 : UNITS[(withUnit ?? short).toLowerCase()];
    const rateBps = Math.round(Number(number.replace(',', '.')) * factor);
    return rateBps <= MOST_BPS ? rateBps : undefined;
}
