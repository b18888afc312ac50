import { expect } from 'chai';
import {
    decideOverwrite,
    ExistingTarget,
    mendsTimes,
    OVERWRITE_RULES,
    OverwriteRule,
    ResumeLevel
} from './overwrite-decision';

const MS = 1_000_000n;
const source = { sizeBytes: 10, mtimeNs: 5000n * MS };
const file = (change: Partial<ExistingTarget> = {}): ExistingTarget => ({
    kind: 'file',
    ...source,
    ...change
});
const older = file({ mtimeNs: 4000n * MS });
const newer = file({ mtimeNs: 6000n * MS });
const larger = file({ sizeBytes: 11 });

const rows: Array<[string, ExistingTarget | undefined, OverwriteRule, ResumeLevel, string]> = [
    ['nothing there', undefined, 'never', 'attributes', 'send'],
    ['a folder there', file({ kind: 'directory' }), 'always', 'attributes', 'fail transfer.is-a-directory'],
    ['a device there', file({ kind: 'other' }), 'always', 'attributes', 'fail transfer.exists'],
    ['a link there', file({ kind: 'symlink' }), 'diff', 'attributes', 'send'],
    ['never', larger, 'never', 'attributes', 'skip exists'],
    ['always', file(), 'always', 'attributes', 'send'],
    ['diff, level none', file(), 'diff', 'none', 'send'],
    ['diff, equal', file(), 'diff', 'attributes', 'skip same'],
    [
        'diff, time cut to microseconds',
        file({ mtimeNs: source.mtimeNs - 999n }),
        'diff',
        'attributes',
        'skip same'
    ],
    ['diff, a microsecond apart', file({ mtimeNs: source.mtimeNs - 1000n }), 'diff', 'attributes', 'send'],
    ['diff, other size', larger, 'diff', 'attributes', 'send'],
    ['diff, newer', newer, 'diff', 'attributes', 'send'],
    ['diff, sparse, equal', file(), 'diff', 'sparse-checksum', 'compare sample'],
    ['diff, sparse, other time', older, 'diff', 'sparse-checksum', 'send'],
    ['diff, full, equal', file(), 'diff', 'full-checksum', 'compare all'],
    ['diff, full, other time', older, 'diff', 'full-checksum', 'compare all'],
    ['diff, full, other size', larger, 'diff', 'full-checksum', 'send'],
    ['older, target older', older, 'older', 'attributes', 'send'],
    ['older, target newer', newer, 'older', 'attributes', 'skip not-older'],
    ['older, equal', file(), 'older', 'attributes', 'skip same'],
    ['older, same time, other size', larger, 'older', 'attributes', 'skip not-older'],
    ['diff+older, target newer', newer, 'diff+older', 'full-checksum', 'skip not-older'],
    ['diff+older, target older', older, 'diff+older', 'attributes', 'send'],
    ['report, equal', file(), 'report', 'attributes', 'skip same'],
    ['report, equal, level none', file(), 'report', 'none', 'skip same'],
    ['report, other size', larger, 'report', 'full-checksum', 'fail transfer.target-differs'],
    ['report, only older', older, 'report', 'attributes', 'fail transfer.target-differs'],
    ['report, a link', file({ kind: 'symlink' }), 'report', 'attributes', 'fail transfer.target-differs'],
    ['report, a folder', file({ kind: 'directory' }), 'report', 'attributes', 'fail transfer.is-a-directory'],
    ['rename, equal', file(), 'rename', 'attributes', 'skip same'],
    ['rename, other time', newer, 'rename', 'full-checksum', 'rename'],
    ['rename, a link', file({ kind: 'symlink' }), 'rename', 'attributes', 'rename'],
    ['resume, equal', file(), 'resume', 'attributes', 'skip same'],
    ['resume, only older', older, 'resume', 'attributes', 'continue'],
    ['resume, smaller', file({ sizeBytes: 9 }), 'resume', 'attributes', 'continue'],
    ['resume, larger', larger, 'resume', 'full-checksum', 'fail transfer.target-differs'],
    ['resume, level none', older, 'resume', 'none', 'fail transfer.target-differs'],
    ['resume, a link', file({ kind: 'symlink' }), 'resume', 'attributes', 'fail transfer.target-differs'],
    ['diff+older, older, full', older, 'diff+older', 'full-checksum', 'compare all']
];

describe('decideOverwrite', () => {
    rows.forEach(([description, existing, rule, level, expected]) =>
        it(`${description} → ${expected}`, () => {
            const verdict = decideOverwrite(source, existing, rule, level);
            const detail =
                verdict.action === 'skip'
                    ? ` ${verdict.reason}`
                    : verdict.action === 'fail'
                      ? ` ${verdict.code}`
                      : verdict.action === 'compare'
                        ? verdict.sample
                            ? ' sample'
                            : ' all'
                        : '';
            expect(verdict.action + detail).to.equal(expected);
        })
    );
});

describe('mendsTimes', () => {
    const levels: readonly ResumeLevel[] = ['none', 'attributes', 'sparse-checksum', 'full-checksum'];
    // what a run leaves that was killed after it had made an empty file, and before it gave it the time of its source
    const cutOff = file({ sizeBytes: 0, mtimeNs: 6000n * MS });
    const empty = { ...source, sizeBytes: 0 };

    for (const rule of OVERWRITE_RULES) {
        it(`is right about ${rule}`, () => {
            for (const level of levels) {
                const { action } = decideOverwrite(empty, cutOff, rule, level);
                const isMended = action === 'send' || action === 'compare' || action === 'continue';
                expect(mendsTimes(rule, level), level).to.equal(isMended);
            }
        });
    }
});
