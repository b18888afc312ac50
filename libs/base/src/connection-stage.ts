import type { WireError } from './connect-error';

/**
 * The steps between the name of a server and its first bytes, in their order. `proxy` is passed only where there is
 * one, `https` only where a transfer goes that way.
 */
export type ConnectionStage = 'proxy' | 'name' | 'tcp' | 'host-key' | 'login' | 'session' | 'udp' | 'https';

/** What was seen at a stage; never a secret. */
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
    readonly stage: ConnectionStage;
    /** How long it took; of a failed one, how long until that was known. */
    readonly tookMs: number;
    readonly facts: StageFacts;
    /** Why it was not passed; absent when it was. */
    readonly error?: WireError;
}
