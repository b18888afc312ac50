import { ConnectError } from '@connect/base';

/** With nothing heard for so long the peer is asked for a sign of life, which also keeps a NAT's mapping. */
const ASK_AFTER_MS = 2000;
/** Between two checks no more than this counts: a process that was stopped for a minute slept, and not its peer. */
const MAX_STEP_MS = 1000;

/** How long an end waits before it calls the path dead. */
export interface PumpTimeouts {
    /** For the first answer. */
    readonly probeMs: number;
    /** Between two datagrams later on. */
    readonly silenceMs: number;
}

export const DEFAULT_TIMEOUTS: PumpTimeouts = { probeMs: 10_000, silenceMs: 30_000 };

/** Counts how long the peer says nothing, in steps from check to check. */
export class SilenceWatch {
    /** How long nothing has come from the peer; not counting time in which this process slept. */
    silentMs = 0;
    private lastCheckMs: number | undefined;
    private lastHeardMs: number | undefined;

    constructor(private readonly timeouts: PumpTimeouts) {}

    /**
     * To be called several times a second. `heardMs`: when the last datagram came, undefined before the first. Returns
     * the error once the path counts as dead, `ask` when the peer should be asked for a sign of life.
     */
    check(nowMs: number, heardMs: number | undefined): ConnectError | 'ask' | undefined {
        const step = Math.min(MAX_STEP_MS, nowMs - (this.lastCheckMs ?? nowMs));
        this.lastCheckMs = nowMs;
        this.silentMs = heardMs === this.lastHeardMs ? this.silentMs + step : 0;
        this.lastHeardMs = heardMs;
        const { probeMs, silenceMs } = this.timeouts;
        if (heardMs === undefined) {
            return this.silentMs >= probeMs ? noAnswer(probeMs) : 'ask';
        }
        if (this.silentMs >= silenceMs) {
            return silence(silenceMs);
        }
        return this.silentMs >= ASK_AFTER_MS ? 'ask' : undefined;
    }
}

function noAnswer(afterMs: number): ConnectError {
    return new ConnectError(
        'transfer.udp-blocked',
        `No answer over UDP within ${Math.round(afterMs / 1000)} s, while SSH works`
    );
}

function silence(afterMs: number): ConnectError {
    return new ConnectError(
        'transfer.udp-stalled',
        `Nothing arrived over UDP for ${Math.round(afterMs / 1000)} s`
    );
}
