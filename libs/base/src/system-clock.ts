import { Clock } from './clock';

/** The machine's own clock: the only implementation that real processes use. */
export const systemClock: Clock = {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    setTimeout: (callback, delayMs) => {
        const handle = setTimeout(callback, delayMs);
        return { dispose: () => clearTimeout(handle) };
    }
};
