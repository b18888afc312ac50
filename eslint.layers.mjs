/**
 * Who may import whom, as data. String-matched by `no-restricted-imports`, so it holds before anything is built.
 * The same table stands in words in ARCHITECTURE.md.
 */
const PACKAGES = {
    'libs/base': [],
    'libs/api': ['base'],
    'libs/transport': ['base'],
    'extensions/security': ['base', 'api'],
    'extensions/transfer': ['base', 'api', 'transport', 'security'],
    'extensions/remote-view': ['base', 'api', 'transport', 'security', 'transfer'],
    'extensions/sync': ['base', 'api', 'security', 'transfer'],
    'extensions/packages': ['base', 'api', 'security', 'transfer'],
    server: ['base', 'transport'],
    // written as a third party would: contracts only
    'test/sample-extension': ['base', 'api', 'transfer']
};

/** Each outside library has one home; everybody else goes through it. */
const HOMES = {
    'node:dgram': ['libs/transport/src/node/packet-io-dgram.ts'],
    ssh2: [
        'libs/transport/src/node/ssh-channel.ts',
        'libs/transport/src/node/ssh-key-pair.ts',
        'libs/transport/src/rehearsal/**',
        'libs/transport/src/node/sftp-client.ts',
        'server/src/session/**'
    ],
    ws: ['libs/transport/src/http/**', 'server/src/http/**'],
    socks: ['libs/transport/src/node/socks-proxy.ts'],
    'tus-js-client': ['libs/transport/src/http/**'],
    'https-proxy-agent': ['libs/transport/src/http/**'],
    '@tus/server': ['server/src/http/**'],
    selfsigned: ['server/src/http/**'],
    '@napi-rs/blake-hash': ['libs/transport/src/node/content-hash.ts'],
    'better-sqlite3': ['**/*-store.ts'],
    'rotating-file-stream': ['extensions/transfer/src/node/logs/rotating-log.ts'],
    uplot: ['extensions/transfer/src/browser/monitor-chart.ts'],
    'dbus-native': ['extensions/transfer/src/node/power/system-bus.ts'],
    keytar: ['extensions/security/src/node/credential-store.ts']
};

const NODE = [
    'node:*',
    '**/node',
    '**/node/**',
    'dgram',
    'fs',
    'net',
    'path',
    'crypto',
    'ssh2',
    'better-sqlite3',
    'keytar'
];
const BROWSER = ['**/browser', '**/browser/**', '@theia/core/shared/react'];
const FRAMEWORK = ['@theia/**', 'inversify'];

const HIDDEN_INPUT = {
    'no-restricted-globals': [
        'error',
        ...['Date', 'performance', 'process', 'crypto', 'setTimeout', 'setInterval', 'setImmediate'].map(
            name => ({
                name,
                message: 'pure code takes time, randomness and I/O as arguments'
            })
        )
    ],
    'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'pure code takes a Random' }
    ]
};

const only = allowed => ({
    group: ['@connect/**', ...allowed.flatMap(name => [`!@connect/${name}`, `!@connect/${name}/**`])],
    message: `this package may import only: ${allowed.join(', ') || 'nothing of ours'}`
});

const SPECS = ['**/*.spec.ts', '**/*.spec.tsx', '**/*.slow-spec.ts', '**/testing/**'];

// Flat configuration replaces a rule per matching block, so each block states its whole list.
const block = (files, patterns, extra = {}, ignores = SPECS) => ({
    files,
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns }], ...extra }
});

const homesFor = dir =>
    Object.entries(HOMES).map(([name, homes]) => ({
        group: name.startsWith('node:') ? [name, name.slice(5)] : [name],
        message: `${name} has one home: ${homes.join(', ')}`,
        homes: homes.filter(home => home.startsWith('**') || home.startsWith(dir))
    }));

export const layers = Object.entries(PACKAGES).flatMap(([dir, allowed]) => {
    const isLibrary = dir.startsWith('libs/');
    const base = [only(allowed)];
    if (isLibrary || dir === 'server') {
        base.push({ group: FRAMEWORK, message: 'libs/ and server/ know no framework' });
    }
    const homes = homesFor(dir);
    const guarded = homes.map(({ group, message }) => ({ group, message }));
    const pure = [
        { group: [...NODE, ...BROWSER, ...(isLibrary ? [] : ['inversify'])], message: 'pure code: no I/O' }
    ];
    const pureDirs = isLibrary ? '{common,proto}' : 'common';
    const sides = [
        { files: [`${dir}/src/**/*.{ts,tsx}`], extra: [], rules: {} },
        { files: [`${dir}/src/${pureDirs}/**/*.ts`], extra: pure, rules: HIDDEN_INPUT },
        {
            files: [`${dir}/src/browser/**/*.{ts,tsx}`],
            extra: [{ group: NODE, message: 'browser/ cannot use node/' }],
            rules: {}
        },
        {
            files: [`${dir}/src/node/**/*.ts`],
            extra: [{ group: BROWSER, message: 'node/ cannot use browser/' }],
            rules: {}
        }
    ];
    const blocks = sides.map(side => block(side.files, [...base, ...guarded, ...side.extra], side.rules));
    const homeBlocks = homes
        .filter(home => home.homes.length > 0)
        .map(home => {
            const others = homes
                .filter(other => other !== home && !other.homes.some(glob => home.homes.includes(glob)))
                .map(({ group, message }) => ({ group, message }));
            const files = home.homes.map(glob => (glob.startsWith('**') ? `${dir}/src/${glob}` : glob));
            return block(files, [...base, ...others]);
        });
    return [...blocks, ...homeBlocks];
});
