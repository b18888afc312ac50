import { expect } from 'chai';
import { ASCP_OPTIONS } from './ascp-options';
import { beginTable } from './begin-table';
import { OPTION_GROUPS } from './option-table';

/** After these the first connection goes elsewhere, or there is none. */
const ELSEWHERE = [
    ...['--proxy <url>', '--check-proxy-fp <fingerprint>', '-x, --http-proxy <url>'],
    ...['--sessions <count>', '-C, --multi-session <number:count>', '--multi-session-threshold <bytes>'],
    ...[
        '--multi-session-interval <seconds>',
        '-T, --disable-encryption',
        '--server',
        '-A, --version',
        '--man'
    ]
];

describe('table of options for the launcher', () => {
    const [port, ...lines] = beginTable().trimEnd().split('\n');
    const listed = new Map(
        lines.flatMap(line => {
            const [kind, ...names] = line.split(' ');
            return names.map(name => [name, kind!] as const);
        })
    );
    const flags = OPTION_GROUPS.flatMap(([, rows]) => rows.map(row => row.flags));
    const names = (words: string): string[] => words.split(/[ ,]+/).filter(word => word.startsWith('-'));

    it('begins with the port of SSH', () => {
        expect(port).to.equal('33001');
    });

    for (const option of flags) {
        const isElsewhere = ELSEWHERE.includes(option);
        it(`${isElsewhere ? 'leaves out' : 'has'} ${option}`, () => {
            const kinds = names(option).map(name => listed.get(name));
            const hasValue = option.includes('<') ? '1' : '0';
            expect(kinds.map(kind => kind?.[0])).to.deep.equal(
                kinds.map(() => (isElsewhere ? undefined : hasValue))
            );
        });
    }

    it('has the options of ascp that change nothing, and none that ends the program', () => {
        const accepted = ASCP_OPTIONS.filter(({ here }) => here === 'accepted');
        expect(listed.size).to.equal(
            [...flags.filter(option => !ELSEWHERE.includes(option)), ...accepted.map(row => row.flags)]
                .map(option => names(option).length)
                .reduce((sum, count) => sum + count)
        );
        accepted.forEach(row => names(row.flags).forEach(name => expect(listed).to.include.keys(name)));
    });

    it('tells host, port, paths and ways apart', () => {
        const meaning = (name: string): string | undefined => listed.get(name)?.[1];
        expect(['--host', '-P', '--file-list', '-y', '-q'].map(meaning)).to.deep.equal(
            ['h', 'p', 's', 'y', '-'],
            beginTable()
        );
    });
});
