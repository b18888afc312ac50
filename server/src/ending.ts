import { Log } from './log';

/** A part of the server that has been told to end. */
export interface Ending {
    /** For the log. */
    readonly what: string;
    /** Never rejects. */
    readonly ended: Promise<void>;
}

/** How long is waited for parts of the server. */
export interface EndingPatience {
    /** What is waited for is said as often as this. */
    readonly tellEveryMs: number;
    /** What has not ended by then is left behind. */
    readonly giveUpMs: number;
}

const PATIENCE: EndingPatience = { tellEveryMs: 2000, giveUpMs: 10_500 };

/**
 * Waits for all of them, and says in the log for which it waits long.
 * @returns what has not ended; empty but where a process cannot even be killed
 */
export async function awaitEndings(
    endings: readonly Ending[],
    log: Log,
    { tellEveryMs, giveUpMs }: EndingPatience = PATIENCE
): Promise<readonly string[]> {
    const left = new Set(endings);
    const names = (): string[] => [...left].map(({ what }) => what);
    const tell = setInterval(() => log('stopping-waits', { for: names().join('; ') }), tellEveryMs);
    let giveUp: NodeJS.Timeout | undefined;
    const isLate = new Promise<void>(resolve => (giveUp = setTimeout(resolve, giveUpMs)));
    const all = Promise.all(endings.map(ending => ending.ended.then(() => left.delete(ending))));
    await Promise.race([all, isLate]);
    clearInterval(tell);
    clearTimeout(giveUp);
    return names();
}
