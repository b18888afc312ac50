import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { manualText } from './manual';
import { buildCommand } from './option-table';

describe('manual', () => {
    it('is the text of the guide', () => {
        const guide = resolve(__dirname, '../../../../docs/guides/connect-cp.md');
        expect(readFileSync(guide, 'utf8')).to.equal(manualText());
    });

    it('names every option', () => {
        for (const option of buildCommand().options) {
            expect(manualText()).to.include(`\`${option.flags}\``);
        }
    });
});
