import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import { ConnectError } from '@connect/base';
import type { EarlyConnection } from '../node/early-connection';
import { FallbackEvents, FallbackSession } from '../http/fallback-session';
import { FileStore } from '../node/file-store';
import { KnownHosts } from '../node/known-hosts';
import { SessionClientOptions } from '../node/session-client';
import { checkKnownHosts, expectFingerprint, SshCredentials } from '../node/ssh-channel';
import { FileProgress, TransferSummary } from '../node/transfer-types';
import { addressOf } from './multi-command';
import { TransferCommand } from './options';

/** What moves the files of a run: one session, or several that are coordinated. */
export interface TransferSession {
    readonly rateSettings: RateSettings;
    run(): Promise<TransferSummary>;
    stop(reason: ConnectError): void;
    setRate(rate: RateSettings): void;
    progress(): FileProgress;
    stats(): ConnectionStats | undefined;
    /** Sessions that move files now; absent where there is never more than one. */
    readonly sessionCount?: number;
}

/**
 * The session, or sessions, that a command line asks for; those of the rarer kinds are loaded now.
 * @param early connection to the host that a single session may take
 */
export async function sessionFor(
    command: TransferCommand,
    credentials: SshCredentials,
    store: FileStore,
    events: FallbackEvents,
    early: EarlyConnection | undefined
): Promise<TransferSession> {
    const { multi } = command;
    if (!multi) {
        const options = clientOptions(command, credentials, store, 1);
        return new FallbackSession({ ...options, early }, command.fallback, events);
    }
    if (multi.number === undefined || multi.number === 1) {
        const { MultiSession } = await import('./multi-session');
        return new MultiSession(command, multi, credentials, store, events);
    }
    const { JoiningSession } = await import('./joining-session');
    const options = clientOptions(command, credentials, store, multi.number);
    return new JoiningSession(command, multi, multi.number, options, events);
}

/** One session of those a command line asks for; they take its addresses in turn. */
export function clientOptions(
    command: TransferCommand,
    credentials: SshCredentials,
    store: FileStore,
    session: number
): SessionClientOptions {
    const { host, port, fingerprint } = addressOf(command, session);
    return {
        ...command,
        store,
        ssh: {
            host,
            port,
            user: command.user,
            credentials,
            timeoutMs: command.connectTimeoutMs,
            checkHostKey:
                fingerprint === undefined
                    ? checkKnownHosts(new KnownHosts(), command.acceptNewHostKey)
                    : expectFingerprint(fingerprint)
        }
    };
}
