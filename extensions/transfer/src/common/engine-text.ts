import type { EngineInfo } from './engine-protocol';

/** One line about an engine: what is wrong with it, what sets it apart, or its version. */
export function engineLine({ version, problem, purpose }: EngineInfo): string {
    return problem ?? purpose ?? version ?? '';
}

/** Everything that is known of an engine, with a name for each. */
export function engineRows(info: EngineInfo): ReadonlyArray<readonly [name: string, value: string]> {
    const { purpose, version, program, licence, problem } = info;
    const rows: ReadonlyArray<readonly [string, string | undefined]> = [
        ['For', purpose],
        ['Version', version],
        ['Program', program],
        ['Licence', licence],
        ['Problem', problem]
    ];
    return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
