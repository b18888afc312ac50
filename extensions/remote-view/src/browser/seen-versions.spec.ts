import { expect } from 'chai';
import { SeenVersions } from './seen-versions';

const URI = 'connect://a/file';
const version = (modifiedMs: number, sizeBytes = 10): { modifiedMs: number; sizeBytes: number } => ({
    modifiedMs,
    sizeBytes
});

describe('SeenVersions', () => {
    let seen: SeenVersions;

    beforeEach(() => {
        seen = new SeenVersions();
    });

    it('expects nothing of a file it has never seen', () => {
        seen.onStat(URI, version(1_000));
        expect(seen.expected(URI)).to.equal(undefined);
    });

    it('expects the version whose content was read', () => {
        seen.onContent(URI, version(1_000));
        expect(seen.expected(URI)).to.deep.equal(version(1_000));
    });

    it('leaves a younger version to the file service, which asks the user', () => {
        seen.onContent(URI, version(1_000));
        seen.onStat(URI, version(2_000, 20));
        expect(seen.expected(URI)).to.deep.equal(version(2_000, 20));
    });

    for (const [description, other] of [
        ['of the same second', version(1_000, 20)],
        ['with an older time', version(500, 10)]
    ] as const) {
        it(`insists on what it knows when a change ${description} comes in between`, () => {
            seen.onContent(URI, version(1_000));
            seen.onStat(URI, other);
            expect(seen.expected(URI)).to.deep.equal(version(1_000));
        });
    }

    it('takes the other version once the user was told', () => {
        seen.onContent(URI, version(1_000));
        seen.onConflict(URI, version(1_000, 20));
        expect(seen.expected(URI)).to.deep.equal(version(1_000, 20));
    });

    it('forgets what is gone', () => {
        seen.onContent(URI, version(1_000));
        seen.forget(URI);
        expect(seen.expected(URI)).to.equal(undefined);
    });
});
