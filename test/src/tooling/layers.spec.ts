import { expect } from 'chai';
import { Linter } from 'eslint';
import { resolve } from 'node:path';
import * as tseslint from 'typescript-eslint';

const ROOT = resolve(__dirname, '../../..');

interface Row {
    readonly description: string;
    readonly file: string;
    readonly code: string;
    readonly allowed: boolean;
}

const rows: Row[] = [
    {
        description: 'base imports nothing of ours',
        file: 'libs/base/src/x.ts',
        code: "import '@connect/api';",
        allowed: false
    },
    {
        description: 'api may import base',
        file: 'libs/api/src/x.ts',
        code: "import '@connect/base';",
        allowed: true
    },
    {
        description: 'a library knows no framework',
        file: 'libs/api/src/x.ts',
        code: "import '@theia/core';",
        allowed: false
    },
    {
        description: 'transport does not know extensions',
        file: 'libs/transport/src/node/x.ts',
        code: "import '@connect/security';",
        allowed: false
    },
    {
        description: 'protocol code does no I/O',
        file: 'libs/transport/src/proto/x.ts',
        code: "import 'node:fs';",
        allowed: false
    },
    {
        description: 'protocol code reads no clock',
        file: 'libs/transport/src/proto/x.ts',
        code: 'export const t = Date.now();',
        allowed: false
    },
    {
        description: 'protocol code draws no hidden randomness',
        file: 'libs/transport/src/proto/x.ts',
        code: 'export const t = Math.random();',
        allowed: false
    },
    {
        description: 'the shell may read files',
        file: 'libs/transport/src/node/x.ts',
        code: "import 'node:fs';",
        allowed: true
    },
    {
        description: 'dgram has one home',
        file: 'libs/transport/src/node/x.ts',
        code: "import 'node:dgram';",
        allowed: false
    },
    {
        description: 'dgram is allowed at home',
        file: 'libs/transport/src/node/packet-io-dgram.ts',
        code: "import 'node:dgram';",
        allowed: true
    },
    {
        description: 'SQLite lives in stores',
        file: 'extensions/transfer/src/node/x.ts',
        code: "import 'better-sqlite3';",
        allowed: false
    },
    {
        description: 'a store may use SQLite',
        file: 'extensions/transfer/src/node/job-store.ts',
        code: "import 'better-sqlite3';",
        allowed: true
    },
    {
        description: 'a frontend does not import a backend',
        file: 'extensions/transfer/src/browser/x.ts',
        code: "import '../node/y';",
        allowed: false
    },
    {
        description: 'a backend does not import a frontend',
        file: 'extensions/transfer/src/node/x.ts',
        code: "import '../browser/y';",
        allowed: false
    },
    {
        description: 'common code is pure',
        file: 'extensions/transfer/src/common/x.ts',
        code: "import 'node:path';",
        allowed: false
    },
    {
        description: 'keytar has one home',
        file: 'extensions/transfer/src/node/x.ts',
        code: "import 'keytar';",
        allowed: false
    },
    {
        description: 'sync does not know packages',
        file: 'extensions/sync/src/browser/x.ts',
        code: "import '@connect/packages';",
        allowed: false
    },
    {
        description: 'the server knows no extension',
        file: 'server/src/main/x.ts',
        code: "import '@connect/transfer';",
        allowed: false
    },
    {
        description: 'remote-view may use transfer',
        file: 'extensions/remote-view/src/browser/x.ts',
        code: "import '@connect/transfer/lib/common/y';",
        allowed: true
    }
];

describe('import layers', () => {
    let layers: Linter.Config[];

    before(async () => {
        ({ layers } = (await import(resolve(ROOT, 'eslint.layers.mjs'))) as {
            layers: Linter.Config[];
        });
    });

    for (const { description, file, code, allowed } of rows) {
        it(`${description}: ${allowed ? 'accepted' : 'refused'}`, () => {
            const linter = new Linter({ cwd: ROOT });
            const parser = tseslint.parser as unknown as Linter.Parser;
            const config: Linter.Config[] = [
                { files: ['**/*.ts', '**/*.tsx'], languageOptions: { parser } },
                ...layers
            ];
            const messages = linter.verify(code, config, { filename: resolve(ROOT, file) });
            expect(messages.map(message => message.ruleId)).to.have.lengthOf(allowed ? 0 : 1);
        });
    }
});
