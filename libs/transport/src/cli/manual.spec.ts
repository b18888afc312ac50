import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { ASCP_DIFFERENCES, ASCP_SAME } from './ascp-options';
import { manualText } from './manual';
import { buildCommand } from './option-table';

describe('manual', () => {
    it('says of options of ascp that they are the same only where they are there', () => {
        const flags = buildCommand().options.flatMap(option => option.flags.split(/[ ,]+/));
        expect(flags).to.include.members([...ASCP_SAME]);
        const different = ASCP_DIFFERENCES.flatMap(([names]) => names.split(', '));
        expect(flags).to.include.members(different);
        expect(ASCP_SAME.filter(name => different.includes(name))).to.deep.equal([]);
    });

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
