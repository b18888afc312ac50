import { WireError } from '@connect/base';
import { HttpsOffer } from './control-protocol';
import { RateRules } from './rate-rules';

/**
 * What connect-server and the process of one session say to each other, over Node's IPC channel
 * (`serialization: 'advanced'`). The first message is `launch`; the session ends when its stdin ends.
 */
export interface SessionLaunch {
    readonly type: 'launch';
    /** For logs only: the server has authenticated this name. */
    readonly user: string;
    /** Absolute path of the folder that the session sees as `/`. */
    readonly rootDir: string;
    readonly permissions: SessionPermissions;
    /** What the session may do with its rate, whatever the client asks. */
    readonly rateRules: RateRules;
    /** Shared UDP port. The session binds it too (SO_REUSEADDR) and connects to its client as soon as it knows it. */
    readonly udpPort: number;
    /** Address the shared port is bound to, `0.0.0.0` or `::` included. */
    readonly udpHost: string;
    /** How long the session may go on without the connection of its login; 0: not at all. */
    readonly maxDetachedMs: number;
    /** What the session tells its client about HTTPS; undefined while the server offers none. */
    readonly https?: HttpsOffer;
}

export interface SessionPermissions {
    readonly upload: boolean;
    readonly download: boolean;
    /** Files that were sent may be removed. */
    readonly delete: boolean;
    /** What is uploaded may be given to the owners and groups that its sources have. */
    readonly owner: boolean;
}

/** A datagram for this session from an address the kernel does not deliver to it: the first ones, and after a NAT change. */
export interface SessionDatagram {
    readonly type: 'datagram';
    readonly bytes: Uint8Array;
    readonly address: string;
    readonly port: number;
}

/** Session → server: datagrams with this session id in the header are mine. */
export interface SessionRegistered {
    readonly type: 'registered';
    /** 16 hexadecimal digits. */
    readonly sessionId: string;
    /** 64 hexadecimal digits; never logged. */
    readonly attachToken: string;
}

/** Session → server: the connection was lost, the transfer goes on. */
export interface SessionDetached {
    readonly type: 'detached';
}

/** Server → session: a new SSH channel, by a number, is there for it. The first one is standard input and output. */
export interface ChannelAttached {
    readonly type: 'attached';
    readonly channel: number;
}

/** Both ways: bytes of such a channel. */
export interface ChannelBytes {
    readonly type: 'channel-bytes';
    readonly channel: number;
    readonly bytes: Uint8Array;
}

/** Server → session: no more comes over such a channel. */
export interface ChannelClosed {
    readonly type: 'channel-closed';
    readonly channel: number;
}

/** Session → server, for its log: what the session is about. */
export interface SessionStarted {
    readonly type: 'started';
    readonly direction: 'upload' | 'download';
    readonly paths: readonly string[];
}

/** Session → server, for its log: how it ended. */
export interface SessionEnded {
    readonly type: 'ended';
    readonly filesDone: number;
    readonly filesFailed: number;
    readonly bytesDone: number;
    readonly error?: WireError;
}

export type ToSession = SessionLaunch | SessionDatagram | ChannelAttached | ChannelBytes | ChannelClosed;
export type FromSession = SessionRegistered | SessionStarted | SessionEnded | SessionDetached | ChannelBytes;
