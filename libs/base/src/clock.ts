/** Something to cancel or release. Disposing twice is harmless. */
export interface Disposable {
    dispose(): void;
}

/** Where time comes from. Pure code takes one as an argument, so that tests decide what time it is. */
export interface Clock {
    /** Monotonic milliseconds, fractional, from an arbitrary origin. */
    now(): number;
    /** Milliseconds since the epoch; may jump. For people and for files, never for protocol timing. */
    wallNow(): number;
    /** Calls once after at least `delayMs` (≥ 0). */
    setTimeout(callback: () => void, delayMs: number): Disposable;
}
