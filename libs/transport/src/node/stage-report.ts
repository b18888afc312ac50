import { ConnectError, WireError } from '@connect/base';

/**
 * The steps between the name of a server and the first datagram that came back from it, in their order. `proxy` is
 * passed only where there is one, `https` only where the transfer goes that way.
 */
export type StageName = 'proxy' | 'name' | 'tcp' | 'host-key' | 'login' | 'session' | 'udp' | 'https';

/** What was seen; never a secret. */
export interface StageFacts {
    /** IP address. */
    readonly address?: string;
    readonly port?: number;
    /** `SHA256:…` of the key that the host showed. */
    readonly fingerprint?: string;
    /** What the other end calls itself. */
    readonly software?: string;
    /** Host and port. */
    readonly proxy?: string;
    /** Where the server says that it answers by HTTPS, and the `SHA256:…` of its certificate. */
    readonly httpsPort?: number;
    readonly httpsFingerprint?: string;
}

/** How one stage went. */
export interface StageReport {
    readonly stage: StageName;
    /** How long it took; of a failed one, how long until that was known. */
    readonly tookMs: number;
    readonly facts: StageFacts;
    /** Why it was not passed; absent when it was. */
    readonly error?: WireError;
}

/** Must not throw. */
export type StageListener = (report: StageReport) => void;

/** Tells one stage after the other, each with the time since the one before. */
export class StageTeller {
    private sinceMs: number;

    /** @param now monotonic, ms */
    constructor(
        private readonly tell: StageListener = () => undefined,
        private readonly now: () => number = () => performance.now()
    ) {
        this.sinceMs = now();
    }

    /** The next stage begins now. */
    begin(): void {
        this.sinceMs = this.now();
    }

    passed(stage: StageName, facts: StageFacts = {}): void {
        this.tell({ stage, tookMs: this.lap(), facts });
    }

    failed(stage: StageName, error: ConnectError, facts: StageFacts = {}): void {
        this.tell({ stage, tookMs: this.lap(), facts, error: error.toWire() });
    }

    private lap(): number {
        const now = this.now();
        const tookMs = now - this.sinceMs;
        this.sinceMs = now;
        return tookMs;
    }
}
