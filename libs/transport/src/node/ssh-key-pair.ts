import { utils } from 'ssh2';

/** Both halves in OpenSSH's format. */
export interface SshKeyPair {
    readonly private: string;
    readonly public: string;
}

/** What makes a pair; ssh2's by default. */
export type MakeSshKeyPair = () => SshKeyPair;

/** One of some hundred pairs is bad: a hundred bad ones in a row mean that something else is wrong. */
const MAX_TRIES = 100;

/**
 * A fresh ed25519 pair that reads back. ssh2 1.17 takes the halves for integers while it makes them and drops a leading
 * zero byte, so one pair of some hundred is of no use to anybody, itself included.
 * @throws Error when no pair is sound
 */
export function newSshKeyPair(
    options: Parameters<typeof utils.generateKeyPairSync>[1] & { passphrase?: string } = {},
    make: MakeSshKeyPair = () => utils.generateKeyPairSync('ed25519', options)
): SshKeyPair {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
        const pair = make();
        const halves = [utils.parseKey(pair.public), utils.parseKey(pair.private, options.passphrase)];
        if (!halves.some(half => half instanceof Error)) {
            return pair;
        }
    }
    throw new Error('No SSH key could be made');
}
