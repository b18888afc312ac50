import { ByteReader, ByteWriter } from './wire-bytes';

/** RFC 1928 §7: what stands before each datagram on its way through the relay of a SOCKS5 proxy. */
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
const MAX_NAME_BYTES = 255;
/** Bytes before the payload when the address is one of IPv6; for IPv4 they are 10. */
export const MAX_SOCKS_HEADER_BYTES = 22;

/** The header for datagrams to a host: its address of IPv4, or its name, which the proxy looks up; and a port. */
export function socksHeader(host: string, port: number): Uint8Array {
    const writer = new ByteWriter().u8(0).u8(0).u8(0);
    const parts = host.split('.').map(Number);
    const isIpv4 = /^\d+(\.\d+){3}$/.test(host) && parts.every(part => part < 256);
    if (isIpv4) {
        writer.u8(IPV4).bytes(Uint8Array.from(parts));
    } else if (host.includes(':')) {
        writer.u8(IPV6).bytes(ipv6Bytes(host));
    } else {
        const name = new TextEncoder().encode(host).subarray(0, MAX_NAME_BYTES);
        writer.u8(NAME).u8(name.length).bytes(name);
    }
    return writer
        .u8(port >> 8)
        .u8(port & 0xff)
        .finish();
}

/** Where the payload of a datagram from the relay begins; undefined for what is no such datagram, or a fragment. */
export function socksPayloadStart(datagram: Uint8Array): number | undefined {
    if (datagram.length < 5 || datagram[0] !== 0 || datagram[1] !== 0 || datagram[2] !== 0) {
        return undefined;
    }
    const reader = new ByteReader(datagram.subarray(3, 5));
    const addressBytes = { [IPV4]: 4, [IPV6]: 16, [NAME]: 1 + datagram[4]! }[reader.u8()];
    const start = addressBytes === undefined ? undefined : 4 + addressBytes + 2;
    return start === undefined || start > datagram.length ? undefined : start;
}

function ipv6Bytes(address: string): Uint8Array {
    const words = (text: string): number[] =>
        text
            .split(':')
            .filter(part => part !== '')
            .map(part => parseInt(part, 16));
    const [head = '', tail] = address.split('%')[0]!.split('::');
    const left = words(head);
    const right = tail === undefined ? [] : words(tail);
    const all = [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
    return Uint8Array.from(all.slice(0, 8).flatMap(word => [word >> 8, word & 0xff]));
}
