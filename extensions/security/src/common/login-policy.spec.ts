import { expect } from 'chai';
import {
    cookieValue,
    decideRequest,
    isOwnHost,
    LoginDecision,
    parseHosts,
    pathOfTarget,
    RequestFacts,
    sessionCookie
} from './login-policy';

const request = (facts: Partial<RequestFacts>): RequestFacts => ({
    method: 'GET',
    path: '/',
    host: '127.0.0.1:3000',
    origin: undefined,
    port: 3000,
    hasSession: true,
    ...facts
});

describe('login policy', () => {
    const rows: Array<{ description: string; facts: Partial<RequestFacts>; decision: LoginDecision }> = [
        { description: 'a page of a session', facts: {}, decision: 'pass' },
        { description: 'a page without one', facts: { hasSession: false }, decision: 'login-page' },
        {
            description: 'a file without one',
            facts: { hasSession: false, path: '/bundle.js' },
            decision: 'login-page'
        },
        { description: 'the login page of a session', facts: { path: '/login' }, decision: 'login-page' },
        {
            description: 'a login',
            facts: { hasSession: false, method: 'POST', path: '/login' },
            decision: 'login'
        },
        {
            description: 'a login from another site',
            facts: { hasSession: false, method: 'POST', path: '/login', origin: 'http://evil.example' },
            decision: 'foreign-origin'
        },
        { description: 'a logout', facts: { method: 'POST', path: '/logout' }, decision: 'logout' },
        { description: 'a link to the logout', facts: { path: '/logout' }, decision: 'pass' },
        {
            description: 'a logout without a session',
            facts: { hasSession: false, method: 'POST', path: '/logout' },
            decision: 'login-page'
        },
        { description: 'its own origin', facts: { origin: 'http://127.0.0.1:3000' }, decision: 'pass' },
        {
            description: 'another origin',
            facts: { origin: 'http://evil.example' },
            decision: 'foreign-origin'
        },
        {
            description: 'another port',
            facts: { origin: 'http://127.0.0.1:3001' },
            decision: 'foreign-origin'
        },
        {
            description: 'another loopback name',
            facts: { origin: 'http://localhost:3000' },
            decision: 'foreign-origin'
        },
        { description: 'an opaque origin', facts: { origin: 'null' }, decision: 'foreign-origin' },
        { description: 'an empty origin', facts: { origin: '' }, decision: 'foreign-origin' },
        { description: 'no host', facts: { host: undefined }, decision: 'foreign-host' },
        {
            description: 'a name that was pointed here, with its own origin and a session',
            facts: { host: 'evil.example:3000', origin: 'http://evil.example:3000' },
            decision: 'foreign-host'
        },
        {
            description: 'another port in the host',
            facts: { host: '127.0.0.1:3001' },
            decision: 'foreign-host'
        }
    ];
    for (const { description, facts, decision } of rows) {
        it(`answers ${description} with ${decision}`, () =>
            expect(decideRequest(request(facts), [])).to.equal(decision));
    }

    it('passes the hosts it was told of', () => {
        const facts = request({ host: 'Files.example:8443', origin: 'https://files.example:8443' });
        expect(decideRequest(facts, parseHosts(' files.example:8443 , other.example'))).to.equal('pass');
        expect(decideRequest(facts, parseHosts('files.example'))).to.equal('foreign-host');
        expect(decideRequest(facts, parseHosts(undefined))).to.equal('foreign-host');
    });

    for (const [host, port, own] of [
        ['localhost:3000', 3000, true],
        ['LOCALHOST:3000', 3000, true],
        ['[::1]:3000', 3000, true],
        ['127.8.9.1:3000', 3000, true],
        ['localhost', 80, true],
        ['localhost', 443, true],
        ['localhost', 3000, false],
        ['localhost.evil.example:3000', 3000, false],
        ['127.0.0.1.evil.example:3000', 3000, false],
        ['user@127.0.0.1:3000', 3000, false],
        ['0.0.0.0:3000', 3000, false],
        ['', 3000, false]
    ] as const) {
        it(`takes “${host}” on port ${port} for ${own ? 'its own' : 'a foreign'} host`, () =>
            expect(isOwnHost(host, port, [])).to.equal(own));
    }
});

describe('cookies of the login', () => {
    for (const [header, value] of [
        ['connect-session-1=abc', 'abc'],
        ['a=b; connect-session-1=abc; c=d', 'abc'],
        ['a=b;connect-session-1 = abc ', 'abc'],
        ['connect-session-1=a=b', 'a=b'],
        ['xconnect-session-1=abc', undefined],
        ['connect-session-11=abc', undefined],
        ['connect-session-1', undefined],
        ['connect-session-1=', ''],
        ['', undefined],
        [undefined, undefined]
    ] as const) {
        it(`reads ${JSON.stringify(value)} from ${JSON.stringify(header)}`, () =>
            expect(cookieValue(header, 'connect-session-1')).to.equal(value));
    }

    it('are out of reach of scripts and other sites', () => {
        expect(sessionCookie(3000, 'x', 60, false)).to.equal(
            'connect-session-3000=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60'
        );
        expect(sessionCookie(3000, 'x', 60, true)).to.match(/; Secure$/);
    });
});

describe('path of a request target', () => {
    for (const [target, path] of [
        ['/a?b=/login', '/a'],
        ['http://127.0.0.1:3000/login?x', '/login'],
        ['http://127.0.0.1:3000', '/'],
        ['?', '/'],
        [undefined, '/']
    ] as const) {
        it(`of ${JSON.stringify(target)} is ${path}`, () => expect(pathOfTarget(target)).to.equal(path));
    }
});
