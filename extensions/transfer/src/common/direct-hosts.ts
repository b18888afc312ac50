/** As the default of `connect.network.noProxy`. */
export const DIRECT_BY_DEFAULT: readonly string[] = ['localhost', '127.0.0.0/8', '::1'];

/**
 * Whether a host is reached without a proxy.
 * @param patterns names, `.example.com` for a domain and all below it, addresses, IPv4 ranges such as 10.0.0.0/8, or *;
 * case does not matter. What is none of these fits nothing.
 */
export function goesDirect(host: string, patterns: readonly unknown[]): boolean {
    const name = bareHost(host);
    return patterns.some(pattern => typeof pattern === 'string' && fits(name, bareHost(pattern)));
}

function fits(name: string, pattern: string): boolean {
    if (pattern === '' || name === '') {
        return false;
    }
    if (pattern === '*' || name === pattern) {
        return true;
    }
    const range = /^([\d.]+)\/(\d{1,2})$/.exec(pattern);
    if (range) {
        return isInRange(name, range[1], Number(range[2]));
    }
    const domain = pattern.replace(/^\*?\./, '');
    return domain !== pattern && (name === domain || name.endsWith(`.${domain}`));
}

function isInRange(name: string, network: string, bits: number): boolean {
    const [address, base] = [ipv4(name), ipv4(network)];
    if (address === undefined || base === undefined || bits > 32) {
        return false;
    }
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(base / size);
}

function ipv4(text: string): number | undefined {
    const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : [];
    return parts.length === 4 && parts.every(part => part <= 255)
        ? parts.reduce((sum, part) => sum * 256 + part, 0)
        : undefined;
}

/** A host as it is compared: without brackets and final dot, in lower case. */
export function bareHost(host: string): string {
    return host
        .trim()
        .toLowerCase()
        .replace(/^\[(.*)\]$/, '$1')
        .replace(/\.$/, '');
}
