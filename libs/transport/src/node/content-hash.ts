import { createHash, hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { ConnectError } from '@connect/base';
import { COMMON_HASH, HashAlgorithm } from '../proto/hash-algorithm';

type Blake3 = (bytes: Uint8Array) => Buffer;

let loaded: { readonly blake3: Blake3 | undefined } | undefined;

/** Undefined where nobody has built it for this system; whoever asks then goes on with SHA-256. */
function blake3(): Blake3 | undefined {
    loaded ??= { blake3: load() };
    return loaded.blake3;
}

function load(): Blake3 | undefined {
    try {
        // not require(): a bundler would want a file for every system there is
        const library = createRequire(__filename)('@napi-rs/blake-hash') as { readonly blake3?: Blake3 };
        return library.blake3;
    } catch {
        // a part of the installation that may be missing: `connect-cp --version` tells
        return undefined;
    }
}

/** What this process can hash with, the fastest first. */
export function knownHashes(): readonly HashAlgorithm[] {
    return blake3() ? ['blake3', COMMON_HASH] : [COMMON_HASH];
}

/** What this process may hash a transfer with that is to use `wanted`, if anything: in order of preference. */
export function hashesFor(wanted: HashAlgorithm | undefined): readonly HashAlgorithm[] {
    return wanted === undefined ? knownHashes() : knownHashes().filter(name => name === wanted);
}

/** @throws ConnectError `transfer.protocol` for a peer that chose what was not offered to it. */
export function requireKnown(chosen: HashAlgorithm = COMMON_HASH): HashAlgorithm {
    if (!knownHashes().includes(chosen)) {
        throw new ConnectError('transfer.protocol', `The hash ${chosen} was not offered`);
    }
    return chosen;
}

/** SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array): Buffer {
    // One call costs a third of three, which counts for small files; Node has it since 20.12.
    return hash ? hash('sha256', bytes, 'buffer') : createHash('sha256').update(bytes).digest();
}

/** @throws ConnectError `not-supported` for one that is not among {@link knownHashes}. */
export function hashOf(algorithm: HashAlgorithm, bytes: Uint8Array): Buffer {
    if (algorithm === 'sha256') {
        return sha256(bytes);
    }
    const digest = blake3();
    if (!digest) {
        throw new ConnectError('not-supported', 'BLAKE3 is not installed here');
    }
    return digest(bytes);
}
