import prettier from 'eslint-config-prettier';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { layers } from './eslint.layers.mjs';

const SOURCES = ['**/src/**/*.ts', '**/src/**/*.tsx'];

export default tseslint.config(
    {
        ignores: [
            '**/node_modules/',
            '**/lib/',
            '**/dist/',
            '**/src-gen/',
            '**/gen-esbuild.*.mjs',
            'test/artifacts/',
            'var/'
        ]
    },
    {
        files: SOURCES,
        extends: [tseslint.configs.recommended],
        plugins: { 'import-x': importX },
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        settings: { 'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] } },
        rules: {
            '@typescript-eslint/no-floating-promises': 'error',
            '@typescript-eslint/no-misused-promises': [
                'error',
                { checksVoidReturn: { inheritedMethods: false } }
            ],
            '@typescript-eslint/await-thenable': 'error',
            '@typescript-eslint/no-explicit-any': 'error',
            '@typescript-eslint/no-unused-vars': [
                'error',
                { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
            ],
            '@typescript-eslint/explicit-module-boundary-types': 'error',
            // a frontend service and its symbol share a name, as Theia does
            '@typescript-eslint/no-redeclare': 'off',
            '@typescript-eslint/no-require-imports': 'off',
            '@typescript-eslint/no-empty-object-type': 'off',
            'import-x/no-cycle': ['error', { maxDepth: 8 }],
            'no-console': 'error',
            'no-empty': 'error',
            eqeqeq: 'error',
            'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
            'max-lines-per-function': [
                'error',
                { max: 80, skipBlankLines: true, skipComments: true, IIFEs: false }
            ]
        }
    },
    ...layers,
    {
        files: [
            '**/*.spec.ts',
            '**/*.spec.tsx',
            '**/*.slow-spec.ts',
            '**/*.e2e.ts',
            '**/testing/**/*.ts',
            'test/src/**/*.ts'
        ],
        rules: {
            '@typescript-eslint/no-unused-expressions': 'off',
            'max-lines': 'off',
            'max-lines-per-function': 'off'
        }
    },
    prettier
);
