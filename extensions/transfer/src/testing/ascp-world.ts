import * as fs from 'node:fs';
import * as path from 'node:path';

/** What `ascp -A` prints here. */
export const STAND_IN_VERSION = `IBM Aspera Connect version 4.2.8.540
Operating System: Linux
License max rate=(unlimited), account no.=1, license no.=1, product=2
`;

/** What the stand-in is to take for the world. */
export interface AscpWorld {
    /** Folder that plays the server's storage. */
    readonly root: string;
    readonly password: string;
    readonly hostKeySha1: string;
    /** File that gets a line of JSON, {@link AscpCall}, for each start. */
    readonly record: string;
    /** Ends each run with this error. */
    readonly refusal?: { readonly number: number; readonly text: string };
    /** Says this on standard error and ends before it reports anything. */
    readonly deadWords?: string;
}

/** How the stand-in was started. */
export interface AscpCall {
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
}

/** Makes `folder/bin/ascp`, an executable that lives in `world`, with a licence beside it. Returns its path. */
export function writeAscpStandIn(folder: string, world: AscpWorld): string {
    const bin = path.join(folder, 'bin');
    const etc = path.join(folder, 'etc');
    [bin, etc].forEach(each => fs.mkdirSync(each, { recursive: true }));
    const worldFile = path.join(folder, 'world.json');
    fs.writeFileSync(worldFile, JSON.stringify(world));
    fs.writeFileSync(path.join(etc, 'aspera-license'), 'for tests');
    const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const script = require.resolve('./ascp-stand-in');
    const program = path.join(bin, 'ascp');
    const command = `ASCP_WORLD=${quoted(worldFile)} exec ${quoted(process.execPath)} ${quoted(script)} "$@"`;
    fs.writeFileSync(program, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return program;
}

/** How it was started so far, the latest last. */
export function ascpCalls({ record }: AscpWorld): AscpCall[] {
    const lines = fs.existsSync(record) ? fs.readFileSync(record, 'utf8').trim().split('\n') : [];
    return lines.map(line => JSON.parse(line) as AscpCall);
}
