/** What `ascp -A` prints, as far as people want to know it. */
export interface AscpVersion {
    readonly version?: string;
    /** What the licence allows, one line. */
    readonly licence?: string;
}

/** Reads lines such as `IBM Aspera Connect version 4.2.8.540` and `License max rate=(unlimited), account no.=1, …`. */
export function parseAscpVersion(output: string): AscpVersion {
    const lines = output.split(/\r?\n/).map(line => line.trim());
    const version = lines.find(line => / version \d/.test(line));
    const licence = lines.find(line => /^licen[cs]e /i.test(line));
    return { ...(version === undefined ? {} : { version }), ...(licence === undefined ? {} : { licence }) };
}
