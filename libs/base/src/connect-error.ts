import { ErrorCode, ERROR_CATALOG, ErrorKind } from './error-catalog';

/** Facts about a failure that may be shown or logged. Never a secret, never a whole environment. */
export type ErrorData = Readonly<Record<string, string | number | boolean | undefined>>;

/** What crosses a process boundary: JSON-safe, without stack or cause. */
export interface WireError {
    code: ErrorCode;
    message: string;
    data?: ErrorData;
}

/** The one error type of this project. Code decides what happens next; message is for people and is never matched. */
export class ConnectError extends Error {
    override readonly name = 'ConnectError';

    constructor(
        readonly code: ErrorCode,
        message: string,
        readonly data: ErrorData = {},
        override readonly cause?: unknown
    ) {
        super(message);
    }

    get kind(): ErrorKind {
        return ERROR_CATALOG[this.code].kind;
    }

    static is(error: unknown, code?: ErrorCode): error is ConnectError {
        return error instanceof ConnectError && (code === undefined || error.code === code);
    }

    /** `error` itself when it already is one of ours; else wrapped under `fallback`, which classifies as permanent. */
    static from(error: unknown, fallback: ErrorCode = 'internal'): ConnectError {
        if (error instanceof ConnectError) {
            return error;
        }
        const message = error instanceof Error ? error.message : String(error);
        return new ConnectError(fallback, message, {}, error);
    }

    toWire(): WireError {
        return { code: this.code, message: this.message, data: this.data };
    }

    /** A code this version does not know becomes `internal`: an unknown failure is never retried blindly. */
    static fromWire(wire: WireError): ConnectError {
        const known = Object.prototype.hasOwnProperty.call(ERROR_CATALOG, wire.code);
        return new ConnectError(known ? wire.code : 'internal', wire.message, wire.data ?? {});
    }
}
