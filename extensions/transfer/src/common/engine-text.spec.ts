import { expect } from 'chai';
import { engineLine, engineRows } from './engine-text';

describe('text about an engine', () => {
    const engine = { id: 'ascp', label: 'ascp', version: 'ascp version 4', purpose: 'for some' };

    it('says what matters most in a line', () => {
        expect(engineLine(engine)).to.equal('for some');
        expect(engineLine({ ...engine, purpose: undefined })).to.equal('ascp version 4');
        expect(engineLine({ ...engine, problem: 'not here' })).to.equal('not here');
        expect(engineLine({ id: 'x', label: 'X' })).to.equal('');
    });

    it('leaves out what is not known', () => {
        expect(engineRows({ ...engine, program: '/x/ascp', licence: 'free' })).to.deep.equal([
            ['For', 'for some'],
            ['Version', 'ascp version 4'],
            ['Program', '/x/ascp'],
            ['Licence', 'free']
        ]);
        expect(engineRows({ id: 'x', label: 'X', problem: 'no' })).to.deep.equal([['Problem', 'no']]);
    });
});
