import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { consumeFromRpc, exposeToRpc, fromRpcError, toRpcError } from './rpc-errors';

const failure = new ConnectError('transfer.host-key-unknown', 'never seen', {
    host: 'h',
    port: 33001,
    fingerprint: 'SHA256:x'
});

describe('errors over RPC', () => {
    it('keep code, message and data', () => {
        const back = fromRpcError(toRpcError(failure));
        expect(back.toWire()).to.deep.equal(failure.toWire());
    });

    it('show no stack of the other process', () => {
        expect(toRpcError(failure).stack).not.to.contain('.ts:').and.not.to.contain('.js:');
    });

    it('become internal when they are foreign', () => {
        expect(fromRpcError(toRpcError(new TypeError('x'))).code).to.equal('internal');
        expect(fromRpcError(new Error('connection lost')).code).to.equal('internal');
        expect(fromRpcError(undefined).code).to.equal('internal');
    });

    it('cross a wrapped service, thrown or rejected', async () => {
        const service = {
            throws: (): void => {
                throw failure;
            },
            rejects: async (): Promise<void> => Promise.reject(failure),
            works: async (): Promise<number> => 7,
            plain: 'text'
        };
        const proxy = consumeFromRpc(exposeToRpc(service));
        expect(proxy.throws).to.throw(ConnectError, 'never seen');
        const error = await proxy.rejects().then(
            () => undefined,
            (thrown: unknown) => thrown
        );
        expect(ConnectError.is(error, 'transfer.host-key-unknown')).to.equal(true);
        expect(await proxy.works()).to.equal(7);
        expect(proxy.plain).to.equal('text');
    });
});
