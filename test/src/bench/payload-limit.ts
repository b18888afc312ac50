import { DATA_HEAD_BYTES } from '@connect/transport/lib/proto/frames';
import { HEADER_BYTES, TAG_BYTES } from '@connect/transport/lib/proto/packet-header';

const IPV4_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
export const MTU_BYTES = 1500;

/** Payload of a full packet of ours as a share of its IP bytes. */
export const PAYLOAD_SHARE =
    (MTU_BYTES - IPV4_HEADER_BYTES - UDP_HEADER_BYTES - HEADER_BYTES - TAG_BYTES - DATA_HEAD_BYTES) /
    MTU_BYTES;

/** Most payload bits per second that can arrive over a link of `rateBps` IP bits: (1 − loss) × link × payload share. */
export function payloadLimitBps(rateBps: number, lossPercent: number): number {
    return (1 - lossPercent / 100) * rateBps * PAYLOAD_SHARE;
}

/**
 * Bytes sent beyond what losses make necessary, as a share of the file: sent/size − 1 − p/(1 − p), where sent is what
 * `offeredBytes` IP bytes in full packets carry. Control packets, probes and SSH count as waste, too.
 */
export function wastedShare(offeredBytes: number, sizeBytes: number, lossShare: number): number {
    return (offeredBytes * PAYLOAD_SHARE) / sizeBytes - 1 - lossShare / (1 - lossShare);
}
