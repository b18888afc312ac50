import { isIPv6 } from 'node:net';
import { HEADER_BYTES, LONG_HEADER_BYTES, TAG_BYTES } from '../proto/packet-header';

const UDP_HEADER_BYTES = 8;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
/** IP packet of plain Ethernet. That a path takes less is found out (proto/path-mtu-search.ts). */
const LARGEST_PACKET_BYTES = 1500;

/** How a datagram to one address divides. */
export interface DatagramSize {
    readonly maxPlaintextBytes: number;
    /** Everything else of it on the wire, from the IP header to the tag; 8 bytes more when it names its session. */
    readonly overheadBytes: number;
}

/**
 * @param datagramBytes wished payload of UDP; by default what fits every usual path to `address`
 * @param relayBytes what a proxy on the way puts before it
 */
export function datagramSize(address: string, datagramBytes?: number, relayBytes = 0): DatagramSize {
    const isMapped = address.startsWith('::ffff:') && address.includes('.');
    const ipBytes = isIPv6(address) && !isMapped ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
    // packets of the largest size have the short header; of a wished size even the first, which have the long one
    const plaintextBytes =
        datagramBytes === undefined
            ? LARGEST_PACKET_BYTES - ipBytes - UDP_HEADER_BYTES - HEADER_BYTES - TAG_BYTES
            : datagramBytes - LONG_HEADER_BYTES - TAG_BYTES;
    return {
        maxPlaintextBytes: plaintextBytes - relayBytes,
        overheadBytes: ipBytes + UDP_HEADER_BYTES + HEADER_BYTES + TAG_BYTES + relayBytes
    };
}
