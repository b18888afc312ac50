import type { RateRules } from '../control/rate-rules';
import { CONTROL_VERSION, SessionCipher, StartParams } from '../control/control-protocol';
import type { HashAlgorithm } from '../proto/hash-algorithm';
import type { RateSettings } from '../proto/rate-controller';
import { SOFTWARE } from '../software';
import type { ClientTransfer } from './client-transfer';
import type { EarlyConnection } from './early-connection';
import type { EntryFeed } from './multi/entry-feed';
import type { OrderRequests } from './multi/order-requests';
import type { PumpTimeouts } from './silence-watch';
import type { SocksAddress } from './socks-proxy';
import type { SshOptions } from './ssh-channel';
import type { StageListener } from './stage-teller';
import type { TransferEvents } from './transfer-types';

/** One transfer over UDP, seen from the client. */
export interface SessionClientOptions extends ClientTransfer {
    readonly ssh: Omit<SshOptions, 'socket'>;
    /** By default the one the server names; a far end that chooses a port begins its search here. */
    readonly udpPort?: number;
    /** How long to wait for the first answer over UDP; three times as long for a sign of life later on. */
    readonly udpTimeoutMs?: number;
    readonly cipher: SessionCipher;
    /** Payload of UDP per datagram. */
    readonly datagramBytes?: number;
    /** SOCKS5 proxy that SSH and datagrams go through. */
    readonly socksProxy?: SocksAddress;
    /** To the host of `ssh`, instead of one that is begun now. */
    readonly early?: EarlyConnection;
    /** Of an upload: tells what to send, instead of a walk through the sources. */
    readonly feed?: EntryFeed;
    /** Of a download: tells the server what to send. */
    readonly requests?: OrderRequests;
}

/** What has been agreed with the server. */
export interface SessionInfo {
    readonly sessionId: string;
    readonly serverSoftware: string;
    readonly serverAddress: string;
    /** 0 when the session does not use UDP. */
    readonly udpPort: number;
    /** Set when the session goes over HTTPS. `proxy` is host and port of the proxy it goes through. */
    readonly https?: { readonly port: number; readonly proxy?: string };
    /** Within the rules. */
    readonly rate: RateSettings;
    readonly rules: RateRules;
    /** What proves the content. */
    readonly hash: HashAlgorithm;
}

export interface SessionClientEvents extends TransferEvents {
    /** The server has agreed; data may flow. */
    onStarted?(info: SessionInfo): void;
    onRate?(rate: RateSettings): void;
    /** How far the session has come. */
    onStage?: StageListener;
}

/** What the far end is asked for. */
export function startParamsOf(
    options: SessionClientOptions,
    agreed: Pick<StartParams, 'maxPlaintextBytes' | 'hash' | 'rate'>
): StartParams {
    const { direction, cipher, destination, sources, requests } = options;
    return {
        protocol: CONTROL_VERSION,
        software: SOFTWARE,
        direction,
        cipher,
        ...agreed,
        ...(direction === 'upload' ? { destination } : { sources }),
        options: options.options,
        ...(requests ? { requested: true } : {})
    };
}

/** How long the path may be silent, where the caller says it. */
export function pumpTimeouts(udpTimeoutMs: number | undefined): Partial<PumpTimeouts> {
    return udpTimeoutMs === undefined ? {} : { probeMs: udpTimeoutMs, silenceMs: udpTimeoutMs * 3 };
}
