import { ConnectError, StageReport } from '@connect/base';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { SshStages } from './ssh-stages';

/** What the sockets of Node tell while they connect. */
function fakeSocket(connecting = true): Socket & EventEmitter {
    return Object.assign(new EventEmitter(), { connecting, remoteAddress: '192.0.2.7' }) as never;
}

describe('stages of a login by SSH', () => {
    let told: StageReport[];
    let now: number;
    let stages: SshStages;

    beforeEach(() => {
        told = [];
        now = 1000;
        stages = new SshStages(
            'files.example',
            33001,
            report => told.push(report),
            () => now
        );
    });

    const summary = (): string[] => told.map(({ stage, error }) => `${stage} ${error?.code ?? 'passed'}`);

    it('are told one after the other, with what was seen and how long each took', () => {
        const socket = fakeSocket();
        stages.follow(socket);
        now += 12;
        socket.emit('lookup', null, '192.0.2.7', 4, 'files.example');
        now += 38;
        socket.emit('connect');
        now += 40;
        stages.hostKey('SHA256:abc', undefined);
        now += 80;
        stages.loggedIn();
        stages.failed(new ConnectError('transfer.connection-lost', 'later'));
        expect(told).to.deep.equal([
            { stage: 'name', tookMs: 12, facts: { address: '192.0.2.7' } },
            { stage: 'tcp', tookMs: 38, facts: { address: '192.0.2.7', port: 33001 } },
            { stage: 'host-key', tookMs: 40, facts: { fingerprint: 'SHA256:abc' } },
            { stage: 'login', tookMs: 80, facts: {} }
        ]);
    });

    it('are all told of a connection that was begun before', () => {
        stages.follow(fakeSocket(false), true);
        expect(summary()).to.deep.equal(['name passed', 'tcp passed']);
        const other = new SshStages('files.example', 33001, report => told.push(report));
        const socket = fakeSocket();
        other.follow(socket, true);
        socket.emit('connect');
        expect(summary().slice(2)).to.deep.equal(['name passed', 'tcp passed']);
    });

    it('end with the one that was not passed, told once', () => {
        const refused = new ConnectError('transfer.connect-refused', 'refused');
        const socket = fakeSocket();
        stages.follow(socket);
        socket.emit('lookup', null, '192.0.2.7', 4, 'files.example');
        stages.failed(refused);
        stages.failed(new ConnectError('transfer.connection-lost', 'closed'));
        expect(summary()).to.deep.equal(['name passed', 'tcp transfer.connect-refused']);
        expect(told[1]!.facts).to.deep.equal({ port: 33001 });
    });

    it('end at the name when it is not found', () => {
        const socket = fakeSocket();
        stages.follow(socket);
        socket.emit('lookup', new Error('ENOTFOUND'));
        stages.failed(new ConnectError('transfer.host-unknown', 'unknown'));
        expect(summary()).to.deep.equal(['name transfer.host-unknown']);
    });

    it('pass the name of a host that is given by its address', () => {
        stages = new SshStages('192.0.2.7', 33001, report => told.push(report));
        stages.follow(fakeSocket());
        stages.failed(new ConnectError('transfer.connect-refused', 'refused'));
        expect(summary()).to.deep.equal(['name passed', 'tcp transfer.connect-refused']);
    });

    it('end at the host key that is objected to, with the key', () => {
        const socket = fakeSocket();
        stages.follow(socket);
        socket.emit('lookup', null, '192.0.2.7', 4, 'files.example');
        socket.emit('connect');
        const changed = new ConnectError('transfer.host-key-mismatch', 'changed');
        stages.hostKey('SHA256:new', changed);
        stages.failed(changed);
        expect(summary().slice(2)).to.deep.equal(['host-key transfer.host-key-mismatch']);
        expect(told[2]!.facts).to.deep.equal({ fingerprint: 'SHA256:new' });
    });

    it('say nothing of the way of a socket that a proxy has connected', () => {
        stages.follow(fakeSocket(false));
        stages.hostKey('SHA256:abc', undefined);
        stages.loggedIn();
        expect(summary()).to.deep.equal(['host-key passed', 'login passed']);
    });

    it('count what is missing for a login as a failed login', () => {
        stages.failed(new ConnectError('transfer.authentication-failed', 'No password'));
        expect(summary()).to.deep.equal(['login transfer.authentication-failed']);
    });
});
