import { expect } from 'chai';
import { parseTransferSpec } from './transfer-spec';

const SPEC = {
    direction: 'send',
    remote_host: 'h.example',
    remote_user: 'ana',
    ssh_port: 2222,
    fasp_port: 33002,
    paths: [{ source: 'a.mov' }, { source: '/abs/b' }],
    source_root: '/data/',
    destination_root: '/in',
    target_rate_kbps: 300_000,
    min_rate_kbps: 0,
    rate_policy: 'fair',
    overwrite: 'diff+older',
    remote_password: 'secret',
    token: '',
    title: 'ignored',
    cookie: 'ignored'
};
const parse = (changes: Record<string, unknown> = {}): ReturnType<typeof parseTransferSpec> =>
    parseTransferSpec(JSON.stringify({ ...SPEC, ...changes }));

describe('transfer spec', () => {
    const server = { host: 'h.example', user: 'ana', sshPort: 2222 };

    it('says what is sent, where to, how and as whom', () => {
        expect(parse()).to.deep.equal({
            sources: [
                { kind: 'local', path: '/data/a.mov' },
                { kind: 'local', path: '/abs/b' }
            ],
            target: { kind: 'server', server, path: '/in' },
            rate: { targetBps: 300e6, minBps: 0, policy: 'fair' },
            existing: 'if-newer',
            secrets: { password: 'secret' },
            udpPort: 33002
        });
    });

    it('says what is received', () => {
        const spec = parse({ direction: 'receive', destination_root: undefined, source_root: undefined });
        expect(spec.sources[0]).to.deep.equal({ kind: 'server', server, path: 'a.mov' });
        expect(spec.target).to.deep.equal({ kind: 'local', path: '.' });
    });

    it('is taken as pages wrap it, with either spelling of the rule', () => {
        const text = JSON.stringify({ transfer_spec: { ...SPEC, overwrite_policy: 'none' } });
        expect(parseTransferSpec(text).existing).to.equal('skip');
    });

    const refused: Array<[string, Record<string, unknown>, string]> = [
        ['no direction', { direction: undefined }, 'direction'],
        ['another direction', { direction: 'up' }, 'direction'],
        ['no host', { remote_host: '' }, 'remote_host'],
        ['no paths', { paths: [] }, 'paths'],
        ['a path without a source', { paths: [{}] }, 'paths'],
        ['nothing as a path', { paths: [null] }, 'paths'],
        ['other names at the target', { paths: [{ source: 'a', destination: 'b' }] }, 'paths'],
        ['a policy that is none', { rate_policy: 'wild' }, 'rate_policy'],
        ['a rule that is none', { overwrite: 'constructor' }, 'overwrite'],
        ['a rate that is no number', { target_rate_kbps: '300' }, 'target_rate_kbps'],
        ['a port out of range', { ssh_port: 70_000 }, 'ssh_port'],
        ['a number as a text', { remote_user: 5 }, 'remote_user']
    ];
    for (const [what, changes, field] of refused) {
        it(`is refused with ${what}, and the field is named`, () =>
            expect(() => parse(changes))
                .to.throw()
                .with.deep.include({ code: 'usage', data: { key: field } }));
    }

    it('is refused when it is no JSON object', () => {
        for (const text of ['', '[]', 'null', '5', '{']) {
            expect(() => parseTransferSpec(text))
                .to.throw()
                .with.property('code', 'usage');
        }
    });
});
