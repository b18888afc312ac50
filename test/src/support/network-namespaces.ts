import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';

const CLIENT_ADDRESS = '10.77.0.1';
const SERVER_ADDRESS = '10.77.0.2';
// IPv4 + UDP + our header and tag + a DATA frame's own fields, and the Ethernet header that interface counters include
const BYTES_PER_PACKET_BESIDE_PAYLOAD = 14 + 20 + 8 + 16 + 16 + 12;

/** Why namespaces cannot be used here, or undefined when they can. */
export function namespacesUnavailable(): string | undefined {
    if (process.getuid?.() !== 0) {
        return 'needs root';
    }
    const missing = ['ip', 'nft'].filter(tool => spawnSync(tool, ['-V'], { stdio: 'ignore' }).error);
    return missing.length > 0 ? `needs ${missing.join(' and ')}` : undefined;
}

/** Two hosts on this machine, `client` and `server`, joined by a cable. Removed by {@link dispose}. */
export class NamespacePair {
    private static count = 0;
    private readonly tag = `cn${process.pid}x${NamespacePair.count++}`;
    readonly clientName = `${this.tag}c`;
    readonly serverName = `${this.tag}s`;
    readonly serverAddress = SERVER_ADDRESS;

    constructor() {
        const ends = [
            { name: this.clientName, address: CLIENT_ADDRESS },
            { name: this.serverName, address: SERVER_ADDRESS }
        ];
        ends.forEach(end => ip('netns', 'add', end.name));
        const peer = ['type', 'veth', 'peer', 'name', 'wire', 'netns', this.serverName];
        ip('-n', this.clientName, 'link', 'add', 'wire', ...peer);
        for (const { name, address } of ends) {
            ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'wire');
            // systems cut trains of datagrams apart before they reach the cable, so that its counters count each: else
            // a train is one packet to them, and the headers within it are payload to `payloadSent`
            ip('-n', name, 'link', 'set', 'wire', 'gso_max_segs', '1');
            ip('-n', name, 'link', 'set', 'wire', 'up');
            ip('-n', name, 'link', 'set', 'lo', 'up');
        }
    }

    get clientPrefix(): string[] {
        return ['ip', 'netns', 'exec', this.clientName];
    }

    get serverPrefix(): string[] {
        return ['ip', 'netns', 'exec', this.serverName];
    }

    /** From now on the server's host drops every UDP datagram that arrives or leaves. */
    blockUdp(): void {
        const chain = (hook: string): string =>
            `chain ${hook} { type filter hook ${hook} priority 0; meta l4proto udp drop; };`;
        const rules = `table inet block { ${chain('input')} ${chain('output')} }`;
        execFileSync('ip', ['netns', 'exec', this.serverName, 'nft', '-f', '-'], { input: rules });
    }

    /** The client's network goes away, or comes back: what it sends meanwhile is refused by its own system. */
    setClientLink(state: 'up' | 'down'): void {
        ip('-n', this.clientName, 'link', 'set', 'wire', state);
    }

    /** Cuts all TCP connections of the client, as its own system may; false where the kernel cannot. */
    cutClientConnections(): boolean {
        return ipExec(this.clientName, ['ss', '-K', '-tH', 'dst', SERVER_ADDRESS]).trim() !== '';
    }

    unblockUdp(): void {
        execFileSync('ip', ['netns', 'exec', this.serverName, 'nft', 'delete', 'table', 'inet', 'block']);
    }

    /** Payload bytes that left the client or the server since the pair was made, headers taken off. */
    payloadSent(end: 'client' | 'server'): number {
        const name = end === 'client' ? this.clientName : this.serverName;
        const read = (counter: string): number =>
            Number(ipExec(name, ['cat', `/sys/class/net/wire/statistics/${counter}`]));
        return read('tx_bytes') - read('tx_packets') * BYTES_PER_PACKET_BESIDE_PAYLOAD;
    }

    dispose(): void {
        for (const name of [this.clientName, this.serverName]) {
            if (fs.existsSync(`/run/netns/${name}`)) {
                ip('netns', 'del', name);
            }
        }
    }
}

function ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function ipExec(namespace: string, command: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8' });
}
