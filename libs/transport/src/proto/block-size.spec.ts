import { expect } from 'chai';
import { BlockSize } from './block-size';
import { encodeDataHead } from './frames';

describe('size of blocks', () => {
    it('fills a packet, with wide offsets as well', () => {
        const size = new BlockSize(1000, 48);
        expect(size.maxBytes + encodeDataHead(1, 2 ** 32 - 1, 0).length).to.equal(1000);
        size.onOffer(2 ** 32 - 1);
        expect(size.maxBytes).to.equal(992);
        size.onOffer(2 ** 32);
        expect(size.maxBytes + encodeDataHead(1, 2 ** 32, 0).length).to.equal(1000);
        size.onOffer(5);
        expect(size.maxBytes, 'never grows again').to.equal(990);
    });

    it('says when packets become smaller', () => {
        const size = new BlockSize(1000, 48);
        expect(size.setPlaintextBytes(1000)).to.equal(false);
        expect(size.setPlaintextBytes(1400)).to.equal(false);
        expect(size.setPlaintextBytes(1399)).to.equal(true);
        expect(size.maxBytes).to.equal(1391);
    });

    it('counts what a block takes on the wire by where it begins', () => {
        const size = new BlockSize(1000, 48);
        expect(size.wireBytes(2 ** 32 - 1, 100)).to.equal(156);
        expect(size.wireBytes(2 ** 32, 100)).to.equal(158);
    });
});
