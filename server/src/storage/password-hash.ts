import { randomBytes, scrypt, ScryptOptions, timingSafeEqual } from 'crypto';
import { ConnectError } from '@connect/base';

/** OWASP's password storage advice for scrypt with r = 8, one lane and 32 MiB: N = 2^15, p = 3. */
const LOG2_COST = 15;
const BLOCK_SIZE = 8;
const LANES = 3;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A salted hash: `scrypt$log2N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await derive(password, salt, { N: 2 ** LOG2_COST, r: BLOCK_SIZE, p: LANES });
    return ['scrypt', LOG2_COST, BLOCK_SIZE, LANES, salt.toString('base64'), hash.toString('base64')].join(
        '$'
    );
}

/**
 * Whether the password belongs to the hash. Takes the same time for every wrong password.
 * @throws ConnectError `internal` when `stored` is not a hash of {@link hashPassword}
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
    const match = /^scrypt\$(\d\d?)\$(\d\d?)\$(\d\d?)\$([\w+/=]+)\$([\w+/=]+)$/.exec(stored);
    if (!match) {
        throw new ConnectError('internal', 'a stored password hash is damaged');
    }
    const [log2Cost, blockSize, lanes] = match.slice(1, 4).map(Number);
    const expected = Buffer.from(match[5], 'base64');
    const options = { N: 2 ** log2Cost, r: blockSize, p: lanes };
    const actual = await derive(password, Buffer.from(match[4], 'base64'), options);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
    const memoryBytes = 128 * options.N! * options.r! * options.p! + (1 << 20);
    return new Promise((resolve, reject) => {
        // NFC, so that the same characters typed on different systems are the same password.
        scrypt(
            password.normalize('NFC'),
            salt,
            HASH_BYTES,
            { ...options, maxmem: memoryBytes },
            (error, hash) => (error ? reject(error) : resolve(hash))
        );
    });
}
