import type { ServerTarget } from '@connect/api';
import type { SocksAddress } from '@connect/transport/lib/node/socks-proxy';

/** A folder whose permission and room a test looks at. */
export interface TestedFolder {
    readonly side: 'remote' | 'local';
    /** Absolute. */
    readonly path: string;
    /** What a transfer would do there; `granted`: whatever the server lets this user do. */
    readonly access: 'read' | 'write' | 'granted';
    /** What is still to come, where that is known. */
    readonly neededBytes?: number;
}

/** What a test knows of the way that it tries. Secrets stay in this process. */
export interface TestTarget {
    /** For people. */
    readonly subjectName: string;
    readonly accountId?: string;
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort?: number;
    /** Undefined for a host without an account: the test ends before the login. */
    readonly login?: Pick<ServerTarget, 'user' | 'credentials'>;
    /** `SHA256:…` of the key that the user trusts. */
    readonly trustedHostKey?: string;
    /** Of SSH and datagrams. */
    readonly socksProxy?: SocksAddress;
    /** `HOST:PORT` of a DNAT proxy of the settings, which only ascp goes through: the test goes past it. */
    readonly dnatProxy?: string;
    /** Of HTTPS, with its login. */
    readonly httpProxy?: URL;
    /** Every secret above, to be taken out of what is said. */
    readonly secrets: readonly string[];
    readonly folders: readonly TestedFolder[];
}
