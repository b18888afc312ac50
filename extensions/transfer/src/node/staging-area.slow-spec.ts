import { ConnectError } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import express from '@theia/core/shared/express';
import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import {
    STAGING_MODIFIED_HEADER,
    STAGING_NAME_HEADER,
    STAGING_PATH,
    type StagingBatch
} from '../common/transfer-protocol';
import { localPathOf } from '../common/source-uris';
import { STAGING_IDLE_MS, StagingArea } from './staging-area';
import { StagingEndpoint } from './staging-endpoint';

const encode = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

describe('staging', () => {
    let root: string;
    let clock: VirtualClock;
    let area: StagingArea;
    let server: http.Server;
    let address: string;

    beforeEach(async () => {
        root = path.join(fs.mkdtempSync(path.join(tmpdir(), 'connect-staging-')), 'staging');
        clock = new VirtualClock();
        area = new StagingArea(root, clock);
        const endpoint = new StagingEndpoint();
        Object.assign(endpoint, { area });
        const app = express();
        endpoint.register(app);
        server = app.listen(0, '127.0.0.1');
        await new Promise(resolve => server.once('listening', resolve));
        address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${STAGING_PATH}`;
    });

    afterEach(async () => {
        area.dispose();
        server.closeAllConnections();
        await new Promise(resolve => server.close(resolve));
        fs.rmSync(path.dirname(root), { recursive: true });
    });

    const batch = async (): Promise<StagingBatch & { local: string }> => {
        const answer = await fetch(address, { method: 'POST', headers: { [STAGING_NAME_HEADER]: '.' } });
        expect(answer.status).to.equal(200);
        const made = (await answer.json()) as StagingBatch;
        return { ...made, local: localPathOf(made.folder, false)! };
    };

    const put = (
        id: string,
        name: string,
        body: Uint8Array,
        headers: Record<string, string> = {}
    ): Promise<Response> =>
        fetch(`${address}/${id}/file`, {
            method: 'PUT',
            body: body as unknown as BodyInit,
            headers: { [STAGING_NAME_HEADER]: encode(name), ...headers }
        });

    it('puts files and folders where they belong, with their times, whatever their names', async () => {
        const { stagingId, local } = await batch();
        const names = [
            'a b',
            `q"u'o`,
            '🌲/e\u0301/\u00e9',
            '-rf',
            'new\nline',
            `${'x'.repeat(255)}`,
            '100%',
            'a\\b'
        ];
        for (const name of names) {
            const answer = await put(stagingId, name, Buffer.from(name), {
                [STAGING_MODIFIED_HEADER]: '1700000000123'
            });
            expect(answer.status, name).to.equal(200);
        }
        await fetch(`${address}/${stagingId}/folder`, {
            method: 'PUT',
            headers: { [STAGING_NAME_HEADER]: 'empty/in' }
        });
        for (const name of names) {
            expect(fs.readFileSync(path.join(local, name), 'utf8')).to.equal(name);
            expect(fs.statSync(path.join(local, name)).mtimeMs).to.equal(1700000000123);
        }
        expect(fs.readdirSync(path.join(local, 'empty', 'in'))).to.deep.equal([]);
        expect(fs.statSync(local).mode & 0o777).to.equal(0o700);
    });

    it('holds no file in memory', async () => {
        const { stagingId, local } = await batch();
        const block = randomBytes(1 << 20);
        const hash = createHash('sha256');
        const before = process.memoryUsage().rss;
        let most = 0;
        const source = async function* (): AsyncGenerator<Buffer> {
            for (let i = 0; i < 300; i++) {
                most = Math.max(most, process.memoryUsage().rss);
                hash.update(block);
                yield block;
            }
        };
        await area.receive(
            stagingId,
            { segments: ['big'], sizeBytes: 300 << 20, modifiedMs: undefined },
            Readable.from(source())
        );
        expect(most - before).to.be.lessThan(150 << 20);
        const there = createHash('sha256');
        for await (const piece of fs.createReadStream(path.join(local, 'big'))) {
            there.update(piece as Buffer);
        }
        expect(there.digest('hex')).to.equal(hash.digest('hex'));
    });

    it('leaves nothing of an upload that breaks off', async () => {
        const { stagingId, local } = await batch();
        const request = http.request(`${address}/${stagingId}/file`, {
            method: 'PUT',
            headers: { [STAGING_NAME_HEADER]: 'half', 'content-length': 10_000_000 }
        });
        request.on('error', () => undefined);
        request.write(Buffer.alloc(1_000_000));
        const half = path.join(local, 'half');
        const until = async (test: () => boolean): Promise<void> => {
            while (!test()) {
                await new Promise(resolve => setTimeout(resolve, 5));
            }
        };
        await until(() => fs.existsSync(half));
        request.destroy();
        await until(() => !fs.existsSync(half));
        expect((await put(stagingId, 'half', Buffer.from('whole'))).status).to.equal(200);
    });

    it('refuses a file that is shorter than announced', async () => {
        const { stagingId, local } = await batch();
        const file = { segments: ['short'], sizeBytes: 5, modifiedMs: undefined };
        const error = await area
            .receive(stagingId, file, Readable.from([Buffer.from('abc')]))
            .catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(ConnectError).with.property('code', 'transfer.connection-lost');
        expect(fs.readdirSync(local)).to.deep.equal([]);
    });

    for (const name of ['../out', 'a/../../out', '..', '.', 'a//b', '/etc/x', 'nul\0']) {
        it(`never leaves the batch for ${JSON.stringify(name)}`, async () => {
            const { stagingId } = await batch();
            const answer = await put(stagingId, name, Buffer.from('x'));
            expect(answer.status).to.equal(400);
            expect((await answer.json()) as object).to.include({ code: 'transfer.illegal-name' });
            expect(fs.readdirSync(path.dirname(root))).to.deep.equal(['staging']);
        });
    }

    it('refuses to replace a file', async () => {
        const { stagingId, local } = await batch();
        await put(stagingId, 'a', Buffer.from('first'));
        expect((await put(stagingId, 'a', Buffer.from('second'))).status).to.equal(409);
        expect(fs.readFileSync(path.join(local, 'a'), 'utf8')).to.equal('first');
    });

    it('refuses what no page of ours sends', async () => {
        const { stagingId } = await batch();
        expect((await fetch(address, { method: 'POST' })).status).to.equal(400);
        expect((await put('..', 'a', Buffer.from('x'))).status).to.equal(404);
        expect((await put('11111111-1111-1111-1111-111111111111', 'a', Buffer.from('x'))).status).to.equal(
            400
        );
        expect(
            (await put(stagingId, 'a', Buffer.from('x'), { [STAGING_MODIFIED_HEADER]: 'today' })).status
        ).to.equal(400);
    });

    it('removes a batch when told so, or when nobody cares for it', async () => {
        const [told, left, claimed] = [await batch(), await batch(), await batch()];
        area.claim(claimed.stagingId);
        await fetch(`${address}/${told.stagingId}`, {
            method: 'DELETE',
            headers: { [STAGING_NAME_HEADER]: '.' }
        });
        expect(fs.existsSync(told.local)).to.equal(false);
        clock.advance(STAGING_IDLE_MS + 1);
        while (fs.existsSync(left.local)) {
            await new Promise(resolve => setTimeout(resolve, 5));
        }
        expect(fs.existsSync(claimed.local)).to.equal(true);
    });

    it('keeps after a restart what jobs need, and nothing else', async () => {
        const [kept, orphan] = [await batch(), await batch()];
        const later = new StagingArea(root, clock);
        await later.keepOnly(new Set([kept.stagingId]));
        expect(fs.existsSync(kept.local)).to.equal(true);
        expect(fs.existsSync(orphan.local)).to.equal(false);
        await later.remove(kept.stagingId);
        expect(fs.readdirSync(root)).to.deep.equal([]);
    });
});
